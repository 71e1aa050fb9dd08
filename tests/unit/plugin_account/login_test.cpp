#include <doctest/doctest.h>

#include <thread>

#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;

namespace {

// Polls once, storing nothing.
LinkState poll(World& w, const std::string& state) {
  Call c = w.call.call();
  Settings settings = w.collect().settings();
  return w.provider().auth()->poll(c, state, settings);
}

}  // namespace

TEST_CASE("linking shows a short code and brings login, user and server in one go") {
  World w;
  w.wanted = {"owner"};
  const Challenge challenge = w.begin();
  CHECK(challenge.code.size() == 4);
  CHECK(challenge.verify_url == "https://plex.tv/link");
  CHECK(challenge.expires_at == w.host.clock_ms / 1000 + 900);
  CHECK(challenge.interval_ms >= 2000);
  CHECK(poll(w, challenge.state) == LinkState::pending);
  REQUIRE(w.sim.approve_pin(challenge.code, "owner"));
  CHECK(w.host.secrets.empty());

  Call c = w.call.call();
  SettingCollector& got = w.collect();
  Settings settings = got.settings();
  REQUIRE(w.provider().auth()->poll(c, challenge.state, settings) == LinkState::linked);
  w.store(got);
  CHECK(w.setting("account_token").starts_with("canary-acct-owner-"));
  CHECK(w.setting("pms_token") == w.sim.server_token("owner"));
  CHECK(w.setting("username") == "olivia");
  CHECK(w.setting("user_id") == "1000001");
  CHECK(w.setting("account_id") == "1");
  CHECK(w.setting("server_id") == w.sim.server_id());
  CHECK(w.setting("client_id").size() == 24);
  CHECK(challenge.state.find("canary") == std::string::npos);
  // the code was asked for and polled by the identifier that is stored
  for (const auto& e : w.sim.requests()) CHECK(e.client_id == w.setting("client_id"));
}

TEST_CASE("who owns no server is linked with the number that plex.tv gave") {
  World w;
  REQUIRE(w.link("friend") == LinkState::linked);
  CHECK(w.setting("username") == "frida");
  CHECK(w.setting("account_id") == "1000005");
  CHECK(w.setting("user_id") == "1000005");
  CHECK(w.setting("server_id") == w.sim.server_id());
}

TEST_CASE("a flow can be taken up by another process, and two flows of one profile do not disturb each other") {
  World w;
  const Challenge first = w.begin();
  w.restart();
  const Challenge second = w.begin();
  REQUIRE(w.sim.approve_pin(first.code, "owner"));
  w.restart();
  CHECK(poll(w, second.state) == LinkState::pending);
  CHECK(poll(w, first.state) == LinkState::linked);
}

TEST_CASE("a code ends when plex.tv forgets it and when its time has passed, and nothing is stored") {
  World w;
  const Challenge denied = w.begin();
  REQUIRE(w.sim.deny_pin(denied.code));
  CHECK(poll(w, denied.state) == LinkState::expired);

  const Challenge late = w.begin();
  w.host.clock_ms += 901'000;
  const int asked = w.asked("plex_tv", "/pins");
  CHECK(poll(w, late.state) == LinkState::expired);
  CHECK(w.asked("plex_tv", "/pins") == asked);
  CHECK(w.host.secrets.empty());
}

TEST_CASE("a code that is approved after the flow was cancelled is never exchanged") {
  World w;
  const Challenge challenge = w.begin();
  Call c = w.call.call();
  w.provider().auth()->cancel(c, challenge.state);
  REQUIRE(w.sim.approve_pin(challenge.code, "owner"));
  w.restart();
  CHECK(poll(w, challenge.state) == LinkState::expired);
  CHECK(w.asked("plex_tv", "/api/v2/user") == 0);
  CHECK(w.host.secrets.empty());
}

TEST_CASE("polling that plex.tv finds too fast slows down, and says for how long") {
  World w;
  const Challenge challenge = w.begin();
  w.fault(FaultKind::status, "plex_tv", "/pins/", 429);
  std::vector<std::uint32_t> gaps;
  for (int i = 0; i < 5; ++i) {
    CHECK(w.failure([&] { poll(w, challenge.state); }) == "rate_limited");
    gaps.push_back(w.last_error->retry_after_ms);
  }
  CHECK(gaps == std::vector<std::uint32_t>{4000, 8000, 16000, 30000, 30000});
  w.sim.clear_faults();
  plexsim::FaultRule rule;
  rule.host = "plex_tv";
  rule.status = 429;
  rule.retry_after = 45;
  w.sim.add_fault(rule);
  CHECK(w.failure([&] { poll(w, challenge.state); }) == "rate_limited");
  CHECK(w.last_error->retry_after_ms == 45'000);
  CHECK(poll(w, challenge.state) == LinkState::pending);
}

TEST_CASE("trouble at plex.tv while waiting is no end of the code") {
  for (const FaultKind kind : {FaultKind::status, FaultKind::html, FaultKind::garbage, FaultKind::empty,
                               FaultKind::reset_before, FaultKind::cut}) {
    World w;
    CAPTURE(static_cast<int>(kind));
    const Challenge challenge = w.begin();
    w.fault(kind, "plex_tv", "/pins/", 500);
    w.failure([&] { poll(w, challenge.state); });
    REQUIRE(w.last_error);
    CHECK(w.last_error->status == CW_UNREACHABLE);
    w.sim.clear_faults();
    CHECK(poll(w, challenge.state) == LinkState::pending);
  }
}

TEST_CASE("when plex.tv is down no code is given, and the old login stays") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto before = w.host.secrets;
  w.fault(FaultKind::status, "plex_tv", "/pins", 503);
  w.failure([&] { w.begin(); });
  CHECK(w.last_error->status == CW_UNREACHABLE);
  CHECK(w.host.secrets == before);
}

