// `crosswatch watch` as a process: from a simulated player to the tracker.
#include <doctest/doctest.h>

#include <csignal>
#include <sstream>

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

// The lines of the log file that speak of the link.
std::vector<std::string> link_lines(const World& w) {
  std::vector<std::string> out;
  std::istringstream log(bytes_of(w.dir / "log.txt"));
  for (std::string line; std::getline(log, line);)
    if (line.find("live") != std::string::npos || line.find("lost") != std::string::npos) out.push_back(line);
  return out;
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

TEST_CASE("libraries are chosen for live events as for features, and what is played in the others is counted") {
  World w;
  w.link();
  w.configure("routes", route());
  const auto takes_part = [&](const std::string& feature) {
    std::string ids;
    const Value rows = w.ok({"libraries", "plex"}).last();
    for (const Value& l : *rows.as<Value::Array>())
      if (*l.find("features")->find(feature)->as<bool>()) ids += text(l, "id") + ' ';
    return ids;
  };
  const std::string all = takes_part("scrobble");
  CHECK(all == takes_part("history"));
  w.ok({"libraries", "plex", "--set", "scrobble=2"});
  CHECK(takes_part("scrobble") == "2 ");
  CHECK(takes_part("history") == all);
  CHECK(w.refused(1, {"libraries", "plex", "--set", "scrobble=99"}) == "library_unknown");
  {
    Command watch = w.start({{"watch", "--json"}});
    until(watch, "link");
    w.sim.set_playing("owner", w.key(0), 60'000);  // of library 1
    const Value dropped = until(watch, "dropped");
    CHECK(text(dropped, "reason") == "library");
    CHECK(number(dropped, "count") == 1);
    watch.signal(SIGTERM);
    watch.wait();
  }
  w.ok({"libraries", "plex", "--set", "scrobble=all"});
  CHECK(takes_part("scrobble") == all);
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

TEST_CASE("each change of the link is one line of the log") {
  World w;
  w.link();
  w.configure("routes", route());
  w.configure("runtime.log_file", (w.dir / "log.txt").native());
  Command watch = w.start({{"watch", "--json"}});
  CHECK(text(until(watch, "link"), "state") == "live");
  w.sim.restart();
  CHECK(text(until(watch, "link"), "state") == "lost");
  CHECK(text(until(watch, "link"), "state") == "live");
  watch.signal(SIGTERM);
  CHECK(watch.wait().exit == 0);
  const auto lines = link_lines(w);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].find("lost") != std::string::npos);
}
