// `crosswatch serve` as a process: who may listen where, and how it ends.
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

#include "world.hpp"

using namespace e2e;
using plexsim::FaultKind;
namespace json = crosswatch::host::json;

namespace {

std::string url_of(Command& server) {
  const Value said = json::parse(server.read_line());
  REQUIRE(text(said, "event") == "listening");
  return text(said, "url");
}

// A program that asks with the token of the configuration.
Value ask(const std::string& url, const std::string& method, const std::string& path, const std::string& body = {}) {
  const Poco::URI uri(url);
  Poco::Net::HTTPClientSession session("127.0.0.1", uri.getPort());
  Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
  request.set("Authorization", "Bearer let-me-in-please");
  if (!body.empty()) request.setContentType("application/json");
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session.sendRequest(request) << body;
  Poco::Net::HTTPResponse response;
  std::string out;
  Poco::StreamCopier::copyToString(session.receiveResponse(response), out);
  REQUIRE_MESSAGE(response.getStatus() == 200, out);
  return json::parse(out);
}

}  // namespace

TEST_CASE("other machines are let in with a password and encryption only, unless the configuration says otherwise") {
  Place place;
  place.secrets = {"let-me-in-please"};
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "server_open");
  place.configure("server.password", "let-me-in-please");
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "server_open");
  place.configure("server.certificate", (place.dir / "none.pem").string());
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "bad_config");
  place.configure("server.private_key", (place.dir / "none.key").string());
  CHECK(place.refused(1, {"serve", "--listen", "0.0.0.0:0"}) == "bad_certificate");
  place.configure("server", json::object({{"password", "let-me-in-please"}, {"plain_http", true}}));
  Command server = place.start({{"serve", "--listen", "0.0.0.0:0", "--json"}});
  CHECK(url_of(server).starts_with("http://localhost:"));
  server.signal(SIGTERM);
  CHECK(server.wait().exit == 0);
}

TEST_CASE("the server ends within five seconds of being asked to, a sync in its middle, and the sync is recorded") {
  World w;
  w.secrets = {"let-me-in-please"};
  w.link();
  w.pair();
  w.configure("server.token", "let-me-in-please");
  w.fault(FaultKind::hang, "server", "/library/sections/1/all");
  Command server = w.start({{"serve", "--listen", "127.0.0.1:0", "--json"}});
  const std::string url = url_of(server);
  static_cast<void>(ask(url, "POST", "/api/run", "{}"));
  while (text(ask(url, "GET", "/api/run"), "phase") == "starting") continue;
  const auto asked = std::chrono::steady_clock::now();
  server.signal(SIGTERM);
  CHECK(server.wait().exit == 0);
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(5));
  const Result runs = w.ok({"runs", "show", "1"});
  CHECK_MESSAGE(text(runs.last(), "status") == "cancelled", runs.out());
}
