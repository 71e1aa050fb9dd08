#include "account/plextv.hpp"

#include <doctest/doctest.h>

#include <crosswatch/fake_host.hpp>
#include <functional>

using namespace crosswatch;
using namespace crosswatch::plex;

namespace {

// Answers what a function says.
class Scripted final : public http::Transport {
public:
  struct Answer {
    int status = 200;
    std::string body{};
  };
  std::function<Answer(const http::Request&)> answer{};
  std::vector<http::Request> requests{};

  http::Response send(const Call&, const http::Request& request, std::string& body) override {
    requests.push_back(request);
    Answer a = answer(request);
    body = std::move(a.body);
    http::Response response;
    response.status = a.status;
    return response;
  }
};

struct Fixture {
  FakeHost host{};
  FakeCall call{host};
  Scripted transport{};
  PlexTv plex{transport, "https://tv", "https://clients"};
  AccountToken token{"token"};

  void always(int status, const std::string& body) {
    transport.answer = [=](const http::Request&) { return Scripted::Answer{status, body}; };
  }
  cw_status failure(const std::function<void()>& body) {
    try {
      body();
      return CW_OK;
    } catch (const Error& e) {
      return e.status;
    }
  }
};

}  // namespace

TEST_CASE("only 401 and 422 condemn a login") {
  Fixture f;
  for (const auto& answer : std::vector<std::pair<int, cw_status>>{{401, CW_AUTH},
                                                                   {422, CW_AUTH},
                                                                   {400, CW_UNREACHABLE},
                                                                   {403, CW_UNREACHABLE},
                                                                   {404, CW_UNREACHABLE},
                                                                   {302, CW_UNREACHABLE},
                                                                   {410, CW_UNREACHABLE},
                                                                   {498, CW_UNREACHABLE},
                                                                   {500, CW_UNREACHABLE},
                                                                   {503, CW_UNREACHABLE}}) {
    const auto [status, verdict] = answer;
    CAPTURE(answer.first);
    f.always(status, "{\"errors\":[{\"code\":1001,\"message\":\"no\"}]}");
    CHECK(f.failure([&] { f.plex.user(f.call.call(), f.token); }) == verdict);
  }
  for (const char* odd :
       {"", "{", "<html><body>maintenance</body></html>", "[]", "{\"id\":0}", "null", "\x1f\x8b\x01"}) {
    CAPTURE(odd);
    f.always(200, odd);
    CHECK(f.failure([&] { f.plex.user(f.call.call(), f.token); }) == CW_UNREACHABLE);
  }
}

TEST_CASE("a user is read from JSON and XML") {
  Fixture f;
  f.always(
      200,
      R"({"id":123,"uuid":"abc","username":"u","title":"T","email":null,"restricted":false,"home":true,"guest":"0","protected":1})");
  Person p = f.plex.user(f.call.call(), f.token);
  CHECK(p.id == 123);
  CHECK(p.uuid == "abc");
  CHECK(p.home);
  CHECK(p.is_protected);
  CHECK_FALSE(p.guest);
  f.always(
      200,
      R"(<user id="123" uuid="abc" username="" title="Kid" restricted="1" home="1"><subscription active="0"/></user>)");
  p = f.plex.user(f.call.call(), f.token);
  CHECK(p.id == 123);
  CHECK(p.restricted);
  CHECK(p.name() == "Kid");
  CHECK(p.is_named("kid"));
  CHECK_FALSE(p.is_named(""));
}

TEST_CASE("Home users come in every shape that was seen") {
  const std::string one = R"({"id":7,"uuid":"x","title":"Kid","username":"","restricted":true,"protected":true})";
  for (
      const std::string& body :
      {R"({"id":1,"name":"home","users":[)" + one + "]}", "[" + one + "]",
       R"({"MediaContainer":{"size":1,"User":[)" + one + "]}}",
       std::string(
           R"(<home id="1"><users><user id="7" uuid="x" title="Kid" restricted="1" protected="1"/></users></home>)"),
       std::string(
           R"(<MediaContainer size="1"><User id="7" uuid="x" title="Kid" restricted="1" protected="1"/></MediaContainer>)")}) {
    CAPTURE(body);
    Fixture f;
    f.always(200, body);
    const auto people = f.plex.home_users(f.call.call(), f.token);
    REQUIRE(people.size() == 1);
    CHECK(people[0].id == 7);
    CHECK(people[0].home);
    CHECK(people[0].restricted);
    CHECK(people[0].is_protected);
    CHECK(f.transport.requests.size() == 1);
  }
}

