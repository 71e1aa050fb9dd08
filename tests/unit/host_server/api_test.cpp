#include "server/api.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "state/route_queue.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;
using host::json::Value;

namespace {

// A plex that is linked as far as the configuration says, and a tracker.
constexpr char linked[] = R"({"plugins":{"plex":{"enabled":true},"tracker":{"enabled":true}},
  "plex":{"account_token":"canary-account-token-1","home_pin":"canary-2013","username":"anna","timeout":12,
          "pms_token":"file:/run/secrets/pms",
          "endpoints":{"plex_tv":"https://127.0.0.1:1","clients":"https://127.0.0.1:1"}},
  "pairs":[{"id":"p1","source":"plex","target":"tracker","features":{"history":{"enable":true}}}]})";

std::string setting(World& w, const std::string& key, const std::string& member) {
  const Value all = World::json(w.get("/api/profiles/plex/default/settings"));
  for (const Value& row : *all.find("settings")->as<Value::Array>())
    if (*row.find("key")->as<std::string>() == key)
      return host::json::dump(row.find(member) ? *row.find(member) : Value());
  return "no such setting";
}

}  // namespace

TEST_CASE("every answer is what the description of the API says") {
  World w;
  put(w.folder / "config.json", linked);
  w.open();
  host::server::Parts parts(w.ws);
  const host::server::Router router = host::server::make_router(parts);
  const Value document = World::json(w.get("/api/openapi.json"));
  int looked_at = 0;
  for (const auto& route : router.routes()) {
    const Value* const described = document.find("paths")->find(route.path);
    REQUIRE(described);
    if (route.method != "GET") continue;
    std::string path = route.path;
    for (const auto& [name, value] :
         {std::pair("{provider}", "tracker"), std::pair("{profile}", "default"), std::pair("{id}", "1")})
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, std::string(name).size(), value);
    const Answer answer = w.get(path);
    const std::string schema = answer.status == 200 ? route.reply : "Error";
    CHECK_MESSAGE(router.violation(World::json(answer), schema) == "", path);
    if (answer.status == 200) ++looked_at;
  }
  CHECK(looked_at >= 9);
}

TEST_CASE("what a change answers is what the description of the API says, too") {
  World w({}, R"({"plugins":{"plex":{"enabled":true},"tracker":{"enabled":true}}})");
  w.open();
  host::server::Parts parts(w.ws);
  const host::server::Router router = host::server::make_router(parts);
  const auto answers = [&](const char* method, const char* path, const char* route, const char* body) {
    const auto& all = router.routes();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& r) { return r.method == method && r.path == route; });
    REQUIRE_MESSAGE(at != all.end(), route);
    const Answer answer = w.send(method, path, body);
    CHECK_MESSAGE(answer.status == 200, path << ": " << answer.body);
    CHECK_MESSAGE(router.violation(World::json(answer), at->reply) == "", path);
  };
  const auto same = [&](const char* method, const char* path, const char* body) { answers(method, path, path, body); };
  const char* const one = "/api/profiles/{provider}/{profile}";
  same("POST", "/api/profiles", R"({"provider":"tracker","id":"b"})");
  same("POST", "/api/pairs", R"({"source":"tracker","target":"tracker@b","features":["history"]})");
  answers("PATCH", "/api/pairs/p1", "/api/pairs/{id}", R"({"schedule":"03:30 Europe/Berlin"})");
  same("POST", "/api/run", R"({"dry_run":true,"pairs":["p1"]})");
  do {
  } while (has(w.get("/api/run").body, R"("running":true)"));
  answers("GET", "/api/run", "/api/run", "");
  same("POST", "/api/captures", R"({"provider":"tracker","profile":"b","feature":"history"})");
  do {
  } while (has(w.get("/api/run").body, R"("running":true)"));
  answers("GET", "/api/run", "/api/run", "");
  same("DELETE", "/api/run", "");
  same("POST", "/api/routes", R"({"source":"plex","target":"tracker"})");
  answers("PATCH", "/api/routes/r1", "/api/routes/{id}", R"({"enabled":false,"filters":{"users":["7"]}})");
  answers("DELETE", "/api/routes/r1", "/api/routes/{id}", "");
  answers("PATCH", "/api/profiles/plex/default/settings", (std::string(one) + "/settings").c_str(),
          R"({"timeout":20})");
  answers("POST", "/api/profiles/plex/default/webhook", (std::string(one) + "/webhook").c_str(), "");
  answers("DELETE", "/api/profiles/plex/default/webhook", (std::string(one) + "/webhook").c_str(), "");
  answers("DELETE", "/api/pairs/p1", "/api/pairs/{id}", "");
  answers("DELETE", "/api/profiles/tracker/b", one, "");
  answers("POST", "/api/providers/plex/disable", "/api/providers/{provider}/disable", "");
}

