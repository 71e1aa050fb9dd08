#include "server/access.hpp"

#include <doctest/doctest.h>

#include "server/options.hpp"
#include "support.hpp"

using namespace crosswatch;
using namespace crosswatch::host::server;
using test::error_of;

namespace {

struct Gate {
  explicit Gate(const Options& options) : access(options, [this] { return now; }) {}
  int asks(const Request& r) {
    const auto refusal = access.refuse(r);
    return refusal ? refusal->status : 200;
  }
  std::int64_t now = 1'000'000;
  Access access;
};

Request to(const std::string& host, const std::string& path = "/") {
  Request r;
  r.method = "GET";
  r.path = path;
  r.host = host;
  r.peer = "192.168.1.2";
  return r;
}

Options with_password() {
  Options o;
  o.password = "canary-correct horse";
  return o;
}

std::string id_of(const std::string& set_cookie) {
  const std::size_t from = set_cookie.find('=') + 1;
  return set_cookie.substr(from, set_cookie.find(';') - from);
}

host::server::Options options_of(const std::string& config, const std::string& listen = {}) {
  host::Redactor redactor;
  return read_options(host::json::parse(config), listen, redactor,
                      [](const std::string&) { return std::optional<std::string>(); });
}

}  // namespace

TEST_CASE("a server of this machine answers to names of this machine only") {
  Gate gate{Options()};
  for (const char* host : {"127.0.0.1:8787", "localhost:8787", "[::1]:8787", "LOCALHOST"})
    CHECK(gate.asks(to(host)) == 200);
  for (const char* host :
       {"evil.example:8787", "127.0.0.1.evil.example", "192.168.1.5:8787", "", "localhost.evil.example"})
    CHECK(gate.asks(to(host)) == 421);
}

TEST_CASE("a server of the network answers to addresses and to the names it was given") {
  Options o = with_password();
  o.address = "0.0.0.0";
  o.hosts = {"nas.home"};
  Gate gate{o};
  for (const char* host : {"192.168.1.5:8787", "[fd00::5]:8787", "NAS.home:8787", "localhost"})
    CHECK(gate.asks(to(host)) == 200);
  CHECK(gate.asks(to("rebound.example")) == 421);
}

TEST_CASE("a page of another port is another site") {
  Gate gate{Options()};
  Request r = to("localhost:8787");
  r.origin = "http://localhost:8787";
  CHECK(gate.asks(r) == 200);
  for (const char* origin : {"http://localhost:3000", "https://evil.example", "null"}) {
    r.origin = origin;
    CHECK(gate.asks(r) == 403);
  }
}

TEST_CASE("a page of another port can load nothing, though the browser sends our cookie along") {
  Gate gate{Options()};
  Request r = to("localhost:8787", "/api/providers");
  r.session = id_of(gate.access.welcome(to("localhost:8787")));
  CHECK(gate.asks(r) == 200);
  r.embedded = true;
  CHECK(gate.asks(r) == 403);
}

TEST_CASE("two servers on one host do not end each other's sessions") {
  CHECK(session_cookie("nas.home:8787") != session_cookie("nas.home:8788"));
  CHECK(session_cookie("[::1]") == session_cookie("nas.home"));
  CHECK(session_cookie("nas.home:1;x=y") == session_cookie("nas.home"));
}

TEST_CASE("a session that nobody used for long has ended") {
  Gate gate{Options()};
  Request r = to("localhost", "/api/providers");
  CHECK(gate.asks(r) == 401);
  r.session = id_of(gate.access.welcome(to("localhost")));
  CHECK(gate.asks(r) == 200);
  gate.now += 7 * 3600 * 1000;
  CHECK(gate.asks(r) == 200);
  // Who only listens does not use it.
  gate.now += 7 * 3600 * 1000;
  CHECK(gate.access.still_in(r));
  gate.now += 6 * 3600 * 1000;
  CHECK(!gate.access.still_in(r));
  CHECK(gate.asks(r) == 401);
}

TEST_CASE("with a password the page gives no session away") {
  Gate gate{with_password()};
  CHECK(gate.access.welcome(to("localhost")).empty());
  CHECK(gate.access.login(to("localhost"), "canary-correct hors").status == 403);
  CHECK(gate.access.login(to("localhost"), "").status == 403);
  const Reply ok = gate.access.login(to("localhost"), "canary-correct horse");
  CHECK(ok.status == 200);
  Request r = to("localhost", "/api/providers");
  r.session = id_of(ok.headers.at(0).second);
  CHECK(gate.asks(r) == 200);
}

TEST_CASE("who guesses has to wait, and nobody else") {
  Gate gate{with_password()};
  Request guesser = to("localhost");
  for (int i = 0; i < 5; ++i) CHECK(gate.access.login(guesser, "guess").status == 403);
  CHECK(gate.access.login(guesser, "canary-correct horse").status == 429);
  Request other = guesser;
  other.peer = "192.168.1.3";
  CHECK(gate.access.login(other, "canary-correct horse").status == 200);
  gate.now += 61 * 1000;
  CHECK(gate.access.login(guesser, "canary-correct horse").status == 200);
}

TEST_CASE("a program is let in by its token, without a session") {
  Options o;
  o.token = "canary-program-token";
  Gate gate{o};
  Request r = to("localhost", "/api/run");
  r.method = "POST";
  r.bearer = "canary-program-token";
  CHECK(gate.asks(r) == 200);
  r.bearer = "canary-program-toke";
  for (int i = 0; i < 5; ++i) CHECK(gate.asks(r) == 401);
  r.bearer = "canary-program-token";
  CHECK(gate.asks(r) == 429);  // who guesses has to wait
  gate.now += 61 * 1000;
  CHECK(gate.asks(r) == 200);
}

TEST_CASE("nobody is let in from the network without a password and encryption, unless told so") {
  CHECK(options_of("{}").port == 8787);
  CHECK(options_of("{}", "[::1]:0").address == "::1");
  CHECK(error_of([] { options_of(R"({"server":{"listen":"somewhere"}})"); }).code == "bad_listen");
  CHECK(error_of([] { options_of("{}", "somewhere"); }).code == "usage");
  CHECK(error_of([] { options_of("{}", "0.0.0.0:8787"); }).code == "server_open");
  CHECK(error_of([] { options_of(R"({"server":{"password":"canary-1"}})", "0.0.0.0:8787"); }).code == "server_open");
  CHECK(options_of(R"({"server":{"password":"canary-1","plain_http":true}})", "0.0.0.0:8787").password == "canary-1");
  CHECK(error_of([] { options_of(R"({"server":{"certificate":"/x"}})"); }).code == "bad_config");
}
