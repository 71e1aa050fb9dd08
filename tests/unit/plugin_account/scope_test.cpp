#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;
using plexsim::PersonKind;

namespace {

// Two children of one name, a guest, and a friend who is called like the owner.
plexsim::Options crowded() {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1000001, "Olivia Owner", "olivia", ""},
                    {"twin1", PersonKind::managed, 1000002, "Kid", "", ""},
                    {"twin2", PersonKind::managed, 1000003, "kid", "", ""},
                    {"pin", PersonKind::managed, 1000004, "Teen", "", "1234"},
                    {"home", PersonKind::home, 1000005, "Henry Home", "henry", ""},
                    {"guest", PersonKind::guest, 1000006, "Gus Guest", "gus", ""},
                    {"friend", PersonKind::friend_, 1000007, "Olivia Owner", "frida", ""}};
  return options;
}

}  // namespace

TEST_CASE("the linked owner and a linked friend work under their own tokens") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const plex::UserScope owner = w.open();
  CHECK(owner.user_id == 1000001);
  CHECK(owner.kind == "owner");
  CHECK(owner.cloud.text() == w.setting("account_token"));
  CHECK(owner.server.token.text() == w.sim.server_token("owner"));
  CHECK(owner.server.account_id == 1);
  CHECK(owner.server.owner);
  CHECK(owner.identity() == "plex:1000001@" + w.sim.server_id());

  World f;
  f.wanted = {"friend"};
  REQUIRE(f.link("friend") == LinkState::linked);
  const plex::UserScope own = f.open();
  CHECK(own.server.token.text() == f.sim.server_token("friend"));
  CHECK(own.server.account_id == 1000005);
  CHECK_FALSE(own.server.owner);
}

TEST_CASE("a Home user is entered by a switch, and both Plex and the server are asked under that user's tokens") {
  World w(crowded());
  REQUIRE(w.link("owner") == LinkState::linked);
  struct Row {
    const char* user;
    const char* handle;
    const char* pin;
    const char* kind;
  };
  for (const Row& row : {Row{"1000002", "twin1", "", "managed"},
                         {"1000003", "twin2", "", "managed"},
                         {"Teen", "pin", "1234", "managed"},
                         {"henry", "home", "", "home"},
                         {"gus guest", "guest", "", "home"}}) {
    CAPTURE(row.handle);
    w.sim.clear_requests();
    w.wanted = {row.handle};
    w.select(row.user, row.pin);
    const plex::UserScope scope = w.open();
    CHECK(scope.kind == row.kind);
    CHECK(scope.user_id == w.sim.plex_id(row.handle));
    CHECK(scope.cloud.text().starts_with(std::string("canary-home-") + row.handle));
    CHECK(scope.server.token.text() == w.sim.server_token(row.handle));
    CHECK(scope.server.account_id == w.sim.plex_id(row.handle));
    CHECK_FALSE(scope.server.owner);
    // nothing that was made by the switch is stored
    for (const auto& [key, value] : w.host.secrets)
      CHECK(value.find(std::string("-") + row.handle) == std::string::npos);
    w.check_tokens();
  }
}

TEST_CASE("a user that cannot be told or used is an error, and no server hears of it") {
  World w(crowded());
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.clear_requests();
  const auto fails = [&](const char* user_id, const char* account_id, const char* username) {
    const auto set = [&](const char* key, const char* value) {
      w.host.settings[key] = *value ? std::vector<std::string>{value} : std::vector<std::string>{};
    };
    set("user_id", user_id);
    set("account_id", account_id);
    set("username", username);
    w.restart();
    return w.failure([&] { w.open(); });
  };
  CHECK(fails("", "", "nobody") == "user_unknown");
  CHECK(w.last_error->status == CW_SCOPE);
  CHECK(fails("4711", "", "") == "user_unknown");
  CHECK(std::string(w.last_error->what()).find("plex.user_id is 4711") == 0);
  CHECK(fails("", "4711", "") == "user_unknown");
  CHECK(std::string(w.last_error->what()).find("plex.account_id is 4711") == 0);
  CHECK(fails("", "", "KID") == "user_ambiguous");
  CHECK(std::string(w.last_error->what()).find("1000002 (managed") != std::string::npos);
  CHECK(fails("", "", "Olivia Owner") == "user_ambiguous");
  CHECK(fails("1000007", "", "") == "friend_needs_own_profile");
  CHECK(w.last_error->remedy.find("profile add") != std::string::npos);
  CHECK(fails("", "1000007", "") == "friend_needs_own_profile");
  CHECK(fails("", "", "frida") == "friend_needs_own_profile");
  CHECK(fails("1000002", "1000003", "") == "user_contradiction");
  CHECK(fails("1000002", "", "henry") == "user_contradiction");
  CHECK(fails("1000004", "", "Teen") == "pin_required");
  CHECK(w.asked("server") == 0);
  CHECK(w.asked("discover") == 0);
}

