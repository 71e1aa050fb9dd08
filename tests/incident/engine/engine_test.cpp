// Losses that users of other sync tools reported, played against the engine.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::ExitCode;
using host::PairConfig;
using host::PairMode;
using host::engine::RunOptions;
using host::engine::RunReport;
using host::engine::Status;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

// Two providers that agree on 30 items.
struct Agreed : World {
  explicit Agreed(Feature f, PairMode mode = PairMode::two_way, bool remove = true)
      : feature(f), a(add("a")), b(add("b")), pair(pair_of("a", "b", f, mode, remove)) {
    for (int i = 0; i < 30; ++i) {
      const std::size_t t = a.add_title(movie("Film " + std::to_string(i), {{"tmdb", std::to_string(600 + i)}}));
      if (f == Feature::history)
        a.play(t, now - 100 * day);
      else
        a.set(f, t,
              f == Feature::ratings     ? rated(70, now - day)
              : f == Feature::watchlist ? listed()
                                        : stopped(600'000, 6'000'000));
    }
    run_once(pair);
    now += hour;
    run_once(pair);
  }
  std::size_t on_a() const { return a.facts(feature).size(); }
  std::size_t on_b() const { return b.facts(feature).size(); }
  void settle() {
    for (int i = 0; i < 4; ++i) {
      now += hour;
      run_once(pair);
    }
  }
  Feature feature;
  Model& a;
  Model& b;
  PairConfig pair;
};

// The number of that title, which is another one on each side.
std::size_t title(const Model& m, const std::string& name) {
  for (std::size_t i = 0; i < m.titles.size(); ++i)
    if (m.titles[i].item.title == name && m.titles[i].exists) return i;
  FAIL("no such title: " << name);
  return 0;
}
std::int32_t rating(const Model& m, const std::string& name) {
  const auto& facts = m.facts(Feature::ratings);
  const auto it = facts.find(title(m, name));
  return it == facts.end() ? -1 : it->second.value.rating;
}

const Feature presence[] = {Feature::watchlist, Feature::history, Feature::ratings};

}  // namespace

TEST_CASE("an empty list after a server error does not empty the other side") {
  for (const Feature f : presence)
    for (const PairMode mode : {PairMode::one_way, PairMode::two_way}) {
      Agreed w(f, mode);
      w.a.snapshot_faults = {Fault::empty_list};
      const RunReport r = w.run_once(w.pair);
      CHECK(w.on_b() == 30);
      CHECK(r.exit != ExitCode::ok);
    }
}

TEST_CASE("a short list that is suddenly empty proves nothing where nothing can be looked up") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.can_look_up = false;
  for (int i = 0; i < 3; ++i)
    a.set(Feature::watchlist, a.add_title(movie("Film", {{"tmdb", std::to_string(i)}})), listed());
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  w.run_once(pair);
  a.snapshot_faults = {Fault::empty_list};
  const RunReport r = w.run_once(pair);
  CHECK(r.exit == ExitCode::held);
  CHECK(b.facts(Feature::watchlist).size() == 3);
}

TEST_CASE("a list that stops at a hundred of six hundred does not remove the rest") {
  for (const Fault fault : {Fault::short_list, Fault::incomplete}) {
    Agreed w(Feature::watchlist);
    w.b.snapshot_faults = {fault};
    CHECK(w.run_once(w.pair).totals.removed == 0);
    CHECK(w.on_a() == 30);
  }
}

TEST_CASE("a server in maintenance during the night costs nothing on either side") {
  Agreed w(Feature::watchlist);
  for (int minute = 0; minute < 10; ++minute) {
    w.a.check_faults = {Fault::error};
    w.now += 60;
    const RunReport r = w.run_once(w.pair);
    CHECK(r.exit == ExitCode::unreachable);
    CHECK(r.totals.removed == 0);
  }
  w.a.check_faults.clear();
  CHECK(w.run_once(w.pair).status == Status::nothing_to_do);
  CHECK(w.on_a() == 30);
  CHECK(w.on_b() == 30);
}

