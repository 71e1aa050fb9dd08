#include "server/hooks.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>

#include "service/webhook.hpp"
#include "state/route_queue.hpp"
#include "support.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::host::server;
using namespace crosswatch::test;

namespace {

constexpr char config[] = R"({"plugins":{"hooked":{"enabled":true}},"hooked":{"instances":{"friend":{}}},
  "routes":[{"id":"r1","source":"hooked","target":"tracker"}]})";

struct Door {
  explicit Door(const std::string& text = config) { put(folder / "config.json", text); }
  Reply post(const std::string& path, const std::string& body, const std::string& type = "text/plain") {
    Request request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    request.content_type = type;
    return hooks.answer(request);
  }
  std::size_t waiting() {
    StateStore state(folder / "state");
    return RouteQueue(state).waiting("r1", 100).size();
  }

  TempFolder folder{};
  std::string logged{};
  Workspace ws{Locations{folder / "config.json", folder / "state", HOOKED_PLUGINS}, LogLevel::debug,
               [this](LogLevel, std::string_view line) { logged += std::string(line) + "\n"; }};
  std::int64_t now = 1'700'000'000'000;
  Feed feed{};
  LiveNews news{feed, [this] { return now; }};
  RouteJob routes{ws, news};
  Hooks hooks{ws, news, routes, [this] { return now; }};
  const ProfileRef ref{"hooked", "default"};
};

}  // namespace

TEST_CASE("what a service posts with the secret is kept for the routes, once, and only what its user did") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  CHECK(door.post(path, "watched 7 tt1 1700000000").status == 200);
  CHECK(door.post(path, "watched 7 tt1 1700000000").status == 200);
  CHECK(door.waiting() == 1);
  CHECK(door.post(path, "watched 8 tt1 1700009000").status == 200);
  CHECK(door.waiting() == 1);
  const json::Value state = door.news.state();
  CHECK(json::dump(*json::find_path(state, "profiles.0.dropped.user")) == "1");
  CHECK(door.post(path, "pause 7 tt2 1700000000").status == 200);
  CHECK(door.waiting() == 1);
  CHECK(json::find_path(door.news.state(), "playing.0.title") != nullptr);
}

TEST_CASE("a wrong secret, another's secret, an unknown profile and another method all meet the same nothing") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  const std::string secret = path.substr(path.rfind('/') + 1);
  CHECK(secret.size() == 64);
  const std::string nothing = door.post("/hook/hooked/wrong", "").body;
  std::string longer = secret + "0", other = secret;
  other.back() = other.back() == '0' ? '1' : '0';
  for (const std::string& p : {"/hook/hooked/" + longer, "/hook/hooked/" + other, "/hook/hooked@friend/" + secret,
                               "/hook/hooked@nobody/" + secret, "/hook/nobody/" + secret,
                               "/hook/hooked/" + secret + "/x", std::string("/hook/hooked/"), std::string("/hook/"),
                               "/hook/" + secret, "/hook/hooked/" + std::string(5000, 'a')}) {
    const Reply reply = door.post(p, "watched 7 tt1 1700000000");
    CHECK_MESSAGE(reply.status == 404, p);
    CHECK_MESSAGE(reply.body == nothing, p);
  }
  Request get;
  get.method = "GET";
  get.path = path;
  CHECK(door.hooks.answer(get).body == nothing);
  CHECK(door.waiting() == 0);
  CHECK_FALSE(has(door.logged, secret));
}

TEST_CASE("another secret ends the old address, and without one nothing is taken") {
  Door door;
  const std::string first = webhook_path(door.ws, door.ref, false);
  CHECK(webhook_path(door.ws, door.ref, false) == first);
  const std::string second = webhook_path(door.ws, door.ref, true);
  CHECK(second != first);
  CHECK(door.post(first, "watched 7 tt1 1700000000").status == 404);
  CHECK(door.post(second, "watched 7 tt1 1700000000").status == 200);
  CHECK(webhook_path(door.ws, {"hooked", "friend"}, false) != second);  // nothing is inherited
  CHECK(remove_webhook(door.ws, door.ref));
  CHECK_FALSE(remove_webhook(door.ws, door.ref));
  CHECK(door.post(second, "watched 7 tt1 1700000000").status == 404);
  CHECK(door.post("/hook/hooked/", "watched 7 tt1 1700000000").status == 404);
}

