// What happened to logins elsewhere, and must not happen here.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;

namespace {

Challenge begin_and_approve(World& w, const std::string& user) {
  const Challenge challenge = w.begin();
  REQUIRE(w.sim.approve_pin(challenge.code, user));
  return challenge;
}

LinkState poll(World& w, const Challenge& challenge) {
  Call c = w.call.call();
  Settings settings = w.collect().settings();
  return w.provider().auth()->poll(c, challenge.state, settings);
}

}  // namespace

TEST_CASE("linking while a login is there does not hand the old one back") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string first = w.setting("account_token");
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("account_token") != first);
}

TEST_CASE("an old code is not polled on when a new one was asked for") {
  World w;
  w.wanted = {"owner"};
  const Challenge first = w.begin();
  const Challenge second = begin_and_approve(w, "owner");
  CHECK(first.state != second.state);
  w.sim.clear_requests();
  CHECK(poll(w, second) == LinkState::linked);
  CHECK(w.asked("plex_tv", "/api/v2/pins/") == 1);
}

TEST_CASE("a code is not polled faster than every two seconds, and slower when plex.tv says so") {
  World w;
  const Challenge challenge = w.begin();
  CHECK(challenge.interval_ms >= 2000);
  w.fault(FaultKind::status, "plex_tv", "/pins/", 429);
  std::uint32_t before = challenge.interval_ms;
  for (int i = 0; i < 3; ++i) {
    CHECK(w.failure([&] { poll(w, challenge); }) != "");
    REQUIRE(w.last_error);
    CHECK(w.last_error->status == CW_THROTTLED);
    CHECK(w.last_error->retry_after_ms > before);
    before = w.last_error->retry_after_ms;
  }
}

TEST_CASE("trouble at plex.tv is not a dead login, and changes nothing that is stored") {
  struct Row {
    FaultKind kind;
    int status;
  };
  for (const Row& row : {Row{FaultKind::status, 400}, Row{FaultKind::status, 403}, Row{FaultKind::status, 404},
                         Row{FaultKind::status, 408}, Row{FaultKind::status, 429}, Row{FaultKind::status, 498},
                         Row{FaultKind::status, 500}, Row{FaultKind::status, 503}, Row{FaultKind::reset_before, 0},
                         Row{FaultKind::html, 0}, Row{FaultKind::empty, 0}, Row{FaultKind::garbage, 0}}) {
    CAPTURE(static_cast<int>(row.kind));
    CAPTURE(row.status);
    World w;
    w.wanted = {"owner"};
    REQUIRE(w.link("owner") == LinkState::linked);
    w.host.kv.clear();  // so that plex.tv has to be asked
    w.host.secrets.erase("pms_token");
    const auto secrets = w.host.secrets;
    const auto settings = w.host.settings;
    w.fault(row.kind, "plex_tv", "", row.status);
    w.fault(row.kind, "clients", "", row.status);
    w.restart();
    CHECK(w.failure([&] { w.open(); }) != "");
    REQUIRE(w.last_error);
    const bool trouble = w.last_error->status == CW_UNREACHABLE || w.last_error->status == CW_THROTTLED;
    CHECK(trouble);
    CHECK(w.host.secrets == secrets);
    CHECK(w.host.settings == settings);
    w.sim.clear_faults();
    w.restart();
    CHECK(w.open().user_id == 1000001);
  }
}

// Limits fixed in the code made people with a slow line wait for nothing, and those with a dead host wait long.
TEST_CASE("plex.timeout counts for plex.tv, Discover and the media server alike") {
  struct Row {
    const char* host;
    const char* path;
    Feature feature;
  };
  for (const Row& row : {Row{"plex_tv", "", Feature::ratings}, Row{"discover", "", Feature::watchlist},
                         Row{"server", "/library/sections/", Feature::ratings}}) {
    CAPTURE(row.host);
    World w;
    w.wanted = {"owner"};
    REQUIRE(w.link("owner") == LinkState::linked);
    w.host.kv.clear();  // so that plex.tv has to be asked
    w.host.secrets.erase("pms_token");
    w.host.settings["timeout"] = {"1"};
    w.host.settings["max_retries"] = {"1"};
    w.fault(FaultKind::hang, row.host, row.path);
    w.restart();
    FactCollector facts;
    FactSink sink = facts.sink();
    Call call = w.call.call();
    const auto before = std::chrono::steady_clock::now();
    CHECK(w.failure([&] { w.provider().sync()->snapshot(call, row.feature, {}, sink); }) == "no_answer");
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
  }
}

TEST_CASE("a dead login is not tried on and on") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.revoke_token(w.setting("account_token"));
  w.host.kv.clear();
  w.restart();
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.open(); }) == "token_rejected");
  CHECK(w.last_error->remedy.find("crosswatch connect plex") != std::string::npos);
  CHECK(w.sim.requests().size() == 1);
}

TEST_CASE("ending a login does not take libraries, server and tuning along") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings["history.libraries"] = {"1"};
  w.host.settings["timeout"] = {"12"};
  const std::string server = w.setting("server_id");
  w.restart();
  Call c = w.call.call();
  SettingCollector& got = w.collect();
  Settings settings = got.settings();
  w.provider().auth()->disconnect(c, settings);
  w.store(got);
  CHECK(w.setting("account_token").empty());
  CHECK(w.setting("user_id").empty());
  CHECK(w.setting("server_id") == server);
  CHECK(w.setting("history.libraries") == "1");
  CHECK(w.setting("timeout") == "12");
  CHECK(w.failure([&] { w.open(); }) == "not_linked");
}

TEST_CASE("one profile does not show at Plex as several devices, nor two profiles as one") {
  std::set<std::string> identifiers;
  for (int profile = 0; profile < 2; ++profile) {
    World w;
    w.wanted = {"owner", "managed"};
    REQUIRE(w.link("owner") == LinkState::linked);
    w.open();
    w.select("Kid");
    w.open();
    std::set<std::string> own;
    for (const auto& e : w.sim.requests()) own.insert(e.client_id);
    CHECK(own.size() == 1);
    identifiers.insert(own.begin(), own.end());
  }
  CHECK(identifiers.size() == 2);
}

TEST_CASE("a user who was chosen before the first login is not replaced by whoever links") {
  // A configuration that was taken over without its login, and one that was written by hand.
  World w;
  w.wanted = {"managed"};
  w.host.settings["username"] = {"Kid"};
  w.host.settings["server_id"] = {w.sim.server_id()};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("username") == "Kid");
  CHECK(w.open().user_id == 1000002);

  World other;
  other.host.settings["user_id"] = {"4711"};
  REQUIRE(other.link("owner") == LinkState::linked);
  CHECK(other.failure([&] { other.open(); }) == "user_unknown");
  CHECK(other.asked("server") == 0);
}

TEST_CASE("no way of signing in with a password exists") {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PLUGIN_SOURCES)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    ++files;
    for (const char* part : {"users/signin", "sign_in", "rememberMe"})
      CHECK_MESSAGE(text.find(part) == std::string::npos, entry.path().string());
  }
  CHECK(files > 50);
}