TEST_CASE("a wrong path and a wrong method are told apart") {
  World w;
  w.open();
  CHECK(w.get("/api/nothing").status == 404);
  CHECK(w.send("PUT", "/api/pairs").status == 405);
}

TEST_CASE("secrets are never sent to the browser, only whether they are there") {
  World w;
  put(w.folder / "config.json", linked);
  w.open();
  for (const char* path : {"/api/providers", "/api/profiles/plex/default/settings", "/api/profiles/plex/default/status",
                           "/api/problems", "/api/log"})
    CHECK_MESSAGE(!has(w.get(path).body, "canary-"), path);
  CHECK(setting(w, "account_token", "set") == "true");
  CHECK(setting(w, "account_token", "value") == "null");
  CHECK(setting(w, "pms_token", "source") == "\"the file /run/secrets/pms\"");
  CHECK(setting(w, "timeout", "value") == "12.0");
}

TEST_CASE("settings are changed all together or not at all") {
  World w;
  put(w.folder / "config.json", linked);
  w.open();
  const Answer bad = w.send("PATCH", "/api/profiles/plex/default/settings", R"({"timeout":20,"max_retries":99})");
  CHECK(bad.status == 400);
  CHECK(has(World::text(bad, "error.message"), "max_retries"));
  CHECK(setting(w, "timeout", "value") == "12.0");
  CHECK(w.send("PATCH", "/api/profiles/plex/default/settings", R"({"timeout":null,"home_pin":"canary-new"})").status ==
        200);
  CHECK(setting(w, "timeout", "from") == "\"default\"");
  CHECK(has(slurp(w.folder / "config.json"), "canary-new"));
  CHECK(World::text(w.send("PATCH", "/api/profiles/plex/default/settings", R"({"pms_token":"x1234"})"), "error.code") ==
        "secret_is_reference");
  CHECK(w.send("PATCH", "/api/profiles/plex/default/settings", R"({"bogus":1})").status == 400);
}

TEST_CASE("a pair is made, changed and removed") {
  World w;
  put(w.folder / "config.json", linked);
  w.open();
  CHECK(w.send("POST", "/api/profiles", R"({"provider":"tracker","id":"second"})").status == 200);
  CHECK(w.send("POST", "/api/pairs", R"({"source":"plex","target":"tracker@second","features":["ratings"]})").status ==
        200);
  CHECK(World::text(w.get("/api/pairs"), "pairs.1.id") == "p2");
  CHECK(w.send("PATCH", "/api/pairs/p2", R"({"enabled":false,"features":{"ratings":{"remove":true}}})").status == 200);
  CHECK(has(slurp(w.folder / "config.json"), "\"remove\": true"));
  CHECK(w.send("PATCH", "/api/pairs/p2", R"({"features":{"ratings":{"enable":"perhaps"}}})").status == 400);
  CHECK(w.send("PATCH", "/api/pairs/p9", R"({"enabled":false})").status == 404);
  CHECK(w.send("DELETE", "/api/pairs/p2").status == 200);
  CHECK(w.send("DELETE", "/api/pairs/p2").status == 404);
}

namespace {

constexpr char two_trackers[] =
    R"({"plugins":{"tracker":{"enabled":true}},"tracker":{"instances":{"b":{}}},
      "pairs":[{"id":"p1","source":"tracker","target":"tracker","target_instance":"b","features":{"history":{"enable":true}}}]})";

// How the run that goes on ends.
Value ended(World& w) {
  Value state;
  do state = World::json(w.get("/api/run"));
  while (*state.find("running")->as<bool>());
  return state;
}

}  // namespace

TEST_CASE("a run is begun, watched to its end and found again") {
  World w;
  put(w.folder / "config.json", two_trackers);
  w.open();
  CHECK(w.get("/api/plan").status == 404);
  CHECK(w.send("POST", "/api/run", R"({"pairs":["p7"]})").status == 404);
  REQUIRE(w.send("POST", "/api/run", R"({"dry_run":true})").status == 200);
  CHECK(!ended(w).find("error"));
  CHECK(World::text(w.get("/api/runs"), "runs.0.trigger") == "page");
  CHECK(w.get("/api/plan?q=dune&limit=10").status == 200);
  CHECK(w.get("/api/runs/1/items").status == 200);
}

