// `crosswatch route`: making routes, and what they could not deliver.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>

#include "state/route_queue.hpp"
#include "world.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

// Reads on until a delivery comes that is settled.
Value delivery(Command& watch) {
  for (std::string line; !(line = watch.read_line()).empty();) {
    Value v = json::parse(line);
    if (text(v, "event") == "delivery" && text(v, "state") != "waiting") return v;
  }
  FAIL("the watch ended without a delivery");
  return {};
}

// As if route r1 had heard of a film that its target did not take.
void park(World& w, const std::string& n) {
  using namespace crosswatch;
  host::StateStore state(w.state);
  host::RouteQueue queue(state);
  Event e;
  e.kind = EventKind::watched;
  e.id = "test/" + n;
  e.user = "1";
  e.item.title = "Film " + n;
  e.item.ids = {{"imdb", "tt000" + n}};
  e.item.value.at = 1'700'000'000;
  const host::RouteConfig r1 = host::read_routes(w.configuration()).at(0);
  REQUIRE(queue.put(r1.source, e, {r1}, 1'700'000'100));
  host::Delivery d = queue.waiting("r1", 1).at(0);
  d.state = host::DeliveryState::parked;
  d.reason = "not_in_library: the target has no such title";
  queue.settle(d);
}

std::string parked(World& w) {
  std::string out;
  for (const Value& d : list(w.ok({"route", "parked"}).last()))
    out += text(d, "route") + " " + text(d, "feature") + " " + text(d, "title") + "\n";
  return out;
}

}  // namespace

TEST_CASE("a route is made, listed, switched and removed, and nonsense is refused before anything is stored") {
  World w;
  w.link();
  const Value made =
      w.ok({"route", "add", "--source", "plex", "--target", "tracker", "--events", "plays,finished"}).last();
  CHECK(text(made, "id") == "r1");
  CHECK(json::dump(at(made, "events")) == R"(["plays","finished"])");
  const auto add_for = [](const std::string& users, const std::string& libraries) {
    return std::vector<std::string>{"route",   "add", "--source",    "plex",    "--target", "tracker",
                                    "--users", users, "--libraries", libraries, "--types",  "movies"};
  };
  const Value some = w.ok(add_for("olivia", "1,TV Shows")).last();
  CHECK(json::dump(at(some, "filters")) ==
        R"({"users":[")" + std::to_string(w.sim.plex_id("owner")) + R"("],"libraries":["1","2"],"types":["movies"]})");
  CHECK(w.refused(1, add_for("oliver", "1")) == "user_unknown");
  CHECK(w.refused(1, add_for(std::to_string(w.sim.plex_id("owner")), "Music videos")) == "library_unknown");
  w.ok({"route", "remove", text(some, "id")});
  w.ok({"config", "check"});
  CHECK(w.refused(2, {"route", "add", "--source", "plex", "--target", "plex"}) == "usage");
  CHECK(w.refused(2, {"route", "add", "--source", "plex", "--target", "tracker", "--types", "songs"}) == "usage");
  CHECK(w.refused(1, {"route", "add", "--source", "tracker", "--target", "plex"}) == "no_live_events");
  CHECK(w.refused(5, {"route", "add", "--source", "plex", "--target", "tracker@nobody"}) == "profile_unknown");
  CHECK(w.refused(1, {"route", "add", "--source", "plex", "--target", "tracker", "--id", "r1"}) == "route_exists");
  CHECK(w.refused(2, {"route", "add", "--source", "plex", "--target", "tracker", "--events", "songs"}) == "usage");
  w.ok({"route", "disable", "r1"});
  CHECK(w.refused(5, {"watch"}) == "no_routes");
  w.ok({"route", "enable", "r1"});
  CHECK(text(w.ok({"route", "list"}).last(), "0.id") == "r1");
  CHECK(text(w.json({"status"}).last(), "routes.0.id") == "r1");
  w.ok({"route", "remove", "r1"});
  CHECK(w.refused(5, {"route", "remove", "r1"}) == "route_unknown");
  CHECK(list(w.ok({"route", "list"}).last()).empty());
}

TEST_CASE("what could not be delivered is shown with the reason, and delivered or dropped when somebody says so") {
  World w;
  w.link();
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  CHECK(parked(w).empty());
  park(w, "1");
  park(w, "2");
  const Value rows = w.ok({"route", "parked", "r1"}).last();
  REQUIRE(list(rows).size() == 2);
  CHECK(text(rows, "0.reason") == "not_in_library: the target has no such title");
  CHECK(number(w.ok({"route", "list"}).last(), "0.parked") == 2);
  CHECK(number(w.json({"status"}).last(), "routes.0.parked") == 2);
  CHECK(w.run({"route", "parked"}).out().find("Film 1") != std::string::npos);

  CHECK(w.refused(2, {"route", "retry"}) == "usage");
  CHECK(w.refused(2, {"route", "retry", "x"}) == "usage");
  CHECK(w.refused(5, {"route", "retry", "99"}) == "delivery_unknown");
  w.ok({"route", "discard", std::to_string(number(rows, "1.number"))});
  w.ok({"route", "retry", "--route", "r1"});
  CHECK(parked(w).empty());
  CHECK(number(w.ok({"route", "list"}).last(), "0.waiting") == 1);
  Command watch = w.start({{"watch", "--json"}});
  const Value done = delivery(watch);
  CHECK(text(done, "state") == "done");
  CHECK(text(done, "title") == "Film 1");
  watch.signal(SIGTERM);
  CHECK(watch.wait().exit == 0);
  CHECK(number(w.ok({"snapshot", "tracker", "history"}).last(), "count") == 1);
}

TEST_CASE("a route of the name of one that was removed delivers nothing of what that one had") {
  World w;
  w.link();
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  park(w, "1");
  w.ok({"route", "remove", "r1"});
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  CHECK(parked(w).empty());
  CHECK(number(w.ok({"route", "list"}).last(), "0.waiting") == 0);
}

TEST_CASE("a route that is made when there was none any more begins with what is played from then on") {
  World w;
  w.link();
  const auto watched_once = [&](const std::function<void()>& meanwhile) {
    Command watch = w.start({{"watch", "--json"}});
    CHECK(text(json::parse(watch.read_line()), "event") == "link");
    meanwhile();
    watch.signal(SIGTERM);
    CHECK(watch.wait().exit == 0);
  };
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  watched_once([] {});
  w.ok({"route", "remove", "r1"});
  w.sim.play("owner", w.key(0));
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  watched_once([&] {
    CHECK(number(w.ok({"route", "list"}).last(), "0.waiting") == 0);
    CHECK(number(w.ok({"snapshot", "tracker", "history"}).last(), "count") == 0);
  });
}

TEST_CASE("what a watch stores stays although other commands begin and end beside it") {
  using crosswatch::host::DeliveryState;
  World w;
  w.link();
  w.ok({"route", "add", "--source", "plex", "--target", "tracker"});
  Command watch = w.start({{"watch", "--json"}});
  CHECK(text(json::parse(watch.read_line()), "event") == "link");
  w.ok({"route", "list"});
  w.sim.set_playing("owner", w.key(0), 60'000);
  w.sim.play("owner", w.key(0));
  w.sim.set_playing("owner", w.key(0), -1);
  CHECK(text(delivery(watch), "state") == "done");
  const auto stored = [&] {
    crosswatch::host::StateStore state(w.state);
    const crosswatch::host::RouteQueue queue(state);
    return queue.count("r1", DeliveryState::done);
  };
  CHECK(stored() == 1);
  watch.signal(SIGKILL);
  watch.wait();
  CHECK(stored() == 1);
}