TEST_CASE("a secret may come from elsewhere, and is not changed here then") {
  Door door(R"({"plugins":{"hooked":{"enabled":true}},"hooked":{"webhook_secret":"env:CROSSWATCH_TEST_HOOK"}})");
  CHECK(door.post("/hook/hooked/env:CROSSWATCH_TEST_HOOK", "watched 7 tt1 1").status == 404);
  ::setenv("CROSSWATCH_TEST_HOOK", "from-elsewhere-1", 1);
  CHECK(webhook_path(door.ws, door.ref, false) == "/hook/hooked/from-elsewhere-1");
  CHECK(door.post("/hook/hooked/from-elsewhere-1", "watched 7 tt1 1").status == 200);
  CHECK_THROWS_AS(webhook_path(door.ws, door.ref, true), Error);
  ::unsetenv("CROSSWATCH_TEST_HOOK");
  CHECK(door.post("/hook/hooked/from-elsewhere-1", "watched 7 tt1 1").status == 404);
}

TEST_CASE("what makes no sense is refused as such, and a provider that cannot take it now is asked later") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  CHECK(door.post(path, "nonsense").status == 400);
  CHECK(door.post(path, "watched 7 tt1 1700000000", "image/png").status == 400);
  door.ws.config.update([](json::Value& c) { json::set_path(c, "plugins.hooked.enabled", false); });
  CHECK(door.post(path, "watched 7 tt1 1700000000").status == 503);
  CHECK_FALSE(has(door.logged, path.substr(path.rfind('/') + 1)));
}

TEST_CASE("more than a household can do is refused until time has passed, for that profile alone") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  const std::string friends = webhook_path(door.ws, {"hooked", "friend"}, false);
  int taken = 0;
  while (door.post(path, "pause 7 tt1 1").status == 200 && taken < 1000) ++taken;
  CHECK(taken == 60);
  CHECK(door.post(path, "pause 7 tt1 1").status == 429);
  CHECK(door.post("/hook/hooked/wrong", "").status == 404);
  CHECK(door.post(friends, "pause 7 tt1 1").status == 200);
  door.now += 1000;
  CHECK(door.post(path, "pause 7 tt1 1").status == 200);
  CHECK(door.post(path, "pause 7 tt1 1").status == 200);
  CHECK(door.post(path, "pause 7 tt1 1").status == 429);
}

TEST_CASE("four are taken at the same time, and what they wait for ends with the server") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  std::vector<std::future<int>> held;
  for (int i = 0; i < 5; ++i)
    held.push_back(std::async(std::launch::async, [&] { return door.post(path, "hold").status; }));
  // One of the five finds no room; the others stay until the end.
  int refused = 0;
  while (refused == 0)
    for (auto& f : held)
      if (f.valid() && f.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready) {
        CHECK(f.get() == 503);
        ++refused;
      }
  door.ws.cancel.request();
  for (auto& f : held)
    if (f.valid()) CHECK(f.get() == 503);
}

TEST_CASE("posts that follow each other are read by one session, until the settings change, it fails or minutes pass") {
  Door door;
  const std::string path = webhook_path(door.ws, door.ref, false);
  const auto session = [&] {
    CHECK(door.post(path, "pause 7 tt1 1").status == 200);
    const json::Value state = door.news.state();
    const json::Value* const playing = json::find_path(state, "playing");
    int newest = 0;
    for (const json::Value& row : *playing->as<json::Value::Array>())
      newest = std::max(newest, std::stoi(*row.find("session")->as<std::string>()));
    return newest;
  };
  const int first = session();
  CHECK(session() == first);
  door.ws.config.update([](json::Value& c) { json::set_path(c, "hooked.instances.friend.label", "Frida"); });
  CHECK(session() == first + 1);
  CHECK(session() == first + 1);
  CHECK(door.post(path, "nonsense").status == 400);
  CHECK(session() == first + 2);
  door.now += 600'000;
  CHECK(session() == first + 3);
}

TEST_CASE("a provider that reads no webhooks has no address for them") {
  Door door;
  put(door.folder / "config.json", R"({"plugins":{}})");
  CHECK_THROWS_AS(webhook_path(door.ws, {"nobody", "default"}, false), Error);
  CHECK_THROWS_AS(webhook_path(door.ws, {"hooked", "nobody"}, false), Error);
}
