// Which libraries, features and directions a pair has, and what others lost because a tool mixed them up.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::PairConfig;
using host::PairMode;
using host::RemovalRule;
using host::engine::RunOptions;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;

Fact film(int n) {
  return movie("Film " + std::to_string(n), {{"tmdb", std::to_string(100 + n)}});
}

// A server with two libraries of ten films each, all of them rated, and a tracker.
struct Libraries : World {
  Libraries() : server(add("server")), tracker(add("tracker")) {
    server.keeps_titles = false;
    for (int i = 0; i < 20; ++i) {
      const std::size_t t = server.add_title(film(i));
      server.titles[t].library = i % 2;
      server.set(Feature::ratings, t, rated(70, now));
    }
  }
  PairConfig pair(PairMode mode, const std::string& library = {}) {
    PairConfig p = pair_of("server", "tracker", Feature::ratings, mode, true);
    p.id += library;
    if (!library.empty()) p.features[static_cast<std::size_t>(Feature::ratings)].source_libraries = {library};
    return p;
  }
  Model& server;
  Model& tracker;
};

}  // namespace

TEST_CASE("a chosen library does not keep what is taken back in it from being removed") {
  for (const PairMode mode : {PairMode::one_way, PairMode::two_way}) {
    CAPTURE(mode);
    Libraries w;
    const PairConfig pair = w.pair(mode, "0");
    CHECK(w.run_once(pair).totals.added == 10);
    w.now += hour;
    w.run_once(pair);
    w.server.clear(Feature::ratings, 0);
    w.server.clear(Feature::ratings, 1);  // in the other library
    w.now += hour;
    CHECK(w.run_once(pair).totals.removed == 1);
    w.now += hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
    CHECK(w.tracker.facts(Feature::ratings).size() == 9);
    CHECK(!w.server.has(Feature::ratings, 0));
  }
}

TEST_CASE("fewer chosen libraries are neither removals to be approved nor titles that left") {
  for (const bool can_look_up : {true, false}) {
    Libraries w;
    w.server.can_look_up = can_look_up;
    const PairConfig pair = w.pair(PairMode::two_way);
    w.run_once(pair);
    w.now += hour;
    w.run_once(pair);
    w.server.narrow = true;
    w.server.scope = "library 0";
    for (int i = 0; i < 3; ++i) {
      w.now += hour;
      const RunReport r = w.run_once(pair);
      CHECK(r.totals.removed + r.totals.held == 0);
      CHECK(r.exit == host::ExitCode::ok);
      if (i == 0) CHECK(r.totals.parked == 0);
    }
    CHECK(w.tracker.facts(Feature::ratings).size() == 20);
  }
}

TEST_CASE("what lies in no chosen library is not written, neither once nor on every run") {
  Libraries w;
  const PairConfig pair = w.pair(PairMode::two_way, "0");
  w.run_once(pair);
  w.tracker.set(Feature::ratings, w.tracker.add_title(film(1)), rated(20, w.now));  // in the other library
  w.now += hour;
  w.run_once(pair);
  const auto batches = w.server.batches;
  for (int i = 0; i < 3; ++i) {
    w.now += hour;
    CHECK(w.run_once(pair).totals.added == 0);
  }
  CHECK(w.server.batches == batches);
  CHECK(w.server.facts(Feature::ratings).at(1).value.rating == 70);
}

TEST_CASE("two pairs for two libraries do not forget or undo what the other one knows") {
  Libraries w;
  const PairConfig one = w.pair(PairMode::one_way, "0"), other = w.pair(PairMode::one_way, "1");
  for (int i = 0; i < 3; ++i) {
    w.run({one, other});
    w.now += hour;
  }
  CHECK(w.tracker.facts(Feature::ratings).size() == 20);
  w.server.clear(Feature::ratings, 3);
  CHECK(w.run_once(one).totals.removed == 0);
  CHECK(w.run_once(other).totals.removed == 1);
  CHECK(w.run({one, other})->status == Status::nothing_to_do);
  CHECK(w.tracker.facts(Feature::ratings).size() == 19);
}

