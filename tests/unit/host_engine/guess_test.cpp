// Items that only their title names: nothing is written by a guess that nobody looked at.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::ExitCode;
using host::PairConfig;
using host::PairMode;
using host::engine::Result;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;

// Two libraries; the titles of "a" have no ids.
struct Libraries : World {
  Libraries() : a(add("a")), b(add("b")) {
    for (Model* m : {&a, &b}) {
      m->keeps_titles = false;
      m->keeps_names = true;
    }
  }
  static std::size_t film(Model& m, const std::string& title, std::vector<Token> ids = {}, int year = 1984) {
    Fact f = movie(title, std::move(ids));
    f.year = year;
    return m.add_title(f);
  }
  static PairConfig pair(bool guesses, Feature f = Feature::ratings, PairMode mode = PairMode::two_way) {
    PairConfig p = pair_of("a", "b", f, mode, true);
    if (guesses) p.features[static_cast<std::size_t>(f)].options = host::json::object({{"match_titles", true}});
    return p;
  }
  RunReport approve(const PairConfig& p, const std::string& digest) {
    host::engine::RunOptions options;
    options.approve = digest;
    return *run({p}, options);
  }
  const host::engine::Item& only(Result r) const {
    const host::engine::Item* found = nullptr;
    for (const auto& i : heard.items)
      if (i.result == r) {
        CHECK(!found);
        found = &i;
      }
    REQUIRE(found);
    return *found;
  }
  Model& a;
  Model& b;
};

}  // namespace

TEST_CASE("a title without ids is parked, whatever has the same name, unless guessing is switched on") {
  Libraries w;
  w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
  w.film(w.b, "Dune", {{"tmdb", "841"}});
  const RunReport r = w.run_once(w.pair(false));
  CHECK(r.totals.parked == 1);
  CHECK(r.totals.held == 0);
  CHECK(w.b.writes == 0);
}

TEST_CASE("a guess is shown and waits; approved it is written once, and never asked again") {
  Libraries w;
  w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
  const std::size_t there = w.film(w.b, "Dune", {{"tmdb", "841"}});
  const PairConfig pair = w.pair(true);
  for (int i = 0; i < 2; ++i) {
    const RunReport held = w.run_once(pair);
    CHECK(held.totals.held == 1);
    CHECK(held.exit == ExitCode::held);
    const auto& item = w.only(Result::held);
    CHECK(item.title == "Dune");
    CHECK(item.reason.find("title_guess: ") == 0);
    CHECK(item.reason.find(w.b.titles[there].item.ref) != std::string::npos);
    CHECK(w.b.writes == 0);
  }
  const RunReport done = w.approve(pair, w.run_once(pair).digest);
  CHECK(done.totals.added == 1);
  CHECK(w.b.facts(Feature::ratings).at(there).value.rating == 80);
  for (int i = 0; i < 3; ++i) {
    w.now += 24 * hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
  // From now on they are one item, also for changes and removals.
  w.b.set(Feature::ratings, there, rated(60, w.now));
  CHECK(w.run_once(pair).totals.updated == 1);
  CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 60);
  w.b.clear(Feature::ratings, there);
  CHECK(w.run_once(pair).totals.removed == 1);
  CHECK(w.a.facts(Feature::ratings).empty());
}

TEST_CASE("an approval is for what was shown: another title under the same name waits anew") {
  Libraries w;
  w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
  const std::size_t first = w.film(w.b, "Dune", {{"tmdb", "841"}});
  const std::string digest = w.run_once(w.pair(true)).digest;
  w.b.remove_file(first);
  w.film(w.b, "Dune", {{"tmdb", "999"}});
  const RunReport r = w.approve(w.pair(true), digest);
  CHECK(r.totals.held == 1);
  CHECK(r.digest != digest);
  CHECK(w.b.writes == 0);
}

TEST_CASE("a guess that is wrong is discarded: the item is parked, and asked about only when the user says so") {
  Libraries w;
  w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
  w.film(w.b, "Dune", {{"tmdb", "841"}});
  host::engine::RunOptions options;
  options.approve = w.run_once(w.pair(true)).digest;
  options.discard = true;
  w.run({w.pair(true)}, options);
  for (int i = 0; i < 3; ++i) {
    w.now += 30 * 24 * hour;
    const RunReport r = w.run_once(w.pair(true));
    CHECK(r.totals.held == 0);
    CHECK(r.totals.parked == 1);
  }
  const auto parked = host::list_parked(w.state());
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].item.reason.find("not_meant: ") == 0);
  host::change_parked(w.state(), parked[0].key, host::ParkChange::retry);
  CHECK(w.run_once(w.pair(true)).totals.held == 1);
  CHECK(w.b.writes == 0);
}

