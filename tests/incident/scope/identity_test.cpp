// What sync tools have done with other people's data, and what must not happen here.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;
using plexsim::PersonKind;

namespace {

const char* const features_in_every_order[][4] = {{"watchlist", "ratings", "history", "progress"},
                                                  {"progress", "history", "ratings", "watchlist"},
                                                  {"history", "watchlist", "progress", "ratings"}};

struct Read {
  std::string code{};
  std::set<std::string> keys{};
  bool complete = false;
};

Read read(World& w, Feature feature) {
  FactCollector facts;
  FactSink sink = facts.sink();
  Call call = w.call.call();
  Read out;
  out.code = w.failure([&] { out.complete = w.provider().sync()->snapshot(call, feature, {}, sink).complete; });
  for (const Fact& f : facts.facts) out.keys.insert(f.ref.substr(f.ref.find('/') + 1));
  return out;
}

std::set<std::string> watched_by(const World& w, const std::string& handle) {
  std::set<std::string> keys;
  for (const auto& f : w.sim.facts(handle, plexsim::Feature::history)) keys.insert(f.key);
  return keys;
}

// Linked as the owner, set to somebody else by what people write into the settings.
void mean(World& w, const char* key, const std::string& value) {
  for (const char* other : {"user_id", "account_id", "username"}) w.host.settings.erase(other);
  w.host.settings[key] = {value};
  w.restart();
  w.sim.clear_requests();
}

int requests_with_a_token_at_servers_and_discover(const World& w) {
  const auto all = w.sim.requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [](const plexsim::LogEntry& e) {
    return !e.token.empty() && (e.host == "server" || e.host == "discover" || e.host == "metadata");
  }));
}

}  // namespace

TEST_CASE("a user whom nobody knows does not become the owner") {
  World w;
  REQUIRE(w.link("owner") == LinkState::linked);
  for (const char* key : {"user_id", "account_id", "username"}) {
    mean(w, key, std::string(key) == "username" ? "nobody" : "31337");
    for (const Feature feature : all_features) {
      const Read got = read(w, feature);
      CHECK(got.code == "user_unknown");
      CHECK(got.keys.empty());
    }
    CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
  }
}

TEST_CASE("a history read does not go on as the owner when the user cannot be entered") {
  World w;
  REQUIRE(w.link("owner") == LinkState::linked);
  for (const int status : {401, 403, 429, 500}) {
    mean(w, "user_id", "1000002");
    w.fault(FaultKind::status, "any", "/switch", status);
    const Read got = read(w, Feature::history);
    CHECK(got.code != "");
    CHECK_FALSE(got.complete);
    CHECK(got.keys.empty());
    CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
    w.sim.clear_faults();
  }
}

TEST_CASE("a user who is set by name alone does not get everybody's plays") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  for (const char* handle : {"owner", "managed", "home"})
    for (const std::string& key : w.sim.keys("1", "movie"))
      if ((key.back() + handle[0]) % 2 == 0) w.sim.play(handle, key);
  mean(w, "username", "Kid");
  const Read got = read(w, Feature::history);
  CHECK(got.code == "");
  CHECK(got.keys == watched_by(w, "managed"));
  CHECK(got.keys != watched_by(w, "owner"));
}

TEST_CASE("the feature that was read before does not decide whose data the next one is") {
  for (const auto& order : features_in_every_order) {
    World w;
    w.wanted = {"managed"};
    REQUIRE(w.link("owner") == LinkState::linked);
    mean(w, "user_id", "1000002");
    for (const char* name : order) CHECK(read(w, *feature_named(name)).code == "");
    w.check_tokens();
    // nor does one that failed
    w.fault(FaultKind::status, "server", "/library/sections", 500, 2);
    for (const char* name : order) read(w, *feature_named(name));
    w.check_tokens();
  }
}

