// The routes of `crosswatch serve`, from a simulated player to the tracker.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

#include "served.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

Value route(const std::string& id = "r1") {
  return json::object({{"id", id}, {"source", "plex"}, {"target", "tracker"}});
}

struct Home : World {
  Home() {
    secrets = {server_token};
    link();
    configure("server.token", server_token);
  }
  std::int64_t tracked() { return number(ok({"snapshot", "tracker", "history"}).last(), "count"); }
};

bool is_live(const Value& v) {
  return text(v, "profiles.0.link.state") == "live";
}

bool is_off(const Value& v) {
  return text(v, "state") == "off";
}

}  // namespace

TEST_CASE("the server brings what is played to the tracker, shows what is playing, and ends within five seconds") {
  Home w;
  w.configure("routes", json::array({route()}));
  Served served(w);
  CHECK(text(served.until("/api/live", is_live), "state") == "running");
  w.sim.set_playing("owner", w.key(0), 60'000);
  const Value playing = served.until("/api/live", [](const Value& v) { return !list(at(v, "playing")).empty(); });
  CHECK(text(playing, "playing.0.profile") == "plex");
  CHECK(text(playing, "playing.0.event") == "playing");
  CHECK(number(playing, "playing.0.progress_ms") == 60'000);
  w.sim.play("owner", w.key(0));
  w.sim.set_playing("owner", w.key(0), -1);
  while (w.tracked() == 0) continue;
  CHECK(list(at(served.ask("GET", "/api/live"), "playing")).empty());
  CHECK(w.refused(6, {"watch"}) == "busy");
  const auto asked = std::chrono::steady_clock::now();
  CHECK(served.end().exit == 0);
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(5));
  CHECK(w.tracked() == 1);
}

TEST_CASE("a running server begins, changes and ends its routes as the configuration changes") {
  Home w;
  Served served(w);
  CHECK(text(served.ask("GET", "/api/live"), "state") == "off");
  w.configure("routes", json::array({route()}));
  static_cast<void>(served.until("/api/live", is_live));
  w.configure("routes.0.source", "nothing");
  static_cast<void>(served.until("/api/live", is_off));
  w.configure("routes",
              json::array({json::object({{"id", "r2"}, {"source", "nothing"}, {"target", "tracker"}}), route()}));
  static_cast<void>(served.until("/api/live", is_live));  // the one that cannot run keeps nobody from it
  w.configure("routes.1.enabled", false);
  static_cast<void>(served.until("/api/live", is_off));
  CHECK(served.end().exit == 0);
}

TEST_CASE("while a watch runs the routes the server says so, and takes over when it ends") {
  Home w;
  w.configure("routes", json::array({route()}));
  Command watch = w.start({{"watch", "--json"}});
  CHECK(text(json::parse(watch.read_line()), "event") == "link");
  Served served(w);
  const Value busy = served.until("/api/live", [](const Value& v) { return text(v, "state") == "busy"; });
  CHECK(text(busy, "error.message").find("running already") != std::string::npos);
  watch.signal(SIGTERM);
  CHECK(watch.wait().exit == 0);
  static_cast<void>(served.until("/api/live", is_live));
  CHECK(served.end().exit == 0);
}
