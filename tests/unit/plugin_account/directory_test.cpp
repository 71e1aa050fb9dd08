#include <doctest/doctest.h>

#include <algorithm>

#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;
using plexsim::PersonKind;

namespace {

// Everybody, or the reason why the list is not whole.
UserList known_users(World& w) {
  Call c = w.call.call();
  return w.provider().directory()->users(c);
}
std::vector<User> users(World& w) {
  UserList list = known_users(w);
  if (list.missing) throw *list.missing;
  return list.users;
}
std::vector<Server> servers(World& w) {
  Call c = w.call.call();
  return w.provider().directory()->servers(c);
}
// What status says, and the code of what it throws.
std::map<std::string, std::string> status(World& w, std::string& code) {
  ReportCollector report;
  Call c = w.call.call();
  Report lines = report.report();
  code = w.failure([&] { w.provider().auth()->status(c, lines); });
  return report.lines;
}

}  // namespace

TEST_CASE("owner, managed users, Home members and friends are told apart by number, also under one name") {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1, "Olivia", "olivia", ""},
                    {"twin1", PersonKind::managed, 2, "Kid", "", ""},
                    {"twin2", PersonKind::managed, 3, "Kid", "", "1234"},
                    {"home", PersonKind::home, 4, "Henry", "henry", ""},
                    {"guest", PersonKind::guest, 5, "Gus", "gus", ""},
                    {"friend", PersonKind::friend_, 6, "Frida", "frida", ""}};
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto rows = users(w);
  REQUIRE(rows.size() == 6);
  const auto of = [&](const std::string& id) {
    return *std::find_if(rows.begin(), rows.end(), [&](const User& u) { return u.id == id; });
  };
  CHECK(rows.front().id == "1");
  CHECK(of("1").kind == "owner");
  CHECK(of("1").server_owner);
  CHECK(of("2").kind == "managed");
  CHECK(of("2").name == "Kid");
  CHECK_FALSE(of("2").is_protected);
  CHECK(of("3").name == "Kid");
  CHECK(of("3").is_protected);
  CHECK(of("4").kind == "home");
  CHECK(of("5").kind == "home");
  CHECK(of("5").guest);
  CHECK(of("6").kind == "friend");
  CHECK_FALSE(of("6").selectable);
  CHECK(of("6").why.find("profile add") != std::string::npos);
  for (const User& u : rows) {
    CHECK(u.selectable == u.why.empty());
    CHECK(u.selectable == (u.kind != "friend"));
    CHECK_FALSE(u.uuid.empty());
  }
}

TEST_CASE("a friend who is linked sees the server's owner, and cannot choose him as a member of a Home") {
  World w;
  REQUIRE(w.link("friend") == LinkState::linked);
  const auto rows = users(w);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].kind == "owner");
  CHECK_FALSE(rows[0].server_owner);
  CHECK(rows[1].name == "olivia");
  CHECK(rows[1].kind == "friend");  // the Home that she lives in is her own
  CHECK(rows[1].server_owner);
  CHECK_FALSE(rows[1].selectable);
  for (const char* user : {"1000001", "olivia"})
    CHECK(w.failure([&] { w.select(user); }) == "friend_needs_own_profile");
  CHECK(w.asked("server") == 0);
  CHECK(w.asked("clients", "/switch") == 0);
}

TEST_CASE("a list of people that could not be read is an error, not a short list") {
  for (const char* v2 : {"/api/v2/home/users", "/api/v2/friends"}) {
    World w;
    REQUIRE(w.link("owner") == LinkState::linked);
    w.fault(FaultKind::status, "any", v2, 500);
    const auto rows = users(w);  // the older list stands in
    CHECK(rows.size() == 5);
    CHECK(std::count_if(rows.begin(), rows.end(), [](const User& u) { return u.kind == "friend"; }) == 1);
    w.fault(FaultKind::status, "plex_tv", std::string(v2) == "/api/v2/friends" ? "/api/users" : "/api/home/users", 500);
    w.failure([&] { users(w); });
    REQUIRE(w.last_error);
    CHECK(w.last_error->status == CW_UNREACHABLE);
    // Those who were found are told all the same.
    const bool home = std::string(v2) == "/api/v2/home/users";
    const UserList known = known_users(w);
    CHECK(known.users.size() == (home ? 2 : 4));
    CHECK(known.users.front().name == "olivia");
    CHECK(known.missing->remedy.find("listed") != std::string::npos);
  }
}

