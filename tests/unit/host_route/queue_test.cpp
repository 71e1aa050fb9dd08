#include <doctest/doctest.h>

#include "events.hpp"
#include "state/route_queue.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

const ProfileRef source{"a"};
constexpr std::int64_t noon = 1'750'000'000;

struct Queue : World {
  RouteQueue queue{state()};
  bool put(const Event& e, const std::vector<RouteConfig>& routes = {route_to("b")}) {
    return queue.put(source, e, routes, now);
  }
  std::size_t waiting(const std::string& route = "r-b") { return queue.waiting(route, 100).size(); }
};

}  // namespace

TEST_CASE("an event is kept once for each feature of each route, however often it is told") {
  Queue q;
  RouteConfig plays = route_to("c");
  plays.finished = false;
  const std::vector<RouteConfig> routes{route_to("b"), plays};
  CHECK(q.put(watched_event(noon, "m/history/1"), routes));
  CHECK_FALSE(q.put(watched_event(noon, "m/history/1"), routes));
  const auto b = q.queue.waiting("r-b", 100);
  REQUIRE(b.size() == 2);
  CHECK(b[0].feature == Feature::history);
  CHECK(b[1].feature == Feature::watchlist);
  CHECK(b[0].item.ids == std::vector<Token>{{"tmdb", "101"}});
  CHECK(b[0].item.title == "Film 1");
  CHECK(b[0].item.value.at == noon);
  CHECK(q.waiting("r-c") == 1);
}

TEST_CASE("two tellings of one play are one play, and the next play is another") {
  Queue q;
  CHECK(q.put(watched_event(noon, "m/history/1")));
  CHECK_FALSE(q.put(watched_event(noon + 90, "hook/7/1")));
  CHECK_FALSE(q.put(watched_event(noon - 90)));
  CHECK(q.put(watched_event(noon + 600, "m/history/2")));
  Event clip = watched_event(noon + 1000, "m/history/3", 2);
  clip.item.value.duration_ms = 60'000;
  CHECK(q.put(clip));
  clip.id = "m/history/4";
  clip.item.value.at += 61;
  CHECK(q.put(clip));
  Event other = watched_event(noon, "m/history/5");
  other.user = "8";
  CHECK(q.put(other));
}

TEST_CASE("a route carries only what its filters let through") {
  const auto carried = [](const RouteConfig& r, const Event& e) { return features_for(r, e).size(); };
  const Event film = watched_event(noon);
  RouteConfig r = route_to("b");
  CHECK(carried(r, film) == 2);
  r.users = {"8"};
  CHECK(carried(r, film) == 0);
  r.users = {"8", "7"};
  CHECK(carried(r, film) == 2);
  r.libraries = {"2"};
  CHECK(carried(r, film) == 0);
  r.libraries = {};
  r.kinds = bit(Kind::episode);
  CHECK(carried(r, film) == 0);
  Event part = film;
  part.item.kind = Kind::episode;
  CHECK(features_for(r, part) == std::vector<Feature>{Feature::history});  // a show is not finished by one episode
  r.plays = false;
  CHECK(carried(r, part) == 0);

  r = route_to("b");
  CHECK(features_for(r, rated_event(80, noon, "1")) == std::vector<Feature>{Feature::ratings});
  CHECK(carried(r, rated_event(-1, noon, "1")) == 1);
  r.remove = false;
  CHECK(carried(r, rated_event(-1, noon, "1")) == 0);
  Event begun = film;
  begun.kind = EventKind::start;
  CHECK(carried(r, begun) == 0);
}

TEST_CASE("a route that is off, or leads from somewhere else, keeps nothing") {
  Queue q;
  RouteConfig off = route_to("b");
  off.enabled = false;
  RouteConfig other = route_to("b");
  other.source.profile = "kid";
  CHECK_FALSE(q.put(watched_event(noon, "1"), {off, other}));
  CHECK(q.waiting() == 0);
}

TEST_CASE("an event without a name of its item is not kept") {
  Queue q;
  Event e = watched_event(noon, "1");
  e.item.ids.clear();
  e.item.title.clear();
  CHECK_FALSE(q.put(e));
}

TEST_CASE("what was settled is remembered until it is pruned, and what waits or is parked longer") {
  Queue q;
  q.put(watched_event(noon, "1"));
  auto some = q.queue.waiting("r-b", 100);
  some[0].state = DeliveryState::done;
  q.queue.settle(some[0]);
  q.queue.prune(q.now + 1);
  CHECK(q.waiting() == 1);
  some[1].state = DeliveryState::parked;
  some[1].reason = "not_in_library";
  q.queue.settle(some[1]);
  q.queue.prune(q.now + 1);
  REQUIRE(q.queue.parked("r-b").size() == 1);
  CHECK(q.queue.parked("r-b")[0].reason == "not_in_library");
  CHECK(q.queue.unpark(q.queue.parked("r-b")[0].id, true));
  REQUIRE(q.waiting() == 1);
  some = q.queue.waiting("r-b", 100);
  some[0].state = DeliveryState::nothing_to_do;
  q.queue.settle(some[0]);
  CHECK_FALSE(q.put(watched_event(noon, "1")));
  q.queue.prune(q.now + 1);
  CHECK(q.put(watched_event(noon, "1")));
}

TEST_CASE("what is parked waits again, is given up, or goes with its route, as somebody says") {
  Queue q;
  q.put(watched_event(noon, "1"));
  q.put(watched_event(noon + 9000, "2", 2));
  for (Delivery& d : q.queue.waiting("r-b", 100)) {
    d.state = DeliveryState::parked;
    d.reason = "not_in_library";
    q.queue.settle(d);
  }
  const auto parked = q.queue.parked("r-b");
  REQUIRE(parked.size() >= 2);
  CHECK(parked[0].since == q.now);
  CHECK(q.queue.unpark(parked[0].id, false));
  CHECK_FALSE(q.queue.unpark(parked[0].id, true));  // given up for good
  CHECK(q.queue.unpark(parked[1].id, true));
  CHECK(q.queue.waiting("r-b", 100).at(0).id == parked[1].id);
  q.queue.forget("r-b");
  CHECK(q.queue.waiting("r-b", 100).empty());
  CHECK(q.queue.parked("r-b").empty());
  CHECK_FALSE(q.put(watched_event(noon, "1")));  // it was heard all the same
}

TEST_CASE("the cursor of a source is kept for it alone") {
  Queue q;
  CHECK(q.queue.cursor(source).empty());
  q.queue.set_cursor(source, "{\"history\":4}");
  q.queue.set_cursor(source, "{\"history\":5}");
  CHECK(q.queue.cursor(source) == "{\"history\":5}");
  CHECK(q.queue.cursor({"a", "kid"}).empty());
}

TEST_CASE("a state from before there were routes gets its queue, and a copy is kept") {
  Queue q;
  const auto folder = q.folder() / "old";
  { const StateStore old(folder, schema_steps().first(1)); }
  StateStore migrated(folder);
  CHECK(std::filesystem::exists(folder / "crosswatch.db.v1"));
  CHECK(RouteQueue(migrated).put(source, watched_event(noon, "1"), {route_to("b")}, noon));
}
