#include "service/profiles.hpp"

#include <doctest/doctest.h>

#include "place.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

struct ConfiguredPlace : Place {
  explicit ConfiguredPlace(const char* config) { put(folder / "config.json", config); }
};

constexpr const char* linked_default = R"({"plugins":{"plex":{"enabled":true}},"plex":{"account_token":"secret-account",
  "pms_token":"secret-server","home_pin":"1234","username":"olivia","user_id":7,"account_id":1,"server_id":"abc",
  "client_id":"0123","timeout":21,"endpoints":{"plex_tv":"https://127.0.0.1:1"}}})";

const ProfileRef kid{"plex", "kid"};

}  // namespace

TEST_CASE("a profile that is not linked does not run under the login of another") {
  ConfiguredPlace p(linked_default);
  add_profile(p.ws, kid, "", "");
  OpenProfile open = p.ws.plugins.open("plex", "kid");
  Operation op(p.ws.cancel);
  const Error e = error_of([&] { open.session->check(op, bit(Feature::history) | bit(Feature::watchlist)); });
  CHECK(e.code == "not_linked");
  for (const ProfileRow& row : list_profiles(p.ws, "plex")) {
    CHECK(row.linked == (row.ref.profile == "default"));
    if (row.ref == kid) CHECK(row.username == "");
  }
}

TEST_CASE("a copy of a profile takes tuning along, and neither login, user nor server") {
  ConfiguredPlace p(linked_default);
  add_profile(p.ws, kid, "", "default");
  CHECK(p.text("plex.instances.kid.timeout") == "21.0");
  for (const char* key : {"account_token", "pms_token", "home_pin", "username", "user_id", "account_id", "server_id",
                          "client_id", "jwt_key"})
    CHECK_MESSAGE(p.text(std::string("plex.instances.kid.") + key) == "absent", key);
}

TEST_CASE("a key that a login has made is no login yet") {
  ConfiguredPlace p(R"({"plex":{"jwt_key":"not a login","pms_token":"nor this"}})");
  CHECK_FALSE(list_profiles(p.ws, "plex").front().linked);
}

TEST_CASE("a removed profile leaves nothing behind that a new one of its name would find") {
  ConfiguredPlace p(linked_default);
  add_profile(p.ws, kid, "", "");
  {
    OpenProfile open = p.ws.plugins.open("plex", "kid");
    open.services->kv_set("identity", "id=7");
    put(std::filesystem::path(open.services->data_dir()) / "index", "facts");
  }
  remove_profile(p.ws, kid);
  add_profile(p.ws, kid, "", "");
  OpenProfile again = p.ws.plugins.open("plex", "kid");
  CHECK_FALSE(again.services->kv_get("identity", [](std::string_view) {}));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(again.services->data_dir()) / "index"));
}

TEST_CASE("a renamed profile keeps what it had, and its pairs follow") {
  ConfiguredPlace p(R"({"plex":{"instances":{"kid":{"account_token":"secret-account"}}},
    "pairs":[{"id":"p1","source":"plex","source_instance":"kid","target":"tracker"}]})");
  {
    OpenProfile open = [&] {
      p.ws.plugins.enable("plex");
      return p.ws.plugins.open("plex", "kid");
    }();
    open.services->kv_set("client_id", "0123");
  }
  rename_profile(p.ws, kid, "anna");
  CHECK(p.text("pairs.0.source_instance") == R"("anna")");
  std::string kept;
  OpenProfile renamed = p.ws.plugins.open("plex", "anna");
  renamed.services->kv_get("client_id", [&](std::string_view v) { kept = v; });
  CHECK(kept == "0123");
  CHECK(error_of([&] { p.ws.plugins.open("plex", "kid"); }).code == "profile_unknown");
}

TEST_CASE("a profile that a pair uses is not removed, and the pair is named") {
  ConfiguredPlace p(R"({"plex":{"instances":{"kid":{}}},
    "pairs":[{"id":"evening","source":"plex","source_instance":"kid","target":"tracker"}]})");
  const Error e = error_of([&] { remove_profile(p.ws, kid); });
  CHECK(e.code == "profile_in_use");
  CHECK(has(e.what(), "evening"));
  CHECK(p.text("plex.instances.kid") == "{}");
}

TEST_CASE("a service of the plugin's own stores what a login may write, and nothing else") {
  ConfiguredPlace p(linked_default);
  OpenProfile open = p.ws.plugins.open("plex", "default");
  open.services->store("account_token", "renewed-login");
  CHECK(p.text("plex.account_token") == R"("renewed-login")");
  std::string seen;
  open.services->secret("account_token", [&](std::string_view v) { seen = v; });
  CHECK(seen == "renewed-login");
  CHECK(p.ws.redactor.mask("it is renewed-login") == "it is ***");
  CHECK(error_of([&] { open.services->store("timeout", "5"); }).status == CW_UNSUPPORTED);
  CHECK(p.text("plex.timeout") == "21");
}
