#include <Poco/Net/StreamSocket.h>
#include <doctest/doctest.h>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;

namespace {

Poco::Net::StreamSocket connect(const World& w) {
  return Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", w.port));
}
// What arrives until the server closes.
std::string rest(Poco::Net::StreamSocket& socket) {
  std::string out;
  char part[4096];
  try {
    for (int n = 0; (n = socket.receiveBytes(part, sizeof part)) > 0;) out.append(part, static_cast<std::size_t>(n));
  } catch (const Poco::Exception&) {
    // a reset is an end, too
  }
  return out;
}

// Asks for the news, and waits for the first.
void listen(const World& w, Poco::Net::StreamSocket& socket) {
  const std::string request = "GET /api/events HTTP/1.1\r\nHost: " + w.host + "\r\nCookie: " + w.cookie + "\r\n\r\n";
  socket.sendBytes(request.data(), static_cast<int>(request.size()));
  char part[4096];
  std::string heard;
  while (!has(heard, "event: run")) {
    const int n = socket.receiveBytes(part, sizeof part);
    REQUIRE(n > 0);
    heard.append(part, static_cast<std::size_t>(n));
  }
}

}  // namespace

TEST_CASE("the page brings a session, and the API answers to it only") {
  World w;
  CHECK(w.get("/api/providers").status == 401);
  w.open();
  CHECK(w.get("/api/providers").status == 200);
  w.cookie = w.cookie.substr(0, w.cookie.find('=')) + "=0000";
  CHECK(w.get("/api/providers").status == 401);
}

TEST_CASE("the session cookie is out of reach of scripts and of other sites") {
  World w;
  const std::string set = w.ask("GET", "/").headers["Set-Cookie"];
  CHECK(has(set, "HttpOnly"));
  CHECK(has(set, "SameSite=Strict"));
}

TEST_CASE("a change without the page's token is refused") {
  World w;
  w.open();
  CHECK(w.ask("POST", "/api/providers/tracker/enable", {}, {{"Cookie", w.cookie}}).status == 403);
  CHECK(w.send("POST", "/api/providers/tracker/enable").status == 200);
}

TEST_CASE("a foreign name and a foreign page are refused") {
  World w;
  w.open();
  CHECK(w.ask("GET", "/", {}, {{"Host", "rebound.example"}}).status == 421);
  const Answer foreign = w.ask("POST", "/api/providers/tracker/enable", {},
                               {{"Cookie", w.cookie}, {"X-CSRF-Token", w.csrf}, {"Origin", "http://evil.example"}});
  CHECK(foreign.status == 403);
  const auto fetched = [&](const char* site, const char* mode) {
    return w.ask("GET", "/", {}, {{"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", mode}}).status;
  };
  CHECK(fetched("cross-site", "no-cors") == 403);
  CHECK(fetched("same-site", "no-cors") == 403);  // another port of this machine
  CHECK(fetched("cross-site", "navigate") == 200);
  CHECK(fetched("same-origin", "cors") == 200);
}

