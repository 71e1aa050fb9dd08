#include "config/secrets.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::error_of;
using test::has;

std::optional<std::string> env(const std::string& name) {
  if (name == "TOKEN") return "from-the-environment";
  return std::nullopt;
}

TEST_CASE("a secret stands in the file, in a variable or in another file") {
  const test::TempFolder temp;
  test::put(temp / "s", "from-a-file\r\n");
  REQUIRE(::chmod((temp / "s").c_str(), 0600) == 0);
  CHECK(resolve_secret("acme.token", "plain:env:x", env).value == "plain:env:x");
  CHECK(resolve_secret("acme.token", "env:TOKEN", env).value == "from-the-environment");
  const ResolvedSecret file = resolve_secret("acme.token", "file:" + (temp / "s").string(), env);
  CHECK(file.value == "from-a-file");
  CHECK(file.warning.empty());
  CHECK(is_reference("env:X"));
  CHECK(is_reference("file:/x"));
  CHECK_FALSE(is_reference("plain"));
}

TEST_CASE("a secret that is not where it should be is named with its source") {
  const test::TempFolder temp;
  const auto why = [&](const std::string& stored) {
    const Error e = error_of([&] { resolve_secret("acme.token", stored, env); });
    return std::string(e.what()) + " " + e.remedy;
  };
  CHECK(has(why("env:ABSENT"),
            "The secret acme.token is to come from the environment variable ABSENT, which is not set."));
  CHECK(has(why("file:" + (temp / "absent").string()),
            "the file " + (temp / "absent").string() + ", which does not exist."));
  CHECK(has(why("file:relative"), "no absolute path"));
  CHECK(has(why("file:" + temp.path().string()), temp.path().string()));
  test::put(temp / "empty", "\n");
  CHECK(has(why("file:" + (temp / "empty").string()), "which is empty"));
}

TEST_CASE("a secret file that everybody can read is used, with a warning") {
  const test::TempFolder temp;
  test::put(temp / "s", "1234");
  REQUIRE(::chmod((temp / "s").c_str(), 0644) == 0);
  const ResolvedSecret s = resolve_secret("acme.pin", "file:" + (temp / "s").string(), env);
  CHECK(s.value == "1234");
  CHECK(has(s.warning, "chmod 600"));
}

TEST_CASE("no form of a secret passes the redactor") {
  Redactor r;
  r.add("tok=en/ 1&\"ü");
  r.add("abc");  // too short to be one
  for (const char* text : {"x tok=en/ 1&\"ü y", "x tok%3Den%2F%201%26%22%C3%BC y", "x tok%3den%2f%201%26%22%c3%bc y",
                           "x tok%253Den%252F%25201%2526%2522%25C3%25BC y", "x tok=en/ 1&\\\"ü y"})
    CHECK(r.mask(text) == "x *** y");
  CHECK(r.mask("abc abcabc") == "abc abcabc");
  CHECK(r.mask("") == "");
}

TEST_CASE("a PIN that is also a year is hidden from messages and leaves data whole") {
  Redactor r;
  r.add("2013");
  r.add("a-long-token");
  CHECK(r.mask("the PIN 2013 was refused") == "the PIN *** was refused");
  CHECK(r.mask_data(R"({"year":2013,"title":"a-long-token"})") == R"({"year":2013,"title":"***"})");
}

TEST_CASE("a secret that begins another one hides no part of it less") {
  Redactor r;
  r.add("secret");
  r.add("secret-long");
  CHECK(r.mask("secret-long secret secretsecret") == "*** *** ******");
}

TEST_CASE("a printed configuration has stars for secrets, in every profile and also in blocks of others") {
  const Manifest acme = parse_manifest(R"({"id":"acme","label":"Acme","version":"1","abi":1,"library":"a.so","config":[
    {"key":"account","type":"string","secret":true,"aliases":["nested.old"]},{"key":"pin","type":"string","secret":true},
    {"key":"token_lifetime","type":"integer"},{"key":"url","type":"string"}]})",
                                       "/m.json");
  const json::Value config = json::parse(
      R"({"acme":{"account":"s3cret","nested":{"old":"s3cret","x":1},"pin":1234,"url":"u","token_lifetime":5,
      "legacy_token":"s3cret","_pending_pin":{"code":"s3cret"},"instances":{"kid":{"account":"env:TOKEN","pin":""},"b":{"account":"s3cret"}}},
    "other":{"access_token":"s3cret","list":[{"password":"s3cret"}],"name":"n"},"plugins":{"acme":{"enabled":true}}})");
  const std::string out = json::dump(redacted(config, {acme}));
  CHECK(
      out ==
      R"({"acme":{"account":"***","nested":{"old":"***","x":1},"pin":"***","url":"u","token_lifetime":5,)"
      R"("legacy_token":"***","_pending_pin":"***","instances":{"kid":{"account":"env:TOKEN","pin":""},"b":{"account":"***"}}},)"
      R"("other":{"access_token":"***","list":[{"password":"***"}],"name":"n"},"plugins":{"acme":{"enabled":true}}})");
}

}  // namespace
