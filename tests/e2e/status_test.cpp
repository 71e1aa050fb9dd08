// What works and what does not, part by part, and soon.
#include <doctest/doctest.h>

#include <chrono>

#include "world.hpp"

using namespace e2e;
using plexsim::FaultKind;

namespace {

// The state of plex, of which every part has five seconds; the parts are asked at the same time.
struct State {
  explicit State(World& w) {
    const auto begun = std::chrono::steady_clock::now();
    result = w.json({"status", "plex"});
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    profile = list(at(result.last(), "profiles")).at(0);
  }
  std::string of(const std::string& path) const { return text(profile, path); }
  bool usable(const std::string& feature) const { return at(profile, "features." + feature + ".read") == Value(true); }

  Result result{};
  double seconds = 0;
  Value profile{};
};

struct Linked : World {
  Linked() { link(); }
};

}  // namespace

TEST_CASE("a server that hangs takes its own features away and no others, within the time of one part") {
  Linked w;
  w.fault(FaultKind::hang, "server", "");
  const State s(w);
  CHECK(s.seconds < 9);
  CHECK(s.result.exit == 3);
  CHECK(s.of("state") == "server_unreachable");
  CHECK(s.of("remedy").find("crosswatch servers plex") != std::string::npos);
  CHECK(s.of("account.state") == "ok");
  CHECK(s.of("scope.state") == "ok");
  CHECK(s.of("watchlist.state") == "ok");
  CHECK(s.usable("watchlist"));
  for (const char* feature : {"history", "ratings", "progress"}) {
    CHECK(!s.usable(feature));
    CHECK(s.of(std::string("features.") + feature + ".code") == "server_unreachable");
  }
}

TEST_CASE("a server that says who it is and then hangs does not hold the status up either") {
  Linked w;
  w.fault(FaultKind::hang, "server", "/library");
  const State s(w);
  CHECK(s.seconds < 9);
  CHECK(s.result.exit == 3);
  CHECK(s.of("state") == "no_answer");
  CHECK(s.usable("watchlist"));
  CHECK(!s.usable("history"));
}

TEST_CASE("Discover that hangs takes the watchlist away and nothing else") {
  Linked w;
  w.fault(FaultKind::hang, "discover", "");
  const State s(w);
  CHECK(s.seconds < 9);
  CHECK(s.result.exit == 3);
  CHECK(s.of("server.state") == "ok");
  CHECK(!s.usable("watchlist"));
  CHECK(s.usable("history"));
  CHECK(s.of("message").find("watchlist") != std::string::npos);
}

TEST_CASE("plex.tv that hangs is told, and keeps nothing from working that was linked before") {
  Linked w;
  w.ok({"status", "plex"});
  w.fault(FaultKind::hang, "plex_tv", "");
  w.fault(FaultKind::hang, "clients", "");
  const State s(w);
  CHECK(s.seconds < 9);
  CHECK(s.result.exit == 0);
  CHECK(s.of("account.state") == "no_answer");
  for (const char* feature : {"watchlist", "history", "ratings", "progress"}) CHECK(s.usable(feature));
}

TEST_CASE("a chosen library that is gone shows in the status, as the bad setting that it is") {
  Linked w;
  w.configure("plex.ratings.libraries", crosswatch::host::json::parse(R"(["99"])"));
  const State s(w);
  CHECK(s.result.exit == 1);
  CHECK(s.of("state") == "library_missing");
  CHECK(s.of("libraries.why").find("\"99\"") != std::string::npos);
  CHECK(s.of("remedy").find("crosswatch libraries plex") != std::string::npos);
  CHECK(s.of("server.state") == "ok");
  CHECK(!s.usable("ratings"));
  CHECK(s.usable("history"));
  w.pair();
  const Result sync = w.json({"sync"});
  CHECK(sync.exit == 1);
  for (const Value& line : sync.json())
    if (text(line, "event") == "lane_end" && text(line, "feature") == "ratings")
      CHECK(text(line, "message").find("The libraries of ratings cannot be used") == 0);
}

TEST_CASE("what Plex gives a member of the Home no access to is no trouble, and has a reason") {
  World w;
  w.wanted = {"owner", "managed"};
  w.link();
  w.ok({"select", "plex", "--user", "Kid"});
  plexsim::FaultRule none;
  none.host = "discover";
  none.status = 403;
  none.count = 0;
  w.sim.add_fault(none);
  const State s(w);
  CHECK(s.result.exit == 0);
  CHECK(s.of("state") == "ok");
  CHECK(!s.usable("watchlist"));
  CHECK(s.of("features.watchlist.code") == "watchlist_unsupported");
  CHECK(s.of("watchlist.why").find("Discover answered 403") != std::string::npos);
}
