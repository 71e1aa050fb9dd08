#include "account/jwt.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>

#include "account/renewal.hpp"
#include "world.hpp"

using namespace crosswatch;
using plexsim::FaultKind;

namespace {

constexpr std::int64_t day_ms = 24 * 3600'000;

// A world in which profiles are linked by JWT. Such logins hold times, so here both clocks agree.
struct JwtWorld : World {
  explicit JwtWorld(plexsim::Options options = small()) : World(std::move(options)) {
    host.settings["auth"] = {"jwt"};
    host.clock_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
  }
  void pass_days(int days) {
    host.clock_ms += days * day_ms;
    sim.advance_clock(days * day_ms / 1000);
    restart();
  }
};

plexsim::Options taking_jwt() {
  plexsim::Options options = World::small();
  options.jwt_on_servers = true;
  return options;
}

}  // namespace

TEST_CASE("linking by JWT brings a login of seven days, under an identifier of its own") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string login = w.setting("account_token");
  CHECK(login.find(".canary-jwt-owner-") != std::string::npos);
  const auto life = plex::jwt_life(login);
  REQUIRE(life);
  CHECK(life->expires - life->issued == 7 * 24 * 3600);
  CHECK_FALSE(w.setting("jwt_key").empty());
  CHECK(w.setting("pms_token").empty());  // a JWT is never kept as the login of a server
  CHECK(w.setting("client_id") != plex::jwt_client_id(w.host.host()));
  CHECK(w.open().user_id == 1000001);
  for (const auto& e : w.sim.requests())
    if (e.token == login) CHECK(e.client_id == plex::jwt_client_id(w.host.host()));
}

TEST_CASE("a JWT is renewed when four fifths of its life are over, and the new one is stored") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string first = w.setting("account_token");
  w.pass_days(5);
  w.open();
  CHECK(w.asked("clients", "/auth/") == 0);
  CHECK(w.setting("account_token") == first);
  w.pass_days(1);
  w.open();
  CHECK(w.asked("clients", "/auth/nonce") == 1);
  CHECK(w.asked("clients", "/auth/token") == 1);
  const std::string second = w.setting("account_token");
  CHECK(second != first);
  CHECK(w.host.stored.back().first == "account_token");
  w.restart();
  w.sim.clear_requests();
  w.open();
  CHECK(w.asked("clients", "/auth/") == 0);
  for (const auto& e : w.sim.requests()) CHECK(e.token != first);
}

TEST_CASE("a JWT that has long ended is renewed by the device's key") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  w.pass_days(300);
  CHECK(w.open().user_id == 1000001);
}

TEST_CASE("a JWT that plex.tv finds expired before we do is renewed once and sent again") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "clients", "/resources", 498, 1);
  CHECK(w.open().user_id == 1000001);
  CHECK(w.asked("clients", "/auth/token") == 1);
  CHECK(w.asked("clients", "/resources") >= 2);
}

TEST_CASE("a key that plex.tv does not know any more ends the login; trouble on the way does not") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string login = w.setting("account_token");
  w.pass_days(6);
  for (const int status : {429, 500}) {
    w.fault(FaultKind::status, "clients", "/auth/", status);
    CHECK(w.failure([&] { w.open(); }) == "");  // six days old: it is still good
    CHECK(w.setting("account_token") == login);
    w.sim.clear_faults();
    w.restart();
  }
  w.sim.forget_device_keys();
  CHECK(w.failure([&] { w.open(); }) == "token_rejected");
  CHECK(w.last_error->status == CW_AUTH);
  CHECK(w.setting("account_token") == login);

  w.pass_days(3);
  w.fault(FaultKind::status, "clients", "/auth/", 500);
  w.failure([&] { w.open(); });
  REQUIRE(w.last_error);
  CHECK(w.last_error->status == CW_UNREACHABLE);  // ended, and nobody can say whether it can be renewed
}

TEST_CASE("a media server that refuses a JWT is told once, and never sees one again") {
  JwtWorld w;
  w.wanted = {"owner"};
  w.jwt_on_servers = true;  // the one try
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.failure([&] { w.open(); }) == "jwt_refused");
  CHECK(w.last_error->remedy.find("plex.auth pin") != std::string::npos);
  w.sim.clear_requests();
  w.jwt_on_servers = false;
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "jwt_refused");
  CHECK(w.asked("server") == 0);
  CHECK(w.open(false, true).user_id == 1000001);  // the watchlist needs no media server
}

TEST_CASE("a friend's JWT stays at plex.tv: the shared server has a login of its own") {
  JwtWorld w;
  w.wanted = {"friend"};
  REQUIRE(w.link("friend") == LinkState::linked);
  CHECK(w.open().server.token.text() == w.sim.server_token("friend"));
  CHECK(w.setting("pms_token") == w.sim.server_token("friend"));
}

TEST_CASE("Plex lets no JWT act for others in the Home, and that is told") {
  JwtWorld w(taking_jwt());
  w.jwt_on_servers = true;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.sim.clear_requests();
  CHECK(w.failure([&] { w.select("Kid"); }) == "switch_refused");
  CHECK(w.asked("server") == 0);
}

TEST_CASE("going back to an ordinary login takes the device's key away") {
  JwtWorld w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings["auth"] = {"pin"};
  w.restart();
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("jwt_key").empty());
  CHECK(w.setting("account_token").starts_with("canary-acct-owner-"));
  CHECK(w.open().user_id == 1000001);
}

TEST_CASE("linking by JWT again keeps the login that is there until the new one counts") {
  JwtWorld w(taking_jwt());
  w.wanted = {"owner"};
  w.jwt_on_servers = true;
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string login = w.setting("account_token"), key = w.setting("jwt_key");
  const Challenge challenge = w.begin();
  CHECK(challenge.state.find(key) == std::string::npos);
  CHECK(w.setting("account_token") == login);
  CHECK(w.setting("jwt_key") == key);
  w.pass_days(6);
  CHECK(w.open().user_id == 1000001);  // renewed with the key meanwhile
}

TEST_CASE("a device key is read back from its text, and nothing else is one") {
  const plex::DeviceKey key = plex::DeviceKey::make();
  CHECK(plex::DeviceKey::of(key.text()).jwk() == key.jwk());
  CHECK(key.jwk().find(key.text()) == std::string::npos);
  CHECK_THROWS_AS(plex::DeviceKey::of("too short"), Error);
  CHECK_THROWS_AS(plex::DeviceKey::of(std::string(43, '!')), Error);
  for (const char* text : {"", "opaque-token-of-20-ch", "a.b.c", "ey.e30.x", "eyJ.bm8.x"})
    CHECK_FALSE(plex::jwt_life(text));
}