TEST_CASE("an answer without a list is trouble, an empty list is an empty list") {
  Fixture f;
  for (const char* empty : {"[]", "<MediaContainer size=\"0\"/>", "{\"MediaContainer\":{\"size\":0}}"}) {
    CAPTURE(empty);
    f.always(200, empty);
    CHECK(f.plex.friends(f.call.call(), f.token).empty());
    CHECK(f.plex.devices(f.call.call(), f.token).empty());
  }
  for (const char* odd : {"{}", "", "<html/>", "{\"pong\":true}", "\"text\"", "{\"errors\":[]}"}) {
    CAPTURE(odd);
    f.always(200, odd);
    CHECK(f.failure([&] { f.plex.friends(f.call.call(), f.token); }) == CW_UNREACHABLE);
    CHECK(f.failure([&] { f.plex.devices(f.call.call(), f.token); }) == CW_UNREACHABLE);
  }
}

TEST_CASE("servers are read from both lists, and players are left out") {
  Fixture f;
  f.always(200, R"([{"name":"B","provides":"player,client","clientIdentifier":"p"},
    {"name":"Shared","provides":"client,server","clientIdentifier":"s","owned":false,"ownerId":42,"accessToken":"t2"},
    {"name":"Mine","provides":"server","clientIdentifier":"m","owned":true,"accessToken":"t1","publicAddressMatches":true,
     "connections":[{"protocol":"https","address":"192.168.1.5","port":32400,"uri":"https://192-168-1-5.0123abcd.plex.direct:32400","local":true,"relay":false,"IPv6":false}]}])");
  auto devices = f.plex.devices(f.call.call(), f.token);
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].machine_id == "m");  // owned ones come first
  CHECK(devices[0].token.text() == "t1");
  CHECK(devices[0].direct == "0123abcd.plex.direct");
  CHECK(devices[0].connections.at(0).local);
  CHECK(devices[1].owner_id == 42);
  CHECK(devices[1].connections.empty());

  f.transport.answer = [](const http::Request& r) -> Scripted::Answer {
    if (r.base_url == "https://clients") return {500, "oops"};
    return {
        200,
        R"(<MediaContainer size="1"><Device name="Mine" provides="server" machineIdentifier="m" owned="1" accessToken="t1">
      <Connection protocol="https" address="192.168.1.5" port="32400" uri="https://192-168-1-5.0123abcd.plex.direct:32400" local="1"/>
      <Connection protocol="https" address="1.2.3.4" port="8443" uri="https://1-2-3-4.0123abcd.plex.direct:8443" local="0" relay="1"/></Device></MediaContainer>)"};
  };
  devices = f.plex.devices(f.call.call(), f.token);
  REQUIRE(devices.size() == 1);
  CHECK(devices[0].machine_id == "m");
  CHECK(devices[0].owned);
  REQUIRE(devices[0].connections.size() == 2);
  CHECK(devices[0].connections[1].relay);
  CHECK(f.transport.requests.back().want_xml);
}

TEST_CASE("a friend of the older list has the uuid of the picture's address") {
  Fixture f;
  f.transport.answer = [](const http::Request& r) -> Scripted::Answer {
    if (!r.want_xml) return {410, R"(<Response code="410" status="gone"/>)"};
    return {
        200,
        R"(<MediaContainer size="1"><User id="9" title="F" username="f" thumb="https://plex.tv/users/00ff00ff/avatar?c=1" home="0"/></MediaContainer>)"};
  };
  const auto friends = f.plex.friends(f.call.call(), f.token);
  REQUIRE(friends.size() == 1);
  CHECK(friends[0].uuid == "00ff00ff");
}

TEST_CASE("a login that is refused somewhere else is asked about where it counts") {
  Fixture f;
  f.transport.answer = [](const http::Request& r) -> Scripted::Answer {
    if (r.path == "/api/v2/user") return {200, R"({"id":1})"};
    return {401, ""};
  };
  CHECK(f.failure([&] { f.plex.devices(f.call.call(), f.token); }) == CW_UNREACHABLE);
  f.always(401, "");
  CHECK(f.failure([&] { f.plex.devices(f.call.call(), f.token); }) == CW_AUTH);
}
