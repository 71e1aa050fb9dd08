// What a service posts to `crosswatch serve`, on its way to the tracker.
#include <doctest/doctest.h>

#include "served.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

// With the tracker, and a provider whose service posts.
struct Posted : Place {
  Posted() {
    secrets = {server_token};
    plugins = dir / "plugins";
    fs::create_directories(plugins);
    fs::create_directory_symlink(HOOKED_PLUGIN, plugins / "hooked");
    fs::create_directory_symlink(fs::path(INSTALLED_PLUGINS) / "tracker", plugins / "tracker");
    configure("plugins", json::parse(R"({"hooked":{"enabled":true},"tracker":{"enabled":true}})"));
    configure("server.token", server_token);
  }
  std::int64_t tracked() { return number(ok({"snapshot", "tracker", "history"}).last(), "count"); }
};

}  // namespace

TEST_CASE("what a service posts to the secret address is in the tracker, and the secret is nowhere else") {
  Posted w;
  w.ok({"route", "add", "--source", "hooked", "--target", "tracker"});
  CHECK(w.run({"plugins", "info", "hooked"}).out().find("live: pause, watched, webhooks") != std::string::npos);
  const Value made = json::parse(w.run({"webhook", "hooked", "--json"}).out());
  const std::string path = text(made, "path");
  CHECK(text(made, "url") == "http://127.0.0.1:8787" + path);
  CHECK(w.run({"webhook", "hooked"}).out().starts_with("http://127.0.0.1:8787" + path));
  w.ok({"config", "check"});
  CHECK(w.run({"config", "get"}).out().find(path.substr(path.rfind('/') + 1)) == std::string::npos);
  {
    Served served(w);
    static_cast<void>(served.until("/api/live", [](const Value& v) { return text(v, "state") == "running"; }));
    CHECK(served.post(path, "watched 7 tt1 1700000000", "text/plain").first == 200);
    while (w.tracked() == 0) continue;
    CHECK(served.post(path, "watched 7 tt1 1700000000", "text/plain").first == 200);
    CHECK(served.post(path, "nonsense", "text/plain").first == 400);
    CHECK(served.post(path, std::string((1 << 20) + 1, 'x'), "text/plain").first == 413);
    CHECK(served.post("/hook/hooked/wrong", "watched 7 tt2 1700000000", "text/plain").first == 404);
    CHECK(served.end().exit == 0);
  }
  CHECK(w.tracked() == 1);
  w.ok({"webhook", "hooked", "--off"});
  CHECK(w.refused(1, {"webhook", "tracker"}) == "no_webhooks");
  CHECK(w.refused(5, {"webhook", "hooked", "--profile", "nobody"}) == "profile_unknown");
}

TEST_CASE("a film that is rated at Plex is rated in the tracker, as the server has it, and only for who rated it") {
  World w;
  w.secrets = {server_token};
  w.link();
  w.configure("server.token", server_token);
  w.ok({"route", "add", "--source", "plex", "--target", "tracker", "--events", "plays,ratings"});
  const std::string path = text(json::parse(w.run({"webhook", "plex", "--json"}).out()), "path");
  const auto form = [&](const std::string& account) {
    return "--cut\r\nContent-Disposition: form-data; name=\"payload\"\r\nContent-Type: application/json\r\n\r\n"
           R"({"event":"media.rate","Account":{"id":)" +
           account + R"(},"Server":{"uuid":")" + w.sim.server_id() +
           R"("},"Player":{"uuid":"tv"},"rating":7.0,"Metadata":{"type":"movie","librarySectionID":1,"ratingKey":")" +
           w.key(0) +
           "\"}}\r\n--cut\r\nContent-Disposition: form-data; name=\"thumb\"; filename=\"t.jpg\"\r\n"
           "Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n--cut--\r\n";
  };
  w.sim.rate("owner", w.key(0), 7);
  Served served(w);
  static_cast<void>(served.until("/api/live", [](const Value& v) { return text(v, "state") == "running"; }));
  const std::string type = "multipart/form-data; boundary=cut";
  CHECK(served.post(path, form(std::to_string(w.sim.plex_id("friend"))), type).first == 200);
  CHECK(w.facts("tracker", "ratings") == 0);
  CHECK(served.post(path, form("1"), type).first == 200);
  while (w.facts("tracker", "ratings") == 0) continue;
  CHECK(served.post(path, "{}").first == 400);
  CHECK(served.end().exit == 0);
  CHECK(w.facts("tracker", "ratings") == 1);
}