TEST_CASE("a capture is taken, looked at, compared, restored and deleted") {
  World w;
  put(w.folder / "config.json", two_trackers);
  w.open();
  CHECK(w.send("POST", "/api/captures", R"({"provider":"tracker","profile":"b","feature":"songs"})").status == 400);
  CHECK(w.send("POST", "/api/captures", R"({"provider":"tracker","profile":"c","feature":"ratings"})").status == 404);
  REQUIRE(w.send("POST", "/api/captures", R"({"provider":"tracker","profile":"b","feature":"ratings"})").status == 200);
  const Value taken = ended(w);
  CHECK(*taken.find("what")->as<std::string>() == "capture");
  CHECK(*taken.find("of")->as<std::string>() == "tracker@b");
  const std::string id = World::text(w.get("/api/captures"), "captures.0.id");
  CHECK(*host::json::find_path(taken, "capture.id")->as<std::string>() == id);
  const std::string at = "/api/captures/" + id;
  CHECK(w.get(at + "/items").status == 200);
  CHECK(w.get(at + "/times").body == R"({"months":[],"unknown":0})");
  CHECK(w.get(at + "/differences").status == 404);
  CHECK(w.send("POST", at + "/compare", R"({"to":"other"})").status == 404);
  CHECK(w.send("POST", at + "/compare").status == 200);
  const Value compared = ended(w);
  CHECK(*compared.find("of")->as<std::string>() == id);
  CHECK(host::json::dump(*compared.find("comparison")) == R"({"to":"","added":0,"removed":0,"changed":0})");
  CHECK(w.get(at + "/differences").status == 200);
  CHECK(w.send("POST", at + "/restore", R"({"dry_run":true,"exact":true})").status == 200);
  const Value state = ended(w);
  CHECK(!state.find("error"));
  CHECK(*state.find("what")->as<std::string>() == "restore");
  CHECK(*state.find("exact")->as<bool>());
  CHECK(World::text(w.get("/api/runs"), "runs.0.trigger") == "restore");
  CHECK(w.send("DELETE", at).status == 200);
  CHECK(w.send("DELETE", at).status == 404);
  CHECK(w.send("POST", at + "/restore").status == 404);
}

TEST_CASE("only a run that was can be undone, and only a digest that was given can be decided on") {
  World w;
  put(w.folder / "config.json", two_trackers);
  w.open();
  CHECK(w.send("POST", "/api/runs/1/undo", R"({"dry_run":true})").status == 404);
  REQUIRE(w.send("POST", "/api/run").status == 200);
  CHECK(!ended(w).find("error"));
  CHECK(w.send("POST", "/api/runs/1/undo").status == 200);
  CHECK(!ended(w).find("error"));
  CHECK(World::text(w.get("/api/runs"), "runs.0.trigger") == "undo 1");
  CHECK(World::text(w.send("POST", "/api/held", R"({"digest":"abcd1234","change":"discard"})"), "error.code") ==
        "digest_unknown");
  CHECK(w.send("POST", "/api/held", R"({"digest":"abcd1234","change":"perhaps"})").status == 400);
}

