#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::ConflictRule;
using host::ExitCode;
using host::PairConfig;
using host::PairMode;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;

// Source "a", a library of its own titles, and target "b", which keeps what it is given.
struct OneWay : World {
  OneWay() : a(add("a")), b(add("b")) { a.keeps_titles = false; }
  std::size_t film(int n) {
    return a.add_title(movie("Film " + std::to_string(n), {{"tmdb", std::to_string(100 + n)}}));
  }
  void films(int n, Feature f, cw_value v) {
    for (int i = 0; i < n; ++i) a.set(f, film(i), v);
  }
  // Both sides come to list the films, and then the source lists none.
  void empty_source_after_sync(std::size_t n, const PairConfig& pair) {
    films(static_cast<int>(n), Feature::watchlist, listed(now));
    run_once(pair);
    run_once(pair);
    for (std::size_t i = 0; i < n; ++i) a.clear(Feature::watchlist, i);
  }
  Model& a;
  Model& b;
};

std::uint64_t writes(const RunReport& r) {
  return r.totals.added + r.totals.updated + r.totals.removed;
}

}  // namespace

TEST_CASE("what the source has is added to the target, and a second run does nothing") {
  OneWay w;
  w.films(250, Feature::ratings, rated(75, w.now - hour));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  const RunReport first = w.run_once(pair);
  CHECK(first.status == Status::ok);
  CHECK(first.exit == ExitCode::ok);
  CHECK(first.totals.added == 250);
  CHECK(w.b.facts(Feature::ratings).size() == 250);
  CHECK(w.b.facts(Feature::ratings).begin()->second.value.rating == 75);
  CHECK(w.b.batches == 3);  // of at most 100

  w.now += hour;
  const RunReport second = w.run_once(pair);
  CHECK(second.status == Status::nothing_to_do);
  CHECK(writes(second) == 0);
  CHECK(w.b.batches == 3);
  CHECK(w.a.batches == 0);
}

TEST_CASE("only what changed on the source is written again") {
  OneWay w;
  w.films(30, Feature::ratings, rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  w.run_once(pair);
  w.run_once(pair);
  w.a.set(Feature::ratings, 4, rated(90));
  w.a.set(Feature::ratings, w.film(99), rated(20));
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.updated == 1);
  CHECK(r.totals.added == 1);
  const std::vector<std::string> last(w.b.log.end() - 2, w.b.log.end());
  CHECK(last == std::vector<std::string>{"add Film 99", "update Film 4"});
}

TEST_CASE("a target that rounds is not written again because its values come back rounded") {
  OneWay w;
  w.b.rating_step = 10;
  for (int i = 0; i < 20; ++i) w.a.set(Feature::ratings, w.film(i), rated(5 * (i + 1)));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way);
  CHECK(w.run_once(pair).totals.added == 20);
  for (int i = 0; i < 3; ++i) CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.a.facts(Feature::ratings).at(0).value.rating == 5);
}

TEST_CASE("a play that the target stamps with its own time does not come back as a new play") {
  OneWay w;
  w.b.can &= ~std::uint32_t{CW_BACKDATE | CW_UPDATE};
  w.b.keeps_titles = false;
  const std::size_t t = w.film(1);
  w.b.add_title(movie("Film 1", {{"tmdb", "101"}}));
  w.a.play(t, w.now - 400 * 24 * hour);
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  CHECK(w.run_once(pair).totals.added == 1);
  w.now += hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  w.now += 48 * hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.a.facts(Feature::history).at(t).plays.size() == 1);
}

