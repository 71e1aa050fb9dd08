// Servers that do not answer, answer nonsense or are not who they say: no command ends well with a short list, and no
// token goes where it must not go.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world.hpp"

using namespace e2e;
using plexsim::CertMode;
using plexsim::FaultKind;

namespace {

// A port of this machine at which nobody listens, as long as this lives.
class DeadPort {
public:
  DeadPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url_ = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~DeadPort() { ::close(fd_); }
  const std::string& url() const { return url_; }

private:
  int fd_;
  std::string url_{};
};

// A world that links at once and does not repeat what fails.
struct Impatient : World {
  explicit Impatient(plexsim::Options options = small()) : World(std::move(options)) {
    configure("plex.max_retries", 1);
    configure("plex.timeout", 5);
  }
};

// Whatever came before, the output says that it is not everything.
void expect_no_success(World& w, const std::string& feature) {
  const Result result = w.json({"snapshot", "plex", feature});
  const Value end = result.last();
  CAPTURE(crosswatch::host::json::dump(end));
  CHECK(result.exit != 0);
  CHECK(result.exit < 128);
  if (at(end, "end").is_null())
    CHECK(!error_code(result).empty());
  else
    CHECK(at(end, "complete") == Value(false));
}

int server_tokens(const World& w) {
  int n = 0;
  for (const auto& e : w.sim.requests()) n += e.host == "server" && !e.token.empty() ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("a server that cannot be reached is exit 3, and the sentence names server and reason") {
  const DeadPort dead;
  auto options = World::small();
  plexsim::ConnectionOptions connection;
  connection.uri = dead.url();
  options.servers[0].connections = {connection};
  Impatient w(options);
  w.link();
  const Result result = w.json({"snapshot", "plex", "history"});
  CHECK(result.exit == 3);
  CHECK(error_code(result) == "server_unreachable");
  CHECK(text(result.last(), "error.message").find(w.sim.server_name()) != std::string::npos);
  CHECK(w.refused(3, {"libraries", "plex"}) == "server_unreachable");
  w.pair();
  const Result sync = w.json({"sync"});
  CHECK(sync.exit == 3);
  CHECK(text(sync.last(), "event") == "run_end");
  CHECK(text(sync.last(), "status") == "failed");
  CHECK(w.json({"status", "plex"}).exit == 3);
}

TEST_CASE("plex.tv that cannot be reached is exit 3 for what needs it") {
  const DeadPort dead;
  Impatient w;
  w.configure("plex.endpoints.plex_tv", dead.url());
  w.configure("plex.endpoints.clients", dead.url());
  CHECK(!w.refused(3, {"connect", "plex"}).empty());
}

TEST_CASE("while plex.tv is down, an account that was linked goes on with its own server") {
  Impatient w;
  w.link();
  w.ok({"snapshot", "plex", "history"});
  w.fault(FaultKind::status, "plex_tv", "");
  w.fault(FaultKind::status, "clients", "");
  w.ok({"snapshot", "plex", "history"});
}

TEST_CASE("another server at the address of the chosen one never sees a token") {
  auto options = World::small();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Impostor";
  options.servers[1].listed = false;
  plexsim::ConnectionOptions connection;
  connection.uri = "{server:1}";
  options.servers[0].connections = {connection};
  Impatient w(options);
  w.link();
  const Result result = w.json({"snapshot", "plex", "history"});
  CHECK(result.exit == 3);
  CHECK(!error_code(result).empty());
  CHECK(w.asked("server", "/identity") > 0);
  CHECK(server_tokens(w) == 0);
}

TEST_CASE("a certificate that does not prove the server is refused, at once or after a slow handshake") {
  for (const CertMode mode : {CertMode::wrong_name, CertMode::unknown_ca, CertMode::expired})
    for (const int delay_ms : {0, 300}) {
      CAPTURE(static_cast<int>(mode));
      CAPTURE(delay_ms);
      auto options = World::small();
      options.servers[0].cert = mode;
      options.servers[0].handshake_delay_ms = delay_ms;
      Impatient w(options);
      w.link();
      const Result result = w.json({"snapshot", "plex", "history"});
      CHECK(result.exit == 3);
      CHECK(error_code(result) == "server_unreachable");
      CHECK(text(result.last(), "error.message").find("ertificate") != std::string::npos);
      CHECK(w.asked("server", "") == 0);
    }
}

TEST_CASE("without ca_file a certificate of one's own is refused, also by verify_ssl:false") {
  Impatient w;
  w.link();
  w.sim.clear_requests();
  w.configure("plex.ca_file", Value());
  w.configure("plex.verify_ssl", false);
  CHECK(w.refused(3, {"snapshot", "plex", "history"}) == "server_unreachable");
  CHECK(!w.refused(3, {"connect", "plex"}).empty());
  CHECK(w.sim.requests().empty());
}

TEST_CASE("a ca_file that is missing or holds no certificate is named") {
  Impatient w;
  const fs::path file = w.dir / "ca.pem";
  w.configure("plex.ca_file", file.string());
  for (const char* content : {"", "no certificate"}) {
    const Result result = w.json({"connect", "plex"});
    CHECK(!error_code(result).empty());
    CHECK(result.exit == 1);
    CHECK(text(result.last(), "error.message").find(file.string()) != std::string::npos);
    write(file, content);
  }
}

TEST_CASE("plain http is not used unless it is allowed") {
  auto options = World::small();
  options.servers[0].cert = CertMode::plain_http;
  Impatient w(options);
  w.link();
  const Result refused = w.json({"snapshot", "plex", "history"});
  CHECK(refused.exit == 3);
  CHECK(!error_code(refused).empty());
  CHECK(server_tokens(w) == 0);
  w.configure("plex.allow_insecure_http", true);
  w.ok({"snapshot", "plex", "history"});
}

TEST_CASE("nonsense instead of a list is an error or an incomplete list, never success") {
  Impatient w;
  w.link();
  for (const FaultKind kind : {FaultKind::garbage, FaultKind::html, FaultKind::empty, FaultKind::truncated,
                               FaultKind::bad_chunk, FaultKind::cut, FaultKind::status, FaultKind::reset_before})
    for (const char* feature : {"history", "ratings", "progress", "watchlist"}) {
      CAPTURE(plexsim::fault_name(kind));
      CAPTURE(feature);
      const bool cloud = std::string(feature) == "watchlist";
      w.fault(kind, cloud ? "discover" : "server", cloud ? "watchlist" : "/library/sections/");
      expect_no_success(w, feature);
      w.sim.clear_faults();
    }
  w.ok({"snapshot", "plex", "history"});
}

TEST_CASE("a snapshot that is cut at any of its requests is never a success") {
  Impatient w;
  w.link();
  for (const char* feature : {"history", "ratings", "progress", "watchlist"}) {
    CAPTURE(feature);
    const std::string host = std::string(feature) == "watchlist" ? "discover" : "server";
    w.ok({"snapshot", "plex", feature});  // what is remembered of the first time is not asked again
    w.sim.clear_requests();
    w.ok({"snapshot", "plex", feature});
    int data = 0;
    for (const auto& e : w.sim.requests()) data += e.host == host && e.path.find("/library") == 0 ? 1 : 0;
    REQUIRE(data > 0);
    for (int nth = 1; nth <= data; ++nth) {
      CAPTURE(nth);
      plexsim::FaultRule cut;
      cut.kind = FaultKind::cut;
      cut.bytes = 100;
      cut.host = host;
      cut.path_prefix = "/library";
      cut.nth = nth;
      cut.count = 0;
      w.sim.add_fault(cut);
      expect_no_success(w, feature);
      w.sim.clear_faults();
    }
  }
}

TEST_CASE("a list that is shorter than the server says is never a success") {
  Impatient w;
  w.link();
  for (const char* feature : {"history", "ratings"}) {
    CAPTURE(feature);
    plexsim::FaultRule wrong;
    wrong.kind = FaultKind::wrong_total;
    wrong.amount = 5;
    wrong.host = "server";
    wrong.path_prefix = "/library/sections/";
    wrong.count = 0;
    w.sim.add_fault(wrong);
    expect_no_success(w, feature);
    w.sim.clear_faults();
  }
}

TEST_CASE("a server that no longer takes the login is exit 4, and nothing else is tried") {
  Impatient w;
  w.link();
  w.sim.revoke_token(w.sim.server_token("owner"));
  const Result result = w.json({"snapshot", "plex", "history"});
  CHECK(result.exit == 4);
  CHECK(!error_code(result).empty());
}

TEST_CASE("an account that was unlinked at plex.tv is exit 4 with the command that mends it") {
  Impatient w;
  w.link();
  w.sim.revoke_token(text(w.configuration(), "plex.account_token"));
  const Result result = w.json({"users", "plex"});
  CHECK(result.exit == 4);
  CHECK(!error_code(result).empty());
  CHECK(text(result.last(), "error.remedy").find("crosswatch connect plex") != std::string::npos);
}

TEST_CASE(
    "who is known of the users is listed although the list of friends is down, and the end says what is missing") {
  Impatient w;
  w.link();
  w.fault(plexsim::FaultKind::status, "any", "/api/v2/friends");
  w.fault(plexsim::FaultKind::status, "any", "/api/users");
  const Result result = w.json({"users", "plex"});
  CHECK(result.exit == 3);
  REQUIRE(result.lines.size() == 2);
  CHECK(result.json()[0].as<Value::Array>()->size() == 4);
  CHECK(text(result.last(), "error.message").find("friends") != std::string::npos);
}

TEST_CASE("a pinned server that is no longer listed is exit 5") {
  Impatient w;
  w.link();
  w.configure("plex.server_id", "0123456789abcdef");
  CHECK(w.refused(5, {"snapshot", "plex", "history"}) == "server_not_listed");
}
