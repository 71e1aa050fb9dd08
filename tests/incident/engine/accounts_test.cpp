// Two accounts of one provider, clocks that differ a little, lists of changes only: what went wrong elsewhere.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::PairConfig;
using host::PairMode;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

Fact film(int n) {
  return movie("Film " + std::to_string(n), {{"tmdb", std::to_string(100 + n)}});
}

PairConfig friends(Feature feature, PairMode mode) {
  PairConfig pair = pair_of("p", "p", feature, mode, true);
  pair.target.profile = "friend";
  return pair;
}

}  // namespace

TEST_CASE("two accounts of one provider are not taken for one that agrees with itself") {
  for (const PairMode mode : {PairMode::one_way, PairMode::two_way}) {
    CAPTURE(mode);
    World w;
    Model& mine = w.add("p");
    Model& theirs = w.add("p@friend");
    for (int i = 0; i < 5; ++i) mine.set(Feature::ratings, mine.add_title(film(i)), rated(70));
    theirs.set(Feature::ratings, theirs.add_title(film(9)), rated(40));
    const PairConfig pair = friends(Feature::ratings, mode);
    CHECK(w.run_once(pair).totals.added == (mode == PairMode::two_way ? 6 : 5));
    CHECK(theirs.facts(Feature::ratings).size() == 6);
    CHECK(mine.facts(Feature::ratings).size() == (mode == PairMode::two_way ? 6 : 5));
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
    mine.clear(Feature::ratings, 2);
    CHECK(w.run_once(pair).totals.removed == 1);
    CHECK(theirs.facts(Feature::ratings).size() == 5);
  }
}

TEST_CASE("two accounts of one provider that became the same account are not synced with each other") {
  World w;
  Model& mine = w.add("p");
  Model& theirs = w.add("p@friend");
  mine.set(Feature::watchlist, mine.add_title(film(1)), listed());
  const PairConfig pair = friends(Feature::watchlist, PairMode::two_way);
  w.run_once(pair);
  theirs.identity = mine.identity;
  const RunReport r = w.run_once(pair);
  CHECK(r.status == Status::blocked);
  CHECK(r.pairs.at(0).lanes.at(0).code == "identity_changed");
}

TEST_CASE("a list that holds only what changed lately does not remove the rest") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 30; ++i) a.set(Feature::watchlist, a.add_title(film(i)), listed());
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  w.run_once(pair);
  for (int i = 0; i < 5; ++i) {
    b.snapshot_faults = {Fault::incomplete};
    w.now += hour;
    CHECK(w.run_once(pair).totals.removed == 0);
  }
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(a.facts(Feature::watchlist).size() == 30);
  CHECK(b.facts(Feature::watchlist).size() == 30);
}

TEST_CASE("what half a list leaves out is not removed, also where nobody can be asked about it") {
  for (const Fault fault : {Fault::incomplete, Fault::repeated}) {
    World w;
    Model& a = w.add("a");
    Model& b = w.add("b");
    a.can_look_up = b.can_look_up = false;
    for (int i = 0; i < 12; ++i) a.set(Feature::watchlist, a.add_title(film(i)), listed());
    const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
    w.run_once(pair);
    w.now += hour;
    w.run_once(pair);
    for (Model* half : {&a, &b}) {
      half->snapshot_faults = {fault};
      w.now += hour;
      const RunReport r = w.run_once(pair);
      CHECK(r.totals.removed + r.totals.held == 0);
      CHECK(r.status == Status::degraded);
    }
    CHECK(a.facts(Feature::watchlist).size() + b.facts(Feature::watchlist).size() == 24);
  }
}

TEST_CASE("plays that both sides date a few seconds apart are not doubled, nor at the turn of a minute") {
  for (const std::int64_t skew : {1, 3, 59, 61}) {
    CAPTURE(skew);
    World w;
    Model& a = w.add("a");
    Model& b = w.add("b");
    for (int i = 0; i < 10; ++i) {
      const std::int64_t at = w.now - 10 * day - i * 7;
      a.play(a.add_title(film(i)), at);
      b.play(b.add_title(film(i)), at + skew);
    }
    const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
    for (int i = 0; i < 3; ++i) {
      CHECK(w.run_once(pair).status == Status::nothing_to_do);
      w.now += hour;
    }
    CHECK(a.writes + b.writes == 0);
  }
}

TEST_CASE("a rating without a date is not the newest one") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.keeps_time = false;
  a.set(Feature::ratings, a.add_title(film(1)), rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way);
  w.run_once(pair);
  w.now += day;
  w.run_once(pair);
  b.set(Feature::ratings, 0, rated(20, w.now - hour));
  w.now += day;
  CHECK(w.run_once(pair).totals.updated == 1);
  CHECK(a.facts(Feature::ratings).at(0).value.rating == 20);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(b.facts(Feature::ratings).at(0).value.rating == 20);
}
