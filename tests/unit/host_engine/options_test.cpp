// What the options of a pair's feature do, from the text of the configuration to the facts of both sides.
#include <doctest/doctest.h>

#include "json/json.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::PairConfig;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

PairConfig configured(const std::string& feature, const std::string& options, const std::string& mode = "two-way") {
  const auto config = host::json::parse(R"({"pairs":[{"id":"p","source":"a","target":"b","mode":")" + mode +
                                        R"(","features":{")" + feature + R"(":{"enable":true,"remove":true)" +
                                        (options.empty() ? "" : "," + options) + "}}}]}");
  return host::read_pairs(config).front();
}

std::string refusal(const std::string& feature, const std::string& options) {
  try {
    configured(feature, options);
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

struct Two : World {
  Two() : a(add("a")), b(add("b")) {}
  std::size_t film(Model& m, int n) {
    return m.add_title(movie("Film " + std::to_string(n), {{"tmdb", std::to_string(100 + n)}}));
  }
  Model& a;
  Model& b;
};

Fact show(int n) {
  Fact f = movie("Show " + std::to_string(n), {{"tmdb", std::to_string(500 + n)}});
  f.kind = Kind::show;
  return f;
}

}  // namespace

TEST_CASE("types: only the chosen kinds take part, and choosing fewer or more removes nothing") {
  Two w;
  const PairConfig movies = configured("ratings", R"("types":["movies"])");
  const PairConfig all = configured("ratings", "");
  const std::size_t film = w.film(w.a, 1);
  const std::size_t series = w.a.add_title(show(1));
  w.a.set(Feature::ratings, film, rated(80));
  w.a.set(Feature::ratings, series, rated(60));
  CHECK(w.run_once(movies).totals.added == 1);
  CHECK(w.b.facts(Feature::ratings).size() == 1);
  CHECK(w.run_once(all).totals.added == 1);
  w.run_once(all);

  // Taken back while its kind took no part: that cannot be told from never having looked.
  w.run_once(movies);
  w.a.clear(Feature::ratings, series);
  CHECK(w.run_once(movies).status == Status::nothing_to_do);
  CHECK(w.run_once(all).totals.removed == 0);
  CHECK(w.b.facts(Feature::ratings).size() == 2);
}

TEST_CASE("from_date: ratings of before, or without a date, are neither copied nor removed") {
  Two w;
  const PairConfig pair = configured("ratings", R"("mode":"from_date","from_date":"2024-01-01")");
  constexpr std::int64_t new_year = 1'704'067'200;
  w.a.set(Feature::ratings, w.film(w.a, 1), rated(80, new_year - 1));
  w.a.set(Feature::ratings, w.film(w.a, 2), rated(80, new_year));
  w.a.set(Feature::ratings, w.film(w.a, 3), rated(80));
  CHECK(w.run_once(pair).totals.added == 1);
  CHECK(w.b.facts(Feature::ratings).size() == 1);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  w.run_once(configured("ratings", ""));
  REQUIRE(w.b.facts(Feature::ratings).size() == 3);
  w.run_once(configured("ratings", ""));

  w.run_once(pair);
  w.a.clear(Feature::ratings, 0);
  w.a.clear(Feature::ratings, 1);
  CHECK(w.run_once(pair).totals.removed == 1);  // the younger one
  CHECK(w.b.facts(Feature::ratings).size() == 2);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("delta_seconds: a position that moved by less is left alone") {
  Two w;
  const std::size_t t = w.film(w.a, 1);
  w.a.set(Feature::progress, t, stopped(600'000, 6'000'000, w.now - hour));
  const PairConfig fine = configured("progress", R"("delta_seconds":5)");
  const PairConfig coarse = configured("progress", R"("delta_seconds":120)");
  w.run_once(coarse);
  w.run_once(coarse);
  w.a.set(Feature::progress, t, stopped(700'000, 6'000'000, w.now));
  CHECK(w.run_once(coarse).status == Status::nothing_to_do);
  CHECK(w.run_once(fine).totals.updated == 1);
  w.run_once(fine);
  w.a.set(Feature::progress, t, stopped(710'000, 6'000'000, w.now + 10));
  CHECK(w.run_once(fine).totals.updated == 1);
}

TEST_CASE("timestamp_tolerance_seconds: what is no further apart is decided by the position") {
  for (const bool wide : {false, true}) {
    CAPTURE(wide);
    Two w;
    w.a.set(Feature::progress, w.film(w.a, 1), stopped(900'000, 6'000'000, w.now - 200));
    w.b.set(Feature::progress, w.film(w.b, 1), stopped(600'000, 6'000'000, w.now - 100));
    w.run_once(configured("progress", wide ? R"("timestamp_tolerance_seconds":300)" : ""));
    const std::int64_t wanted = wide ? 900'000 : 600'000;
    CHECK(w.a.facts(Feature::progress).at(0).value.progress_ms == wanted);
    CHECK(w.b.facts(Feature::progress).at(0).value.progress_ms == wanted);
  }
}

TEST_CASE("rewatches: switched off, a title is copied with its newest play, and no further one follows") {
  Two w;
  const std::size_t t = w.film(w.a, 1);
  w.a.play(t, w.now - 100 * day);
  w.a.play(t, w.now - 50 * day);
  const PairConfig pair = configured("history", R"("rewatches":false)");
  CHECK(w.run_once(pair).totals.added == 1);
  CHECK(w.b.facts(Feature::history).at(0).plays == std::vector<std::int64_t>{w.now - 50 * day});
  w.a.play(t, w.now);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
  w.a.play(t, w.now + 3 * day);
  w.now += 4 * day;
  CHECK(w.run_once(configured("history", "")).totals.updated == 1);
  CHECK(w.b.facts(Feature::history).at(0).plays.size() == 4);
}

TEST_CASE("remove_mode: mirror of one feature counts instead of the pair's removal") {
  for (const bool mirror : {false, true}) {
    CAPTURE(mirror);
    Two w;
    w.a.set(Feature::watchlist, w.film(w.a, 1), listed());
    w.b.set(Feature::watchlist, w.film(w.b, 1), listed());
    w.b.set(Feature::watchlist, w.film(w.b, 2), listed());
    const RunReport r = w.run_once(
        configured("watchlist", mirror ? R"("remove_mode":"mirror")" : R"("remove_mode":"source_deletes")", "one-way"));
    CHECK(r.totals.held == (mirror ? 1 : 0));
  }
}

TEST_CASE("copies and replay_enabled reach the provider that writes") {
  Two w;
  w.a.set(Feature::progress, w.film(w.a, 1), stopped(600'000, 6'000'000, w.now));
  w.run_once(configured("progress", ""));
  CHECK(w.b.allowed == 0);
  w.a.set(Feature::progress, w.film(w.a, 2), stopped(600'000, 6'000'000, w.now));
  w.run_once(configured("progress", R"("copies":"all","replay_enabled":true)"));
  CHECK(w.b.allowed == (CW_ALL_COPIES | CW_REPLAY));
  w.a.set(Feature::progress, w.film(w.a, 3), stopped(600'000, 6'000'000, w.now));
  w.run_once(configured("progress", R"("copies":"editions")"));
  CHECK(w.b.allowed == (CW_ALL_COPIES | CW_EDITIONS));
}

TEST_CASE("a play that stands on all copies of a title is one play") {
  Two w;
  w.a.keeps_titles = false;
  for (int i = 0; i < 3; ++i) w.a.play(w.film(w.a, 1), w.now - 3 * i);
  const PairConfig pair = configured("history", R"("copies":"all")");
  CHECK(w.run_once(pair).totals.added == 1);
  CHECK(w.b.facts(Feature::history).at(0).plays.size() == 1);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("an option that would promise what is not done is refused with a reason") {
  CHECK(refusal("ratings", R"("mode":"only_new")").find("allowed is one of from_date, all") != std::string::npos);
  CHECK(refusal("ratings", R"("mode":"from_date")").find("needs a date") != std::string::npos);
  CHECK(refusal("ratings", R"("from_date":"yesterday")").find("is no date such as") != std::string::npos);
  CHECK(refusal("history", R"("anime_only_sync":true)").find("Anime cannot be told") != std::string::npos);
  CHECK(refusal("history", R"("use_anime_mapping":"maybe")").find("use_anime_mapping") != std::string::npos);
  CHECK(refusal("progress", R"("clear_below_min":true)").find("min_seconds") != std::string::npos);
  CHECK(refusal("progress", R"("propagate_timestamp_updates":1)").find("date alone") != std::string::npos);
  // What asks for nothing else than what happens is taken.
  CHECK(refusal("history", R"("use_anime_mapping":false,"anime_only_sync":null)").empty());
  CHECK(refusal("progress", R"("clear_below_min":false)").empty());
}

TEST_CASE("a plan says of each play which side keeps no date of the past and no second play, and it stays so") {
  Two w;
  w.b.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS | CW_UPDATE};
  w.film(w.b, 1);
  const std::size_t film = w.film(w.a, 1);
  for (int i = 0; i < 3; ++i) w.a.play(film, w.now - (i + 1) * 30 * day);
  const PairConfig pair = configured("history", "");
  host::engine::RunOptions dry;
  dry.dry = true;
  const auto planned = w.run({pair}, dry);
  REQUIRE(w.heard.items.size() == 1);
  CHECK(w.heard.items[0].reason == "new: its date is not kept there, and 2 of 3 plays are not");
  CHECK(planned->pairs[0].lanes[0].undated == 1);
  w.b.apply_faults = {Fault::rejected};
  CHECK(w.run_once(pair).pairs[0].lanes[0].undated == 0);  // what was not written bears no date
  w.now += day;
  const auto done = w.run_once(pair);
  CHECK(done.totals.added == 1);
  CHECK(done.pairs[0].lanes[0].undated == 1);
  CHECK(w.run_once(pair).totals.added == 0);
  w.now += 3 * day;
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("a play of which a side knows only that it was, gets its time from the other side") {
  Two w;
  const std::size_t film = w.film(w.a, 1);
  w.a.play(film, w.now - 90 * day);
  w.a.play(film, w.now - 30 * day);
  w.b.set(Feature::history, w.film(w.b, 1), watched(w.now - 30 * day, 2));
  const PairConfig pair = configured("history", "");
  CHECK(w.run_once(pair).totals.updated == 1);
  CHECK(w.b.facts(Feature::history).at(0).plays == w.a.facts(Feature::history).at(0).plays);
  CHECK(w.run_once(pair).status == Status::nothing_to_do);
}

TEST_CASE("removal: managed removes what the pair itself had put there, and nothing that was there before") {
  for (const host::RemovalRule rule : {host::RemovalRule::managed, host::RemovalRule::observed}) {
    Two w;
    PairConfig pair = configured("ratings", "", "one-way");
    pair.removal = rule;
    w.a.set(Feature::ratings, w.film(w.a, 1), rated(80));
    w.b.set(Feature::ratings, w.film(w.b, 1), rated(80));
    const std::size_t second = w.film(w.a, 2);
    w.a.set(Feature::ratings, second, rated(60));
    w.film(w.b, 2);
    CHECK(w.run_once(pair).totals.added == 1);
    w.run_once(pair);
    w.a.clear(Feature::ratings, 0);
    w.a.clear(Feature::ratings, second);
    CHECK(w.run_once(pair).totals.removed == (rule == host::RemovalRule::managed ? 1 : 2));
    CHECK(w.b.facts(Feature::ratings).size() == (rule == host::RemovalRule::managed ? 1 : 0));
  }
}
