#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "support.hpp"
#include "unit/sim_feature.hpp"

using namespace testing;

namespace {

// What is comparable between the oracle and a snapshot without knowing the wire.
std::string expected(const plexsim::Fact& f, Feature feature, const std::string& machine) {
  std::string out =
      f.type + ' ' + (feature == Feature::watchlist ? "discover" : machine) + '/' + f.key + ' ' + f.library;
  if (feature == Feature::watchlist) return out;
  out += ' ' + std::to_string(f.season.value_or(-1)) + 'x' + std::to_string(f.episode.value_or(-1)) + ' ' + f.show;
  if (feature == Feature::ratings)
    return out + " rating " + std::to_string(std::lround(f.rating * 10)) + " at " + std::to_string(f.rated_at);
  if (feature == Feature::progress)
    return out + " progress " + std::to_string(f.offset_ms) + '/' + std::to_string(f.duration_ms) + " at " +
           std::to_string(f.last_viewed_at);
  std::vector<std::int64_t> times = f.plays;
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const bool marked = f.view_count > static_cast<int>(times.size()) && f.offset_ms == 0;
  if (f.last_viewed_at > 0 && (times.empty() || (marked && f.last_viewed_at > times.front())))
    times.insert(times.begin(), f.last_viewed_at);
  out += " plays " + std::to_string(std::max<std::size_t>(static_cast<std::size_t>(f.view_count), times.size()));
  for (const auto at : times) out += ' ' + std::to_string(at);
  return out;
}

std::string seen(const Fact& f, Feature feature) {
  const auto at = f.value.at == time_unknown ? 0 : f.value.at;
  std::string out = std::string(name_of(f.kind)) + ' ' + f.ref + ' ' + f.library_id;
  if (feature == Feature::watchlist) return out;
  out += ' ' + std::to_string(f.season) + 'x' + std::to_string(f.episode) + ' ' + f.series_title;
  if (feature == Feature::ratings)
    return out + " rating " + std::to_string(f.value.rating) + " at " + std::to_string(at);
  if (feature == Feature::progress)
    return out + " progress " + std::to_string(f.value.progress_ms) + '/' + std::to_string(f.value.duration_ms) +
           " at " + std::to_string(at);
  out += " plays " + std::to_string(f.value.plays);
  for (const auto time : f.plays_at) out += ' ' + std::to_string(time);
  CHECK(f.value.at == (f.plays_at.empty() ? time_unknown : f.plays_at.front()));
  return out;
}

std::vector<std::string> oracle(const plexsim::Simulator& sim, const std::string& user, Feature feature) {
  std::vector<std::string> out;
  for (const auto& f : sim.facts(user, to_sim(feature)))
    if (feature != Feature::history || f.view_count > 0) out.push_back(expected(f, feature, sim.server_id()));
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> comparable(const Snapshot& s, Feature feature) {
  std::vector<std::string> out;
  for (const Fact& f : s.facts) out.push_back(seen(f, feature));
  std::sort(out.begin(), out.end());
  return out;
}

plexsim::Simulator& world() {
  static plexsim::Simulator sim;
  sim.clear_faults();
  return sim;
}

}  // namespace

TEST_CASE("every feature of every user is read exactly as it is, from JSON and from XML") {
  auto& sim = world();
  for (const std::string user : {"owner", "managed", "pin", "home", "friend"})
    for (const Feature feature : all_features) {
      CAPTURE(user);
      CAPTURE(name_of(feature));
      Person person(sim, user);
      const Snapshot json = person->read(feature);
      CHECK(json.end.complete);
      CHECK(json.end.reason.empty());
      CHECK_FALSE(json.facts.empty());
      CHECK(difference(comparable(json, feature), oracle(sim, user, feature)) == "");
      person.xml = true;
      const Snapshot xml = person->read(feature);
      CHECK(xml.end.complete);
      CHECK(difference(texts_of(xml), texts_of(json)) == "");
    }
}

namespace {

plexsim::Options small_world() {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 30;
  server.catalog.shows = 2;
  server.catalog.seasons = 1;
  server.catalog.episodes = 4;
  server.catalog.plays = 40;
  server.catalog.watched_percent = 60;
  server.catalog.rated_percent = 60;
  server.catalog.progress_percent = 60;
  server.catalog.side_libraries = false;
  options.servers = {server};
  options.watchlist = 8;
  return options;
}

// What a fault leads to: an error, an honest end, or the whole truth because the second try succeeded.
void expect_no_short_success(plexsim::Simulator& sim, Person& person, Feature feature) {
  try {
    const Snapshot s = person->read(feature);
    if (s.end.complete)
      CHECK(difference(comparable(s, feature), oracle(sim, "owner", feature)) == "");
    else
      CHECK_FALSE(s.end.reason.empty());
  } catch (const Error& e) {
    CHECK(e.status < 0);
    CHECK(std::string(e.what()).size() > 20);
    CHECK(std::string(e.what()).find("canary") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("whatever goes wrong on the way, a short list is never a complete one") {
  using plexsim::FaultKind;
  plexsim::Simulator sim(small_world());
  Person person(sim, "owner");
  const auto fault = [](FaultKind kind, std::int64_t amount = 1) {
    plexsim::FaultRule rule;
    rule.kind = kind;
    rule.amount = amount;
    rule.bytes = 300;
    rule.interval_ms = 0;
    return rule;
  };
  std::vector<plexsim::FaultRule> rules{fault(FaultKind::reset_before),
                                        fault(FaultKind::reset_after),
                                        fault(FaultKind::garbage),
                                        fault(FaultKind::html),
                                        fault(FaultKind::empty),
                                        fault(FaultKind::truncated),
                                        fault(FaultKind::bad_chunk),
                                        fault(FaultKind::close_after),
                                        fault(FaultKind::wrong_total),
                                        fault(FaultKind::wrong_total, -1),
                                        fault(FaultKind::repeat_page),
                                        fault(FaultKind::page_cap, 3),
                                        fault(FaultKind::ignore_filters),
                                        fault(FaultKind::force_xml),
                                        fault(FaultKind::bom)};
  for (const int status : {302, 400, 401, 403, 404, 429, 500, 503}) {
    rules.push_back(fault(FaultKind::status));
    rules.back().status = status;
    rules.back().retry_after = 1;
  }
  for (const auto framing : {plexsim::Framing::length, plexsim::Framing::chunked, plexsim::Framing::until_close}) {
    rules.push_back(fault(FaultKind::cut));
    rules.back().framing = framing;
  }
  for (plexsim::FaultRule rule : rules)
    for (const Feature feature : all_features)
      for (const char* path :
           {"/library/sections", "/library/sections/1/all", "/status/sessions/history", "/watchlist"})
        for (const int count : {1, 0}) {
          CAPTURE(plexsim::fault_name(rule.kind));
          CAPTURE(rule.status);
          CAPTURE(name_of(feature));
          CAPTURE(path);
          rule.path_contains = path;
          rule.count = count;
          sim.clear_faults();
          sim.add_fault(rule);
          expect_no_short_success(sim, person, feature);
        }
}

TEST_CASE("an answer cut at any byte is an error") {
  plexsim::Simulator sim(small_world());
  Person person(sim, "owner");
  for (const char* path : {"/library/sections/1/all", "/library/sections/2/all", "/status/sessions/history"})
    for (std::int64_t bytes = 0; bytes < 6000; bytes += 97) {
      CAPTURE(path);
      CAPTURE(bytes);
      sim.clear_faults();
      plexsim::FaultRule rule;
      rule.kind = plexsim::FaultKind::truncated;
      rule.path_contains = path;
      rule.bytes = bytes;
      rule.count = 0;
      sim.add_fault(rule);
      person.xml = bytes % 2 == 1;
      expect_no_short_success(sim, person, Feature::history);
    }
}

TEST_CASE("a list that is short, too long or repeated tells so") {
  plexsim::Simulator sim(small_world());
  Person person(sim, "owner");
  plexsim::FaultRule rule;
  rule.kind = plexsim::FaultKind::wrong_total;
  rule.path_contains = "/library/sections/1/all";
  rule.count = 0;
  sim.add_fault(rule);
  const Snapshot s = person->read(Feature::history);
  CHECK_FALSE(s.end.complete);
  CHECK(s.end.reason.find("The list of movies of \"Movies\" is not complete") == 0);
}

TEST_CASE("a read costs one request a page and none an item") {
  auto& sim = world();
  Person person(sim, "owner");
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress}) {
    CAPTURE(name_of(feature));
    sim.clear_requests();
    person->read(feature);
    std::size_t lists = 0, ids = 0, plays = 0, sections = 0;
    for (const auto& r : sim.requests()) {
      if (r.path == "/library/sections")
        ++sections;
      else if (r.path.find("/library/metadata/") == 0)
        ++ids;
      else if (r.path.find("/status/") == 0)
        ++plays;
      else
        ++lists;
      CHECK_FALSE(r.token_in_query);
      CHECK(r.token == sim.server_token("owner"));
      CHECK(r.host == "server");
    }
    CHECK(sections == 1);
    CHECK(plays == (feature == Feature::history ? 5 : 0));  // the libraries of movies and shows
    CHECK(ids <= 2);
    CHECK(lists <= 5 * 4);
  }
}

TEST_CASE("each person's requests carry that person's token alone") {
  auto& sim = world();
  for (const std::string user : {"managed", "friend"}) {
    Person person(sim, user);
    sim.clear_requests();
    for (const Feature feature : all_features) person->read(feature);
    for (const auto& r : sim.requests())
      CHECK(r.token == (r.host == "server" ? sim.server_token(user) : sim.account_token(user)));
  }
}

TEST_CASE("a large watchlist takes one request a hundred titles, and ids are asked for once") {
  plexsim::Options options = small_world();
  options.watchlist = 3400;
  options.servers[0].catalog.movies = 3000;  // how many titles there are
  options.servers[0].catalog.people_state = false;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  const std::size_t titles = sim.facts("owner", plexsim::Feature::watchlist).size();
  CHECK(titles >= 2500);
  for (const bool again : {false, true}) {
    sim.clear_requests();
    const Snapshot s = person->read(Feature::watchlist);
    CHECK(s.end.complete);
    CHECK(s.facts.size() == titles);
    std::size_t lists = 0, ids = 0;
    for (const auto& r : sim.requests()) {
      const bool list = r.path.find("watchlist") != r.path.npos;
      lists += list;
      ids += !list;
    }
    CHECK(lists == (titles + 99) / 100);
    CHECK(ids <= (again ? 0 : lists));
  }
}

TEST_CASE("what changes on the server shows in the next snapshot, and nothing else") {
  plexsim::Simulator sim(small_world());
  Person person(sim, "owner");
  const auto before = texts_of(person->read(Feature::history));
  const std::string key = sim.keys("1", "movie").at(3);
  sim.mark_unwatched("owner", key);
  CHECK(difference(comparable(person->read(Feature::history), Feature::history),
                   oracle(sim, "owner", Feature::history)) == "");
  sim.play("owner", key);
  sim.play("managed", key);
  CHECK(difference(comparable(person->read(Feature::history), Feature::history),
                   oracle(sim, "owner", Feature::history)) == "");
  sim.mark_unwatched("owner", key);
  sim.remove_item(key);
  const auto after = texts_of(person->read(Feature::history));
  for (const auto& line : after) CHECK(std::binary_search(before.begin(), before.end(), line));
}
