// What happened on the way to servers elsewhere, and must not happen here.
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <doctest/doctest.h>

#include <atomic>
#include <list>
#include <thread>

#include "account/servers.hpp"
#include "http/url.hpp"
#include "world.hpp"

using namespace crosswatch;
using plexsim::CertMode;
using plexsim::FaultKind;

namespace {

// Passes connections at an address of IPv6 on to a port of IPv4.
class Bridge {
public:
  static bool possible() {
    try {
      Poco::Net::ServerSocket probe(Poco::Net::SocketAddress("::1", 0));
      return true;
    } catch (const Poco::Exception&) {
      return false;  // a machine without IPv6
    }
  }
  ~Bridge() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    for (std::thread& t : pumps_) t.join();
  }
  int port() const { return socket_.address().port(); }
  void lead_to(int port) {
    thread_ = std::thread([this, port] {
      while (!ended_)
        if (socket_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) {
          auto in = socket_.acceptConnection();
          Poco::Net::StreamSocket out(Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(port)));
          pumps_.emplace_back([this, in, out] { pump(in, out); });
          pumps_.emplace_back([this, in, out] { pump(out, in); });
        }
    });
  }

private:
  void pump(Poco::Net::StreamSocket from, Poco::Net::StreamSocket to) {
    char buffer[4096];
    try {
      while (!ended_) {
        if (!from.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) continue;
        const int n = from.receiveBytes(buffer, sizeof buffer);
        if (n <= 0) break;
        to.sendBytes(buffer, n);
      }
      to.shutdownSend();
    } catch (const Poco::Exception&) {
      ended_connections_++;  // one side is gone, and with it the other
    }
  }

  Poco::Net::ServerSocket socket_{Poco::Net::SocketAddress("::1", 0)};
  std::atomic<bool> ended_{false};
  std::atomic<int> ended_connections_{0};
  std::thread thread_{};
  std::list<std::thread> pumps_{};
};

}  // namespace

TEST_CASE("a relay is not tried before the local network, nor a friend's server taken for the own one") {
  plex::Device device;
  device.machine_id = "abc";
  device.owned = true;
  device.connections = {{"https://relay.example:443", "9.9.9.9", 443, false, true},
                        {"https://remote.example:32400", "8.8.8.8", 32400, false, false},
                        {"https://local.example:32400", "192.168.1.5", 32400, true, false}};
  const auto attempts = plex::addresses_of(device, "", "", false);
  REQUIRE(attempts.size() == 3);
  CHECK(attempts[0].via == plex::Via::local);
  CHECK(attempts[1].via == plex::Via::remote);
  CHECK(attempts[2].via == plex::Via::relay);

  plex::Device friends = device;
  friends.machine_id = "def";
  friends.owned = false;
  CHECK(plex::pick_device({device, friends}, {})->machine_id == "abc");
  CHECK(plex::pick_device({device, friends}, "def")->machine_id == "def");
}

TEST_CASE("https without a port is not taken for Plex's own port behind a reverse proxy") {
  plex::Device device;
  device.machine_id = "abc";
  const auto attempts = plex::addresses_of(device, "https://plex.example.org", "", false);
  REQUIRE_FALSE(attempts.empty());
  CHECK(attempts[0].url == "https://plex.example.org:443");
}

TEST_CASE("an address that died in a running process does not stay dead for minutes") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto read = [&] {
    FactCollector facts;
    FactSink sink = facts.sink();
    Call call = w.call.call();
    return w.failure([&] { w.provider().sync()->snapshot(call, Feature::ratings, {}, sink); });
  };
  CHECK(read() == "");
  w.fault(FaultKind::reset_before, "server");
  CHECK(read() != "");
  w.sim.clear_faults();
  w.sim.clear_requests();
  CHECK(read() == "");
  CHECK(w.asked("server", "/identity") == 1);  // it was looked for anew
}

TEST_CASE("a server that refuses the login is not called healthy because it answers") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "server", "/library/sections", 401);
  w.restart();
  ReportCollector report;
  Report r = report.report();
  Call c = w.call.call();
  CHECK(w.failure([&] { w.provider().auth()->status(c, r); }) == "server_token_rejected");
  CHECK(report.lines["server.state"] == "server_token_rejected");
  CHECK(report.lines["account.state"] == "ok");
}

TEST_CASE("a managed user without a watchlist is told so by the status, and not that a login is bad") {
  World w;
  w.wanted = {"managed"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("Kid");
  w.fault(FaultKind::status, "discover", "", 403);
  ReportCollector report;
  Report r = report.report();
  Call c = w.call.call();
  w.provider().auth()->status(c, r);
  CHECK(report.lines["watchlist.state"] == "watchlist_unsupported");
  CHECK(report.lines["server.state"] == "ok");
  CHECK(report.lines["scope.user"] == "Kid");
}

TEST_CASE("a bad certificate is not forgiven, neither by a second try without a check nor by plain http") {
  for (const CertMode cert : {CertMode::wrong_name, CertMode::unknown_ca, CertMode::expired}) {
    plexsim::Options options = World::small();
    options.servers[0].cert = cert;
    World w(options);
    w.host.settings["verify_ssl"] = {"false"};
    REQUIRE(w.link("owner") == LinkState::linked);
    CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
    CHECK(w.asked("server") == 0);
  }
}

TEST_CASE("a server whose certificate got another name is neither lost nor trusted under its old one") {
  plexsim::Options options = World::small();
  options.servers[0].cert = CertMode::plex_direct;
  World w(options);
  w.wanted = {"owner"};
  const auto at = plex::http::parse_url(w.sim.server_url());
  REQUIRE(at);
  w.host.settings["server_url"] = {"https://127.0.0.1:" + std::to_string(at->port)};  // as its user typed it
  REQUIRE(w.link("owner") == LinkState::linked);
  const std::string now = w.open().server.base_url;
  REQUIRE(now.find(".plex.direct") != std::string::npos);
  // It was kept when the certificate had the name before.
  std::string& record = w.host.kv["server"];
  const std::string host = plex::http::parse_url(now)->host;
  const std::string hash = host.substr(host.find('.') + 1, 32);
  for (std::size_t at_hash = 0; (at_hash = record.find(hash, at_hash)) != std::string::npos;)
    record.replace(at_hash, hash.size(), hash.size(), 'a');
  REQUIRE(record.find("127-0-0-1." + std::string(32, 'a')) != std::string::npos);
  w.restart();
  CHECK(w.open().server.base_url == now);
  CHECK(w.host.kv["server"].find("aaaaaaaa") == std::string::npos);
}

TEST_CASE("a server that is only reachable by IPv6 is not unreachable") {
  if (!Bridge::possible()) {
    MESSAGE("this machine has no IPv6");
    return;
  }
  Bridge bridge;
  plexsim::Options options = World::small();
  options.servers[0].cert = CertMode::plex_direct;
  plexsim::ConnectionOptions c;
  c.uri = "https://0000-0000-0000-0000-0000-0000-0000-0001.{direct}.plex.direct:" + std::to_string(bridge.port());
  c.address = "::1";
  c.port = bridge.port();
  c.ipv6 = true;
  options.servers[0].connections = {c};
  World w(options);
  bridge.lead_to(plex::http::parse_url(w.sim.server_url())->port);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.open().server.owner);
}
