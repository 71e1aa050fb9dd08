// Marks and ratings that others put on the wrong item, on too many, or twice.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "support.hpp"

using namespace testing;

namespace {

plexsim::Options world(std::uint32_t nasty_percent) {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 60;
  server.catalog.shows = 40;
  server.catalog.seasons = 2;
  server.catalog.episodes = 4;
  server.catalog.plays = 0;
  server.catalog.nasty_percent = nasty_percent;
  server.catalog.people_state = false;
  options.servers = {server};
  options.watchlist = 0;
  return options;
}

Fact watched(Fact f) {
  f.value = no_value;
  f.value.plays = 1;
  f.value.at = 1'600'000'000;
  f.plays_at = {f.value.at};
  return f;
}

bool share(const std::vector<Token>& a, const std::vector<Token>& b) {
  return std::any_of(a.begin(), a.end(), [&](const Token& t) { return std::find(b.begin(), b.end(), t) != b.end(); });
}

int views(const plexsim::Simulator& sim, const std::string& user = "owner") {
  int sum = 0;
  for (const auto& f : sim.facts(user, plexsim::Feature::history)) sum += f.view_count;
  return sum;
}

}  // namespace

TEST_CASE("specials, seasons that are years, absolute numbers, old agents and files without ids mark nothing else") {
  plexsim::Simulator sim(world(60));
  Person reader(sim, "owner"), writer(sim, "friend");
  writer->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  for (const std::string& key : sim.keys("2", "episode")) sim.rate("owner", key, 7);
  std::map<std::string, Fact> items;
  for (Fact& f : reader->read(Feature::ratings).facts) items.emplace(f.ref.substr(f.ref.find('/') + 1), f);
  REQUIRE(items.size() > 250);
  int applied = 0;
  for (const auto& known : items) {
    const std::string& key = known.first;
    const Fact& item = known.second;
    Fact asked = watched(item);
    asked.ref.clear();
    asked.title.clear();
    asked.series_title.clear();
    CAPTURE(text_of(item));
    const auto before = views(sim, "friend");
    const auto outcome = writer->apply(Feature::history, {CW_OP_ADD, asked});
    REQUIRE(views(sim, "friend") == before + (outcome.result == CW_APPLIED ? 1 : 0));
    if (outcome.result != CW_APPLIED) continue;
    ++applied;
    const std::string where = std::string(outcome.ref).substr(std::string(outcome.ref).find('/') + 1);
    REQUIRE(items.count(where) == 1);
    const Fact& marked = items.at(where);
    CHECK((marked.season == item.season && marked.episode == item.episode));
    CHECK((where == key || share(marked.ids, item.ids) || share(marked.show_ids, item.show_ids)));
  }
  CHECK(applied > 150);
}

TEST_CASE("a target is not missed because a server knows only its own guid by search") {
  plexsim::Simulator sim(world(0));
  Person person(sim, "owner");
  person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  sim.rate("owner", sim.keys("1", "movie")[7], 7);
  const Fact film = person->read(Feature::ratings).facts.at(0);
  for (const Token& id : film.ids) {
    if (id.scheme == "plex") continue;
    CAPTURE(id.scheme);
    const auto answer = person->look(Feature::ratings, {item_with(Kind::movie, {id})}).at(0);
    CHECK(answer.state == CW_PRESENT);
    CHECK(std::string(answer.ref) == film.ref);
  }
}

TEST_CASE("three copies in two libraries are not three plays, and an edition is not marked for the film") {
  for (const bool everywhere : {false, true}) {
    CAPTURE(everywhere);
    plexsim::Simulator sim(world(0));
    plexsim::NewItem copy;
    copy.title = "Copy";
    copy.number = 10;
    sim.add_item("1", copy);  // there is one in each library already
    Person person(sim, "owner");
    person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
    person->write = everywhere ? std::uint32_t{CW_ALL_COPIES} : 0;
    const Fact film = watched(item_with(Kind::movie, {{"tmdb", "610"}}));
    CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, film})) == "applied");
    CHECK(views(sim) == (everywhere ? 3 : 1));
    CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, film})) == "already");
    CHECK(views(sim) == (everywhere ? 3 : 1));
  }
}

TEST_CASE("a watchlist entry whose title Plex denies for a moment is not called removed, nor taken back by its user") {
  plexsim::Options options = world(0);
  options.watchlist = 5;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  Fact entry = person->read(Feature::watchlist).facts.at(0);
  plexsim::FaultRule denied;
  denied.path_contains = "/userState";
  denied.status = 404;
  denied.count = 0;
  sim.add_fault(denied);
  CHECK(person->look(Feature::watchlist, {entry}).at(0).state == CW_NO_TITLE);
  CHECK(text_of(person->apply(Feature::watchlist, {CW_OP_REMOVE, entry})) == "no entity: gone");
  CHECK(sim.facts("owner", plexsim::Feature::watchlist).size() == 5);
  sim.clear_faults();
  CHECK(person->look(Feature::watchlist, {entry}).at(0).state == CW_PRESENT);
  CHECK(text_of(person->apply(Feature::watchlist, {CW_OP_REMOVE, entry})) == "applied");
}

TEST_CASE("ratings that a target rounds do not wander over the half points of Plex") {
  plexsim::Simulator sim(world(0));
  Person person(sim, "owner");
  person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  for (int tenths = 5; tenths <= 100; tenths += 5) {
    Fact film = item_with(Kind::movie, {{"tmdb", std::to_string(600 + tenths / 5)}});
    film.value.rating = tenths;
    const auto outcome = person->apply(Feature::ratings, {CW_OP_ADD, film});
    CAPTURE(tenths);
    REQUIRE(outcome.result == CW_APPLIED);
    CHECK(outcome.value.rating == tenths);
    const auto again = person->apply(Feature::ratings, {CW_OP_UPDATE, film, outcome.value});
    CHECK(text_of(again) == "already");
  }
}