TEST_CASE("a logged-out side is not a side without facts") {
  Agreed w(Feature::watchlist);
  w.b.check_faults = {Fault::auth};
  CHECK(w.run_once(w.pair).exit == ExitCode::login);
  w.b.snapshot_faults = {Fault::auth};
  CHECK(w.run_once(w.pair).exit == ExitCode::login);
  CHECK(w.on_a() == 30);
}

TEST_CASE("an add that was reported and never arrived does not delete the original") {
  Agreed w(Feature::watchlist);
  for (int i = 0; i < 5; ++i) {
    const std::size_t t = w.a.add_title(movie("New " + std::to_string(i), {{"tmdb", std::to_string(900 + i)}}));
    w.a.set(Feature::watchlist, t, listed());
  }
  for (int i = 0; i < 8; ++i) {
    w.b.apply_faults = {Fault::lost};
    w.run_once(w.pair);
    w.now += 2 * hour;
  }
  CHECK(w.on_a() == 35);
}

TEST_CASE("a deletion that one pair has passed on is not forgotten by the other pair of that side") {
  Agreed w(Feature::watchlist);
  Model& c = w.add("c");
  const PairConfig other = pair_of("a", "c", Feature::watchlist, PairMode::two_way, true);
  w.run_once(other);
  w.now += hour;
  w.run_once(other);
  w.a.clear(Feature::watchlist, 3);
  SUBCASE("in one run") {
    w.run({w.pair, other});
  }
  SUBCASE("one after the other") {
    w.run_once(w.pair);
    w.now += hour;
    w.run_once(other);
  }
  SUBCASE("the other one first") {
    w.run_once(other);
    w.run_once(w.pair);
  }
  CHECK(w.on_a() == 29);
  CHECK(w.on_b() == 29);
  CHECK(c.facts(Feature::watchlist).size() == 29);
}

TEST_CASE("with removing switched off nothing is removed, whatever is missing") {
  for (const Feature f : presence) {
    for (const std::size_t gone : {std::size_t{3}, std::size_t{30}}) {
      Agreed w(f, PairMode::two_way, false);
      for (std::size_t i = 0; i < gone; ++i) w.a.clear(f, i);
      w.settle();
      CHECK(w.on_b() == 30);
    }
  }
}

TEST_CASE("a dry run does not make the next run forget a deletion") {
  Agreed w(Feature::watchlist);
  w.a.clear(Feature::watchlist, 3);
  RunOptions dry;
  dry.dry = true;
  CHECK(w.run({w.pair}, dry)->planned.removed == 1);
  CHECK(w.on_b() == 30);
  CHECK(w.run_once(w.pair).totals.removed == 1);
}

TEST_CASE("removes that were held are not forgotten, and what the user deleted does not come back") {
  Agreed w(Feature::watchlist);
  w.safety.confirmed_min = 2;
  w.safety.confirmed_ratio = 0.1;
  for (std::size_t i = 0; i < 5; ++i) w.a.clear(Feature::watchlist, i);
  for (int i = 0; i < 4; ++i) {
    w.now += 2 * day;
    const RunReport r = w.run_once(w.pair);
    CHECK(r.totals.held == 5);
    CHECK(r.exit == ExitCode::held);
    CHECK(w.on_a() == 25);
  }
  RunOptions options;
  options.approve = w.run_once(w.pair).digest;
  CHECK(w.run({w.pair}, options)->totals.removed == 5);
}

TEST_CASE("fewer than ten items do not make a single deletion impossible") {
  World w;
  Model& a = w.add("a");
  w.add("b");
  for (int i = 0; i < 4; ++i)
    a.set(Feature::watchlist, a.add_title(movie("Film", {{"tmdb", std::to_string(i)}})), listed());
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  w.run_once(pair);
  a.clear(Feature::watchlist, 0);
  CHECK(w.run_once(pair).totals.removed == 1);
}

