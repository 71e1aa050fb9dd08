// Writes that failed, got lost or were refused, and what others made of it.
#include <doctest/doctest.h>

#include "state/runs.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::ExitCode;
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

}  // namespace

TEST_CASE("a login that is refused while writing is not told as items that could not be written") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 5; ++i) a.set(Feature::ratings, a.add_title(film(i)), rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  b.apply_faults = {Fault::auth};
  const RunReport r = w.run_once(pair);
  CHECK(r.exit == ExitCode::login);
  CHECK(r.status == Status::failed);
  CHECK(r.totals.failed == 5);
  CHECK(r.totals.parked == 0);
  CHECK(b.batches == 1);  // and it is not tried on and on
  w.now += hour;
  CHECK(w.run_once(pair).totals.added == 5);
}

TEST_CASE("a title that comes to the library late is not kept out because it was missing three times") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  b.keeps_titles = false;
  a.set(Feature::ratings, a.add_title(film(1)), rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  for (int i = 0; i < 5; ++i) {
    CHECK(w.run_once(pair).totals.parked == 1);
    w.now += 8 * day;
  }
  const auto parked = host::list_parked(w.state(), pair.id);
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].item.reason.find("not_in_library") == 0);
  b.add_title(film(1));
  CHECK(w.run_once(pair).totals.added == 1);
  CHECK(host::list_parked(w.state(), pair.id).empty());
  // and it does not count against it later
  a.set(Feature::ratings, 0, rated(20, w.now));
  w.now += hour;
  CHECK(w.run_once(pair).totals.updated == 1);
}

TEST_CASE("failures of one pair do not keep an item out of another one") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  Model& c = w.add("c");
  b.keeps_titles = false;
  a.set(Feature::ratings, a.add_title(film(1)), rated(70));
  const PairConfig one = pair_of("a", "b", Feature::ratings);
  for (int i = 0; i < 4; ++i) {
    w.run_once(one);
    w.now += 8 * day;
  }
  CHECK(w.run_once(pair_of("a", "c", Feature::ratings)).totals.added == 1);
  CHECK(c.has(Feature::ratings, 0));
}

TEST_CASE("a removal that got lost is not done again while nobody knows what the other side has") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 12; ++i) a.set(Feature::watchlist, a.add_title(film(i)), listed(w.now - day));
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.clear(Feature::watchlist, 9);
  b.apply_faults = {Fault::lost};
  w.run_once(pair);
  w.now += day;
  a.set(Feature::watchlist, 9, listed(w.now));  // its user wants it again
  w.now += hour;
  a.snapshot_faults = {Fault::incomplete};  // the half without it
  CHECK(w.run_once(pair).totals.removed == 0);
  for (int i = 0; i < 3; ++i) {
    w.now += day;
    w.run_once(pair);
  }
  CHECK(a.facts(Feature::watchlist).size() == 12);
  CHECK(b.facts(Feature::watchlist).size() == 12);
}

TEST_CASE("a title that its server denies for a moment does not bring back what was taken back") {
  for (const bool denied_again : {false, true}) {
    CAPTURE(denied_again);
    World w;
    Model& a = w.add("a");
    Model& b = w.add("b");
    a.keeps_titles = false;
    for (int i = 0; i < 12; ++i) a.set(Feature::ratings, a.add_title(film(i)), rated(70, w.now - day));
    const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
    w.run_once(pair);
    w.now += hour;
    w.run_once(pair);
    a.clear(Feature::ratings, 3);
    for (int i = 0; i < (denied_again ? 3 : 1); ++i) {
      a.lookup_faults = {Fault::denied};
      const RunReport r = w.run_once(pair);
      CHECK(r.totals.removed == 0);  // it may as well be true
      CHECK(r.totals.parked == 1);
      CHECK(host::list_parked(w.state(), pair.id).size() == 1);
      w.now += 8 * day;
    }
    CHECK(w.run_once(pair).totals.removed == 1);
    w.now += hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
    CHECK(host::list_parked(w.state(), pair.id).empty());
    CHECK(!a.has(Feature::ratings, 3));
    CHECK(b.facts(Feature::ratings).size() == 11);
  }
}

TEST_CASE("a title that left and came back with its fact is not taken for a conflict or a removal") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.keeps_titles = false;
  for (int i = 0; i < 12; ++i) a.set(Feature::ratings, a.add_title(film(i)), rated(70, w.now - day));
  PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  pair.conflict = host::ConflictRule::source;
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.remove_file(3);
  CHECK(w.run_once(pair).totals.parked == 1);
  for (std::size_t t = 0; t < b.titles.size(); ++t)
    if (b.titles[t].item.title == "Film 3") b.set(Feature::ratings, t, rated(20, w.now));  // meanwhile
  a.return_file(3, true);
  w.now += hour;
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.conflicts == 0);
  CHECK(r.totals.updated == 1);
  CHECK(a.facts(Feature::ratings).at(3).value.rating == 20);
}

TEST_CASE("plays that were counted one by one are not melted into the newest one") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  const std::size_t t = a.add_title(film(1));
  for (int i = 0; i < 4; ++i) a.play(t, w.now - (10 - i) * day);
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  w.run_once(pair);
  CHECK(b.facts(Feature::history).begin()->second.plays == a.facts(Feature::history).at(t).plays);
  b.play(b.facts(Feature::history).begin()->first, w.now);
  w.now += hour;
  w.run_once(pair);
  CHECK(a.facts(Feature::history).at(t).plays.size() == 5);
  CHECK(b.facts(Feature::history).begin()->second.plays.size() == 5);
}

TEST_CASE("a date that a server gave to our own mark does not come back beside the next play") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  b.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS};  // stamps now, and keeps that as a play
  const std::size_t t = a.add_title(film(1));
  a.play(t, w.now - 10 * day);
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  w.run_once(pair);
  for (std::size_t plays = 2; plays < 5; ++plays) {
    w.now += day;
    w.run_once(pair);
    b.play(0, w.now);
    w.now += hour;
    w.run_once(pair);
    CHECK(a.facts(Feature::history).at(t).plays.size() == plays);
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
}

TEST_CASE("a position that goes back is not ignored and planned for ever") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  const std::size_t t = a.add_title(film(1));
  a.set(Feature::progress, t, stopped(3'000'000, 6'000'000, w.now));
  const PairConfig pair = pair_of("a", "b", Feature::progress, PairMode::two_way);
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.set(Feature::progress, t, stopped(600'000, 6'000'000, w.now));
  w.now += hour;
  CHECK(w.run_once(pair).totals.updated == 1);
  CHECK(b.facts(Feature::progress).begin()->second.value.progress_ms == 600'000);
  w.now += hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("ten thousands of items that both sides lose at once do not choke the memory of a pair") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.page = b.page = 1000;
  for (int i = 0; i < 40'000; ++i) {
    a.set(Feature::watchlist, a.add_title(film(i)), listed());
    b.set(Feature::watchlist, b.add_title(film(i)), listed());
  }
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  for (std::size_t i = 20; i < 40'000; ++i) {
    a.clear(Feature::watchlist, i);
    b.clear(Feature::watchlist, i);
  }
  w.now += hour;
  CHECK(w.run_once(pair).exit == ExitCode::ok);
  w.now += hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(a.writes + b.writes == 0);
  a.set(Feature::watchlist, 30'000, listed());  // forgotten means forgotten: it is new
  w.now += hour;
  CHECK(w.run_once(pair).totals.added == 1);
}