TEST_CASE("the page may load and run nothing but itself, and nobody may frame it") {
  World w;
  const Answer page = w.ask("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.headers.at("Content-Type") == "text/html; charset=utf-8");
  const std::string policy = page.headers.at("Content-Security-Policy");
  CHECK(has(policy, "default-src 'none'"));
  CHECK(has(policy, "frame-ancestors 'none'"));
  CHECK(!has(policy, "unsafe"));
}

TEST_CASE("no path leads out of the page's files") {
  World w;
  w.open();
  for (const char* path : {"/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/config.json", "//etc/passwd",
                           "/api/runs/..%2f..", "/api/profiles/tracker/..%2f..%2fx/settings"}) {
    const int status = w.get(path).status;
    CHECK_MESSAGE((status == 404 || status == 400), path);
  }
}

TEST_CASE("bodies that are too large, no JSON or not what is expected are refused") {
  World w;
  w.open();
  CHECK(w.send("POST", "/api/pairs", std::string(std::size_t{2} << 20, ' ')).status == 413);
  CHECK(w.send("POST", "/api/pairs", "{").status == 400);
  CHECK(w.send("POST", "/api/pairs", R"({"source":1,"target":"tracker"})").status == 400);
  CHECK(w.send("POST", "/api/pairs", R"({"source":"a","target":"b","bogus":1})").status == 400);
  CHECK(w.send("POST", "/api/pairs", std::string(5000, '[')).status == 400);
  const Answer form = w.ask("POST", "/api/pairs", "source=a",
                            {{"Cookie", w.cookie}, {"X-CSRF-Token", w.csrf}, {"Content-Type", "text/plain"}});
  CHECK(form.status == 415);
  CHECK(w.get("/api/pairs").status == 200);
}

TEST_CASE("a request that is no HTTP ends its connection and nothing else") {
  host::server::Options o;
  o.patience = std::chrono::milliseconds(100);
  World w(o);
  auto socket = connect(w);
  const std::string garbage = "\x16\x03\x01 this is no HTTP\r\n\r\n";
  socket.sendBytes(garbage.data(), static_cast<int>(garbage.size()));
  CHECK(!has(rest(socket), "200 OK"));
  CHECK(w.ask("GET", "/").status == 200);
}

TEST_CASE("a change without a body does not have to say so, and every method gets an answer") {
  World w;
  w.open();
  for (const auto& [method, status] :
       {std::pair{"POST", "200"}, {"PUT", "405"}, {"OPTIONS", "405"}, {"TRACE", "405"}}) {
    auto socket = connect(w);
    const std::string request = std::string(method) + " /api/providers/tracker/enable HTTP/1.1\r\nHost: " + w.host +
                                "\r\nCookie: " + w.cookie + "\r\nX-CSRF-Token: " + w.csrf +
                                "\r\nConnection: close\r\n\r\n";
    socket.sendBytes(request.data(), static_cast<int>(request.size()));
    const std::string answer = rest(socket);
    CAPTURE(answer);
    CHECK(answer.starts_with("HTTP/1.1 " + std::string(status)));
  }
}

TEST_CASE("a client that is slow on purpose is cut off") {
  host::server::Options o;
  o.patience = std::chrono::milliseconds(100);
  World w(o);
  auto socket = connect(w);
  const std::string half = "GET / HTTP/1.1\r\nHost: ";
  socket.sendBytes(half.data(), static_cast<int>(half.size()));
  CHECK(!has(rest(socket), "200 OK"));  // returns because the server closed
}

TEST_CASE("a thousand connections that say nothing keep nobody out for long") {
  host::server::Options o;
  o.patience = std::chrono::milliseconds(100);
  World w(o);
  std::vector<Poco::Net::StreamSocket> silent;
  for (int i = 0; i < 1000; ++i) try {
      silent.push_back(connect(w));
    } catch (const Poco::Exception&) {
      break;  // refused: that is a bound
    }
  for (auto& socket : silent) CHECK(!has(rest(socket), "200 OK"));
  CHECK(w.ask("GET", "/").status == 200);
}

TEST_CASE("an open page hears how things stand at once, and its connection ends with the server") {
  World w;
  w.open();
  auto socket = connect(w);
  listen(w, socket);
  w.server.reset();
  CHECK(!has(rest(socket), "HTTP/1.1"));
}

TEST_CASE("who signs out hears nothing more, in any of the tabs") {
  World w;
  w.open();
  auto socket = connect(w);
  listen(w, socket);
  CHECK(w.send("POST", "/api/logout").status == 200);
  rest(socket);  // returns because the server closed
  CHECK(w.get("/api/session").status == 401);
}

TEST_CASE("with a password nothing is told before it was given") {
  host::server::Options o;
  o.password = "canary-page-password";
  World w(o);
  CHECK(w.ask("GET", "/").cookie.empty());
  CHECK(World::text(w.get("/api/session"), "error.code") == "login_needed");
  const Answer in = w.ask("POST", "/api/login", R"({"password":"canary-page-password"})");
  w.cookie = in.cookie;
  w.csrf = World::text(in, "csrf");
  CHECK(w.get("/api/providers").status == 200);
  CHECK(w.send("POST", "/api/logout").status == 200);
  CHECK(w.get("/api/providers").status == 401);
}
