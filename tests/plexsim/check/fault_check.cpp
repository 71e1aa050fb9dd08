// Faults do exactly what they say, to exactly the requests they name.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "client.hpp"
#include "plexsim/plexsim.hpp"

using check::Call;
using check::Client;
using check::container;
using check::parse;
using plexsim::FaultKind;
using plexsim::FaultRule;

namespace {

struct Fixture {
  Fixture() : client(sim.ca_file()) {}
  check::Answer get(const std::string& path, const std::string& method = "GET", int timeout = 5000) {
    Call call;
    call.method = method;
    call.timeout_ms = timeout;
    call.token = sim.server_token("owner");
    return client.send(sim.server_url() + path, call);
  }
  void fault(FaultKind kind, std::int64_t bytes = -1, std::int64_t amount = 1) {
    sim.clear_faults();
    FaultRule rule;
    rule.kind = kind;
    rule.host = "server";
    rule.count = 0;
    rule.bytes = bytes;
    rule.amount = amount;
    sim.add_fault(rule);
  }

  plexsim::Simulator sim{};
  Client client;
};

const std::string kPage = "/library/sections/1/all?type=1&X-Plex-Container-Start=10&X-Plex-Container-Size=10";

}  // namespace

TEST_CASE("a fault hits the nth matching request, as often as told, and no other") {
  Fixture f;
  FaultRule rule;
  rule.kind = FaultKind::status;
  rule.status = 503;
  rule.retry_after = 7;
  rule.path_prefix = "/library/sections/1";
  rule.nth = 2;
  rule.count = 2;
  f.sim.add_fault(rule);
  CHECK(f.get("/library/sections").status == 200);
  CHECK(f.get(kPage).status == 200);
  const auto hit = f.get(kPage);
  CHECK(hit.status == 503);
  CHECK(hit.headers.at("retry-after") == "7");
  CHECK(hit.body.find("503 Service Unavailable") != std::string::npos);
  CHECK(f.get(kPage).status == 503);
  CHECK(f.get(kPage).status == 200);
}

TEST_CASE("errors have the shape of their host") {
  Fixture f;
  FaultRule rule;
  rule.kind = FaultKind::status;
  rule.status = 429;
  rule.count = 0;
  f.sim.add_fault(rule);
  Call call;
  CHECK(parse(f.client.send(f.sim.urls().plex_tv + "/api/v2/user", call).body)["errors"][0]["code"].GetInt() == 1003);
  CHECK(parse(f.client.send(f.sim.urls().discover + "/library/x", call).body)["Error"]["statusCode"].GetInt() == 429);
  call.accept = "";
  CHECK(f.client.send(f.sim.urls().plex_tv + "/api/users", call).body.find("<Response code=\"429\"") !=
        std::string::npos);
  CHECK(f.client.send(f.sim.urls().plex_tv + "/api/v2/user", call).body.find("<errors><error code=\"1003\"") !=
        std::string::npos);
}

TEST_CASE("bodies are cut, dripped, truncated and broken as asked") {
  Fixture f;
  f.fault(FaultKind::cut, 100);
  CHECK(f.get(kPage).failure == "short body");
  f.fault(FaultKind::truncated, 100);
  auto answer = f.get(kPage);
  CHECK(answer.status == 200);
  CHECK(answer.body.size() == 100);
  f.fault(FaultKind::empty);
  CHECK(f.get(kPage).body.empty());
  f.fault(FaultKind::html);
  CHECK(f.get(kPage).body.starts_with("<!DOCTYPE html>"));
  f.fault(FaultKind::garbage, 64);
  CHECK(f.get(kPage).body.size() == 64);
  f.fault(FaultKind::bom);
  CHECK(f.get(kPage).body.starts_with("\xEF\xBB\xBF{"));
  f.fault(FaultKind::force_xml);
  CHECK(f.get(kPage).body.starts_with("<?xml"));
  f.fault(FaultKind::bad_chunk, 50);
  answer = f.get(kPage);
  CHECK((answer.status == 0 || answer.body.size() == 50));
  f.client.forget_connections();  // Poco does not notice the broken framing
  f.fault(FaultKind::drip, 200);
  const auto start = std::chrono::steady_clock::now();
  CHECK(f.get("/identity").status == 200);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  f.sim.clear_faults();
  CHECK(f.get(kPage).status == 200);
}

TEST_CASE("a reset before the effect leaves things as they were, a reset after it does not") {
  Fixture f;
  const std::string key = f.sim.keys("1", "movie").at(0);
  f.sim.mark_unwatched("owner", key);
  auto watched = [&] {
    for (const auto& fact : f.sim.facts("owner", plexsim::Feature::history)) {
      if (fact.key == key && fact.view_count > 0) return true;
    }
    return false;
  };
  const std::string write = "/:/scrobble?identifier=com.plexapp.plugins.library&key=" + key;
  f.fault(FaultKind::reset_before);
  CHECK(f.get(write, "PUT").status == 0);
  CHECK_FALSE(watched());
  f.fault(FaultKind::reset_after);
  CHECK(f.get(write, "PUT").status == 0);
  CHECK(watched());
}

