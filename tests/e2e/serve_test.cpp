// `crosswatch serve` as a process: who may listen where, and how it ends.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

#include "served.hpp"

using namespace e2e;
using plexsim::FaultKind;
namespace json = crosswatch::host::json;

TEST_CASE("other machines are let in with a password and encryption only, unless the configuration says otherwise") {
  Place place;
  place.secrets = {"let-me-in-please"};
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "server_open");
  place.configure("server.password", "let-me-in-please");
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "server_open");
  place.configure("server.certificate", (place.dir / "none.pem").string());
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "bad_config");
  place.configure("server.private_key", (place.dir / "none.key").string());
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "bad_certificate");
  place.configure("server", json::object({{"password", "let-me-in-please"}, {"plain_http", true}}));
  Command server = place.start({{"serve", "--listen", "0.0.0.0:0", "--json"}});
  CHECK(text(json::parse(server.read_line()), "url").starts_with("http://localhost:"));
  server.signal(SIGTERM);
  CHECK(server.wait().exit == 0);
}

TEST_CASE("while a capture is taken, which may be long, everything else is answered") {
  World w;
  w.secrets = {server_token};
  w.link();
  w.pair({"--features", "watchlist"});
  w.configure("server.token", server_token);
  w.fault(FaultKind::hold, "server", "/library/sections/1/all");
  Served served(w);
  static_cast<void>(
      served.ask("POST", "/api/captures", R"({"provider":"plex","profile":"default","feature":"history"})"));
  REQUIRE(w.sim.wait_until_one_hangs(30000));
  CHECK(list(at(served.ask("GET", "/api/captures"), "captures")).empty());
  CHECK(!list(at(served.ask("GET", "/api/providers"), "providers")).empty());
  CHECK(text(served.ask("GET", "/api/run"), "phase") != "ended");
  w.sim.clear_faults();
  static_cast<void>(served.until("/api/run", [](const Value& v) { return text(v, "phase") == "ended"; }));
  CHECK(list(at(served.ask("GET", "/api/captures"), "captures")).size() == 1);
  CHECK(served.end().exit == 0);
}

TEST_CASE("the server ends within five seconds of being asked to, a sync in its middle, and the sync is recorded") {
  World w;
  w.secrets = {server_token};
  w.link();
  w.pair();
  w.configure("server.token", server_token);
  w.fault(FaultKind::hang, "server", "/library/sections/1/all");
  Served served(w);
  static_cast<void>(served.ask("POST", "/api/run", "{}"));
  static_cast<void>(served.until("/api/run", [](const Value& v) { return text(v, "phase") != "starting"; }));
  const auto asked = std::chrono::steady_clock::now();
  CHECK(served.end().exit == 0);
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(5));
  const Result runs = w.ok({"runs", "show", "1"});
  CHECK_MESSAGE(text(runs.last(), "status") == "cancelled", runs.out());
}
