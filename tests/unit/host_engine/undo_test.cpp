#include "engine/undo.hpp"

#include <doctest/doctest.h>

#include "capture/source.hpp"
#include "engine/set_aside.hpp"
#include "files/files.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::ExitCode;
using host::PairConfig;
using host::PairMode;
using host::engine::RunReport;
using host::engine::Status;

namespace {

struct Two : World {
  Two() : a(add("a")), b(add("b")) {
    for (int i = 0; i < 4; ++i) {
      const Fact f = movie("Film " + std::to_string(i), {{"tmdb", std::to_string(i)}});
      a.add_title(f);
      b.add_title(f);
    }
  }
  RunReport undo(std::int64_t run, bool dry = false) {
    host::engine::RunOptions options;
    options.dry = dry;
    return *World::undo(run, options);
  }
  // The run of which everything is undone: one add, one update, one remove on b.
  RunReport eventful_run() {
    const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
    for (std::size_t i = 0; i < 3; ++i) a.set(Feature::ratings, i, rated(70, now));
    run_once(pair);
    run_once(pair);
    a.set(Feature::ratings, 0, rated(30, now));
    a.clear(Feature::ratings, 1);
    a.set(Feature::ratings, 3, rated(90, now));
    return run_once(pair);
  }
  Model& a;
  Model& b;
};

}  // namespace

TEST_CASE("a run is undone: what it added goes, what it overwrote or removed is there again") {
  Two w;
  const RunReport done = w.eventful_run();
  REQUIRE(done.totals.added + done.totals.updated + done.totals.removed == 3);
  const RunReport r = w.undo(done.id);
  CHECK(r.status == Status::ok);
  CHECK(r.totals.added == 1);
  CHECK(r.totals.updated == 1);
  CHECK(r.totals.removed == 1);
  CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 70);
  CHECK(w.b.facts(Feature::ratings).at(1).value.rating == 70);
  CHECK(!w.b.has(Feature::ratings, 3));
  CHECK(host::list_runs(w.state()).front().trigger == "undo " + std::to_string(done.id));

  SUBCASE("and undoing it twice does nothing") {
    const RunReport again = w.undo(done.id);
    CHECK(again.status == Status::nothing_to_do);
    CHECK(again.totals.skipped == 3);
  }
}

TEST_CASE("what was undone is not done again by the next syncs, until the user asks for it or changes it") {
  Two w;
  const RunReport done = w.eventful_run();
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  SUBCASE("undone at once") {}
  SUBCASE("undone later") {
    w.run_once(pair);
    w.now += 3 * 24 * 3600;
    w.run_once(pair);
  }
  w.undo(done.id);
  for (int day = 0; day < 20; ++day) {
    const RunReport r = w.run_once(pair);
    CHECK(r.totals.added + r.totals.updated + r.totals.removed == 0);
    CHECK(r.totals.parked == 3);
    w.now += 24 * 3600;
  }
  CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 30);
  CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 70);
  CHECK(!w.a.has(Feature::ratings, 1));
  CHECK(w.b.has(Feature::ratings, 1));
  CHECK(w.a.has(Feature::ratings, 3));
  CHECK(!w.b.has(Feature::ratings, 3));
  for (const auto& p : host::list_parked(w.state())) {
    CHECK(p.ignored);
    CHECK(p.item.reason.starts_with("undone"));
  }

  SUBCASE("asked for: it is done again") {
    for (const auto& p : host::list_parked(w.state())) host::change_parked(w.state(), p.key, host::ParkChange::retry);
    const RunReport r = w.run_once(pair);
    CHECK(r.totals.added == 1);
    CHECK(r.totals.updated == 1);
    CHECK(r.totals.removed == 1);
    CHECK(host::list_parked(w.state()).empty());
  }
  SUBCASE("changed: the change goes on") {
    w.a.set(Feature::ratings, 0, rated(50, w.now));
    w.a.set(Feature::ratings, 1, rated(20, w.now));
    w.run_once(pair);
    CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 50);
    CHECK(w.b.facts(Feature::ratings).at(1).value.rating == 20);
  }
  SUBCASE("the undo is undone: both sides agree, and nothing is parked any more") {
    std::int64_t of_undo = 0;
    for (const auto& run : host::list_runs(w.state()))
      if (run.trigger == "undo " + std::to_string(done.id)) of_undo = run.id;
    w.undo(of_undo);
    w.run_once(pair);
    CHECK(host::list_parked(w.state()).empty());
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
    CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 30);
    CHECK(w.b.has(Feature::ratings, 3));
    CHECK(!w.b.has(Feature::ratings, 1));
  }
}