TEST_CASE("number 1 is the owner of the server and nobody else") {
  World f;
  f.wanted = {"friend"};
  REQUIRE(f.link("friend") == LinkState::linked);
  f.host.settings["account_id"] = {"1"};
  f.restart();
  CHECK(f.failure([&] { f.open(); }) == "user_contradiction");
  CHECK(f.failure([&] { f.select("1"); }) == "user_contradiction");
  f.host.settings.erase("user_id");
  f.host.settings.erase("username");
  f.restart();
  CHECK(f.failure([&] { f.open(false, true); }) == "user_contradiction");

  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings.erase("user_id");
  w.restart();
  CHECK(w.open().user_id == 1000001);
  CHECK(w.open(false, true).user_id == 1000001);
  w.select("1");
  CHECK(w.setting("user_id") == "1000001");
  w.host.settings["account_id"] = {"1000001"};  // the owner by the number of plex.tv
  w.restart();
  CHECK(w.open().server.account_id == 1);
  w.host.settings["username"] = {"Kid"};
  w.host.settings["account_id"] = {"1"};
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "user_contradiction");
}

TEST_CASE("a user whose name is a number can be chosen by it, unless it is somebody's number") {
  plexsim::Options options = World::small();
  options.people = {{"owner", plexsim::PersonKind::owner, 1000001, "Olivia", "olivia", ""},
                    {"year", plexsim::PersonKind::managed, 1000002, "2013", "", ""},
                    {"trap", plexsim::PersonKind::managed, 1000003, "1000002", "", ""}};
  World w(options);
  w.wanted = {"owner", "year"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("2013");
  CHECK(w.setting("user_id") == "1000002");
  w.select("olivia");
  w.select("1000002");
  CHECK(w.setting("username") == "2013");
  CHECK(w.failure([&] { w.select("2014"); }) == "user_unknown");
}

TEST_CASE("a renamed user is still the same user") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings["username"] = {"my old name"};
  w.restart();
  CHECK(w.open().user_id == 1000001);
}

TEST_CASE("a wrong PIN is tried once, and never leads to another way in") {
  World w;
  w.wanted = {"pin"};
  w.pin = "9999";
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.select("Teen", "9999"); }) == "pin_wrong");
  CHECK(w.asked("clients", "/switch") + w.asked("plex_tv", "/switch") == 1);
  CHECK(w.setting("user_id") == "1000001");
  CHECK(w.setting("home_pin").empty());
  CHECK(w.failure([&] { w.select("Teen"); }) == "pin_required");

  w.host.settings["user_id"] = {"1000003"};
  w.host.settings.erase("account_id");
  w.host.settings.erase("username");
  w.host.secrets["home_pin"] = "9999";
  w.restart();
  w.sim.clear_requests();
  for (int i = 0; i < 3; ++i) CHECK(w.failure([&] { w.open(); }) == "pin_wrong");
  CHECK(w.asked("clients", "/switch") + w.asked("plex_tv", "/switch") == 1);
  CHECK(w.asked("server") == 0);
  w.host.secrets["home_pin"] = "1234";
  w.restart();
  CHECK(w.open().user_id == 1000003);
}