TEST_CASE("choosing fewer libraries deletes nothing, and choosing them again adds nothing twice") {
  Agreed w(Feature::ratings);
  w.a.keeps_titles = false;
  w.a.scope = "library 1";
  for (std::size_t i = 0; i < 15; ++i) w.a.remove_file(i);
  w.settle();
  CHECK(w.on_b() == 30);
  w.a.scope = "all";
  for (std::size_t i = 0; i < 15; ++i) w.a.return_file(i, true);
  w.settle();
  CHECK(w.on_b() == 30);
  CHECK(w.on_a() == 30);
}

TEST_CASE("a film and a show with one number are not one item") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  Fact show = movie("Show", {{"tmdb", "603"}});
  show.kind = Kind::show;
  a.set(Feature::ratings, a.add_title(movie("Film", {{"tmdb", "603"}})), rated(80));
  b.set(Feature::ratings, b.add_title(show), rated(20));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way, true);
  w.run_once(pair);
  CHECK(a.facts(Feature::ratings).size() == 2);
  CHECK(b.facts(Feature::ratings).size() == 2);
  w.run_once(pair);
  a.clear(Feature::ratings, 0);
  w.run_once(pair);
  CHECK(b.facts(Feature::ratings).at(0).value.rating == 20);  // the show
}

TEST_CASE("an edit on one side is not reverted because neither side keeps dates") {
  Agreed w(Feature::ratings);
  w.a.keeps_time = w.b.keeps_time = false;
  w.b.set(Feature::ratings, title(w.b, "Film 4"), rated(20));
  w.run_once(w.pair);
  CHECK(rating(w.a, "Film 4") == 20);
  CHECK(rating(w.b, "Film 4") == 20);
}

TEST_CASE("a deletion does not beat a newer edit of the other side") {
  for (const bool on_a : {true, false}) {
    Agreed w(Feature::ratings);
    Model& here = on_a ? w.a : w.b;
    Model& there = on_a ? w.b : w.a;
    here.clear(Feature::ratings, title(here, "Film 4"));
    there.set(Feature::ratings, title(there, "Film 4"), rated(20, w.now));
    w.settle();
    CHECK(rating(w.a, "Film 4") == 20);
    CHECK(rating(w.b, "Film 4") == 20);
  }
}

TEST_CASE("what is watched again after it was unmarked on the other side stays watched") {
  Agreed w(Feature::history);
  w.b.clear(Feature::history, title(w.b, "Film 4"));
  w.a.play(title(w.a, "Film 4"), w.now);
  w.settle();
  CHECK(w.a.has(Feature::history, title(w.a, "Film 4")));
  CHECK(w.b.has(Feature::history, title(w.b, "Film 4")));
}

TEST_CASE("a deletion is not undone because both sides know the item by different ids") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 10; ++i) {
    const std::string n = std::to_string(i);
    a.set(Feature::watchlist, a.add_title(movie("Film " + n, {{"imdb", "tt" + n}, {"tmdb", n}})), listed());
    b.set(Feature::watchlist, b.add_title(movie("Film " + n, {{"tmdb", n}, {"tvdb", n}})), listed());
  }
  const PairConfig pair = pair_of("a", "b", Feature::watchlist, PairMode::two_way, true);
  w.run_once(pair);
  b.clear(Feature::watchlist, 2);
  for (int i = 0; i < 3; ++i) {
    w.now += hour;
    w.run_once(pair);
  }
  CHECK(!a.has(Feature::watchlist, 2));
  CHECK(!b.has(Feature::watchlist, 2));
}

TEST_CASE("a batch that fails half way is not sent again as a whole") {
  Agreed w(Feature::history, PairMode::one_way);
  w.b.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS};
  for (int i = 0; i < 10; ++i) w.a.play(w.a.add_title(movie("New", {{"tmdb", std::to_string(900 + i)}})), w.now);
  w.b.apply_faults = {Fault::cut_after};
  CHECK(w.run_once(w.pair).exit != ExitCode::ok);
  w.settle();
  for (const auto& [title, stored] : w.b.facts(Feature::history)) CHECK(stored.plays.size() == 1);
}