TEST_CASE("an undo in a one-way pair lasts: the source does not put it back") {
  Two w;
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  for (std::size_t i = 0; i < 2; ++i) w.a.set(Feature::ratings, i, rated(70, w.now));
  w.b.set(Feature::ratings, 0, rated(40, w.now - 24 * 3600));
  const RunReport done = w.run_once(pair);
  REQUIRE(done.totals.added == 1);
  REQUIRE(done.totals.updated == 1);
  w.undo(done.id);
  for (int day = 0; day < 20; ++day) {
    w.run_once(pair);
    w.now += 24 * 3600;
  }
  CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 40);
  CHECK(!w.b.has(Feature::ratings, 1));
}

TEST_CASE("an undo that is killed at any moment loses nothing and overwrites nothing") {
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  int cut = 0;
  for (bool was_cut = true; was_cut; ++cut) {
    CAPTURE(cut);
    Two w;
    const RunReport done = w.eventful_run();
    w.now += 3600;
    w.run_once(pair);  // which has seen what was written
    w.cut_power_after(cut);
    was_cut = !w.World::undo(done.id);
    for (int i = 0; i < 4; ++i) {
      w.run_once(pair);
      w.now += 3600;
    }
    // What the user said on one side stands there, whatever became of the other one.
    CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 30);
    CHECK(w.a.has(Feature::ratings, 3));
    if (w.b.has(Feature::ratings, 1)) CHECK(w.b.facts(Feature::ratings).at(1).value.rating == 70);
  }
  CHECK(cut > 8);
}