TEST_CASE("what was remembered of a Home user is looked up anew when it turns out to be wrong") {
  World w;
  w.wanted = {"managed", "pin"};
  w.pin = "1234";
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto remember = [&](const char* now, const char* then) {
    std::string& member = w.host.kv["member"];
    const std::size_t at = member.find(now);
    REQUIRE(at != std::string::npos);
    member.replace(at, std::string(now).size(), then);
    w.restart();
  };
  w.select("Kid");
  remember("protected=0", "protected=1");  // the PIN was taken away since
  CHECK(w.open().username == "Kid");
  w.select("Teen", "1234");
  remember("protected=1", "protected=0");  // the user got a PIN since, and it was stored
  CHECK(w.open().username == "Teen");
  w.host.secrets.erase("home_pin");
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "pin_required");

  // The membership has ended.
  for (const int v1 : {404, 410}) {
    CAPTURE(v1);
    w.select("Kid");
    remember("id=1000002", "id=4711");
    remember("uuid=", "uuid=x");
    w.host.settings["user_id"] = {"4711"};
    w.host.settings["account_id"] = {"4711"};
    w.fault(FaultKind::status, "clients", "/switch", 404);
    w.fault(FaultKind::status, "plex_tv", "/switch", v1);
    w.restart();
    CHECK(w.failure([&] { w.open(); }) == "user_unknown");
    CHECK(std::string(w.last_error->what()).find("Kid is not in this Plex Home") == 0);
    w.sim.clear_faults();
  }
}

TEST_CASE("a Home login that Plex ended while the program runs is made anew") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("Kid");
  const plex::UserScope before = w.open();
  w.sim.revoke_token(before.cloud.text());
  w.host.clock_ms += 11 * 60'000;
  const plex::UserScope after = w.open();
  CHECK(after.user_id == before.user_id);
  CHECK(after.cloud.text() != before.cloud.text());
}

TEST_CASE("the switch falls back to the older call, and asks it only once") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "clients", "/switch", 404);
  w.select("Kid");
  CHECK(w.asked("plex_tv", "/api/home/users/1000002/switch") == 1);
  CHECK(w.open().user_id == 1000002);
}

TEST_CASE("a login that may not switch is told so, also where Plex refuses that as it refuses a dead one") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "any", "/switch", 401);
  CHECK(w.failure([&] { w.select("Kid"); }) == "switch_refused");
  CHECK(w.last_error->status == CW_SCOPE);
  w.sim.revoke_token(w.setting("account_token"));  // then it is the login that is refused
  CHECK(w.failure([&] { w.select("Kid"); }) == "token_rejected");
}

TEST_CASE("a switch is made once for many operations") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("Kid");
  w.sim.clear_requests();
  w.open();
  w.open(false, true);
  w.open(true, false);
  w.host.clock_ms += 11 * 60'000;
  w.open();
  CHECK(w.asked("clients", "/switch") == 1);
}

TEST_CASE("a member who has no access to the chosen server, or a restricted login, is refused") {
  plexsim::Options options = World::small();
  options.servers[0].shared_with = {"home"};
  World w(options);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.select("Kid"); }) == "no_server_access");
  CHECK(w.last_error->status == CW_SCOPE);
  CHECK(w.asked("server") == 0);
}

TEST_CASE("while plex.tv is down the linked user goes on, and a Home user stops; nothing that is stored changes") {
  for (const FaultKind kind : {FaultKind::status, FaultKind::reset_before, FaultKind::html}) {
    CAPTURE(static_cast<int>(kind));
    World w;
    w.wanted = {"owner", "managed"};
    REQUIRE(w.link("owner") == LinkState::linked);
    w.open();
    const auto secrets = w.host.secrets;
    const auto settings = w.host.settings;
    w.fault(kind, "plex_tv", "", 503);
    w.fault(kind, "clients", "", 503);
    w.restart();
    const plex::UserScope scope = w.open();
    CHECK(scope.server.token.text() == w.sim.server_token("owner"));
    CHECK(w.host.secrets == secrets);
    CHECK(w.host.settings == settings);

    w.sim.clear_faults();
    w.select("Kid");
    w.restart();
    w.fault(kind, "clients", "", 503);
    w.fault(kind, "plex_tv", "", 503);
    w.failure([&] { w.open(); });
    REQUIRE(w.last_error);
    CHECK(w.last_error->status == CW_UNREACHABLE);
  }
}