TEST_CASE("a position is changed as the person saw it, and not when it is another one by now") {
  World w({}, R"({"plugins":{"tracker":{"enabled":true}}})");
  w.open();
  {
    auto profile = w.ws.plugins.open("tracker", "default");
    Fact film;
    film.title = "A Film";
    film.ids = {{"imdb", "tt1"}};
    film.value.at = 1'700'000'000;
    film.value.progress_ms = 600'000;
    film.value.duration_ms = 6'000'000;
    FactLender lender;
    host::Operation op;
    const auto result =
        profile.session->apply(op, Feature::progress, {}, {{sizeof(cw_op), CW_OP_ADD, &lender.lend(film), no_value}});
    REQUIRE(result.outcomes.at(0).result == CW_APPLIED);
  }
  const auto body = [](const std::string& what, int seen) {
    return R"({"key":"movie/imdb:tt1",)" + what + R"(,"points":[{"profile":"tracker","progress_ms":)" +
           std::to_string(seen) + "}]}";
  };
  CHECK(World::text(w.get("/api/progress?fresh=1"), "titles.0.title") == "A Film");
  CHECK(World::text(w.send("POST", "/api/progress", body(R"("position_ms":900000)", 599'000)), "outcomes.0.result") ==
        "refused");
  CHECK(World::text(w.send("POST", "/api/progress", body(R"("position_ms":900000)", 600'000)), "outcomes.0.result") ==
        "done");
  CHECK(has(w.get("/api/progress?fresh=1").body, R"("progress_ms":900000)"));
  CHECK(has(w.get("/api/progress?q=another").body, R"("matching":0)"));
  CHECK(has(w.get("/api/progress?q=FILM").body, R"("matching":1)"));
  CHECK(has(w.get("/api/progress?differs=1").body, R"("matching":0)"));
  CHECK(w.send("POST", "/api/progress", body(R"("clear":false)", 900'000)).status == 400);
  CHECK(World::text(w.send("POST", "/api/progress", body(R"("clear":true)", 900'000)), "outcomes.0.result") == "done");
  CHECK(has(w.get("/api/progress?fresh=1").body, R"("total":0)"));
  CHECK(w.send("POST", "/api/progress", body(R"("clear":true)", 900'000)).status == 404);
}

TEST_CASE("a route is made, changed and removed, and one that cannot work is refused") {
  World w({}, linked);
  w.open();
  CHECK(World::text(w.send("POST", "/api/routes", R"({"source":"plex","target":"tracker"})"), "routes.0.id") == "r1");
  CHECK(w.send("POST", "/api/routes", R"({"source":"tracker","target":"plex"})").status == 400);
  const Answer changed =
      w.send("PATCH", "/api/routes/r1", R"({"events":["plays","finished"],"filters":{"types":["movies"]}})");
  CHECK(has(changed.body, R"("events":["plays","finished"])"));
  CHECK(has(changed.body, R"("types":["movies"])"));
  CHECK(w.send("PATCH", "/api/routes/r1", R"({"events":[]})").status == 400);
  CHECK(w.send("PATCH", "/api/routes/r2", R"({"enabled":false})").status == 404);
  CHECK(has(w.send("PATCH", "/api/routes/r1", R"({"enabled":false})").body, R"("enabled":false)"));
  CHECK(w.send("POST", "/api/deliveries", R"({"numbers":[7],"change":"retry"})").status == 404);
  CHECK(has(w.send("DELETE", "/api/routes/r1").body, R"("routes":[])"));
}

TEST_CASE("the address for webhooks is told to a change only, renewed and ended") {
  World w({}, linked);
  w.open();
  const std::string at = "/api/profiles/plex/default/webhook";
  CHECK(w.get(at).status == 405);
  CHECK(w.ask("POST", at, {}, {{"Cookie", w.cookie}}).status == 403);
  const std::string first = World::text(w.send("POST", at), "path");
  REQUIRE(first.starts_with("/hook/plex/"));
  CHECK(World::text(w.send("POST", at, R"({"renew":false})"), "path") == first);
  const std::string second = World::text(w.send("POST", at, R"({"renew":true})"), "path");
  CHECK(second != first);
  const std::string secret = second.substr(second.rfind('/') + 1);
  for (const char* path : {"/api/providers", "/api/profiles/plex/default/settings", "/api/problems", "/api/log"})
    CHECK_MESSAGE(!has(w.get(path).body, secret), path);
  CHECK(w.send("DELETE", at).body == R"({"removed":true})");
  CHECK(w.send("DELETE", at).body == R"({"removed":false})");
  CHECK(World::text(w.send("POST", "/api/profiles/tracker/default/webhook"), "error.code") == "no_webhooks");
}

TEST_CASE("what a route could not deliver is listed, and waits again when somebody says so") {
  World w({}, linked);
  w.open();
  w.send("POST", "/api/routes", R"({"source":"plex","target":"tracker"})");
  w.send("PATCH", "/api/routes/r1", R"({"enabled":false})");  // so that nothing is delivered meanwhile
  {
    host::StateStore state(w.folder / "state");
    host::RouteQueue queue(state);
    auto route = host::read_routes(w.ws.config.read()).at(0);
    route.enabled = true;
    Event e;
    e.kind = EventKind::watched;
    e.user = "1";
    e.item.title = "A Film";
    e.item.ids = {{"imdb", "tt1"}};
    REQUIRE(queue.put(route.source, e, {route}, 1'700'000'000));
    host::Delivery d = queue.waiting("r1", 1).at(0);
    d.state = host::DeliveryState::parked;
    d.reason = "not_in_library: none";
    queue.settle(d);
  }
  CHECK(World::text(w.get("/api/deliveries"), "items.0.title") == "A Film");
  CHECK(World::text(w.get("/api/deliveries"), "items.0.since") == "2023-11-14T22:13:20Z");
  CHECK(has(w.get("/api/routes").body, R"("waiting":0,"parked":1)"));
  CHECK(has(w.send("POST", "/api/deliveries", R"({"numbers":[1],"change":"retry"})").body, R"("items":[])"));
  CHECK(has(w.get("/api/routes").body, R"("waiting":1,"parked":0)"));
}
