// Who is meant decides the token of every request: one table of kinds of users, times features, times actions.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "unit/sim_feature.hpp"
#include "world.hpp"

using namespace crosswatch;
using plexsim::PersonKind;

namespace {

struct Case {
  const char* name;
  const char* linked;   // who entered the code
  const char* setting;  // how the wanted user is chosen; "": not at all
  const char* value;
  const char* pin;
  const char* handle;   // whose data that is; "": nobody's
  const char* refusal;  // the code of the error; "": it works
};

const Case cases[] = {
    {"linked owner of the server", "owner", "", "", "", "owner", ""},
    {"linked full Home member who owns no server", "home", "", "", "", "home", ""},
    {"linked guest", "guest", "", "", "", "guest", ""},
    {"linked friend", "friend", "", "", "", "friend", ""},
    {"full Home member by a switch", "owner", "user_id", "1000005", "", "home", ""},
    {"managed user", "owner", "user_id", "1000002", "", "twin1", ""},
    {"managed user with the right PIN", "owner", "user_id", "1000004", "1234", "pin", ""},
    {"managed user with a wrong PIN", "owner", "user_id", "1000004", "9999", "", "pin_wrong"},
    {"managed user without the PIN", "owner", "user_id", "1000004", "", "", "pin_required"},
    {"guest of the Home by a switch", "owner", "user_id", "1000006", "", "guest", ""},
    {"friend in the owner's profile", "owner", "user_id", "1000007", "", "", "friend_needs_own_profile"},
    {"friend by name", "owner", "username", "frida", "", "", "friend_needs_own_profile"},
    {"unknown number", "owner", "user_id", "4711", "", "", "user_unknown"},
    {"unknown name", "owner", "username", "nobody", "", "", "user_unknown"},
    {"a name that two users have", "owner", "username", "KID", "", "", "user_ambiguous"},
    {"the owner's number for somebody who is not", "friend", "account_id", "1", "", "", "user_contradiction"},
    {"another member, by a linked managed user", "twin1", "user_id", "1000001", "", "", "switch_refused"},
};

plexsim::Options household() {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1000001, "Olivia Owner", "olivia", ""},
                    {"twin1", PersonKind::managed, 1000002, "Kid", "", ""},
                    {"twin2", PersonKind::managed, 1000003, "kid", "", ""},
                    {"pin", PersonKind::managed, 1000004, "Teen", "", "1234"},
                    {"home", PersonKind::home, 1000005, "Henry Home", "henry", ""},
                    {"guest", PersonKind::guest, 1000006, "Gus Guest", "gus", ""},
                    {"friend", PersonKind::friend_, 1000007, "Frida Friend", "frida", ""}};
  options.servers[0].catalog.nasty_percent = 0;
  return options;
}

// Everybody has something of their own in every feature, so that reading the wrong person shows.
void give_everybody_something(World& w) {
  int n = 0;
  const auto movies = w.sim.keys("1", "movie");
  for (const auto& person : household().people) {
    const auto movie = [&](int i) { return movies[static_cast<std::size_t>(n + i) % movies.size()]; };
    w.sim.mark_watched(person.handle, movie(0));
    w.sim.rate(person.handle, movie(1), 3 + n);
    w.sim.mark_unwatched(person.handle, movie(2));
    w.sim.set_progress(person.handle, movie(2), 600'000 + n * 60'000);
    ++n;
  }
}

std::set<std::string> keys_of(const World& w, const std::string& handle, Feature feature) {
  std::set<std::string> keys;
  for (const auto& fact : w.sim.facts(handle, to_sim(feature))) keys.insert(fact.key);
  return keys;
}

// Whether the person has it now. Plays that were recorded stay for ever at Plex; watched is what can be taken back.
bool has(const World& w, const std::string& handle, Feature feature, const std::string& key) {
  const auto facts = w.sim.facts(handle, to_sim(feature));
  return std::any_of(facts.begin(), facts.end(), [&](const plexsim::Fact& f) {
    return f.key == key && (feature != Feature::history || f.view_count > 0);
  });
}

std::string key_of(const Fact& fact) {
  return fact.ref.substr(fact.ref.find('/') + 1);
}

// One to take away and give back. A title that is watched and has a resume point as well cannot lose one of them alone.
const Fact& one_of(const World& w, const std::string& handle, Feature feature, const std::vector<Fact>& facts) {
  const auto alone = [&](const Fact& f) {
    const std::string key = key_of(f);
    if (feature == Feature::history) return has(w, handle, feature, key) && !has(w, handle, Feature::progress, key);
    return feature != Feature::progress || !has(w, handle, Feature::history, key);
  };
  const auto at = std::find_if(facts.begin(), facts.end(), alone);
  REQUIRE(at != facts.end());
  return *at;
}

// What everybody but `handle` has, in every feature, in one text.
std::string others(const World& w, const std::string& handle) {
  std::string all;
  for (const auto& person : household().people) {
    if (person.handle == handle) continue;
    for (const Feature feature : all_features)
      for (const auto& f : w.sim.facts(person.handle, to_sim(feature)))
        all += person.handle + " " + std::string(name_of(feature)) + " " + f.key + " " + std::to_string(f.view_count) +
               " " + std::to_string(f.rating) + " " + std::to_string(f.offset_ms) + " " +
               std::to_string(f.plays.size()) + "\n";
  }
  return all;
}

