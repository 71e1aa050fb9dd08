#include <Poco/Net/ServerSocket.h>
#include <doctest/doctest.h>

#include <chrono>
#include <list>
#include <thread>

#include "http/url.hpp"
#include "world.hpp"

using namespace crosswatch;
using plexsim::CertMode;
using plexsim::FaultKind;

namespace {

// Takes connections and says nothing, for ever.
class SilentPort {
public:
  std::string url() const { return "https://127.0.0.1:" + std::to_string(socket_.address().port()); }

private:
  Poco::Net::ServerSocket socket_{Poco::Net::SocketAddress("127.0.0.1", 0)};
};

plexsim::ConnectionOptions connection(const std::string& uri, bool local = true, bool relay = false) {
  plexsim::ConnectionOptions c;
  c.uri = uri;
  c.local = local;
  c.relay = relay;
  return c;
}

plexsim::Options two_servers() {
  plexsim::Options options = World::small();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Other";
  return options;
}

int tokens_at(const World& w, int server) {
  int n = 0;
  for (const auto& e : w.sim.requests()) n += e.host == "server" && e.server == server && !e.token.empty() ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("ten silent addresses that are listed first cost less than six seconds") {
  std::list<SilentPort> silent(10);
  plexsim::Options options = World::small();
  for (const SilentPort& port : silent) options.servers[0].connections.push_back(connection(port.url()));
  options.servers[0].connections.push_back(connection("{self}", false));
  World w(options);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(w.open().server.base_url == w.sim.server_url());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(6));
  // and nothing the next time, since the one that answered is remembered
  w.restart();
  w.sim.clear_requests();
  CHECK(w.open().server.base_url == w.sim.server_url());
  CHECK(w.asked("server", "/identity") == 1);
}

TEST_CASE("an impostor with a valid certificate and another machine id never sees a token") {
  for (const bool given : {false, true}) {
    plexsim::Options options = two_servers();
    if (!given) options.servers[0].connections = {connection("{server:1}"), connection("{self}", false)};
    options.servers[1].listed = false;
    World w(options);
    w.wanted = {"owner"};
    if (given) w.host.settings["server_url"] = {w.sim.server_url(1)};
    REQUIRE(w.link("owner") == LinkState::linked);
    CHECK(w.open().server.base_url == w.sim.server_url(0));
    CHECK(tokens_at(w, 0) > 0);
    CHECK(tokens_at(w, 1) == 0);
  }
}

TEST_CASE("a server that is reachable by no address of it is an error that names the first, and no token is sent") {
  for (const CertMode cert : {CertMode::wrong_name, CertMode::unknown_ca, CertMode::expired}) {
    plexsim::Options options = World::small();
    options.servers[0].cert = cert;
    options.servers[0].handshake_delay_ms = cert == CertMode::wrong_name ? 400 : 0;
    World w(options);
    REQUIRE(w.link("owner") == LinkState::linked);
    CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
    CHECK(w.last_error->status == CW_UNREACHABLE);
    CHECK(std::string(w.last_error->what()).find("certificate") != std::string::npos);
    CHECK(w.last_error->remedy.find("plex.ca_file") != std::string::npos);
    CHECK(w.asked("server") == 0);
  }
}

TEST_CASE("the pinned server is the only one that is used: unreachable or gone, no other takes its place") {
  plexsim::Options options = two_servers();
  World w(options);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.select("", "", "Other");
  CHECK(w.setting("server_id") == w.sim.server_id(1));
  CHECK(w.setting("pms_token") == w.sim.server_token("owner", 1));
  w.sim.clear_requests();
  plexsim::FaultRule dead;
  dead.host = "server";
  dead.server = 1;
  dead.kind = FaultKind::reset_before;
  dead.count = 0;
  w.sim.add_fault(dead);
  CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
  CHECK(tokens_at(w, 0) == 0);

  w.sim.clear_faults();
  w.host.settings["server_id"] = {"0123456789abcdef"};
  w.restart();
  CHECK(w.failure([&] { w.open(); }) == "server_not_listed");
  CHECK(w.last_error->status == CW_NOT_FOUND);
  CHECK(w.failure([&] { w.select("", "", "Nonesuch"); }) == "server_not_listed");
  CHECK(tokens_at(w, 0) + tokens_at(w, 1) == 0);
}

TEST_CASE("two servers of one name have to be told apart by id") {
  plexsim::Options options = two_servers();
  options.servers[1].name = options.servers[0].name;
  World w(options);
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.failure([&] { w.select("", "", options.servers[0].name); }) == "server_ambiguous");
  w.select("", "", w.sim.server_id(1));
  CHECK(w.open().server.machine_id == w.sim.server_id(1));
}

TEST_CASE("a server address alone says which server is meant") {
  World w(two_servers());
  w.wanted = {"owner"};
  w.host.settings["server_url"] = {w.sim.server_url(1) + "/"};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.setting("server_id").empty());
  CHECK(w.open().server.machine_id == w.sim.server_id(1));
  CHECK(tokens_at(w, 0) == 0);
}

TEST_CASE("a dead server address does not hide the addresses that plex.tv knows") {
  const SilentPort silent;
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.host.settings["server_url"] = {silent.url()};
  w.restart();
  CHECK(w.open().server.base_url == w.sim.server_url());
}