TEST_CASE("a server token that nobody proved is not used while plex.tv is down") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.host.secrets["pms_token"] = w.sim.server_token("friend");  // put there by hand, and somebody else's
  w.restart();
  w.sim.clear_requests();
  CHECK(w.open().server.token.text() == w.sim.server_token("owner"));  // plex.tv tells the right one
  w.fault(FaultKind::status, "plex_tv", "", 503);
  w.fault(FaultKind::status, "clients", "", 503);
  w.restart();
  w.failure([&] { w.open(); });
  REQUIRE(w.last_error);
  CHECK(w.last_error->status == CW_UNREACHABLE);
}

TEST_CASE("only plex.tv's own word condemns a login; a server's refusal is looked into once") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.restart();
  w.fault(FaultKind::status, "server", "/library/sections", 401);
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.open(); }) == "server_token_rejected");
  CHECK(w.last_error->status == CW_AUTH);
  CHECK(w.asked("clients", "resources") == 1);

  w.fault(FaultKind::status, "any", "resources", 401);
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "plex_tv_refused");
  CHECK(w.last_error->status == CW_UNREACHABLE);

  w.sim.clear_faults();
  w.sim.revoke_token(w.setting("account_token"));
  w.fault(FaultKind::status, "server", "/library/sections", 401);
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "token_rejected");
  CHECK(w.last_error->status == CW_AUTH);
}

TEST_CASE("an odd list of servers is trouble, never 'no access'") {
  for (const FaultKind kind : {FaultKind::html, FaultKind::garbage, FaultKind::empty, FaultKind::truncated}) {
    CAPTURE(static_cast<int>(kind));
    World w;
    w.wanted = {"owner"};
    REQUIRE(w.link("owner") == LinkState::linked);
    w.host.secrets.erase("pms_token");
    w.restart();
    w.fault(kind, "clients", "resources");
    CHECK(w.open().server.machine_id == w.sim.server_id());  // the older list was asked
    w.restart();
    w.fault(kind, "plex_tv", "resources");
    w.failure([&] { w.open(); });
    REQUIRE(w.last_error);
    CHECK(w.last_error->status == CW_UNREACHABLE);
  }
}

TEST_CASE("an unchanged profile starts with one question to the server who it is") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.restart();
  w.sim.clear_requests();
  w.open();
  CHECK(w.asked("plex_tv") + w.asked("clients") + w.asked("discover") == 0);
  CHECK(w.asked("server", "/identity") == 1);
  CHECK(w.asked("server") == 2);  // and one proof that it takes the token
}

TEST_CASE("a Home user is entered with at most four requests more than the linked one") {
  World w;
  w.wanted = {"owner", "managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto cost = [&] {
    w.restart();
    w.sim.clear_requests();
    w.open();
    return w.sim.requests().size();
  };
  w.open();
  const std::size_t linked = cost();
  w.select("Kid");
  w.open();
  CHECK(cost() <= linked + 4);
}

TEST_CASE("plex.tv hears from a login once a day") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open(false, true);
  CHECK(w.asked("plex_tv", "/ping") == 0);
  for (int hour = 0; hour < 60; hour += 6) {
    w.host.clock_ms += 6 * 3600'000;
    w.restart();
    w.open(false, true);
  }
  CHECK(w.asked("plex_tv", "/ping") == 2);
  w.fault(FaultKind::status, "plex_tv", "/ping", 500);
  w.host.clock_ms += 25 * 3600'000;
  w.restart();
  CHECK(w.open(false, true).user_id == 1000001);
}

TEST_CASE(
    "an operation asks the server for its libraries once: when its scope is opened, and anew under a kept scope") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto lists = [&] {
    const auto all = w.sim.requests();
    return std::count_if(all.begin(), all.end(), [](const auto& e) { return e.path == "/library/sections"; });
  };
  w.restart();
  for (int operation = 0; operation < 3; ++operation) {
    CAPTURE(operation);
    w.sim.clear_requests();
    FactCollector facts;
    FactSink sink = facts.sink();
    Call call = w.call.call();
    CHECK(w.provider().sync()->snapshot(call, Feature::ratings, {}, sink).complete);
    CHECK(lists() == 1);
  }
  w.sim.clear_requests();
  Call call = w.call.call();
  CHECK(w.provider().directory()->libraries(call).size() > 0);
  CHECK(lists() == 1);
}
