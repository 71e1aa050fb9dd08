#include "wire/tree.hpp"

#include <doctest/doctest.h>

#include <crosswatch/call.hpp>
#include <string>

using namespace crosswatch;
using namespace crosswatch::plex::wire;

namespace {

Node tree(std::string body) {
  return parse_tree(body, "The answer");
}

}  // namespace

TEST_CASE("a user reads the same from JSON and XML") {
  const Node json = tree(R"({"id":123,"uuid":"ab","username":"","home":true,"guest":false,"email":null,
                            "subscription":{"active":true,"features":["a","b"]}})");
  const Node xml = tree(R"(<user id="123" uuid="ab" username="" home="1" guest="0"><subscription active="1">
                           <features><feature id="a"/></features></subscription></user>)");
  for (const Node* n : {&json, &xml}) {
    CHECK(n->number("id") == 123);
    CHECK(n->attr("uuid") == "ab");
    CHECK(n->attr("username").empty());
    CHECK(n->attr("email").empty());
    CHECK(n->flag("home"));
    CHECK_FALSE(n->flag("guest", true));
    REQUIRE(n->child("subscription") != nullptr);
    CHECK(n->child("subscription")->flag("active"));
  }
  CHECK(json.child("subscription")->list("features").size() == 2);
  CHECK(json.child("subscription")->list("features")[1]->text == "b");
}

TEST_CASE("a list reads the same however it is wrapped") {
  const Node v2 = tree(R"({"id":1,"users":[{"id":1234},{"id":5}]})");
  const Node bare = tree(R"([{"id":1234},{"id":5}])");
  const Node container = tree(R"({"MediaContainer":{"size":2,"User":[{"id":1234},{"id":5}]}})");
  const Node v1 = tree(R"(<MediaContainer size="2"><User id="1234"/><User id="5"/></MediaContainer>)");
  const Node wrapped = tree(R"(<home><users><user id="1234"/><user id="5"/></users></home>)");
  for (const Node* n : {&v2, &container, &v1, &wrapped}) {
    const auto users = n->list("user", "users");
    REQUIRE(users.size() == 2);
    CHECK(users[0]->number("id") == 1234);
    CHECK(users[1]->number("id") == 5);
  }
  CHECK(bare.list("user").size() == 2);
  CHECK(tree("[]").list("user").empty());
}

TEST_CASE("connections of a resource read the same in all three answers") {
  const Node json = tree(R"([{"name":"a","provides":"server","connections":[{"uri":"https://x","local":true}]}])");
  const Node v2 = tree(
      R"(<resources><resource name="a"><connections><connection uri="https://x" local="1"/></connections></resource></resources>)");
  const Node v1 =
      tree(R"(<MediaContainer><Device name="a"><Connection uri="https://x" local="1"/></Device></MediaContainer>)");
  const auto check = [](const Node& resource) {
    CHECK(resource.attr("name") == "a");
    const auto connections = resource.list("connection", "connections");
    REQUIRE(connections.size() == 1);
    CHECK(connections[0]->attr("uri") == "https://x");
    CHECK(connections[0]->flag("local"));
  };
  check(*json.list("resource").at(0));
  check(*v2.list("resource").at(0));
  check(*v1.list("device").at(0));
}

TEST_CASE("text between tags is kept without the blanks around it") {
  CHECK(tree("<a>\n  hello <b/> </a>").text == "hello");
}

TEST_CASE("an answer that is too large, too deep, cut or no document is refused") {
  std::string large = "{\"a\":\"" + std::string(9 * 1024 * 1024, 'x') + "\"}";
  CHECK_THROWS_AS(tree(large), Error);
  CHECK_THROWS_AS(tree(std::string(100, '[')), Error);
  CHECK_THROWS_AS(tree(R"({"a":{"b":1})"), Error);
  CHECK_THROWS_AS(tree("<a><b></a>"), Error);
  CHECK_THROWS_AS(tree("<html></html>"), Error);
  CHECK_THROWS_AS(tree(""), Error);
}

TEST_CASE("the message of an error answer is found in every form, and nothing is found in none") {
  CHECK(error_text(R"({"errors":[{"code":1041,"message":"A valid PIN is required","status":403}]})") ==
        "A valid PIN is required");
  CHECK(error_text(R"(<errors><error code="1001" message="User could not be authenticated" status="401"/></errors>)") ==
        "User could not be authenticated");
  CHECK(error_text(R"(<Response code="410" status="This endpoint was removed"/>)") == "This endpoint was removed");
  CHECK(error_text(R"({"Error":{"error":"Bad Request","message":"Missing param","statusCode":400}})") ==
        "Missing param");
  CHECK(error_text(R"(<Error error="Not Found" message="Section not found" statusCode="404"/>)") ==
        "Section not found");
  CHECK(error_text("<html><head><title>Unauthorized</title></head></html>") == "Unauthorized");
  CHECK(error_text("").empty());
  CHECK(error_text("garbage").empty());
}
