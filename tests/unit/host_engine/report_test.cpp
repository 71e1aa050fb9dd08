// What a run tells about itself: its numbers add up, and its record has an end.
#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/undo.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::PairConfig;
using host::PairMode;
using host::engine::Item;
using host::engine::OpType;
using host::engine::Result;
using host::engine::RunReport;
using host::engine::Status;
using host::engine::Totals;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

struct Two : World {
  Two() : a(add("a")), b(add("b")) {}
  std::size_t film(Model& m, int n) {
    return m.add_title(movie("Film " + std::to_string(n), {{"tmdb", std::to_string(100 + n)}}));
  }
  Model& a;
  Model& b;
};

// The totals as the recorded items of the run say them.
Totals counted(World& w, std::int64_t run) {
  Totals t;
  host::each_item(w.state(), run, [&](const Item& i) {
    if (i.reason.find("conflict_") != std::string::npos) ++t.conflicts;
    switch (i.result) {
      case Result::applied:
        ++t.of(i.op);
        break;
      case Result::already:
      case Result::skipped:
        ++t.skipped;
        break;
      case Result::held:
        ++t.held;
        break;
      case Result::parked:
        ++t.parked;
        break;
      case Result::failed:
        ++t.failed;
        break;
      case Result::planned:
      case Result::conflict:
        break;
    }
  });
  return t;
}

void check_sums(World& w, const RunReport& r) {
  Totals lanes;
  for (const auto& pair : r.pairs)
    for (const auto& lane : pair.lanes) lanes += lane.totals;
  const Totals items = counted(w, r.id);
  const Totals stored = host::find_run(w.state(), r.id).totals;
  for (const auto& field : host::engine::totals_fields) {
    CAPTURE(field.name);
    CHECK(lanes.*field.member == r.totals.*field.member);
    CHECK(stored.*field.member == r.totals.*field.member);
    CHECK(items.*field.member == r.totals.*field.member);
  }
}

}  // namespace

TEST_CASE("the totals of a run are those of its lanes, its record and its recorded items") {
  Two w;
  w.a.keeps_titles = w.b.keeps_titles = false;
  w.b.kinds &= ~bit(Kind::show);
  w.safety.confirmed_min = 1;
  w.safety.confirmed_ratio = 0.01;
  Fact show = movie("Show", {{"tmdb", "7"}});
  show.kind = Kind::show;
  w.a.set(Feature::ratings, w.a.add_title(show), rated(50));  // skipped
  for (int i = 0; i < 12; ++i) {
    const std::size_t here = w.film(w.a, i);
    w.a.set(Feature::ratings, here, rated(70, w.now - day));
    if (i != 3) w.film(w.b, i);  // 3 is parked
  }
  w.b.set(Feature::ratings, 0, rated(10, w.now - hour));  // a conflict that is decided
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  const RunReport first = w.run_once(pair);
  CHECK(first.totals.skipped == 1);
  CHECK(first.totals.parked == 1);
  CHECK(first.totals.conflicts == 1);
  CHECK(first.totals.added == 10);
  CHECK(first.totals.updated == 1);
  check_sums(w, first);

  w.now += hour;
  const RunReport second = w.run_once(pair);  // what was parked earlier counts as well
  CHECK(second.totals.parked == 1);
  check_sums(w, second);

  for (std::size_t i = 5; i < 9; ++i) w.a.clear(Feature::ratings, i + 1);
  w.b.apply_faults = {Fault::rejected};
  w.a.set(Feature::ratings, 2, rated(30, w.now));
  host::engine::RunOptions dry;
  dry.dry = true;
  const RunReport planned = *w.run({pair}, dry);
  CHECK(planned.totals.held == 4);
  check_sums(w, planned);
  const RunReport third = w.run_once(pair);
  CHECK(third.totals.held == 4);
  CHECK(third.totals.failed == 1);
  check_sums(w, third);

  PairConfig open = pair;
  open.conflict = host::ConflictRule::none;
  w.now += hour;
  w.a.set(Feature::ratings, 2, rated(90, w.now));
  w.b.set(Feature::ratings, 1, rated(20, w.now));
  const RunReport fourth = w.run_once(open);
  CHECK(fourth.totals.conflicts == 1);
  check_sums(w, fourth);
}