TEST_CASE("a new login that plex.tv itself refuses changes nothing") {
  for (const int status : {401, 422}) {
    World w;
    w.wanted = {"owner"};
    REQUIRE(w.link("owner") == LinkState::linked);
    const auto secrets = w.host.secrets;
    const auto settings = w.host.settings;
    const Challenge again = w.begin();
    REQUIRE(w.sim.approve_pin(again.code, "owner"));
    w.fault(FaultKind::status, "plex_tv", "/api/v2/user", status);
    CHECK(w.failure([&] { poll(w, again.state); }) == "token_rejected");
    CHECK(w.last_error->status == CW_AUTH);
    CHECK(w.collect().entries.empty());
    CHECK(w.host.secrets == secrets);
    CHECK(w.host.settings == settings);
    w.sim.clear_faults();
    w.restart();
    CHECK(w.open().user_id == 1000001);  // the old login still works
  }
}

TEST_CASE("linking again replaces the login in place: the chosen Home user, server and libraries stay") {
  World w;
  w.wanted = {"owner", "managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string old_token = w.setting("account_token");
  const std::string client = w.setting("client_id");
  w.host.settings["history.libraries"] = {"1"};
  w.select("1000002");
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("account_token") != old_token);
  CHECK(w.setting("client_id") == client);
  CHECK(w.setting("user_id") == "1000002");
  CHECK(w.setting("username") == "Kid");
  CHECK(w.setting("server_id") == w.sim.server_id());
  CHECK(w.setting("history.libraries") == "1");
}

TEST_CASE("linking another account takes nothing over from the one before") {
  World w;
  w.wanted = {"owner", "pin", "friend"};
  w.pin = "1234";
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("Teen", "1234");
  CHECK(w.setting("home_pin") == "1234");
  REQUIRE(w.link("friend") == LinkState::linked);
  CHECK(w.setting("user_id") == "1000005");
  CHECK(w.setting("account_id") == "1000005");
  CHECK(w.setting("home_pin").empty());
  CHECK(w.setting("pms_token") == w.sim.server_token("friend"));
}

TEST_CASE("without a clear server the login counts and none is chosen") {
  plexsim::Options options = World::small();
  options.servers.push_back(options.servers[0]);
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("server_id").empty());
  CHECK(w.setting("user_id") == "1000001");
  CHECK(w.host.logged("select plex --server"));
  CHECK(w.failure([&] { w.open(); }) == "server_not_chosen");
  CHECK(w.last_error->status == CW_NOT_FOUND);
}

TEST_CASE("a login counts although the list of servers could not be read") {
  World w;
  w.wanted = {"owner"};
  w.fault(FaultKind::status, "clients", "resources", 500);
  w.fault(FaultKind::status, "plex_tv", "resources", 500);
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("server_id").empty());
  w.sim.clear_faults();
  CHECK(w.open().server.machine_id == w.sim.server_id());
}

TEST_CASE("disconnecting ends the login at plex.tv and clears secrets and user, not server and libraries") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings["history.libraries"] = {"1"};
  w.host.settings["server_url"] = {w.sim.server_url()};
  const auto disconnect = [&] {
    Call c = w.call.call();
    SettingCollector& got = w.collect();
    Settings settings = got.settings();
    w.provider().auth()->disconnect(c, settings);
    w.store(got);
  };
  disconnect();
  CHECK(w.asked("plex_tv", "signout") == 1);
  CHECK(w.host.secrets.empty());
  CHECK(w.setting("username").empty());
  CHECK(w.setting("user_id").empty());
  CHECK(w.setting("server_id") == w.sim.server_id());
  CHECK(w.setting("server_url") == w.sim.server_url());
  CHECK(w.setting("history.libraries") == "1");
  CHECK(w.failure([&] { w.open(); }) == "not_linked");
  CHECK(w.last_error->status == CW_NOT_LINKED);

  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "plex_tv", "signout", 500);
  disconnect();
  CHECK(w.host.secrets.empty());
  CHECK(w.host.logged("could not be ended at plex.tv"));
}

TEST_CASE("two profiles that link at once both succeed, under identifiers of their own") {
  plexsim::Simulator sim(World::small());
  struct Profile {
    FakeHost host{};
    FakeCall call{host};
    SettingCollector got{};
    LinkState state = LinkState::pending;
  };
  Profile profiles[2];
  std::vector<std::thread> threads;
  for (Profile& p : profiles) {
    const auto urls = sim.urls();
    p.host.settings["endpoints.plex_tv"] = {urls.plex_tv};
    p.host.settings["endpoints.clients"] = {urls.clients};
    p.host.settings["ca_file"] = {sim.ca_file()};
    threads.emplace_back([&] {
      plex::PlexProvider provider(p.host.host());
      Call c = p.call.call();
      const Challenge challenge = provider.auth()->begin(c);
      sim.approve_pin(challenge.code, &p == profiles ? "owner" : "friend");
      Settings settings = p.got.settings();
      p.state = provider.auth()->poll(c, challenge.state, settings);
    });
  }
  for (auto& t : threads) t.join();
  const auto of = [](const Profile& p, const std::string& key) {
    for (const auto& [k, v] : p.got.entries)
      if (k == key) return v;
    return std::string();
  };
  CHECK(profiles[0].state == LinkState::linked);
  CHECK(profiles[1].state == LinkState::linked);
  CHECK(of(profiles[0], "user_id") == "1000001");
  CHECK(of(profiles[1], "user_id") == "1000005");
  CHECK(of(profiles[0], "client_id") != of(profiles[1], "client_id"));
}