TEST_CASE("who owns the server is left open while the list of servers cannot be read") {
  World w;
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "any", "resources", 502);
  const UserList known = known_users(w);
  CHECK(known.users.size() == 5);
  REQUIRE(known.missing);
  CHECK(known.missing->status == CW_UNREACHABLE);
  CHECK(std::none_of(known.users.begin(), known.users.end(), [](const User& u) { return u.server_owner; }));
}

TEST_CASE("a redirect of plex.tv or a server is not followed, and is told with where it leads and what to look for") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  plexsim::FaultRule away;
  away.kind = FaultKind::redirect;
  away.text = "https://login.example.org/sign-in?from=plex";
  away.count = 0;
  const auto told = [&] {
    const std::string message = w.last_error ? w.last_error->what() : "";
    CHECK_MESSAGE(message.find("302, which leads to login.example.org") != std::string::npos, message);
    CHECK(message.find("from=plex") == std::string::npos);
    return w.last_error && (message + w.last_error->remedy).find("wants a sign-in") != std::string::npos;
  };
  away.host = "server";
  away.path = "/library/sections";
  w.sim.add_fault(away);
  CHECK(w.failure([&] { w.open(); }) == "server_unavailable");
  CHECK(told());
  away.path.clear();
  w.sim.clear_faults();
  w.sim.add_fault(away);
  CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
  CHECK(told());
  away.host = "any";
  w.sim.add_fault(away);
  CHECK(w.failure([&] { users(w); }) == "plex_tv_refused");
  CHECK(told());
}

TEST_CASE("Home users are found although the account's own answer does not tell of a Home") {
  plexsim::Options options = World::small();
  options.terse_account = true;
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(users(w).size() == 5);
  w.wanted = {"managed"};
  w.select("1000002");
  CHECK(w.open().username == "Kid");
  // plex.tv refuses the list to who lives in no Home
  for (const int refusal : {400, 403, 404}) {
    w.fault(FaultKind::status, "any", "/api/v2/home/users", refusal);
    w.fault(FaultKind::status, "any", "/api/home/users", refusal);
    CHECK(users(w).size() == 2);  // the account and the friend
    w.sim.clear_faults();
  }
  w.fault(FaultKind::status, "any", "/api/v2/home/users", 500);
  w.fault(FaultKind::status, "any", "/api/home/users", 500);
  CHECK(w.failure([&] { users(w); }) == "plex_tv_refused");
}

TEST_CASE("a Home user is chosen by number while the list of friends cannot be read") {
  World w;
  REQUIRE(w.link("owner") == LinkState::linked);
  w.wanted = {"managed"};
  w.fault(FaultKind::status, "any", "/api/v2/friends", 500);
  w.fault(FaultKind::status, "any", "/api/users", 500);
  // By name a friend might be meant, so it says by which number the Home user is.
  CHECK(w.failure([&] { w.select("Kid"); }) == "plex_tv_refused");
  CHECK(w.last_error->remedy.find("--user 1000002") != std::string::npos);
  CHECK(w.failure([&] { w.select("Nobody"); }) == "plex_tv_refused");
  w.select("1000002");
  CHECK(w.setting("user_id") == "1000002");
}

TEST_CASE("a Home that was founded after the profile was linked is known when a member is chosen") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  std::string& identity = w.host.kv["identity"];
  const std::size_t at = identity.find("home=1");
  REQUIRE(at != std::string::npos);
  identity[at + 5] = '0';  // as it was then
  w.select("Kid");
  CHECK(w.open().username == "Kid");
}

