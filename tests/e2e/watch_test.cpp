// `crosswatch watch` as a process: from a simulated player to the tracker.
#include <doctest/doctest.h>

#include <csignal>

#include "world.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

// Reads on until the event comes.
Value until(Command& command, const std::string& event) {
  for (std::string line; !(line = command.read_line()).empty();) {
    Value v = json::parse(line);
    if (text(v, "event") == event) return v;
  }
  FAIL("the command ended without " << event);
  return {};
}

Value route() {
  return json::array({json::object({{"id", "r1"}, {"source", "plex"}, {"target", "tracker"}})});
}

std::int64_t tracked(World& w) {
  return number(w.ok({"snapshot", "tracker", "history"}).last(), "count");
}

}  // namespace

TEST_CASE("what is played reaches the tracker at once, and once although the watch is killed and begun again") {
  World w;
  w.link();
  w.configure("routes", route());
  w.ok({"config", "check"});
  {
    Command watch = w.start({{"watch", "--json"}});
    CHECK(text(until(watch, "link"), "state") == "live");
    w.sim.set_playing("owner", w.key(0), 60'000);
    CHECK(text(until(watch, "start"), "profile") == "plex");
    w.sim.play("owner", w.key(0));
    w.sim.set_playing("owner", w.key(0), -1);
    const Value done = until(watch, "delivery");
    CHECK(text(done, "state") == "done");
    CHECK(text(done, "route") == "r1");
    watch.signal(SIGKILL);
    watch.wait();
  }
  CHECK(tracked(w) == 1);
  w.sim.play("owner", w.key(1));  // while nobody watches
  Command watch = w.start({{"watch", "r1", "--json"}});
  CHECK(text(until(watch, "delivery"), "state") == "done");
  CHECK(w.refused(6, {"watch"}) == "busy");
  watch.signal(SIGTERM);
  CHECK(watch.wait().exit == 0);
  CHECK(tracked(w) == 2);
}

TEST_CASE("a watch without a route, with an unknown one, or from a provider that tells nothing says what to do") {
  World w;
  w.link();
  CHECK(w.refused(5, {"watch"}) == "no_routes");
  w.configure("routes", route());
  CHECK(w.refused(5, {"watch", "r2"}) == "route_unknown");
  w.configure("routes.0.source", "tracker");
  w.configure("routes.0.target", "plex");
  CHECK(w.refused(1, {"watch"}) == "no_live_events");
}
