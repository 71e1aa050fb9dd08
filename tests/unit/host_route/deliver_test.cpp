#include "route/deliver.hpp"

#include <doctest/doctest.h>

#include "events.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

constexpr std::int64_t hour = 3600;

struct Target : World {
  Target() : a(add("a")), b(add("b")) { film = a.add_title(movie("Film 1", {{"tmdb", "101"}})); }
  Delivery deliver(Feature f, cw_value v) {
    Delivery d;
    d.feature = f;
    d.item = watched_event(v.at).item;
    d.item.value = v;
    again(d);
    return d;
  }
  void again(Delivery& d) {
    Operation op;
    route::deliver(*open_model("b"), op, d, now);
  }
  Delivery play(std::int64_t at) { return deliver(Feature::history, watched(at)); }
  std::vector<std::int64_t> plays() const {
    const auto& all = b.facts(Feature::history);
    return all.empty() ? std::vector<std::int64_t>{} : all.begin()->second.plays;
  }
  // The target knows the film.
  std::size_t own() { return b.add_title(movie("Film 1", {{"tmdb", "101"}})); }

  Model& a;
  Model& b;
  std::size_t film = 0;
};

using Times = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a play reaches the target once, however often it is delivered") {
  Target t;
  CHECK(t.play(t.now).state == DeliveryState::done);
  CHECK(t.play(t.now).state == DeliveryState::nothing_to_do);
  CHECK(t.plays() == Times{t.now});
  CHECK(t.play(t.now + 3 * hour).state == DeliveryState::done);
  CHECK(t.play(t.now).state != DeliveryState::waiting);  // told late again
  CHECK(t.plays() == Times{t.now + 3 * hour, t.now});
}

TEST_CASE("a play that a target stamped with its own time is not added again") {
  Target t;
  t.b.can &= ~std::uint32_t{CW_BACKDATE};
  t.now += hour;
  CHECK(t.play(t.now - hour).state == DeliveryState::done);
  CHECK(t.play(t.now - hour).state == DeliveryState::nothing_to_do);
  CHECK(t.plays() == Times{t.now});
}

TEST_CASE("an effect whose answer was lost is not repeated") {
  Target t;
  t.b.apply_faults = {Fault::in_doubt};
  Delivery d = t.play(t.now);
  CHECK(d.state == DeliveryState::waiting);
  CHECK(d.next_try > t.now);
  t.again(d);
  CHECK(d.state == DeliveryState::nothing_to_do);
  CHECK(t.b.writes == 1);

  t.b.apply_faults = {Fault::cut_after};
  CHECK_THROWS_AS(t.play(t.now + hour), Error);
  CHECK(t.play(t.now + hour).state == DeliveryState::nothing_to_do);
  CHECK(t.b.writes == 2);
}

TEST_CASE("what failed for now is tried again, later each time, and parked in the end") {
  Target t;
  t.b.apply_faults.assign(40, Fault::transient);
  Delivery d = t.play(t.now);
  std::int64_t pause = 0;
  for (int i = 0; i < 40 && d.state == DeliveryState::waiting; ++i) {
    CHECK(d.next_try - t.now >= pause);
    pause = d.next_try - t.now;
    t.now = d.next_try;
    t.again(d);
  }
  CHECK(d.state == DeliveryState::parked);
  CHECK(d.reason == "gave_up: refused");
  CHECK(pause == 300);
}

TEST_CASE("a target that cannot be reached leaves the delivery as it was") {
  Target t;
  t.b.lookup_faults = {Fault::error};
  Delivery d;
  d.item = watched_event(t.now).item;
  CHECK_THROWS_WITH(t.again(d), "b does not answer.");
  CHECK(d.state == DeliveryState::waiting);
  CHECK(d.tries == 0);
  t.again(d);
  CHECK(d.state == DeliveryState::done);
}