TEST_CASE("a watchlist that cannot be read is not read as the owner, by no other way, and is not empty") {
  for (const int status : {401, 403, 404, 429, 500}) {
    CAPTURE(status);
    World w;
    w.wanted = {"managed"};
    REQUIRE(w.link("owner") == LinkState::linked);
    mean(w, "user_id", "1000002");
    w.fault(FaultKind::status, "discover", "", status);
    w.fault(FaultKind::status, "metadata", "", status);
    const Read got = read(w, Feature::watchlist);
    CHECK_FALSE(got.complete);
    CHECK(got.code != "");
    CHECK(w.asked("server") == 0);
    if (status == 401 || status == 403 || status == 404) {
      CHECK(got.code == "watchlist_unsupported");
      CHECK(w.last_error->status == CW_UNSUPPORTED);
      CHECK(std::string(w.last_error->what()).find("Kid") != std::string::npos);
    } else {
      CHECK(got.code != "watchlist_unsupported");
    }
  }
}

TEST_CASE("a login that a switch gave and that died does not end the managed user's watchlist") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "user_id", "1000002");
  w.sim.revoke_token(w.open(false, true).cloud.text());
  CHECK(read(w, Feature::watchlist).code == "");
  CHECK(w.asked("clients", "/switch") == 2);
}

TEST_CASE("a media server does not see the account's own login when it has none of its own") {
  plexsim::Options options = World::small();
  options.servers[0].listed = false;
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(read(w, feature).code != "");
  w.host.settings["server_url"] = {w.sim.server_url()};
  w.host.settings["server_id"] = {w.sim.server_id()};
  w.restart();
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(read(w, feature).code == "server_not_listed");
  for (const auto& e : w.sim.requests())
    if (e.host == "server") CHECK(e.token.empty());
}

TEST_CASE("a refused PIN does not lead into the user by another door") {
  World w;
  w.pin = "9999";
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "user_id", "1000003");
  w.host.secrets["home_pin"] = "9999";
  w.restart();
  for (const Feature feature : all_features) CHECK(read(w, feature).code == "pin_wrong");
  CHECK(w.asked("clients", "/switch") + w.asked("plex_tv", "/switch") == 1);
  CHECK(w.asked("plex_tv", "shared_servers") == 0);
  CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
}

TEST_CASE("a Home user without a share of the server is not let in under their plex.tv login") {
  plexsim::Options options = World::small();
  options.servers[0].shared_with = {"home"};
  World w(options);
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "user_id", "1000002");
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(read(w, feature).code == "no_server_access");
  CHECK(w.asked("server") == 0);
  CHECK(read(w, Feature::watchlist).code == "");  // which needs no server
}

TEST_CASE("nobody's login is borrowed from the list of shares, whatever it offers") {
  for (const bool tokens : {true, false}) {
    plexsim::Options options = World::small();
    options.shared_servers_tokens = tokens;
    World w(options);
    REQUIRE(w.link("owner") == LinkState::linked);
    if (!tokens) w.fault(FaultKind::status, "plex_tv", "shared_servers", 410);
    for (const char* user : {"1000005", "77"}) {
      mean(w, "user_id", user);
      for (const Feature feature : all_features) CHECK(read(w, feature).code != "");
    }
    CHECK(w.asked("plex_tv", "shared_servers") == 0);
    CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
  }
}

TEST_CASE("a name that a friend shares with a child does not open the friend") {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1000001, "Olivia Owner", "olivia", ""},
                    {"child", PersonKind::managed, 222, "kid", "", ""},
                    {"friend", PersonKind::friend_, 111, "kid", "kid", ""}};
  World w(options);
  w.wanted = {"child"};
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "username", "kid");
  CHECK(w.failure([&] { w.open(); }) == "user_ambiguous");
  CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
  mean(w, "user_id", "222");
  CHECK(w.open().server.token.text() == w.sim.server_token("child"));
}

TEST_CASE("a list of people that cannot be read is not taken for an empty one") {
  World w;
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "username", "Kid");
  w.fault(FaultKind::status, "any", "/home/users", 500);
  w.failure([&] { w.open(); });
  REQUIRE(w.last_error);
  CHECK(w.last_error->status == CW_UNREACHABLE);  // and not "nobody is called that"
  CHECK(requests_with_a_token_at_servers_and_discover(w) == 0);
}