TEST_CASE("a stored PIN is not tried on another user than its own") {
  plexsim::Options options = World::small();
  options.people = {{"owner", PersonKind::owner, 1, "Olivia", "olivia", ""},
                    {"pin", PersonKind::managed, 2, "Teen", "", "1234"},
                    {"locked", PersonKind::managed, 3, "Locked", "", "4321"},
                    {"kid", PersonKind::managed, 4, "Kid", "", ""}};
  World w(options);
  w.wanted = {"owner", "pin", "kid"};
  w.pin = "1234";
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("Teen", "1234");
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.select("Locked"); }) == "pin_required");
  CHECK(w.asked("clients", "/switch") == 0);
  CHECK(w.setting("username") == "Teen");
  w.select("Teen");  // again, under the PIN that is stored
  CHECK(w.setting("home_pin") == "1234");
  // One that was put there for the user to be chosen next counts.
  w.select("Kid");
  w.host.secrets["home_pin"] = "1234";
  w.restart();
  w.select("Teen");
  CHECK(w.open().username == "Teen");
}

TEST_CASE("servers are listed with every address, how it went and why") {
  plexsim::Options options = World::small();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Away";
  options.servers[1].owner = "friend";
  plexsim::ConnectionOptions self, dead, other;
  self.uri = "{self}";
  dead.uri = "https://127.0.0.1:1";
  dead.port = 1;
  other.uri = "{server:1}";
  other.local = false;
  options.servers[0].connections = {dead, other, self};
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("server_id") == w.sim.server_id(0));  // the only one that is owned
  w.sim.clear_requests();
  const auto rows = servers(w);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == w.sim.server_id(0));
  CHECK(rows[0].owned);
  CHECK(rows[0].selected);
  CHECK_FALSE(rows[1].owned);
  CHECK_FALSE(rows[1].selected);
  REQUIRE(rows[0].addresses.size() == 3);
  const auto of = [&](const std::string& url) {
    for (const Address& a : rows[0].addresses)
      if (a.url == url) return a;
    FAIL(url);
    return Address{};
  };
  CHECK(of("https://127.0.0.1:1").state == "unreachable");
  CHECK(of("https://127.0.0.1:1").why.find("refused") != std::string::npos);
  CHECK(of(w.sim.server_url(0)).state == "ok");
  CHECK(of(w.sim.server_url(0)).local);
  CHECK(of(w.sim.server_url(1)).state == "wrong_server");
  for (const Address& a : rows[0].addresses) CHECK(a.ms >= 0);  // of those that failed as well
  for (const auto& e : w.sim.requests()) CHECK((e.host != "server" || e.token.empty()));
}

TEST_CASE("choosing a user stores who it is, and only after it was proven") {
  World w;
  w.wanted = {"owner", "home", "pin"};
  w.pin = "1234";
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("henry");
  CHECK(w.setting("user_id") == "1000004");
  CHECK(w.setting("account_id") == "1000004");
  CHECK(w.setting("username") == "henry");
  CHECK(w.setting("pms_token").empty());
  w.select("1000003", "1234");
  CHECK(w.setting("username") == "Teen");
  CHECK(w.setting("home_pin") == "1234");
  w.select("olivia");
  CHECK(w.setting("account_id") == "1");
  CHECK(w.setting("home_pin").empty());
  CHECK(w.setting("pms_token") == w.sim.server_token("owner"));
  const auto settings = w.host.settings;
  for (const char* bad : {"nobody", "frida", "1000005", "4711"}) w.failure([&] { w.select(bad); });
  CHECK(w.host.settings == settings);
}

TEST_CASE("the owner of one server can choose one that is shared with him, and go back") {
  plexsim::Options options = World::small();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Shared";
  options.servers[1].owner = "friend";
  World w(options);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("account_id") == "1");
  w.select("", "", "Shared");
  CHECK(w.setting("server_id") == w.sim.server_id(1));
  CHECK(w.setting("account_id") == "1000001");
  CHECK(w.setting("user_id") == "1000001");
  CHECK(w.open().server.token.text() == w.sim.server_token("owner", 1));
  w.select("", "", w.sim.server_id(0));
  CHECK(w.setting("account_id") == "1");
}