TEST_CASE("what the target cannot take is parked with its reason") {
  Target t;
  t.b.keeps_titles = false;
  CHECK(t.play(t.now).reason == "not_in_library");
  t.own();
  t.b.apply_faults = {Fault::rejected};
  CHECK(t.play(t.now).state == DeliveryState::parked);
  t.b.kinds = bit(Kind::episode);
  CHECK(t.play(t.now).state == DeliveryState::parked);
  t.b.kinds = ~0u;
  t.b.titles[0].item.ids.push_back({"imdb", "tt9"});
  Delivery d;
  d.item = watched_event(t.now).item;
  d.item.ids.push_back({"imdb", "tt1"});  // one id fits, the other says that it is another film
  t.again(d);
  CHECK(d.reason == "ambiguous: several titles of the target fit");
  CHECK(t.b.writes == 0);
}

TEST_CASE("a rating is added, changed and taken back, and a newer one of the target stays") {
  Target t;
  const std::size_t i = t.own();
  const auto rate = [&](std::int32_t tenths, std::int64_t at) {
    return t.deliver(Feature::ratings, rated(tenths, at)).state;
  };
  CHECK(rate(70, t.now) == DeliveryState::done);
  CHECK(rate(70, t.now) == DeliveryState::nothing_to_do);
  CHECK(rate(80, t.now + hour) == DeliveryState::done);
  CHECK(rate(70, t.now) == DeliveryState::nothing_to_do);  // told late
  CHECK(t.b.facts(Feature::ratings).at(i).value.rating == 80);
  CHECK(rate(-1, t.now) == DeliveryState::nothing_to_do);
  CHECK(rate(-1, t.now + 2 * hour) == DeliveryState::done);
  CHECK_FALSE(t.b.has(Feature::ratings, i));
  CHECK(rate(-1, t.now + 2 * hour) == DeliveryState::nothing_to_do);
}

TEST_CASE("a film that was watched leaves the watchlist, unless it was put there since") {
  Target t;
  const std::size_t i = t.own();
  const auto finish = [&](std::int64_t at) { return t.deliver(Feature::watchlist, watched(at)).state; };
  CHECK(finish(t.now) == DeliveryState::nothing_to_do);
  t.b.set(Feature::watchlist, i, listed(t.now - hour));
  CHECK(finish(t.now) == DeliveryState::done);
  CHECK_FALSE(t.b.has(Feature::watchlist, i));
  t.b.set(Feature::watchlist, i, listed(t.now + hour));
  CHECK(finish(t.now) == DeliveryState::nothing_to_do);
  CHECK(t.b.has(Feature::watchlist, i));
}

TEST_CASE("a target that cannot look up gets plays, but nothing is overwritten or removed there") {
  Target t;
  t.b.can_look_up = false;
  CHECK(t.play(t.now).state == DeliveryState::done);
  t.b.set(Feature::watchlist, 0, listed(t.now - hour));
  CHECK(t.deliver(Feature::watchlist, watched(t.now)).state == DeliveryState::parked);
  CHECK(t.b.has(Feature::watchlist, 0));
}

TEST_CASE("a pair on the same two profiles has nothing to do about what a route carried") {
  for (const PairMode mode : {PairMode::one_way, PairMode::two_way}) {
    Target t;
    t.a.play(t.film, t.now);
    t.a.set(Feature::ratings, t.film, rated(80, t.now));
    t.play(t.now);
    t.deliver(Feature::ratings, rated(80, t.now));
    const std::uint64_t writes = t.b.writes;
    CHECK(writes == 2);
    t.now += hour;
    for (const Feature f : {Feature::history, Feature::ratings}) {
      const auto pair = pair_of("a", "b", f, mode);
      CHECK(t.run_once(pair).status == engine::Status::nothing_to_do);
      t.now += hour;
      if (f == Feature::history) {  // and so it is with what is carried between two runs
        t.a.play(t.film, t.now);
        CHECK(t.play(t.now).state == DeliveryState::done);
        CHECK(t.run_once(pair).status == engine::Status::nothing_to_do);
      }
    }
    CHECK(t.b.writes == writes + 1);
    CHECK(t.a.writes == 0);
  }
}