TEST_CASE("two profiles of one process do not use each other's logins, in whatever order they work") {
  plexsim::Simulator sim(World::small());
  struct One {
    std::string handle{};
    FakeHost host{};
    std::unique_ptr<FakeCall> call{};
    std::unique_ptr<plex::PlexProvider> provider{};
  };
  std::vector<std::unique_ptr<One>> all;
  for (const char* handle : {"owner", "friend"}) {
    auto one = std::make_unique<One>();
    one->handle = handle;
    const auto urls = sim.urls();
    one->host.settings = {{"endpoints.plex_tv", {urls.plex_tv}},
                          {"endpoints.clients", {urls.clients}},
                          {"endpoints.discover", {urls.discover}},
                          {"endpoints.metadata", {urls.metadata}},
                          {"ca_file", {sim.ca_file()}}};
    one->host.secrets["account_token"] = sim.account_token(handle);
    one->call = std::make_unique<FakeCall>(one->host);
    one->provider = std::make_unique<plex::PlexProvider>(one->host.host());
    all.push_back(std::move(one));
  }
  for (int round = 0; round < 3; ++round)
    for (auto& one : all)
      for (const Feature feature : all_features) {
        sim.clear_requests();
        FactCollector facts;
        FactSink sink = facts.sink();
        Call call = one->call->call();
        CHECK(one->provider->sync()->snapshot(call, feature, {}, sink).complete);
        for (const auto& e : sim.requests()) {
          CAPTURE(e.path);
          const bool own =
              e.token.empty() || e.token == sim.account_token(one->handle) || e.token == sim.server_token(one->handle);
          CHECK(own);
        }
      }
  std::set<std::string> identifiers;
  for (auto& one : all) identifiers.insert(one->host.kv["client_id"]);
  CHECK(identifiers.size() == 2);
}

TEST_CASE("a friend in a profile of their own is neither the owner nor kept out") {
  World w;
  w.wanted = {"friend"};
  REQUIRE(w.link("friend") == LinkState::linked);
  for (const char* name : {"Frida Friend", "frida"}) {
    mean(w, "username", name);
    CHECK_FALSE(w.open().server.owner);
  }
  mean(w, "user_id", "1000005");
  CHECK(w.open().server.account_id == 1000005);
  mean(w, "account_id", "1");
  CHECK(w.failure([&] { w.open(); }) == "user_contradiction");
  CHECK(w.asked("server") == 0);
}

TEST_CASE("an owner who is set by the number of plex.tv is not kept out") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "account_id", "1000001");
  CHECK(w.open().server.account_id == 1);
}

TEST_CASE("a media server that is down does not keep a Home user's watchlist away") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  mean(w, "user_id", "1000002");
  w.fault(FaultKind::reset_before, "server");
  CHECK(read(w, Feature::watchlist).code == "");
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress}) {
    const Read got = read(w, feature);
    CHECK(got.code == "server_unreachable");  // an error, and no empty list
    CHECK_FALSE(got.complete);
  }
}

TEST_CASE("a history that the server refuses to a Home user does not become an empty one") {
  plexsim::Options options = World::small();
  options.servers[0].refuse_user_history = true;
  World w(options);
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.mark_watched("managed", w.sim.keys("1", "movie").front());
  mean(w, "user_id", "1000002");
  const Read got = read(w, Feature::history);
  CHECK(got.code == "");
  CHECK(got.complete);
  CHECK(got.keys == watched_by(w, "managed"));
}

TEST_CASE("names in other scripts are not all the same name") {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1000001, "オリビア", "olivia", ""},
                    {"aki", PersonKind::managed, 1000002, "あき", "", ""},
                    {"yuki", PersonKind::managed, 1000003, "ゆき", "", ""},
                    {"eleni", PersonKind::managed, 1000004, "Ελένη", "", ""}};
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  for (const auto& person : options.people) {
    w.sim.clear_requests();
    w.wanted = {person.handle};
    w.select(person.title);
    CHECK(w.setting("user_id") == std::to_string(person.id));
    w.check_tokens();
  }
}