TEST_CASE("a run in which every lane failed does not end with success") {
  Agreed w(Feature::ratings);
  w.a.snapshot_faults = {Fault::error};
  const RunReport r = w.run_once(w.pair);
  CHECK(r.status == Status::failed);
  CHECK(r.exit != ExitCode::ok);
}

TEST_CASE("a play that comes back two seconds later is not a second play") {
  Agreed w(Feature::history);
  w.b.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS | CW_UPDATE};  // stamps now
  const std::size_t t = w.a.add_title(movie("New", {{"tmdb", "900"}}));
  w.a.play(t, w.now - 2);
  w.settle();
  CHECK(w.a.facts(Feature::history).at(t).plays.size() == 1);
  const auto writes = w.a.writes + w.b.writes;
  w.settle();
  CHECK(w.a.writes + w.b.writes == writes);
}

TEST_CASE("items that are only marked as watched are not marked again and again") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 5; ++i)
    a.set(Feature::history, a.add_title(movie("Film", {{"tmdb", std::to_string(i)}})), watched(time_unknown, 1));
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  CHECK(w.run_once(pair).totals.added == 5);
  const auto writes = a.writes + b.writes;
  for (int i = 0; i < 3; ++i) {
    w.now += hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
  CHECK(a.writes + b.writes == writes);
  CHECK(b.facts(Feature::history).begin()->second.value.at == time_unknown);  // and no date is invented
}

TEST_CASE("ratings on a half-star grid do not wander through a target with ten steps") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.rating_step = 5;
  b.rating_step = 10;
  for (int i = 0; i < 20; ++i)
    a.set(Feature::ratings, a.add_title(movie("Film", {{"tmdb", std::to_string(i)}})), rated(5 * (i + 1)));
  const PairConfig pair = pair_of("a", "b", Feature::ratings, PairMode::two_way);
  w.run_once(pair);
  const auto writes = a.writes + b.writes;
  for (int i = 0; i < 3; ++i) {
    w.now += hour;
    CHECK(w.run_once(pair).status == Status::nothing_to_do);
  }
  CHECK(a.writes + b.writes == writes);
}

TEST_CASE("three copies in two libraries are not three plays") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  for (int i = 0; i < 3; ++i) {
    const std::size_t t = a.add_title(movie("Film", {{"tmdb", "1"}}));
    if (i == 1) a.play(t, w.now - day);
  }
  const PairConfig pair = pair_of("a", "b", Feature::history, PairMode::two_way);
  CHECK(w.run_once(pair).totals.added == 1);
  CHECK(b.facts(Feature::history).begin()->second.plays.size() == 1);
}

TEST_CASE("a library that vanished from the choice stops the lane and removes nothing") {
  Agreed w(Feature::ratings);
  w.a.snapshot_faults = {Fault::error};
  CHECK(w.run_once(w.pair).totals.removed == 0);
  CHECK(w.on_b() == 30);
}

TEST_CASE("a library that was built anew takes no fact away, and gets its facts back") {
  for (const bool seen_in_between : {true, false}) {
    CAPTURE(seen_in_between);
    Agreed w(Feature::ratings);
    w.a.keeps_titles = false;
    for (std::size_t i = 0; i < 4; ++i) w.a.remove_file(i);
    if (seen_in_between) w.run_once(w.pair);
    for (std::size_t i = 0; i < 4; ++i) w.a.return_file(i, false);
    for (int i = 0; i < 4; ++i) {
      w.now += 8 * day;
      w.run_once(w.pair);
    }
    CHECK(w.on_b() == 30);
    CHECK(w.on_a() == 30);
  }
}