TEST_CASE("an update that never shows is parked with its reason after three tries, and told on every run") {
  Two w;
  w.a.set(Feature::ratings, w.film(w.a, 1), rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  w.run_once(pair);
  w.run_once(pair);
  w.a.set(Feature::ratings, 0, rated(20));
  for (int i = 0; i < 12; ++i) {
    w.b.apply_faults = {Fault::lost};
    w.run_once(pair);
    w.now += 2 * hour;
  }
  w.b.apply_faults.clear();
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.parked == 1);
  check_sums(w, r);
  CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 20);
  auto parked = host::list_parked(w.state());
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].item.reason == "not_sticking");
  CHECK(parked[0].item.op == OpType::update);
  CHECK(parked[0].item.side == host::engine::Side::target);
  CHECK(parked[0].item.after->rating == 20);

  SUBCASE("it is tried again when it is due") {
    w.now = parked[0].next_try + 1;
    CHECK(w.run_once(pair).totals.updated == 1);
  }
  SUBCASE("it is tried again when the user wants it") {
    host::change_parked(w.state(), parked[0].key, host::ParkChange::retry);
    CHECK(w.run_once(pair).totals.updated == 1);
  }
  SUBCASE("a new value is not held up by it") {
    w.a.set(Feature::ratings, 0, rated(50));
    CHECK(w.run_once(pair).totals.updated == 1);
    CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 50);
  }
  SUBCASE("the other side's own change goes the other way") {
    w.b.set(Feature::ratings, 0, rated(50));
    CHECK(w.run_once(pair).totals.updated == 1);
    CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 50);
  }
  CHECK(w.run_once(pair).totals.parked == 0);
  CHECK(host::list_parked(w.state()).empty());
}

TEST_CASE("runs on record keep their status when a new one came between, and a dry run that found something says so") {
  World w;
  const auto folder = w.folder() / "old";
  {
    host::StateStore old(folder, host::schema_steps().first(3));
    old.write([](SQLite::Database& db) {
      db.exec(
          "INSERT INTO run VALUES(1, 'manual', 1, 2, 0, 2, 0, '', 0), (2, 'manual', 1, 2, 1, 0, 0, '', 0), "
          "(3, 'manual', 1, 2, 1, 0, 0, '', 0), (4, 'manual', 1, 2, 1, 6, 1, '', 0)");
      for (const char* lane : {"2, 0, 5", "3, 0, 0", "4, 6, 0"}) {
        const std::string text(lane);
        db.exec(
            "INSERT INTO run_lane(run, seq, pair, feature, status, exit, code, message, remedy, digest, name_a, "
            "facts_a, complete_a, name_b, facts_b, complete_b, plan_updated, plan_removed, added, updated, removed, "
            "skipped, held, parked, conflicts, failed, plan_added) VALUES(" +
            text.substr(0, 1) + ", 1, 'p', 0, " + text.substr(3, 1) +
            ", 0, '', '', '', '', 'a', 9, 1, 'b', 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, " + text.substr(6) + ")");
      }
    });
  }
  host::StateStore migrated(folder);
  std::vector<Status> found;
  for (const auto& run : host::list_runs(migrated)) found.insert(found.begin(), run.status);
  CHECK(found == std::vector{Status::ok, Status::planned, Status::nothing_to_do, Status::failed});
  CHECK(host::find_run(migrated, 2).pairs.at(0).lanes.at(0).status == Status::planned);
  CHECK(host::find_run(migrated, 4).pairs.at(0).lanes.at(0).status == Status::failed);
}

TEST_CASE("a run that was killed is on record with what it did, as cancelled, and can be undone") {
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  std::uint64_t most = 0;
  int cut = 0;
  for (bool was_cut = true; was_cut; ++cut) {
    CAPTURE(cut);
    Two w;
    bool lane_ended = false;
    w.lane_done = [&](const auto&) { lane_ended = true; };
    w.runtime.chunk = 2;
    for (int n = 0; n < 8; ++n) w.a.set(Feature::ratings, w.film(w.a, n), rated(80));
    w.cut_power_after(cut);
    was_cut = !w.run({pair});
    const auto runs = host::list_runs(w.state());
    if (!was_cut || runs.empty()) continue;
    CHECK(runs.at(0).finished == 0);
    CHECK(runs.at(0).status == Status::cancelled);
    CHECK(host::pair_state(w.state(), pair.id).last_run == 0);  // it may still go on
    const RunReport killed = host::find_run(w.state(), runs.at(0).id);
    CHECK(killed.totals.added == counted(w, killed.id).added);
    most = std::max(most, killed.totals.added);
    if (killed.totals.added == 0) continue;
    CHECK(killed.pairs.at(0).lanes.at(0).status == (lane_ended ? Status::ok : Status::cancelled));
    CHECK(w.undo(killed.id)->totals.removed == killed.totals.added);
    CHECK(host::pair_state(w.state(), pair.id).last_run != 0);
    w.now += 91 * day;
    w.run_once(pair);
    CHECK(host::list_runs(w.state()).size() == 1);  // what is that old goes, whether it ended or not
  }
  CHECK(most == 8);
}

TEST_CASE("a run whose reader is gone has an end in the record") {
  Two w;
  w.a.set(Feature::ratings, w.film(w.a, 1), rated(80));
  w.lane_done = [](const auto&) { throw Error(CW_STORAGE, "cannot_write", "Nobody reads."); };
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  CHECK_THROWS_AS(w.run_once(pair), Error);
  const auto runs = host::list_runs(w.state());
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].finished != 0);
  CHECK(runs[0].status == Status::failed);
  CHECK(runs[0].totals.added == 1);
}
