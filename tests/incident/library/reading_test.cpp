// Lists of a Plex server that others took for less, more or somebody else's than they were.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "support.hpp"

using namespace testing;
using plexsim::FaultKind;

namespace {

plexsim::Options world(std::uint32_t movies = 60) {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = movies;
  server.catalog.shows = 4;
  server.catalog.plays = 60;
  server.catalog.nasty_percent = 0;
  options.servers = {server};
  options.watchlist = 230;
  return options;
}

plexsim::FaultRule rule(FaultKind kind, const std::string& host, const std::string& path = {}, int status = 500) {
  plexsim::FaultRule r;
  r.kind = kind;
  r.host = host;
  r.path_contains = path;
  r.status = status;
  r.count = 0;
  return r;
}

std::set<std::string> keys_of(const Snapshot& s) {
  std::set<std::string> out;
  for (const Fact& f : s.facts) out.insert(f.ref.substr(f.ref.find('/') + 1));
  return out;
}
std::set<std::string> truth(const plexsim::Simulator& sim, const std::string& user, plexsim::Feature feature) {
  std::set<std::string> out;
  for (const auto& f : sim.facts(user, feature))
    if (feature != plexsim::Feature::history || f.view_count > 0) out.insert(f.key);
  return out;
}

}  // namespace

TEST_CASE("a watchlist is not short because its host moved, answers in XML or caps its pages") {
  for (const char* change : {"moved", "xml", "capped"}) {
    CAPTURE(change);
    plexsim::Simulator sim(world());
    Person person(sim, "owner");
    if (change[0] == 'm') {  // the first host knows no watchlist, the second one does
      person.discover = sim.urls().metadata;
      person.metadata = sim.urls().discover;
    }
    if (change[0] == 'x') sim.add_fault(rule(FaultKind::force_xml, "discover"));
    if (change[0] == 'c') {
      plexsim::FaultRule cap = rule(FaultKind::page_cap, "discover");
      cap.amount = 30;
      sim.add_fault(cap);
    }
    const Snapshot s = person->read(Feature::watchlist);
    CHECK(s.end.complete);
    CHECK(s.facts.size() > 150);
    CHECK(keys_of(s) == truth(sim, "owner", plexsim::Feature::watchlist));
  }
}

TEST_CASE("a server that wants a pause and does not say how long is neither asked on and on nor taken for empty") {
  plexsim::Simulator sim(world());
  Person person(sim, "owner");
  const auto all = keys_of(person->read(Feature::ratings));
  REQUIRE_FALSE(all.empty());
  for (const char* host : {"server", "discover"}) {
    CAPTURE(host);
    sim.clear_requests();
    sim.add_fault(rule(FaultKind::status, host, {}, 429));
    const Error e = person->failure(host[0] == 's' ? Feature::ratings : Feature::watchlist);
    CHECK(e.status == CW_THROTTLED);
    CHECK(sim.requests().size() <= 6);
    sim.clear_faults();
  }
  CHECK(keys_of(person->read(Feature::ratings)) == all);
}

TEST_CASE("a friend's read does not fail on what only the owner may see, and does not show the owner's facts") {
  plexsim::Simulator sim(world());
  for (const char* path : {"/accounts", "/status/sessions"})  // the history is below the second one
    sim.add_fault(rule(FaultKind::status, "server", path, 403));
  Person person(sim, "friend");
  const auto films = sim.keys("1", "movie");
  sim.rate("owner", films[0], 9);
  sim.rate("friend", films[0], 4);
  sim.rate("owner", films[1], 9);
  sim.rate("friend", films[1], -1);
  const Snapshot ratings = person->read(Feature::ratings);
  CHECK(ratings.end.complete);
  CHECK(keys_of(ratings) == truth(sim, "friend", plexsim::Feature::ratings));
  for (const Fact& f : ratings.facts)
    if (f.ref.ends_with('/' + films[0])) CHECK(f.value.rating == 40);
  const Snapshot history = person->read(Feature::history);
  CHECK(history.end.complete);
  CHECK(keys_of(history) == truth(sim, "friend", plexsim::Feature::history));
}

TEST_CASE("a large library that comes in small pages is not cut, and not read item by item") {
  plexsim::Options options = world(6000);
  options.most_rows = 100;
  options.servers[0].catalog.rated_percent = 60;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  const Snapshot s = person->read(Feature::ratings);
  CHECK(s.end.complete);
  CHECK(s.facts.size() > 3000);
  CHECK(keys_of(s) == truth(sim, "owner", plexsim::Feature::ratings));
  CHECK(sim.requests().size() < s.facts.size() / 20);
}

TEST_CASE("a chosen library whose number is another one's now is an error, not a short list") {
  plexsim::Simulator sim(world());
  Person person(sim, "owner");
  person->host.settings["ratings.libraries"] = {"1"};
  REQUIRE(person->read(Feature::ratings).end.complete);
  person->host.settings["library_uuids.1"] = {"the-one-that-was-chosen"};
  const Error gone = person->failure(Feature::ratings);
  CHECK(gone.code == "library_missing");
  person->host.settings.erase("library_uuids.1");
  person->host.settings["ratings.libraries"] = {"1", "99"};
  CHECK(person->failure(Feature::ratings).code == "library_missing");
}