TEST_CASE("a service that wants a pause is not hammered, and nothing is lost") {
  Agreed w(Feature::watchlist);
  w.a.set(Feature::watchlist, w.a.add_title(movie("New", {{"tmdb", "900"}})), listed());
  w.b.apply_faults.assign(10, Fault::throttled);
  const auto before = w.b.batches;
  CHECK(w.run_once(w.pair).exit != ExitCode::ok);
  CHECK(w.b.batches - before <= 5);
  w.b.apply_faults.clear();
  CHECK(w.run_once(w.pair).totals.added == 1);
}

TEST_CASE("contradicting ids mark nothing") {
  World w;
  Model& a = w.add("a");
  Model& b = w.add("b");
  a.play(a.add_title(movie("Wrong", {{"imdb", "tt1"}, {"tmdb", "2"}})), w.now);
  b.keeps_titles = false;
  b.add_title(movie("One", {{"imdb", "tt1"}, {"tmdb", "1"}}));
  b.add_title(movie("Two", {{"imdb", "tt2"}, {"tmdb", "2"}}));
  const RunReport r = w.run_once(pair_of("a", "b", Feature::history));
  CHECK(b.facts(Feature::history).empty());
  CHECK(r.totals.parked == 1);
}

TEST_CASE("in a ring of three an add and a removal do not chase each other for ever") {
  World w;
  Model& a = w.add("a");
  w.add("b");
  Model& c = w.add("c");
  const auto pair = [](const char* x, const char* y) {
    return pair_of(x, y, Feature::watchlist, PairMode::two_way, true);
  };
  const std::vector<PairConfig> ring{pair("a", "b"), pair("b", "c"), pair("c", "a")};
  const std::size_t t = c.add_title(movie("Film", {{"tmdb", "1"}}));
  c.set(Feature::watchlist, t, listed(w.now));
  w.run({ring[1]});  // so far only b knows of it
  c.clear(Feature::watchlist, t);
  for (int i = 0; i < 4; ++i) {
    w.now += hour;
    w.run(ring);
  }
  CHECK(w.run(ring)->status == Status::nothing_to_do);
  CHECK(a.facts(Feature::watchlist).empty());
  CHECK(c.facts(Feature::watchlist).empty());
}

TEST_CASE("a user who sets a rating back after a sync has overwritten it is not taken for a slow list") {
  Agreed w(Feature::ratings);
  w.b.set(Feature::ratings, title(w.b, "Film 4"), rated(20, w.now));
  w.run_once(w.pair);
  REQUIRE(rating(w.a, "Film 4") == 20);
  w.now += 60;
  w.a.set(Feature::ratings, title(w.a, "Film 4"), rated(70, w.now));
  w.settle();
  CHECK(rating(w.a, "Film 4") == 70);
  CHECK(rating(w.b, "Film 4") == 70);
}

TEST_CASE("what a user adds where a write got lost is not taken for the lost write and removed") {
  Agreed w(Feature::watchlist);
  const std::size_t t = w.a.add_title(movie("New", {{"tmdb", "900"}}));
  w.a.set(Feature::watchlist, t, listed(w.now));
  w.b.apply_faults = {Fault::lost};
  w.run_once(w.pair);
  w.a.clear(Feature::watchlist, t);
  w.now += 300;
  w.b.set(Feature::watchlist, w.b.add_title(movie("New", {{"tmdb", "900"}})), listed(w.now));
  w.settle();
  CHECK(w.on_b() == 31);
  CHECK(w.on_a() == 31);
}

TEST_CASE("what cannot be removed on the other side is not removed where its user puts it back") {
  Agreed w(Feature::watchlist);
  w.b.can &= ~std::uint32_t{CW_REMOVE};
  const std::size_t t = title(w.a, "Film 4");
  w.a.clear(Feature::watchlist, t);
  w.settle();
  CHECK(w.on_b() == 30);
  CHECK(!w.a.has(Feature::watchlist, t));
  w.a.set(Feature::watchlist, t, listed(w.now));
  w.b.clear(Feature::watchlist, title(w.b, "Film 4"));
  w.settle();
  CHECK(w.a.has(Feature::watchlist, t));
}