TEST_CASE("every known play reaches a target that keeps plays") {
  OneWay w;
  const std::size_t t = w.film(1);
  w.a.play(t, 1'000'000);
  w.a.play(t, 90'000'000);
  const PairConfig pair = pair_of("a", "b", Feature::history);
  w.run_once(pair);
  CHECK(w.b.facts(Feature::history).at(0).plays == std::vector<std::int64_t>{90'000'000, 1'000'000});
  w.a.play(t, w.now);
  CHECK(w.run_once(pair).totals.updated == 1);
  CHECK(w.b.facts(Feature::history).at(0).plays == std::vector<std::int64_t>{w.now, 90'000'000, 1'000'000});
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("an item without ids is known again by the ref that the provider told when it was written") {
  OneWay w;
  w.a.keeps_names = w.b.keeps_names = true;
  const std::size_t home_video = w.a.add_title(movie("Summer at the lake", {}));
  w.a.set(Feature::history, home_video, watched(w.now - hour));
  PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  pair.features[static_cast<std::size_t>(Feature::history)].remove = true;
  CHECK(w.run_once(pair).totals.added == 1);
  for (int i = 0; i < 5; ++i) {
    w.now += 24 * hour;
    const RunReport r = w.run_once(pair);
    CHECK(r.status == Status::nothing_to_do);
    CHECK(r.totals.parked == 0);
  }
  CHECK(w.b.writes == 1);
  w.b.clear(Feature::history, 0);
  w.run_once(pair);
  CHECK(!w.a.has(Feature::history, home_video));
}

TEST_CASE("removing is off until the pair switches it on, and nothing is added back either") {
  OneWay w;
  w.films(30, Feature::watchlist, listed(w.now));
  PairConfig pair = pair_of("a", "b", Feature::watchlist);
  w.run_once(pair);
  w.run_once(pair);
  w.a.clear(Feature::watchlist, 3);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.b.facts(Feature::watchlist).size() == 30);
  CHECK(w.a.facts(Feature::watchlist).size() == 29);
}

