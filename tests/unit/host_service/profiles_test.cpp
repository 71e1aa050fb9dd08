#include "service/profiles.hpp"

#include <doctest/doctest.h>

#include "capture/capture.hpp"
#include "place.hpp"
#include "state/baseline.hpp"
#include "state/route_queue.hpp"

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

TEST_CASE("the pairs and routes of a renamed profile go on where they were") {
  ConfiguredPlace p(R"({"plex":{"instances":{"kid":{}}},
    "pairs":[{"id":"p1","source":"plex","source_instance":"kid","target":"tracker"}],
    "routes":[{"id":"r1","source":"plex","source_instance":"kid","target":"tracker"}]})");
  const ProfileRef anna{"plex", "anna"};
  Event told;
  told.kind = EventKind::watched;
  told.user = "7";
  told.id = "history/4";
  told.item.title = "Arrival";
  told.item.value.at = 1'700'000'000;
  const auto hear = [&](const ProfileRef& from) {
    StateStore state(p.ws.at.state);
    return RouteQueue(state).put(from, told, read_routes(p.ws.config.read()), told.item.value.at);
  };
  REQUIRE(hear(kid));
  {
    StateStore state(p.ws.at.state);
    RouteQueue(state).set_cursor(kid, "as far as 4");
    state.write([&](SQLite::Database& db) { save_binding(db, "p1", engine::Side::source, {kid, "plex:7@abc"}, 1); });
  }
  rename_profile(p.ws, kid, "anna");
  CHECK(p.text("routes.0.source_instance") == R"("anna")");
  {
    StateStore state(p.ws.at.state);
    const RouteQueue queue(state);
    CHECK(queue.cursor(anna) == "as far as 4");
    CHECK(queue.cursor(kid).empty());
    CHECK(queue.waiting("r1", 10).size() == 1);
    state.read([&](SQLite::Database& db) { CHECK(find_binding(db, "p1", engine::Side::source)->ref == anna); });
  }
  CHECK_FALSE(hear(anna));  // known already

  // Where the configuration cannot be written, everything stays under the old name.
  p.ws.config.update([](json::Value& config) {
    config["notes"] = "";
    config["notes"] = std::string(json::max_text - json::dump(config, 2).size() - 2, '.');
  });
  CHECK(error_of([&] { rename_profile(p.ws, anna, "anna-of-the-second-floor"); }).code == "config_too_large");
  StateStore state(p.ws.at.state);
  CHECK(RouteQueue(state).cursor(anna) == "as far as 4");
}

TEST_CASE("the captures of a renamed profile are found under its new name, and those of others stay") {
  ConfiguredPlace p(R"({"plex":{"instances":{"kid":{}}}})");
  Captures captures(p.ws.at.state);
  Fact fact = {};
  fact.title = "Arrival";
  fact.ref = "m/7";
  fact.ids = {{"tmdb", "329865"}};
  fact.value = no_value;
  fact.value.plays = 2;
  fact.value.at = 1'700'000'000;
  fact.plays_at = {1'700'000'000, 1'600'000'000};
  for (const ProfileRef& ref : {kid, ProfileRef{"plex", "default"}}) {
    CaptureHead head;
    head.ref = ref;
    head.identity = "plex:7@abc";
    head.taken_at = 1'700'000'100;
    head.run = 3;
    CaptureWriter writer(captures, head);
    FactLender lender;
    writer.add(lender.lend(fact));
    writer.finish(true, {});
  }
  rename_profile(p.ws, kid, "anna");
  const std::vector<CaptureHead> now = captures.list();
  REQUIRE(now.size() == 2);
  for (const CaptureHead& head : now) {
    CHECK(head.ref.profile != "kid");
    CHECK(head.identity == "plex:7@abc");
    CHECK(head.taken_at == 1'700'000'100);
    CHECK(head.run == 3);
    std::vector<Fact> facts;
    const CaptureHead whole = captures.read(head.id, [&](const Fact& f) { facts.push_back(f); });
    CHECK(whole.complete);
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].ids == fact.ids);
    CHECK(facts[0].plays_at == fact.plays_at);
  }
}

TEST_CASE("a profile that a route uses is not removed, and then leaves nothing that a new route would go on from") {
  ConfiguredPlace p(R"({"plex":{"instances":{"kid":{}}},
    "routes":[{"id":"evening","source":"plex","source_instance":"kid","target":"tracker"}]})");
  {
    StateStore state(p.ws.at.state);
    RouteQueue(state).set_cursor(kid, "as far as 4");
  }
  const Error e = error_of([&] { remove_profile(p.ws, kid); });
  CHECK(e.code == "profile_in_use");
  CHECK(has(e.what(), "route evening"));
  CHECK(has(e.remedy, "crosswatch route remove"));
  p.ws.config.update([](json::Value& config) { config["routes"] = json::array(); });
  remove_profile(p.ws, kid);
  StateStore state(p.ws.at.state);
  CHECK(RouteQueue(state).cursor(kid).empty());
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
