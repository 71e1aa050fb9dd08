// A tracker on a file of its own, driven across the boundary.
#pragma once

#include <doctest/doctest.h>

#include <crosswatch/fake_host.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracker.hpp"

namespace tracker_test {

using namespace crosswatch;

inline Fact movie(std::vector<Token> ids, const std::string& title = "A film") {
  Fact f;
  f.kind = Kind::movie;
  f.title = title;
  f.year = 1999;
  f.ids = std::move(ids);
  f.value.at = 1'600'000'000;
  return f;
}

inline Fact numbered_movie(int n) {
  return movie({{"tmdb", std::to_string(n)}}, "Film " + std::to_string(n));
}

inline Fact episode(std::vector<Token> ids, std::vector<Token> show_ids, int season, int number) {
  Fact f = movie(std::move(ids), "An episode");
  f.kind = Kind::episode;
  f.series_title = "A series";
  f.show_ids = std::move(show_ids);
  f.season = season;
  f.episode = number;
  return f;
}

inline Fact rated(Fact f, int tenths, std::int64_t at = 1'600'000'000) {
  f.value = no_value;
  f.value.rating = tenths;
  f.value.at = at;
  return f;
}

inline Fact played(Fact f, std::vector<std::int64_t> newest_first) {
  f.value = no_value;
  f.value.plays = static_cast<std::uint32_t>(newest_first.size());
  if (!newest_first.empty()) f.value.at = newest_first.front();
  f.plays_at = std::move(newest_first);
  return f;
}

struct World {
  World() : World(std::nullopt) {}
  explicit World(const std::optional<std::filesystem::path>& file) : call(host) {
    if (file) host.settings["path"] = {file->native()};
    path = file ? *file : host.data_dir() / "tracker.sqlite";
    restart();
  }
  void restart() {
    instance.reset();
    instance = std::make_unique<Instance>(entry_of<tracker::Tracker>("tracker", "1"), host.raw());
  }

  Answer try_check() {
    cw_health health{};
    const Answer a = instance->check(call.raw(), 15, health);
    identity = health.identity;
    return a;
  }
  Answer try_snapshot(Feature f, std::string_view since = {}) {
    FactCollector to;
    to.answer = [this] { return on_page ? (on_page(), CW_OK) : CW_OK; };
    cw_snapshot_end end{};
    const Answer a = instance->snapshot(call.raw(), static_cast<std::uint32_t>(f), to.raw, end, since);
    facts = std::move(to.facts);
    pages = to.pages;
    complete = end.complete == 1;
    state = end.state;
    unchanged = end.unchanged == 1;
    return a;
  }
  // Under which name the facts are there.
  std::string name_of_facts(Feature f) {
    read(f);
    return state;
  }
  std::vector<Fact> read(Feature f) {
    const Answer a = try_snapshot(f);
    REQUIRE_MESSAGE(a.ok(), a.message);
    REQUIRE(complete);
    return facts;
  }
  Answer try_apply(Feature f, const std::vector<Op>& ops) {
    return instance->apply(call.raw(), static_cast<std::uint32_t>(f), ops, outcomes);
  }
  cw_outcome apply(Feature f, std::uint32_t type, const Fact& fact, const cw_value& expect = no_value) {
    const Answer a = try_apply(f, {{type, fact, expect}});
    REQUIRE_MESSAGE(a.ok(), a.message);
    return outcomes.front();
  }
  std::uint32_t add(Feature f, const Fact& fact) { return apply(f, CW_OP_ADD, fact).result; }
  std::uint32_t update(Feature f, const Fact& fact) { return apply(f, CW_OP_UPDATE, fact).result; }
  std::uint32_t remove(Feature f, const Fact& fact) { return apply(f, CW_OP_REMOVE, fact).result; }
  cw_answer look(Feature f, const Fact& fact) {
    std::vector<cw_answer> answers;
    const Answer a = instance->lookup(call.raw(), static_cast<std::uint32_t>(f), {fact}, answers);
    REQUIRE_MESSAGE(a.ok(), a.message);
    return answers.front();
  }
  void add_movies(int from, int to) {
    std::vector<Op> ops;
    for (int n = from; n < to; ++n) ops.push_back({CW_OP_ADD, numbered_movie(n)});
    const Answer a = try_apply(Feature::watchlist, ops);
    REQUIRE_MESSAGE(a.ok(), a.message);
  }

  FakeHost host{};
  FakeCall call;
  std::filesystem::path path{};
  std::unique_ptr<Instance> instance{};
  std::string identity{}, state{};
  bool unchanged = false;
  std::vector<Fact> facts{};
  std::vector<std::size_t> pages{};
  std::vector<cw_outcome> outcomes{};
  std::function<void()> on_page{};
  bool complete = false;
};

}  // namespace tracker_test
