#include <Poco/Net/AcceptCertificateHandler.h>
#include <Poco/Net/SSLManager.h>
#include <doctest/doctest.h>

#include <crosswatch/fake_host.hpp>

#include "http/client.hpp"
#include "http/trouble.hpp"
#include "http/url.hpp"
#include "plexsim/plexsim.hpp"

using namespace crosswatch;
using namespace crosswatch::plex::http;

namespace {

plexsim::Options world(plexsim::CertMode cert, int handshake_delay_ms = 0) {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].cert = cert;
  options.servers[0].handshake_delay_ms = handshake_delay_ms;
  options.servers[0].catalog.movies = 1;
  options.servers[0].catalog.shows = 0;
  return options;
}

Options options_with(const std::string& ca_file, std::uint32_t timeout_ms = 10'000) {
  Options options;
  options.ca_file = ca_file;
  options.tries = 1;
  options.timeout_ms = timeout_ms;
  return options;
}

// "ok", or the code of the error.
std::string outcome(Client& client, const std::string& base_url, std::string* message = nullptr) {
  FakeHost host;
  FakeCall call(host);
  Request request;
  request.base_url = base_url;
  request.path = "/identity";
  request.token = "canary-token";
  std::string body;
  try {
    const Response response = client.send(call.call(), request, body);
    return response.ok() ? "ok" : std::to_string(response.status);
  } catch (const Error& e) {
    if (message) *message = e.what() + (" " + e.remedy);
    return e.code;
  }
}

std::string outcome(const std::string& base_url, const std::string& ca_file, std::string* message = nullptr,
                    std::uint32_t timeout_ms = 10'000) {
  Client client(options_with(ca_file, timeout_ms));
  return outcome(client, base_url, message);
}

// A handler that lets every certificate pass, as another part of the process may install it.
struct HostileProcess {
  HostileProcess() {
    Poco::Net::Context::Params params;
    Poco::Net::SSLManager::instance().initializeClient(
        nullptr, new Poco::Net::AcceptCertificateHandler(false),
        new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params));
  }
  ~HostileProcess() { Poco::Net::SSLManager::instance().shutdown(); }
};

}  // namespace

TEST_CASE("a server with a certificate of a named authority is trusted, without that authority it is not") {
  const plexsim::Simulator sim(world(plexsim::CertMode::good));
  CHECK(outcome(sim.server_url(), sim.ca_file()) == "ok");
  std::string message;
  CHECK(outcome(sim.server_url(), "", &message) == "certificate");
  CHECK(message.find("plex.ca_file") != std::string::npos);
  CHECK(message.find("canary") == std::string::npos);
  CHECK(outcome(sim.server_url(), "/no/such/file.pem", &message) == "ca_file_unreadable");
}

TEST_CASE("a wrong certificate is refused, before any request, also after a slow handshake and in a hostile process") {
  using plexsim::CertMode;
  struct Row {
    CertMode cert;
    int delay_ms;
    bool hostile;
  };
  for (const Row& row : {Row{CertMode::wrong_name, 0, false},
                         {CertMode::wrong_name, 700, false},
                         {CertMode::wrong_name, 700, true},
                         {CertMode::wrong_name, 0, true},
                         {CertMode::unknown_ca, 0, false},
                         {CertMode::unknown_ca, 300, true},
                         {CertMode::expired, 0, false},
                         {CertMode::expired, 0, true}}) {
    CAPTURE(static_cast<int>(row.cert));
    CAPTURE(row.delay_ms);
    CAPTURE(row.hostile);
    const std::unique_ptr<HostileProcess> hostile = row.hostile ? std::make_unique<HostileProcess>() : nullptr;
    const plexsim::Simulator sim(world(row.cert, row.delay_ms));
    CHECK(outcome(sim.server_url(), sim.ca_file()) == "certificate");
    CHECK(sim.requests().empty());
  }
}

TEST_CASE("hosts that are asked by one client share their roots, and each is still known by its own name only") {
  const plexsim::Simulator good(world(plexsim::CertMode::good)), wrong(world(plexsim::CertMode::wrong_name));
  const auto by_name = [](const plexsim::Simulator& sim) {
    return "https://localhost" + sim.server_url().substr(sim.server_url().rfind(':'));
  };
  Client client(options_with(good.ca_file()));
  CHECK(outcome(client, good.server_url()) == "ok");
  CHECK(outcome(client, by_name(good)) == "ok");
  CHECK(outcome(client, by_name(wrong)) == "certificate");
  CHECK(outcome(client, wrong.server_url()) == "certificate");
  Client strict(options_with(""));
  CHECK(outcome(strict, good.server_url()) == "certificate");
  CHECK(outcome(strict, by_name(good)) == "certificate");
}

TEST_CASE("a handshake that does not end in time is given up") {
  const plexsim::Simulator sim(world(plexsim::CertMode::wrong_name, 60'000));
  FakeHost host;
  FakeCall call(host);
  Client client(Options{.ca_file = sim.ca_file(), .timeout_ms = 200, .tries = 1});
  Request request;
  request.base_url = sim.server_url();
  request.path = "/identity";
  std::string body;
  try {
    client.send(call.call(), request, body);
    FAIL("the handshake cannot have ended");
  } catch (const Error& e) {
    CHECK(e.code == "tls_failed");
    CHECK(nothing_was_sent(e));
  }
}

TEST_CASE("a plex.direct name is reached without DNS and verified as that name") {
  const plexsim::Simulator sim(world(plexsim::CertMode::plex_direct));
  FakeHost host;
  FakeCall call(host);
  Client client(Options{.client_id = [] { return std::string("test"); }, .ca_file = sim.ca_file()});
  Request request;
  request.base_url = sim.urls().plex_tv;
  request.path = "/api/v2/resources";
  request.query = {{"includeHttps", "1"}};
  request.token = sim.account_token("owner");
  std::string body;
  REQUIRE(client.send(call.call(), request, body).status == 200);
  const std::size_t at = body.find("https://127-0-0-1.");
  REQUIRE(at != std::string::npos);
  const std::string direct = body.substr(at, body.find('"', at) - at);
  CHECK(outcome(direct, sim.ca_file()) == "ok");
  CHECK(outcome(sim.server_url(), sim.ca_file()) == "certificate");  // the bare address is not in the certificate
  std::string other_server = direct;
  other_server[20] = other_server[20] == 'a' ? 'b' : 'a';
  CHECK(outcome(other_server, sim.ca_file()) == "certificate");
}

TEST_CASE("https to a port that speaks plain http is told as such") {
  const plexsim::Simulator sim(world(plexsim::CertMode::plain_http));
  const auto url = parse_url(sim.server_url());
  REQUIRE(url);
  CHECK(outcome("https://" + url->host_port(), sim.ca_file(), nullptr, 300) == "tls_failed");
}

TEST_CASE("a connection is kept between requests, also under TLS 1.3, and replaced when the server closed it") {
  plexsim::Simulator sim(world(plexsim::CertMode::good));
  FakeHost host;
  FakeCall call(host);
  Client client(Options{.ca_file = sim.ca_file(), .tries = 1});
  Request request;
  request.base_url = sim.server_url();
  request.path = "/identity";
  std::string body;
  plexsim::FaultRule rule;
  rule.host = "server";
  rule.kind = plexsim::FaultKind::close_after;
  rule.count = 0;
  rule.nth = 3;
  sim.add_fault(rule);
  for (int i = 0; i < 8; ++i) CHECK(client.send(call.call(), request, body).status == 200);
}