TEST_CASE("a mirror that was agreed to for some libraries does not remove what other ones lose by the choice") {
  Libraries w;
  PairConfig pair = w.pair(PairMode::one_way);
  pair.removal = RemovalRule::mirror;
  w.tracker.set(Feature::ratings, w.tracker.add_title(film(50)), rated(20));
  RunOptions agree;
  agree.approve = w.run_once(pair).digest;
  CHECK(w.run({pair}, agree)->totals.removed == 1);
  w.server.narrow = true;
  w.server.scope = "library 0";
  for (int i = 0; i < 3; ++i) {
    w.now += 8 * 24 * hour;
    CHECK(w.run_once(pair).totals.removed == 0);
  }
  CHECK(w.tracker.facts(Feature::ratings).size() == 20);
}

TEST_CASE("what only the target of a one-way pair has is not removed, unless the user wants a mirror and agrees") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.set(Feature::watchlist, a.add_title(film(1)), listed());
  for (int i = 2; i < 5; ++i) b.set(Feature::watchlist, b.add_title(film(i)), listed());
  PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::one_way, true);
  for (const RemovalRule rule : {RemovalRule::observed, RemovalRule::managed, RemovalRule::mirror}) {
    pair.removal = rule;
    const RunReport r = w.run_once(pair);
    CHECK(r.totals.removed == 0);
    CHECK((r.exit == host::ExitCode::ok) == (rule != RemovalRule::mirror));
    CHECK(b.facts(Feature::watchlist).size() == 4);
    w.now += hour;
  }
}

TEST_CASE("a pair that removes only what it added does not remove what the user had put there") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 4; ++i) a.set(Feature::watchlist, a.add_title(film(i)), listed());
  b.set(Feature::watchlist, b.add_title(film(0)), listed());
  PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::one_way, true);
  pair.removal = RemovalRule::managed;
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.clear(Feature::watchlist, 0);
  a.clear(Feature::watchlist, 1);
  w.now += hour;
  CHECK(w.run_once(pair).totals.removed == 1);
  CHECK(b.has(Feature::watchlist, 0));
}

TEST_CASE("a deletion that one of two one-way pairs has passed on does not stay with the target of the other") {
  for (const bool together : {true, false}) {
    CAPTURE(together);
    World w;
    Model& a = w.add("a");
    Model& b = w.add("b");
    Model& c = w.add("c");
    for (int i = 0; i < 12; ++i) a.set(Feature::watchlist, a.add_title(film(i)), listed());
    const PairConfig one = pair_of("a", "b", Feature::watchlist, PairMode::one_way, true);
    const PairConfig other = pair_of("a", "c", Feature::watchlist, PairMode::one_way, true);
    for (int i = 0; i < 2; ++i) {
      w.run({one, other});
      w.now += hour;
    }
    a.clear(Feature::watchlist, 3);
    if (together) {
      w.run({one, other});
    } else {
      w.run_once(one);
      w.now += 30 * 24 * hour;
      w.run_once(other);
    }
    CHECK(b.facts(Feature::watchlist).size() == 11);
    CHECK(c.facts(Feature::watchlist).size() == 11);
  }
}

TEST_CASE("a dry run in one direction does not make the next run forget a deletion") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 12; ++i) a.set(Feature::ratings, a.add_title(film(i)), rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.clear(Feature::ratings, 3);
  const std::string before = w.dump(false);
  RunOptions dry;
  dry.dry = true;
  for (int i = 0; i < 3; ++i) CHECK(w.run({pair}, dry)->planned.removed == 1);
  CHECK(w.dump(false) == before);
  CHECK(w.run_once(pair).totals.removed == 1);
  CHECK(b.facts(Feature::ratings).size() == 11);
}

TEST_CASE("one feature that fails does not take the memory of the others along") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  pair.features[static_cast<std::size_t>(Feature::watchlist)] = pair.feature(Feature::ratings);
  for (int i = 0; i < 12; ++i) {
    const std::size_t t = a.add_title(film(i));
    a.set(Feature::ratings, t, rated(70, w.now));
    a.set(Feature::watchlist, t, listed(w.now));
  }
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  a.clear(Feature::ratings, 3);
  a.clear(Feature::watchlist, 4);
  a.snapshot_faults = {Fault::error};  // of the first one that is read
  w.now += hour;
  CHECK(w.run_once(pair).totals.removed == 1);
  w.now += hour;
  CHECK(w.run_once(pair).totals.removed == 1);
  CHECK(b.facts(Feature::ratings).size() == 11);
  CHECK(b.facts(Feature::watchlist).size() == 11);
}