TEST_CASE("a server that moved is found again") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  const SilentPort silent;
  std::string& record = w.host.kv["server"];
  const std::size_t at = record.find("url=") + 4;
  record.replace(at, record.find('\n', at) - at, silent.url());
  w.restart();
  CHECK(w.open().server.base_url == w.sim.server_url());
}

TEST_CASE("a plain-http IP address is tried as https under the server's plex.direct name") {
  plexsim::Options options = World::small();
  options.servers[0].cert = CertMode::plex_direct;
  options.servers[0].connections = {connection("{self}", false, true)};
  World w(options);
  w.wanted = {"owner"};
  const auto at = plex::http::parse_url(w.sim.server_url());
  REQUIRE(at);
  w.host.settings["server_url"] = {"http://127.0.0.1:" + std::to_string(at->port)};
  REQUIRE(w.link("owner") == LinkState::linked);
  for (int start = 0; start < 2; ++start) {  // the second time without asking plex.tv
    const plex::UserScope scope = w.open();
    CHECK(scope.server.base_url.starts_with("https://127-0-0-1."));
    CHECK(scope.server.base_url.ends_with(".plex.direct:" + std::to_string(at->port)));
    w.restart();
  }
}

TEST_CASE("plain http is used only when it is allowed, and the refusal says how") {
  plexsim::Options options = World::small();
  options.servers[0].cert = CertMode::plain_http;
  World w(options);
  w.wanted = {"owner"};
  w.host.settings["server_url"] = {w.sim.server_url()};
  REQUIRE(w.link("owner") == LinkState::linked);
  CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
  CHECK(w.last_error->remedy.find("plex.allow_insecure_http") != std::string::npos);
  CHECK(tokens_at(w, 0) == 0);
  w.host.settings["allow_insecure_http"] = {"true"};
  w.restart();
  CHECK(w.open().server.base_url == w.sim.server_url());
}

TEST_CASE("with the server and plex.tv both away, the server is what is named") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.open();
  w.restart();
  w.fault(FaultKind::reset_before, "any");
  CHECK(w.failure([&] { w.open(); }) == "server_unreachable");
}

TEST_CASE("a struggling server is named with its state") {
  World w;
  w.wanted = {"owner"};
  REQUIRE(w.link("owner") == LinkState::linked);
  w.fault(FaultKind::status, "server", "/library/sections", 503);
  CHECK(w.failure([&] { w.open(); }) == "server_unavailable");
  CHECK(w.last_error->status == CW_UNREACHABLE);
}

TEST_CASE("cancelling ends the search for a server at once") {
  std::list<SilentPort> silent(3);
  plexsim::Options options = World::small();
  for (const SilentPort& port : silent) options.servers[0].connections.push_back(connection(port.url()));
  World w(options);
  REQUIRE(w.link("owner") == LinkState::linked);
  std::thread canceller([&] { w.call.cancel(); });
  CHECK_THROWS_AS(w.open(), Stopped);
  canceller.join();
}

TEST_CASE("addresses are tried in the order in which they are wanted, each once") {
  plex::Device device;
  device.machine_id = "m";
  device.owned = true;
  device.direct = "0123.plex.direct";
  device.connections = {{"https://relay.0123.plex.direct:8443", "1.2.3.4", 8443, false, true},
                        {"https://8-8-8-8.0123.plex.direct:32400", "8.8.8.8", 32400, false, false},
                        {"https://192-168-1-5.0123.plex.direct:32400", "192.168.1.5", 32400, true, false},
                        {"https://192-168-1-5.0123.plex.direct:32400", "192.168.1.5", 32400, true, false},
                        {"http://192.168.1.5:32400", "192.168.1.5", 32400, true, false}};
  const auto urls = [](const std::vector<plex::Attempt>& attempts) {
    std::vector<std::string> out;
    for (const auto& a : attempts) out.push_back(a.url);
    return out;
  };
  using Urls = std::vector<std::string>;
  const Urls listed{"https://192-168-1-5.0123.plex.direct:32400", "https://8-8-8-8.0123.plex.direct:32400",
                    "https://relay.0123.plex.direct:8443"};
  CHECK(urls(plex::addresses_of(device, "", "", false)) == listed);
  CHECK(urls(plex::addresses_of(device, "http://10.0.0.9", "", false)).front() ==
        "https://10-0-0-9.0123.plex.direct:32400");
  CHECK(urls(plex::addresses_of(device, "http://10.0.0.9", "", true)).front() == "http://10.0.0.9:32400");
  const Urls with_hints = urls(plex::addresses_of(device, "https://nas.example.org", listed[1], false));
  CHECK(with_hints == Urls{"https://nas.example.org:443", listed[1], listed[0], listed[2]});
  // somebody else's local addresses are other machines here
  device.owned = false;
  CHECK(urls(plex::addresses_of(device, "", "", false)) == Urls{listed[1], listed[0], listed[2]});
  device.same_network = true;
  CHECK(urls(plex::addresses_of(device, "", "", false)) == listed);
  CHECK(plex::addresses_of(device, "", "", true)[1].url == "http://192.168.1.5:32400");
}