TEST_CASE("what a run wrote on both sides is undone, and set aside, on both") {
  Two w;
  const PairConfig pair = pair_of("a", "b", Feature::progress, PairMode::two_way);
  w.a.set(Feature::progress, 0, stopped(600'000, 6'000'000, w.now));
  w.b.set(Feature::progress, 1, stopped(900'000, 6'000'000, w.now));
  const RunReport done = w.run_once(pair);
  REQUIRE(done.totals.added == 2);
  CHECK(w.undo(done.id).totals.removed == 2);
  for (int day = 0; day < 5; ++day) {
    w.now += 24 * 3600;
    CHECK(w.run_once(pair).totals.added == 0);
  }
  CHECK(host::list_parked(w.state()).size() == 2);
}

TEST_CASE("plays that joined others are not taken back, which a dry undo says as well") {
  Two w;
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  w.a.play(0, w.now - 90 * 86'400);
  w.b.play(0, w.now - 9 * 86'400);
  const RunReport done = w.run_once(pair);
  REQUIRE(done.totals.updated == 2);
  for (const bool dry : {true, false}) {
    const RunReport r = w.undo(done.id, dry);
    CHECK(r.status == Status::nothing_to_do);
    CHECK(r.totals.skipped == 2);
    for (const auto& i : w.heard.items) CHECK(i.reason.starts_with("single_plays_not_restored"));
  }
  CHECK(w.a.facts(Feature::history).at(0).plays.size() == 2);
}

TEST_CASE("an undo compares its items with the baseline once, however many batches it takes") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  constexpr std::size_t films = 60;
  for (std::size_t i = 0; i < films; ++i) {
    const Fact f = movie("Film " + std::to_string(i), {{"tmdb", std::to_string(i)}});
    a.add_title(f);
    b.add_title(f);
    a.set(Feature::ratings, i, rated(70, w.now));
  }
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  const RunReport done = w.run_once(pair);
  REQUIRE(done.totals.added == films);
  std::vector<host::engine::Item> items;
  host::each_item(w.state(), done.id, [&](const host::engine::Item& i) { items.push_back(i); });
  host::engine::SetAside aside(pair.id, Feature::ratings, items);
  const std::span<const host::engine::Item> all(items);
  for (std::size_t i = 0; i < films; i += 10)
    w.state().write([&](SQLite::Database& db) {
      aside.announce(db, all.subspan(i, 10), w.now);
      aside.put(db, all.subspan(i, 10), w.now);
    });
  CHECK(aside.compared() == 2 * films);
  CHECK(host::list_parked(w.state()).size() == films);
}

TEST_CASE("what was changed after a run is not touched by its undo") {
  Two w;
  const RunReport done = w.eventful_run();
  w.b.set(Feature::ratings, 0, rated(55, w.now));
  w.b.set(Feature::ratings, 1, rated(20, w.now));
  w.undo(done.id);
  CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 55);
  CHECK(w.b.facts(Feature::ratings).at(1).value.rating == 20);
}

TEST_CASE("a dry undo writes nothing, and says what it would do") {
  Two w;
  const RunReport done = w.eventful_run();
  const auto writes = w.b.writes;
  const RunReport planned = w.undo(done.id, true);
  CHECK(planned.status == Status::planned);
  CHECK(planned.planned.updated == 1);
  CHECK(w.b.writes == writes);
  CHECK(w.heard.items.size() == 3);
}

TEST_CASE("undo says which dates the provider cannot restore, and refuses another account") {
  Two w;
  w.b.can &= ~std::uint32_t{CW_BACKDATE};
  const RunReport done = w.eventful_run();
  SUBCASE("dates") {
    w.now += 3600;
    w.undo(done.id);
    int told = 0;
    for (const auto& i : w.heard.items) told += i.reason.rfind("date_not_restored", 0) == 0;
    CHECK(told == 2);
  }
  SUBCASE("account") {
    w.b.identity = "somebody else@server";
    const auto writes = w.b.writes;
    const RunReport r = w.undo(done.id);
    CHECK(r.exit == ExitCode::login);
    CHECK(w.b.writes == writes);
  }
  SUBCASE("no such run") {
    CHECK_THROWS_AS(w.undo(4711), Error);
  }
}

TEST_CASE("a capture holds every play, is found damaged when a byte changes, and is one side of a restore") {
  Two w;
  host::Captures captures(w.folder());
  host::CaptureHead head;
  head.ref.provider = "b";
  head.taken_at = w.now;
  head.feature = Feature::history;
  std::string id;
  {
    host::CaptureWriter writer(captures, head);
    Fact f = w.b.titles[2].item;
    f.value = watched(w.now, 2);
    f.plays_at = {w.now, 1'000'000};
    FactLender lender;
    writer.add(lender.lend(f));
    CHECK(captures.list().empty());  // not before it is whole
    id = writer.finish(true, "").id;
  }
  REQUIRE(captures.list().size() == 1);

  const auto restore = [&] {
    PairConfig pair = pair_of("capture", "b", Feature::history);
    pair.conflict = host::ConflictRule::source;
    return host::engine::run_pairs({pair}, w.safety, w.runtime, w.state(),
                                   [&](const host::ProfileRef& r) {
                                     return r.provider == "capture" ? host::open_capture(captures, id)
                                                                    : open_model(r.provider);
                                   },
                                   w.heard, {});
  };
  SUBCASE("restored") {
    CHECK(restore().totals.added == 1);
    CHECK(w.b.facts(Feature::history).at(2).plays == std::vector<std::int64_t>{w.now, 1'000'000});
  }
  SUBCASE("damaged") {
    const auto file = w.folder() / "captures" / (id + ".jsonl");
    auto text = *host::read_file(file, 1 << 20);
    text.replace(text.find("Film 2"), 6, "Film 3");
    host::write_atomically(file, text);
    CHECK_THROWS_WITH_AS(captures.read(id, {}), doctest::Contains("checksum"), Error);
    CHECK(restore().status == Status::failed);
    CHECK(w.b.facts(Feature::history).empty());
  }
  SUBCASE("cut off") {
    std::filesystem::resize_file(w.folder() / "captures" / (id + ".jsonl"), 120);
    CHECK(captures.list().empty());
    CHECK_THROWS_AS(captures.read(id, {}), Error);
  }
}

TEST_CASE("what a lane writes over is kept first, and when that fails nothing is written") {
  Two w;
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  for (std::size_t i = 0; i < 3; ++i) w.a.set(Feature::ratings, i, rated(70, w.now));
  host::engine::RunOptions options;
  std::vector<std::string> kept;
  options.keep = [&](const host::engine::Endangered& e) {
    std::size_t n = 0;
    e.each([&](const cw_fact&) { ++n; });
    kept.push_back(e.ref.provider + " " + std::to_string(n) + (e.complete ? " complete" : ""));
  };
  w.run({pair}, options);
  CHECK(kept.empty());  // adding endangers nothing
  w.a.set(Feature::ratings, 0, rated(30, w.now));
  SUBCASE("kept") {
    w.run({pair}, options);
    CHECK(kept == std::vector<std::string>{"b 3 complete"});
    CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 30);
  }
  SUBCASE("the disk is full") {
    options.keep = [](const host::engine::Endangered&) { throw Error(CW_STORAGE, "disk_full", "No space left."); };
    CHECK(w.run({pair}, options)->status == Status::failed);
    CHECK(w.b.facts(Feature::ratings).at(0).value.rating == 70);
  }
}

TEST_CASE("what is discarded is not done and not asked again, and nothing is removed") {
  Two w;
  w.safety.confirmed_min = 0;
  w.safety.confirmed_ratio = 0;
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  for (std::size_t i = 0; i < 4; ++i) w.a.set(Feature::ratings, i, rated(70, w.now));
  w.run_once(pair);
  w.run_once(pair);
  w.a.clear(Feature::ratings, 1);
  const RunReport held = w.run_once(pair);
  REQUIRE(held.totals.held == 1);
  host::engine::RunOptions options;
  options.approve = held.digest;
  options.discard = true;
  CHECK(w.run({pair}, options)->totals.skipped == 1);
  CHECK(host::list_held(w.state()).empty());
  CHECK(w.run_once(pair).totals.held == 0);
  CHECK(w.b.has(Feature::ratings, 1));
  CHECK(w.a.has(Feature::ratings, 1));  // it was an accident: it is there again
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}