TEST_CASE("libraries are those that the wanted user sees") {
  plexsim::Options options = World::small();
  options.servers[0].libraries["managed"] = {"1"};
  World w(options);
  w.wanted = {"owner", "managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto libraries = [&] {
    Call c = w.call.call();
    return w.provider().directory()->libraries(c).size();
  };
  CHECK(libraries() == 2);
  w.select("Kid");
  CHECK(libraries() == 1);
}

TEST_CASE("status tells each part, and what keeps the profile from being used") {
  std::string code;
  {
    World w;
    const auto lines = status(w, code);
    CHECK(code == "not_linked");
    CHECK(lines.at("account.state") == "not_linked");
  }
  World w;
  w.wanted = {"owner", "managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  auto lines = status(w, code);
  CHECK(code.empty());
  CHECK(lines.at("account.state") == "ok");
  CHECK(lines.at("account.user") == "olivia");
  CHECK(lines.at("scope.how") == "self");
  CHECK(lines.at("server.state") == "ok");
  CHECK(lines.at("server.machine_id") == w.sim.server_id());
  CHECK(lines.at("server.url") == w.sim.server_url());
  CHECK(lines.at("server.tls") == "true");
  CHECK(lines.at("watchlist.state") == "ok");
  CHECK(lines.at("rate.limit") == "300");
  CHECK(lines.at("rate.remaining") == "299");
  CHECK(lines.count("rate.retry_after_s") == 0);

  w.select("Kid");
  lines = status(w, code);
  CHECK(code.empty());
  CHECK(lines.at("account.user") == "olivia");
  CHECK(lines.at("scope.user") == "Kid");
  CHECK(lines.at("scope.how") == "home_switch");
  CHECK(lines.at("server.owned") == "false");
}

TEST_CASE("status tells one part's trouble from another's") {
  std::string code;
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.restart();
  w.fault(FaultKind::status, "plex_tv", "", 503);
  w.fault(FaultKind::status, "clients", "", 503);
  auto lines = status(w, code);
  CHECK(code.empty());
  CHECK(lines.at("account.state") == "plex_tv_refused");
  CHECK(lines.at("server.state") == "ok");
  CHECK(lines.at("watchlist.state") == "ok");

  w.sim.clear_faults();
  w.fault(FaultKind::reset_before, "server", "");
  w.restart();
  lines = status(w, code);
  CHECK(code == "server_unreachable");
  CHECK(lines.at("account.state") == "ok");
  CHECK(lines.at("watchlist.state") == "ok");

  w.sim.clear_faults();
  w.fault(FaultKind::status, "server", "/library", 401);  // while /identity is healthy
  w.restart();
  lines = status(w, code);
  CHECK(code == "server_token_rejected");

  w.sim.clear_faults();
  w.sim.revoke_token(w.setting("account_token"));
  w.restart();
  lines = status(w, code);
  CHECK(code == "token_rejected");
  CHECK(lines.at("account.state") == "token_rejected");
  CHECK(lines.at("server.state") == "ok");
  CHECK(lines.at("watchlist.state") == "unauthorized");
}

TEST_CASE("status tells how long Discover wants to be left alone") {
  std::string code;
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  plexsim::FaultRule busy;
  busy.host = "discover";
  busy.status = 429;
  busy.retry_after = 1800;
  busy.count = 0;
  w.sim.add_fault(busy);
  const auto lines = status(w, code);
  CHECK(code.empty());
  CHECK(lines.at("watchlist.state") == "rate_limited");
  CHECK(lines.at("rate.retry_after_s") == "1800");
}

TEST_CASE("status does not wait longer than its parts may take") {
  std::string code;
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.restart();
  w.fault(FaultKind::hang, "discover");
  const auto lines = status(w, code);
  CHECK(code.empty());
  CHECK(lines.at("server.state") == "ok");
  CHECK(lines.at("watchlist.state") == "no_answer");
}