TEST_CASE("a fact that is taken back on the source is removed from the target after the source confirmed it") {
  OneWay w;
  w.films(30, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  w.a.clear(Feature::ratings, 3);
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.removed == 1);
  CHECK(r.status == Status::ok);
  CHECK(w.a.lookups == 1);
  CHECK(w.b.facts(Feature::ratings).size() == 29);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("a title that leaves the library takes nothing away elsewhere") {
  OneWay w;
  w.films(30, Feature::history, watched(w.now));
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way, true);
  w.run_once(pair);
  w.run_once(pair);
  w.a.remove_file(3);
  w.run_once(pair);
  w.now += 8 * hour;
  w.run_once(pair);
  CHECK(w.b.facts(Feature::history).size() == 30);

  SUBCASE("and when it returns without the fact, the fact is restored") {
    w.a.return_file(3, false);
    w.now += 8 * 24 * hour;
    w.run_once(pair);  // finds it under its new ref
    CHECK(w.run_once(pair).totals.added == 1);
    CHECK(w.a.has(Feature::history, 3));
    w.run_once(pair);
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
  SUBCASE("and when it returns with the fact, nothing is written") {
    w.a.return_file(3, true);
    CHECK(writes(w.run_once(pair)) == 0);
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
}

TEST_CASE("no failed, short or lying listing removes anything") {
  for (const Fault fault :
       {Fault::error, Fault::auth, Fault::incomplete, Fault::short_list, Fault::empty_list, Fault::repeated})
    for (const bool source : {true, false})
      for (const PairMode mode : {PairMode::one_way, PairMode::two_way}) {
        CAPTURE(static_cast<int>(fault));
        CAPTURE(source);
        OneWay w;
        w.films(60, Feature::ratings, rated(80));
        const PairConfig pair = pair_of("a", "b", Feature::ratings, mode, true);
        w.run_once(pair);
        w.run_once(pair);
        (source ? w.a : w.b).snapshot_faults = {fault};
        const RunReport r = w.run_once(pair);
        CHECK(r.totals.removed == 0);
        CHECK(w.a.facts(Feature::ratings).size() == 60);
        CHECK(w.b.facts(Feature::ratings).size() == 60);
        // Half of a list that claims to be all of it was found out by asking; in one direction it also means "missing".
        const bool harmless = fault == Fault::short_list && !source && mode == PairMode::one_way;
        CHECK((r.exit != ExitCode::ok) == !harmless);
        w.run_once(pair);
        CHECK(w.run_once(pair).status == Status::nothing_to_do);
      }
}

TEST_CASE("an empty list where there were many blocks the lane, and one approval lets it through once") {
  OneWay w;
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::one_way, true);
  w.empty_source_after_sync(60, pair);
  const RunReport r = w.run_once(pair);
  CHECK(r.status == Status::blocked);
  CHECK(r.exit == ExitCode::held);
  CHECK(r.totals.held == 60);
  CHECK(!r.digest.empty());
  CHECK(w.b.facts(Feature::watchlist).size() == 60);
  CHECK(w.run_once(pair).digest == r.digest);  // held operations come again, the same ones

  host::engine::RunOptions options;
  options.approve = r.digest;
  CHECK(w.run({pair}, options)->totals.removed == 60);
  CHECK(w.b.facts(Feature::watchlist).empty());
  CHECK_THROWS_AS(w.run({pair}, options), Error);
}

TEST_CASE("an approval of something else, or of yesterday, approves nothing") {
  OneWay w;
  w.films(60, Feature::watchlist, listed(w.now));
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  for (std::size_t i = 0; i < 55; ++i) w.a.clear(Feature::watchlist, i);
  host::engine::RunOptions options;
  options.approve = w.run_once(pair).digest;
  REQUIRE(!options.approve.empty());
  SUBCASE("one more is gone") {
    w.a.clear(Feature::watchlist, 57);
    const RunReport r = *w.run({pair}, options);
    CHECK(r.totals.removed == 0);
    CHECK(r.totals.held == 56);
    CHECK(r.digest != options.approve);
  }
  SUBCASE("a day went by") {
    w.now += 25 * hour;
    CHECK_THROWS_AS(w.run({pair}, options), Error);
  }
  SUBCASE("it is made up") {
    options.approve = "0123456789abcdef";
    CHECK_THROWS_AS(w.run({pair}, options), Error);
  }
  CHECK(w.b.facts(Feature::watchlist).size() == 60);
}

TEST_CASE("a few removes pass, more than the budget are held as a whole") {
  OneWay w;
  w.films(200, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  for (std::size_t i = 0; i < 101; ++i) w.a.clear(Feature::ratings, i);
  const RunReport held = w.run_once(pair);
  CHECK(held.status == Status::held);
  CHECK(held.totals.held == 101);
  CHECK(held.totals.removed == 0);
  CHECK(host::list_held(w.state()).size() == 101);
  w.a.set(Feature::ratings, 0, rated(80));
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.removed == 100);  // half of what there was
  CHECK(host::list_held(w.state()).empty());
}

TEST_CASE("of very many removes a sample is proven and done, and the others are held") {
  OneWay w;
  w.films(1500, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  for (std::size_t i = 0; i < 600; ++i) w.a.clear(Feature::ratings, i);
  host::engine::RunOptions dry;
  dry.dry = true;
  const RunReport planned = *w.run({pair}, dry);
  const RunReport held = w.run_once(pair);
  CHECK(held.totals.removed == 200);
  CHECK(held.totals.held == 400);
  CHECK(held.digest == planned.digest);
  // From every part of the list: one that lacked a part of what is there would be found out.
  std::array<int, 6> left{};
  for (const auto& [title, stored] : w.b.facts(Feature::ratings)) {
    const int number = std::stoi(w.b.titles[title].item.ids.front().value) - 100;
    if (number < 600) ++left[static_cast<std::size_t>(number / 100)];
  }
  for (const int n : left) CHECK(n > 40);
  for (const int n : left) CHECK(n < 90);
}

TEST_CASE("a provider that cannot look up loses no library facts, and few watchlist entries at a time") {
  OneWay w;
  w.a.can_look_up = false;
  w.films(60, Feature::ratings, rated(80));
  for (std::size_t i = 0; i < 60; ++i) w.a.set(Feature::watchlist, i, listed(w.now));
  PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  pair.features[CW_WATCHLIST] = pair.features[CW_RATINGS];
  w.run_once(pair);
  w.run_once(pair);
  w.a.clear(Feature::ratings, 1);
  for (std::size_t i = 0; i < 10; ++i) w.a.clear(Feature::watchlist, i);
  RunReport r = w.run_once(pair);
  CHECK(r.totals.removed == 10);
  CHECK(r.totals.held == 1);
  for (std::size_t i = 10; i < 21; ++i) w.a.clear(Feature::watchlist, i);
  r = w.run_once(pair);
  CHECK(r.totals.removed == 0);
  CHECK(r.totals.held == 12);
}

TEST_CASE("a dry run changes nothing but the record of runs") {
  OneWay w;
  w.films(40, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  host::engine::RunOptions dry;
  dry.dry = true;
  const std::string empty = w.dump(false);
  RunReport r = *w.run({pair}, dry);
  CHECK(r.status == Status::planned);  // it has not done anything, which is not to say that there is nothing to do
  CHECK(r.pairs.at(0).status == Status::planned);
  CHECK(r.exit == ExitCode::ok);
  CHECK(host::list_runs(w.state()).front().status == Status::planned);
  CHECK(r.planned.added == 40);
  CHECK(w.heard.items.size() == 40);
  CHECK(w.dump(false) == empty);
  CHECK(w.b.writes == 0);
  w.run_once(pair);
  w.run_once(pair);
  w.a.clear(Feature::ratings, 1);
  w.b.set(Feature::ratings, 2, rated(10));
  const std::string before = w.dump(false);
  r = *w.run({pair}, dry);
  CHECK(r.planned.removed == 1);
  CHECK(r.planned.updated == 1);
  CHECK(w.dump(false) == before);
  r = w.run_once(pair);
  CHECK(r.totals.removed == 1);
  CHECK(r.totals.updated == 1);
  w.now += hour;
  w.run_once(pair);
  CHECK(w.run({pair}, dry)->status == Status::nothing_to_do);
}

TEST_CASE("what the target does not have is parked with the reason and tried again later") {
  OneWay w;
  w.b.keeps_titles = false;
  w.films(3, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  const RunReport first = w.run_once(pair);
  CHECK(first.totals.parked == 3);
  CHECK(first.totals.failed == 0);
  CHECK(first.exit == ExitCode::ok);
  CHECK(first.status == Status::nothing_to_do);
  const auto parked = host::list_parked(w.state());
  REQUIRE(parked.size() == 3);
  CHECK(parked[0].item.title == "Film 0");
  CHECK(parked[0].item.reason == "not_in_library");
  const RunReport second = w.run_once(pair);
  CHECK(second.totals.parked == 3);
  CHECK(w.b.batches == 1);

  w.b.add_title(movie("Film 1", {{"tmdb", "101"}}));
  SUBCASE("by itself") {
    w.now += 7 * hour;
    CHECK(w.run_once(pair).totals.added == 1);
  }
  SUBCASE("on request") {
    host::change_parked(w.state(), parked[1].key, host::ParkChange::retry);
    CHECK(w.run_once(pair).totals.added == 1);
  }
  SUBCASE("never, when it is ignored") {
    for (const auto& p : parked) host::change_parked(w.state(), p.key, host::ParkChange::ignore);
    w.now += 400 * 24 * hour;
    CHECK(w.run_once(pair).totals.added == 0);
    host::change_parked(w.state(), parked[1].key, host::ParkChange::unignore);
    CHECK(w.run_once(pair).totals.added == 1);
  }
  CHECK(host::list_parked(w.state()).size() == 2);
}

TEST_CASE("an account that changed blocks the pair before anything is read") {
  OneWay w;
  w.films(10, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  w.run_once(pair);
  const auto reads = w.a.snapshots;
  w.a.identity = "somebody else@server";
  const RunReport r = w.run_once(pair);
  CHECK(r.status == Status::blocked);
  CHECK(r.exit == ExitCode::held);
  CHECK(r.pairs[0].lanes[0].code == "identity_changed");
  CHECK(w.a.snapshots == reads);
  w.state().forget_pair(pair.id);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("another scope is adopted without a remove") {
  OneWay w;
  w.films(30, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  w.a.scope = "one library";
  std::size_t gone = 0;
  SUBCASE("that has most of it") {
    gone = 8;
  }
  SUBCASE("that has nothing of it") {
    gone = 30;
  }
  for (std::size_t i = 0; i < gone; ++i) w.a.remove_file(i);
  w.a.keeps_titles = true;  // a look-up would say that they are gone
  const RunReport r = w.run_once(pair);
  CHECK(writes(r) == 0);
  CHECK(r.totals.held == 0);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.b.facts(Feature::ratings).size() == 30);
}

TEST_CASE("a side that was emptied stops no pair that removes nothing") {
  OneWay w;
  const PairConfig pair = pair_of("a", "b", Feature::watchlist);
  w.empty_source_after_sync(30, pair);
  const RunReport r = w.run_once(pair);
  CHECK(r.status == Status::nothing_to_do);
  CHECK(r.exit == ExitCode::ok);
  CHECK(w.b.facts(Feature::watchlist).size() == 30);
}

TEST_CASE("failed operations show in status and exit code, and are done by the next run") {
  OneWay w;
  w.films(150, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  SUBCASE("transient to the end") {
    w.b.apply_faults.assign(5, Fault::transient);
    const RunReport r = w.run_once(pair);
    CHECK(r.status == Status::degraded);
    CHECK(r.exit == ExitCode::failed);
    CHECK(r.totals.failed == 100);
    CHECK(r.totals.added == 50);
  }
  SUBCASE("transient once is nothing") {
    w.b.apply_faults = {Fault::transient, Fault::throttled};
    CHECK(w.run_once(pair).totals.added == 150);
  }
  SUBCASE("the login dies in the middle") {
    w.b.apply_faults = {Fault::cut_before};
    const RunReport r = w.run_once(pair);
    CHECK(r.status == Status::failed);
    CHECK(r.exit == ExitCode::login);
    CHECK(r.totals.added == 50);
    CHECK(r.totals.failed == 100);
  }
  SUBCASE("an answer is lost") {
    w.b.apply_faults = {Fault::cut_after};
    CHECK(w.run_once(pair).exit == ExitCode::error);
  }
  SUBCASE("the effect is not known") {
    w.b.apply_faults = {Fault::in_doubt};
    CHECK(w.run_once(pair).totals.failed == 100);
  }
  w.run_once(pair);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.b.facts(Feature::ratings).size() == 150);
}

TEST_CASE("a lane whose every operation failed has failed") {
  OneWay w;
  w.films(3, Feature::ratings, rated(80));
  w.b.apply_faults.assign(6, Fault::transient);
  const RunReport r = w.run_once(pair_of("a", "b", Feature::ratings));
  CHECK(r.status == Status::failed);
  CHECK(r.exit == ExitCode::failed);
}

TEST_CASE("what was said to be written and never shows is written again, and given up in the end") {
  OneWay w;
  w.films(1, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  for (int i = 0; i < 12; ++i) {
    w.b.apply_faults = {Fault::lost};
    CHECK(w.run_once(pair).totals.removed == 0);
    w.now += 3 * hour;
  }
  CHECK(w.a.facts(Feature::ratings).size() == 1);
  CHECK(host::list_parked(w.state()).size() == 1);
  CHECK(host::list_parked(w.state())[0].item.reason == "not_sticking");
  CHECK(w.b.batches == 4);
}

TEST_CASE("one lane's error leaves the others alone") {
  OneWay w;
  w.films(5, Feature::ratings, rated(80));
  w.a.set(Feature::history, 1, watched(w.now));
  PairConfig pair = pair_of("a", "b", Feature::ratings);
  pair.features[CW_HISTORY].enable = true;
  w.a.snapshot_faults = {Fault::error};  // history goes first
  const RunReport r = w.run_once(pair);
  CHECK(r.status == Status::failed);
  CHECK(r.exit == ExitCode::unreachable);
  CHECK(r.pairs[0].lanes[0].status == Status::failed);
  CHECK(r.pairs[0].lanes[1].status == Status::ok);
}

TEST_CASE("a profile that cannot be used fails its pairs and no others") {
  OneWay w;
  Model& c = w.add("c");
  w.films(5, Feature::ratings, rated(80));
  c.check_faults = {Fault::auth};
  const auto r = w.run({pair_of("c", "b", Feature::ratings), pair_of("a", "b", Feature::ratings)});
  CHECK(r->exit == ExitCode::login);
  CHECK(r->pairs[0].status == Status::failed);
  CHECK(r->pairs[1].status == Status::ok);
  w.b.health = CW_DOWN;
  CHECK(w.run_once(pair_of("a", "b", Feature::ratings)).exit == ExitCode::unreachable);
  w.b.health = CW_NEEDS_LOGIN;
  CHECK(w.run_once(pair_of("a", "b", Feature::ratings)).exit == ExitCode::login);
  w.b.health = CW_NOT_OFFERED;
  CHECK(w.run_once(pair_of("a", "b", Feature::ratings)).status == Status::skipped);
}

TEST_CASE("a lane whose profile is down says why and what to do, as the profile itself says it") {
  OneWay w;
  w.films(5, Feature::ratings, rated(80));
  int asked = 0;
  std::string code = "model_says_so";
  w.b.status = [&](Report& report) {
    ++asked;
    report.put("line", "state", "model_says_so");
    report.put("line", "why", "The line to the moon is cut.");
    throw Error(CW_SCOPE, code, "The moon is down.", "Wait for the night.");
  };
  w.b.health = CW_DOWN;
  PairConfig pair = pair_of("a", "b", Feature::ratings);
  pair.features[CW_HISTORY].enable = true;
  RunReport r = w.run_once(pair);
  CHECK(asked == 1);  // for both lanes
  for (const auto& lane : r.pairs[0].lanes) {
    CHECK(lane.status == Status::failed);
    CHECK(lane.code == "model_says_so");
    CHECK(lane.message == "The moon is down.");
    CHECK(lane.remedy == "Wait for the night.");
  }
  CHECK(r.exit == ExitCode::login);
  code = "something_else";  // is about another part
  r = w.run_once(pair);
  CHECK(r.pairs[0].lanes[0].message == "The history of b cannot be used now: The line to the moon is cut.");
  CHECK(r.pairs[0].lanes[0].remedy == "crosswatch status b");
  CHECK(r.exit == ExitCode::unreachable);
  w.b.health = CW_NOT_OFFERED;
  r = w.run_once(pair);
  CHECK(r.pairs[0].lanes[0].status == Status::skipped);
  CHECK(r.exit == ExitCode::ok);
  w.b.health = CW_READY;
  asked = 0;
  CHECK(w.run_once(pair).exit == ExitCode::ok);
  CHECK(asked == 0);
}

TEST_CASE("a side whose health is doubtful proves no removal") {
  OneWay w;
  w.films(30, Feature::ratings, rated(80));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.run_once(pair);
  w.run_once(pair);
  w.a.health = CW_DEGRADED;
  w.a.clear(Feature::ratings, 1);
  CHECK(w.run_once(pair).totals.removed == 0);
  w.a.health = CW_READY;
  CHECK(w.run_once(pair).totals.removed == 1);
}

TEST_CASE("a listing that lags behind our writes is waited for") {
  OneWay w;
  w.b.lag_s = 120;
  w.films(5, Feature::ratings, rated(70, w.now - hour));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  w.run_once(pair);
  w.now += 10;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  w.now += 600;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  w.a.set(Feature::ratings, 1, rated(95, w.now));
  CHECK(w.run_once(pair).totals.updated == 1);
  w.now += 10;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);  // b still lists 70
  w.now += 600;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.a.facts(Feature::ratings).at(1).value.rating == 95);
  w.a.clear(Feature::ratings, 2);
  CHECK(w.run_once(pair).totals.removed == 1);
  w.now += 10;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);  // b still lists it
  CHECK(!w.a.has(Feature::ratings, 2));
}

TEST_CASE("two pairs that share a side read it once, and again after it was written") {
  OneWay w;
  w.add("c");
  w.films(5, Feature::ratings, rated(70));
  const PairConfig ab = pair_of("a", "b", Feature::ratings);
  const PairConfig ac = pair_of("a", "c", Feature::ratings);
  const PairConfig bc = pair_of("b", "c", Feature::ratings);
  w.run({ab, ac, bc});
  CHECK(w.a.snapshots == 1);
  CHECK(w.b.snapshots == 2);
  CHECK(w.run({ab, ac, bc})->status == Status::nothing_to_do);
  CHECK(w.a.snapshots == 2);
  CHECK(w.b.snapshots == 3);
}

TEST_CASE("a run that is cancelled says so and loses nothing") {
  OneWay w;
  w.films(300, Feature::ratings, rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings);
  host::engine::RunOptions options;
  w.b.step = [&] {
    if (w.b.facts(Feature::ratings).size() == 150) options.cancel.request();
    return true;
  };
  const RunReport r = *w.run({pair}, options);
  CHECK(r.exit == ExitCode::cancelled);
  CHECK(r.status == Status::cancelled);
  CHECK(r.totals.added == 200);
  CHECK(w.run_once(pair).totals.added == 100);
}

TEST_CASE("the power may go at any moment: the next runs end as if it never had") {
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way, true);
  const auto prepare = [&](World& w, Model& a, Model& b) {
    a.keeps_titles = b.keeps_titles = false;
    b.can &= ~std::uint32_t{CW_BACKDATE | CW_UPDATE};  // stamps plays with its own time
    for (int i = 0; i < 12; ++i) {
      const Fact f = movie("Film " + std::to_string(i), {{"tmdb", std::to_string(i)}});
      a.add_title(f);
      b.add_title(f);
    }
    w.runtime.chunk = 3;
    for (std::size_t i = 0; i < 8; ++i) a.play(i, w.now - 900 * 24 * hour - static_cast<std::int64_t>(i));
    for (std::size_t i = 6; i < 10; ++i) b.play(i, w.now - 800 * 24 * hour);
  };
  const auto edit = [&](World& w, Model& a, Model& b) {
    w.now += 3 * hour;
    a.clear(Feature::history, 2);
    b.clear(Feature::history, 9);
    a.play(10, w.now);
    b.play(11, w.now);
    a.play(3, w.now);
  };
  int cut = 0;
  for (bool was_cut = true; was_cut; ++cut) {
    was_cut = false;
    CAPTURE(cut);
    World w;
    Model& a = w.add("a");
    Model& b = w.add("b");
    prepare(w, a, b);
    for (const bool edited : {false, true}) {
      if (edited) edit(w, a, b);
      w.cut_power_after(cut);
      was_cut = !w.run({pair}) || was_cut;
      w.now += 60;
      w.run({pair});
      w.now += 3 * hour;
      w.run({pair});
      CHECK(w.run_once(pair).status == Status::nothing_to_do);
      for (std::size_t i = 0; i < 12; ++i) {
        CAPTURE(i);
        const bool there = edited ? i != 2 && i != 9 : i < 10;
        CHECK(a.has(Feature::history, i) == there);
        CHECK(b.has(Feature::history, i) == there);
        if (there) CHECK(a.facts(Feature::history).at(i).plays.size() == (edited && i == 3 ? 2u : 1u));
      }
    }
  }
  CHECK(cut > 25);
}

TEST_CASE("a write whose answer was lost is not taken for something the user did") {
  OneWay w;
  w.films(3, Feature::ratings, rated(50));
  PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way);
  pair.conflict = ConflictRule::target;
  w.run_once(pair);
  w.run_once(pair);
  w.a.set(Feature::ratings, 1, rated(70));
  SUBCASE("the provider said so") {
    w.b.apply_faults = {Fault::in_doubt};
  }
  SUBCASE("the connection broke") {
    w.b.apply_faults = {Fault::cut_after};
  }
  SUBCASE("the process died") {
    w.cut_power_after(11);
  }
  w.run({pair});
  REQUIRE(w.b.facts(Feature::ratings).at(1).value.rating == 70);
  w.a.set(Feature::ratings, 1, rated(90));
  const RunReport r = w.run_once(pair);
  CHECK(r.totals.conflicts == 0);
  CHECK(w.a.facts(Feature::ratings).at(1).value.rating == 90);
  CHECK(w.b.facts(Feature::ratings).at(1).value.rating == 90);
  w.now += hour;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

namespace {

// A pair at rest: what the next run compares has led to nothing before.
struct AtRest : OneWay {
  AtRest() {
    films(30, Feature::ratings, rated(70));
    pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
    come_to_rest();
  }
  void come_to_rest() {
    for (int i = 0; i < 2; ++i) {  // one that writes, and one that sees it
      now += hour;
      run_once(pair);
    }
  }
  // Whether the next run compares, or says that nothing has changed.
  bool compares(host::engine::RunOptions options = {}) {
    now += 60;
    const RunReport r = *run({pair}, options);
    const auto& lane = r.pairs.at(0).lanes.at(0);
    CHECK(r.status == Status::nothing_to_do);
    CHECK(lane.sides[0].facts == a.facts(Feature::ratings).size());
    CHECK(lane.sides[1].complete);
    return lane.unchanged_since == 0;
  }
  PairConfig pair{};
};

}  // namespace

TEST_CASE("a pair of which neither side has changed is not compared, and says since when") {
  AtRest w;
  const auto then = w.now;
  w.now += hour;
  const RunReport r = w.run_once(w.pair);
  CHECK(r.pairs.at(0).lanes.at(0).unchanged_since == then);
  CHECK(host::find_run(w.state(), r.id).pairs.at(0).lanes.at(0).unchanged_since == then);
  CHECK_FALSE(w.compares());

  w.a.set(Feature::ratings, 3, rated(90));
  w.now += hour;
  const RunReport changed = w.run_once(w.pair);
  CHECK(changed.totals.updated == 1);
  CHECK(changed.pairs.at(0).lanes.at(0).unchanged_since == 0);
  w.now += hour;
  CHECK(w.run_once(w.pair).pairs.at(0).lanes.at(0).unchanged_since == 0);  // what was written is seen
  CHECK_FALSE(w.compares());
  w.b.clear(Feature::ratings, 5);  // on the target alone
  w.now += hour;
  CHECK(w.run_once(w.pair).totals.added == 1);
}

TEST_CASE("a run that found nothing to do but had something to learn is the last to compare") {
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  OneWay w;
  const auto compares = [&] {
    w.now += 60;
    return w.run_once(pair).pairs.at(0).lanes.at(0).unchanged_since == 0;
  };
  for (std::size_t i = 0; i < 20; ++i) {
    w.a.set(Feature::ratings, w.film(static_cast<int>(i)), rated(70));
    w.b.set(Feature::ratings, w.b.add_title(w.a.titles[i].item), rated(70));
  }
  SUBCASE("both sides agree when they first meet") {}
  SUBCASE("both made the same change") {
    w.run_once(pair);
    w.a.set(Feature::ratings, 1, rated(40));
    w.b.set(Feature::ratings, 1, rated(40));
  }
  SUBCASE("both took the same away") {
    w.run_once(pair);
    w.a.clear(Feature::ratings, 1);
    w.b.clear(Feature::ratings, 1);
  }
  SUBCASE("another library takes part, which has nothing new") {
    w.run_once(pair);
    w.a.scope = "more";
  }
  CHECK(compares());
  CHECK_FALSE(compares());
}

TEST_CASE("what could not be done is told in the same words by the runs that compare nothing") {
  OneWay w;
  w.films(5, Feature::ratings, rated(70));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::one_way, true);
  w.b.can &= ~std::uint32_t{CW_REMOVE};
  w.run_once(pair);
  w.now += hour;
  w.run_once(pair);
  w.a.clear(Feature::ratings, 1);
  host::engine::Totals told;
  for (int i = 0; i < 5; ++i) {
    w.now += 60;
    const RunReport r = w.run_once(pair);
    if (i == 4) CHECK(r.pairs.at(0).lanes.at(0).unchanged_since != 0);
    if (i >= 2) {
      CHECK(r.totals.parked == told.parked);
      CHECK(r.totals.skipped == told.skipped);
    }
    told = r.totals;
  }
  CHECK(told.parked == 1);
}

TEST_CASE("whatever a comparison depends on is compared anew when it is another") {
  SUBCASE("an option of the pair") {
    AtRest w;
    w.pair.features[static_cast<std::size_t>(Feature::ratings)].remove = false;
    CHECK(w.compares());
    CHECK_FALSE(w.compares());
  }
  SUBCASE("libraries") {
    AtRest w;
    w.pair.features[static_cast<std::size_t>(Feature::ratings)].source_libraries = {"0"};
    CHECK(w.compares());
  }
  SUBCASE("the limits of the guards") {
    AtRest w;
    w.safety.delete_ratio = 0.2;
    CHECK(w.compares());
  }
  SUBCASE("what a side can do") {
    AtRest w;
    w.b.rating_step = 5;
    CHECK(w.compares());
  }
  SUBCASE("the health of a side") {
    AtRest w;
    w.b.health = CW_DEGRADED;
    CHECK(w.compares());
  }
  SUBCASE("a plan or a dry run, which is asked for to be seen") {
    AtRest w;
    host::engine::RunOptions dry;
    dry.dry = true;
    CHECK(w.compares(dry));
    CHECK_FALSE(w.compares());
  }
  SUBCASE("a day has gone by") {
    AtRest w;
    w.now += 23 * hour;
    CHECK_FALSE(w.compares());
    w.now += hour;
    CHECK(w.compares());
    CHECK_FALSE(w.compares());
  }
  SUBCASE("the clock went back") {
    AtRest w;
    w.now -= 48 * hour;
    CHECK(w.compares());
  }
  SUBCASE("comparing in full is what the user wants") {
    AtRest w;
    w.runtime.full_compare_hours = 0;
    CHECK(w.compares());
  }
  SUBCASE("the state is lost") {
    AtRest w;
    w.wipe_state();
    CHECK(w.compares());
  }
  SUBCASE("a provider that gives what it read no name") {
    AtRest w;
    w.b.names_states = false;
    CHECK(w.compares());
    CHECK(w.compares());
  }
}

TEST_CASE("what is parked is counted and on record in a run that compared nothing, and is tried again when it is due") {
  AtRest w;
  w.b.keeps_titles = false;  // from now on it takes nothing new
  w.a.set(Feature::ratings, w.film(900), rated(50));
  w.come_to_rest();
  w.now += 60;
  const RunReport r = w.run_once(w.pair);
  CHECK(r.pairs.at(0).lanes.at(0).unchanged_since != 0);
  CHECK(r.totals.parked == 1);
  std::vector<std::string> noted;
  host::each_item(w.state(), r.id, [&](const host::engine::Item& i) { noted.push_back(i.title + ": " + i.reason); });
  CHECK(noted == std::vector<std::string>{"Film 900: not_in_library"});

  const auto tried = w.b.batches;
  host::change_parked(w.state(), host::list_parked(w.state(), w.pair.id).at(0).key, host::ParkChange::retry);
  w.now += 60;
  w.run_once(w.pair);
  CHECK(w.b.batches == tried + 1);
  w.come_to_rest();
  w.now += 7 * hour;  // the first pause is over
  w.run_once(w.pair);
  CHECK(w.b.batches == tried + 2);
}