// Every request that was made carries the token that is right for its host, or none where none is needed.
void check_requests(const World& w, const Case& c) {
  const std::string handle = c.handle;
  const bool itself = handle == c.linked;  // entered the code
  const auto cloud = [&](const std::string& token) {
    return itself ? token == w.setting("account_token") : token.starts_with("canary-home-" + handle + "-");
  };
  for (const auto& e : w.sim.requests()) {
    CAPTURE(e.host);
    CAPTURE(e.path);
    CAPTURE(e.token);
    CHECK_FALSE(e.token_in_query);
    if (handle.empty()) {
      CHECK(e.token.starts_with("canary-acct-" + std::string(c.linked) + "-"));
      CHECK((e.host == "plex_tv" || e.host == "clients"));
    } else if (e.host == "server") {
      CHECK(e.token == (e.path == "/identity" ? std::string() : w.sim.server_token(handle)));
    } else if (e.host == "discover" || e.host == "metadata") {
      CHECK(cloud(e.token));
    } else {
      CHECK((e.token == w.setting("account_token") || cloud(e.token)));
    }
  }
}

struct Read {
  std::string code{};
  std::vector<Fact> facts{};
};

Read read(World& w, Feature feature) {
  FactCollector facts;
  FactSink sink = facts.sink();
  Call call = w.call.call();
  Read out;
  out.code = w.failure([&] {
    const SnapshotEnd end = w.provider().sync()->snapshot(call, feature, {}, sink);
    CHECK(end.complete);
  });
  out.facts = facts.facts;
  return out;
}

struct Written {
  std::string code{};
  cw_outcome outcome{};
};

Written write(World& w, Feature feature, std::uint32_t type, const Fact& fact) {
  FactLender lender;
  const cw_fact& lent = lender.lend(fact);
  cw_op op{sizeof(cw_op), type, &lent, type == CW_OP_ADD ? no_value : fact.value};
  const cw_ops ops{sizeof(cw_ops), sizeof(cw_op), 1, &op};
  Written out;
  out.outcome.struct_size = sizeof(cw_outcome);
  Call call = w.call.call();
  out.code = w.failure(
      [&] { w.provider().sync()->apply(call, feature, {}, Ops(&ops), Outcomes(&out.outcome, sizeof(cw_outcome))); });
  return out;
}

// Removes a fact and adds it again; the features that the plugin cannot write say so without asking anybody.
void check_writes(World& w, const Case& c, Feature feature, const Fact& fact) {
  const cw_capability can = w.provider().sync()->capability(feature);
  for (const std::uint32_t type : {CW_OP_REMOVE, CW_OP_ADD}) {
    CAPTURE(type);
    w.sim.clear_requests();
    const std::string before = others(w, c.handle);
    const Written written = write(w, feature, type, fact);
    if ((can.can & (type == CW_OP_ADD ? CW_ADD : CW_REMOVE)) == 0) {
      CHECK(w.last_error);
      if (w.last_error) CHECK(w.last_error->status == CW_UNSUPPORTED);
      CHECK(w.sim.requests().empty());
    } else if (*c.refusal) {
      CHECK(written.code == c.refusal);
    } else {
      CAPTURE(std::string(written.outcome.reason));
      CHECK(written.code == "");
      CHECK(written.outcome.result == CW_APPLIED);
      CHECK(has(w, c.handle, feature, key_of(fact)) == (type == CW_OP_ADD));
    }
    CHECK(others(w, c.handle) == before);
    check_requests(w, c);
  }
}

}  // namespace

TEST_CASE("every kind of user, in every feature, reads and writes under their own tokens or not at all") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    World w(household());
    give_everybody_something(w);
    if (*c.refusal) w.pin = c.pin;
    w.wanted = {c.linked};
    REQUIRE(w.link(c.linked) == LinkState::linked);
    w.wanted = {c.handle};
    if (*c.setting) {
      for (const char* key : {"user_id", "account_id", "username"}) w.host.settings.erase(key);
      w.host.settings[c.setting] = {c.value};
      if (*c.pin) w.host.secrets["home_pin"] = c.pin;
      w.restart();
    }
    // A fact that is somebody's, for the users who are refused.
    Fact fact;
    fact.ref = w.sim.server_id() + "/" + w.sim.keys("1", "movie").front();
    fact.kind = Kind::movie;
    for (const Feature feature : all_features) {
      CAPTURE(std::string(name_of(feature)));
      w.sim.clear_requests();
      const Read got = read(w, feature);
      CHECK(got.code == c.refusal);
      check_requests(w, c);
      std::set<std::string> keys;
      for (const Fact& f : got.facts) keys.insert(key_of(f));
      if (*c.handle) {
        CHECK_FALSE(keys.empty());
        CHECK(keys == keys_of(w, c.handle, feature));
      } else {
        CHECK(keys.empty());
      }
      check_writes(w, c, feature, got.facts.empty() ? fact : one_of(w, c.handle, feature, got.facts));
    }
    w.sim.clear_requests();
  }
}