TEST_CASE("nothing is written where more than one title fits, or one fits two items") {
  Libraries w;
  w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
  SUBCASE("two of that name and year are there") {
    w.film(w.b, "Dune", {{"tmdb", "841"}});
    w.film(w.b, "Dune", {{"tmdb", "999"}});
  }
  SUBCASE("two items without ids have that name and year") {
    w.film(w.b, "Dune", {{"tmdb", "841"}});
    w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(60, w.now - hour));
  }
  SUBCASE("it is another item already") {
    const std::vector<Token> ids{{"tmdb", "841"}};
    w.b.set(Feature::ratings, w.film(w.b, "Dune", ids), rated(60, w.now - hour));
    w.a.set(Feature::ratings, w.film(w.a, "Dune", ids), rated(60, w.now - hour));
  }
  const RunReport r = w.run_once(w.pair(true));
  CHECK(r.totals.held == 0);
  CHECK(r.totals.parked >= 1);
  CHECK(w.b.writes == 0);
  const auto parked = host::list_parked(w.state());
  REQUIRE(!parked.empty());
  CHECK(parked[0].item.reason.find("title_ambiguous: ") == 0);
}

TEST_CASE("another year, or an id that contradicts, is no guess") {
  Libraries w;
  SUBCASE("another year") {
    w.a.set(Feature::ratings, w.film(w.a, "Dune"), rated(80, w.now - hour));
    w.film(w.b, "Dune", {{"tmdb", "841"}}, 2021);
  }
  SUBCASE("an id that contradicts") {
    w.a.set(Feature::ratings, w.film(w.a, "Dune", {{"tmdb", "1"}}), rated(80, w.now - hour));
    w.film(w.b, "Dune", {{"tmdb", "841"}});
  }
  const RunReport r = w.run_once(w.pair(true));
  CHECK(r.totals.held == 0);
  CHECK(r.totals.parked == 1);
  CHECK(w.b.writes == 0);
}

TEST_CASE("what both sides list becomes one item when that is approved, and then the pair's rules decide") {
  for (const bool alike : {true, false}) {
    CAPTURE(alike);
    Libraries w;
    const std::size_t here = w.film(w.a, "Dune");
    const std::size_t there = w.film(w.b, "Dune", {{"tmdb", "841"}});
    w.a.set(Feature::ratings, here, rated(80, w.now - 9 * hour));
    w.b.set(Feature::ratings, there, rated(alike ? 80 : 60, w.now - hour));
    const PairConfig pair = w.pair(true);
    const RunReport held = w.run_once(pair);
    CHECK(held.totals.held == 1);  // not one each way
    const RunReport linked = w.approve(pair, held.digest);
    CHECK(linked.exit == ExitCode::ok);
    CHECK(w.a.writes + w.b.writes == 0);
    w.now += hour;
    CHECK(w.run_once(pair).totals.updated == (alike ? 0 : 1));
    CHECK(w.a.facts(Feature::ratings).at(here).value.rating == (alike ? 80 : 60));
    w.now += hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
}

TEST_CASE("what both sides list, and was parked both ways before guessing was switched on, becomes one item") {
  Libraries w;
  const std::size_t here = w.film(w.a, "Dune");
  const std::size_t there = w.film(w.b, "Dune", {{"tmdb", "841"}});
  w.a.play(here, w.now - 900 * hour);
  w.b.play(there, w.now - hour);
  CHECK(w.run_once(w.pair(false, Feature::history)).totals.parked == 2);
  w.now += 24 * hour;
  const PairConfig pair = w.pair(true, Feature::history);
  w.approve(pair, w.run_once(pair).digest);
  w.now += hour;
  w.run_once(pair);
  for (const Model* m : {&w.a, &w.b}) CHECK(m->facts(Feature::history).begin()->second.plays.size() == 2);
  w.now += hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(host::list_parked(w.state()).empty());
}