TEST_CASE("wrong totals, repeated and short pages") {
  Fixture f;
  const auto honest = parse(f.get(kPage).body);
  const auto total = container(honest)["totalSize"].GetInt64();
  f.fault(FaultKind::wrong_total, -1, 25);
  CHECK(container(parse(f.get(kPage).body))["totalSize"].GetInt64() == total + 25);
  f.fault(FaultKind::repeat_page);
  const auto repeated = parse(f.get(kPage).body);
  CHECK(std::string(container(repeated)["Metadata"][0]["ratingKey"].GetString()) == f.sim.keys("1", "movie").at(0));
  f.fault(FaultKind::page_cap, -1, 4);
  CHECK(container(parse(f.get(kPage).body))["size"].GetInt() == 4);
  f.fault(FaultKind::short_list, -1, 15);
  const auto shorter = parse(f.get(kPage).body);
  CHECK(container(shorter)["size"].GetInt() == 5);
  CHECK(container(shorter)["totalSize"].GetInt() == 15);
  f.fault(FaultKind::ignore_filters);
  CHECK(container(parse(f.get(kPage + "&userRating>>=0").body))["totalSize"].GetInt64() == total);
}

TEST_CASE("a server that closes after its answer leaves a stale connection behind") {
  Fixture f;
  f.fault(FaultKind::close_after);
  CHECK(f.get("/identity").status == 200);
  f.sim.clear_faults();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  f.get("/identity");  // may fail: that is the point
  CHECK(f.get("/identity").status == 200);
}

TEST_CASE("a hanging server answers nobody and does not hold up the end") {
  Fixture f;
  f.fault(FaultKind::hang);
  CHECK(f.get("/identity", "GET", 300).status == 0);
}

TEST_CASE("certificates that must be refused are refused") {
  for (const auto mode : {plexsim::CertMode::wrong_name, plexsim::CertMode::unknown_ca, plexsim::CertMode::expired}) {
    plexsim::Options options;
    options.servers.resize(1);
    options.servers[0].cert = mode;
    plexsim::Simulator sim(options);
    Client client(sim.ca_file());
    CHECK(client.send(sim.server_url() + "/identity").status == 0);
  }
  plexsim::Options options;
  options.servers.resize(2);
  options.servers[0].cert = plexsim::CertMode::plain_http;
  options.servers[1].handshake_delay_ms = 100;
  plexsim::Simulator sim(options);
  Client client(sim.ca_file());
  CHECK(sim.server_url(0).starts_with("http://"));
  CHECK(client.send(sim.server_url(0) + "/identity").status == 200);
  CHECK(client.send(sim.server_url(1) + "/identity").status == 200);
}

TEST_CASE("the log tells every request, its token and how many ran at once") {
  Fixture f;
  f.get("/library/sections");
  f.client.send(f.sim.server_url() + "/library/sections?X-Plex-Token=" + f.sim.server_token("owner"));
  const auto log = f.sim.requests();
  REQUIRE(log.size() == 2);
  CHECK(log[0].host == "server");
  CHECK(log[0].token == f.sim.server_token("owner"));
  CHECK_FALSE(log[0].token_in_query);
  CHECK(log[0].client_id == "check-client");
  CHECK(log[0].status == 200);
  CHECK(log[0].bytes > 500);
  CHECK(log[1].token_in_query);
  CHECK(f.sim.peak_in_flight("server") == 1);
  FaultRule slow;
  slow.kind = FaultKind::none;
  slow.delay_ms = 300;
  slow.count = 0;
  f.sim.add_fault(slow);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      Client own(f.sim.ca_file());
      own.send(f.sim.server_url() + "/identity");
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(f.sim.peak_in_flight("server", 0) == 3);
  f.sim.clear_requests();
  CHECK(f.sim.requests().empty());
  CHECK(f.sim.peak_in_flight("server") == 0);
}

TEST_CASE("the control listener does what the calls do") {
  Fixture f;
  const std::string control = f.sim.start_control();
  const std::string key = f.sim.keys("1", "movie").at(0);
  Call post;
  post.method = "POST";
  post.body = R"({"op":"rate","user":"home","key":")" + key + R"(","rating":3.5})";
  CHECK(f.client.send(control + "/sim/fact", post).status == 200);
  const auto world = parse(f.client.send(control + "/sim/world?user=home&feature=ratings").body);
  bool found = false;
  for (const auto& fact : world["users"][0]["servers"][0]["ratings"].GetArray()) {
    found = found || (fact["key"].GetString() == key && fact["rating"].GetDouble() == 3.5);
  }
  CHECK(found);
  post.body = R"({"host":"server","kind":"status","status":418,"path_prefix":"/identity"})";
  CHECK(f.client.send(control + "/sim/fault", post).status == 200);
  CHECK(f.get("/identity").status == 418);
  post.body = R"({"kind":"no such thing"})";
  CHECK(f.client.send(control + "/sim/fault", post).status == 400);
  post.body = "{broken";
  CHECK(f.client.send(control + "/sim/fault", post).status == 400);
  CHECK(f.client.send(control + "/sim/nothing").status == 404);
  CHECK_FALSE(f.sim.wait_for_stop(0));
  post.body = "";
  CHECK(f.client.send(control + "/sim/stop", post).status == 200);
  CHECK(f.sim.wait_for_stop(1000));
}
