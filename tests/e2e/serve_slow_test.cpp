// A thousand clients that are slow on purpose, while `crosswatch serve` has something to do.
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>
#include <doctest/doctest.h>

#include <fstream>

#include "served.hpp"
#include "unit/certificate.hpp"

using namespace e2e;
using plexsim::FaultKind;
namespace json = crosswatch::host::json;

namespace {

// Clients that begin a request, or a TLS greeting, and never end it.
std::vector<Poco::Net::StreamSocket> slow_clients(const std::string& url, int count) {
  const Poco::URI at(url);
  const std::string begun = at.getScheme() == "https" ? std::string("\x16\x03\x01\x02") : "GET / HTTP/1.1\r\nHost: ";
  std::vector<Poco::Net::StreamSocket> out(static_cast<std::size_t>(count));
  for (auto& socket : out) socket.connectNB(Poco::Net::SocketAddress("127.0.0.1", at.getPort()));
  for (auto& socket : out) try {
      if (!socket.poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_WRITE)) continue;  // the system asks again later
      socket.sendBytes(begun.data(), static_cast<int>(begun.size()));
    } catch (const Poco::Exception&) {
      // Refused: that is one way to bound them.
    }
  return out;
}

// A number of /proc/PID/status.
std::int64_t of_process(pid_t pid, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1));
  FAIL(name);
  return 0;
}

std::int64_t count_of(World& w, const std::string& provider) {
  return number(w.ok({"snapshot", provider, "history"}).last(), "count");
}

}  // namespace

TEST_CASE("a thousand slow connections disturb no sync, cost little, and keep nobody out afterwards") {
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    World w;
    w.secrets = {server_token};
    w.link();
    w.pair();
    w.configure("server.token", server_token);
    if (tls) {
      const crosswatch::test::Certificate files(w.dir);
      w.configure("server.certificate", files.certificate.string());
      w.configure("server.private_key", files.private_key.string());
    }
    Served served(w);
    w.fault(FaultKind::hold, "server", "/library/sections/1/all");
    static_cast<void>(served.ask("POST", "/api/run", "{}"));
    REQUIRE(w.sim.wait_until_one_hangs(30000));
    auto clients = slow_clients(served.url(), 1000);
    CHECK(of_process(served.server.pid(), "Threads") < 100);
    CHECK(of_process(served.server.pid(), "VmRSS") < 200 * 1024);  // KiB
    w.sim.clear_faults();
    // Told by the state folder: the server itself is taken up by its slow clients for now.
    Value run;
    do {
      const auto runs = list(w.ok({"runs", "list"}).last());
      if (!runs.empty()) run = runs[0];
    } while (text(run, "status") != "ok" && text(run, "status") != "failed");
    CHECK(text(run, "status") == "ok");
    CHECK(count_of(w, "tracker") == count_of(w, "plex"));
    clients.clear();
    static_cast<void>(served.until("/api/run", [](const Value& v) { return text(v, "phase") == "ended"; }));
    CHECK(served.end().exit == 0);
  }
}
