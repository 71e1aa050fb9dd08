#include "manifest/manifest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::error_of;
using test::has;

Manifest read(const std::string& text) {
  return parse_manifest(text, "/plugins/acme/manifest.json");
}

std::string with(const std::string& more) {
  return R"({"id":"acme","label":"Acme","version":"1.0","abi":1,"library":"acme.so")" +
         (more.empty() ? "" : "," + more) + "}";
}

TEST_CASE("a manifest says what a plugin can do and which settings it has") {
  const Manifest m = read(with(
      R"("directory":true,"watcher":{"events":["start","watched"],"webhooks":true},"auth":{"flow":"device_pin","writes":["token"]},
    "capabilities":{"ratings":{"read":true,"add":true,"kinds":["movie","show"],"rating_step":0.5},
                    "history":{"read":true,"remove":true,"backdate":true,"events":true,"kinds":["episode"],"time_precision":60}},
    "config":[{"key":"token","type":"string","secret":true},{"key":"a.b","type":"integer","default":"5","min":1},
              {"key":"s","type":"string","per_profile":true},{"key":"l","type":"list","default":["x"],"inherits":"s"}])"));
  CHECK(m.library == "/plugins/acme/acme.so");
  CHECK(m.directory);
  CHECK(m.watcher == (bit(EventKind::start) | bit(EventKind::watched) | can_receive));
  CHECK(m.sync);
  CHECK(m.auth_flow == "device_pin");
  CHECK(m.auth_writes == std::vector<std::string>{"token"});
  CHECK(m.capability(Feature::ratings).can == (CW_READ | CW_ADD));
  CHECK(m.capability(Feature::ratings).rating_step == 5);
  CHECK(m.capability(Feature::ratings).kinds == (bit(Kind::movie) | bit(Kind::show)));
  CHECK(m.capability(Feature::history).can == (CW_READ | CW_REMOVE | CW_BACKDATE | CW_EVENTS));
  CHECK(m.capability(Feature::history).time_precision_s == 60);
  CHECK(m.capability(Feature::watchlist).can == 0);
  CHECK(m.find("a.b")->fallback == json::Value(5));
  CHECK(m.find("a.b")->inherits);
  CHECK_FALSE(m.find("token")->inherits);
  CHECK_FALSE(m.find("s")->inherits);
  CHECK(m.find("l")->inherits_with == "s");
  CHECK_FALSE(read(with("")).sync);
}

TEST_CASE("a manifest that is wrong is refused with the file and what is wrong") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"{", "is not valid JSON"},
      {"[]", "has to be of type object"},
      {R"({"id":"acme"})", "it lacks \"label\""},
      {R"({"id":"../x","label":"x","version":"1","abi":1,"library":"x"})", "\"id\" does not have the form"},
      {R"({"id":"pairs","label":"x","version":"1","abi":1,"library":"x"})", "keeps for itself"},
      {R"({"id":"a","label":"x","version":"1","abi":"1","library":"x"})", "\"abi\" has to be of type integer"},
      {R"({"id":"a","label":"x","version":"1","abi":1,"library":"../x.so"})", "\"library\" does not have the form"},
      {with(R"("colour":"red")"), "unknown member \"colour\""},
      {with(R"("capabilities":{"music":{"read":true,"kinds":["movie"]}})"), "unknown member \"music\""},
      {with(R"("capabilities":{"history":{"read":true,"kinds":["song"]}})"),
       "has to be one of movie, show, season, episode"},
      {with(R"("capabilities":{"history":{"read":true,"kinds":[]}})"), "minItems"},
      {with(R"("capabilities":{"history":{"read":false,"kinds":["movie"]}})"), "can do nothing with it"},
      {with(R"("capabilities":{"ratings":{"read":true,"kinds":["movie"]}})"), "lacks rating_step"},
      {with(R"("capabilities":{"ratings":{"read":true,"kinds":["movie"],"rating_step":0.25}})"), "no multiple of 0.1"},
      {with(R"("capabilities":{"history":{"read":true,"kinds":["movie"],"rating_step":0.5}})"),
       "has a rating_step in capabilities.history"},
      {with(R"("auth":{"flow":"password"})"), "has to be one of device_pin"},
      {with(R"("auth":{"flow":"device_pin","writes":["t"]})"), "which is no setting of its own"},
      {with(R"("config":[{"key":"a"}])"), "\"config.0\" lacks \"type\""},
      {with(R"("config":[{"key":"a b","type":"string"}])"), "does not have the form"},
      {with(R"("config":[{"key":"a","type":"text"}])"), "has to be one of string, integer, number, boolean, list, map"},
      {with(R"("config":[{"key":"a","type":"string"},{"key":"b","type":"string","aliases":["a"]}])"), "\"a\" twice"},
      {with(R"("config":[{"key":"a","type":"string"},{"key":"a-b","type":"string"},{"key":"a.b","type":"string"}])"),
       "inside the setting \"a\""},
      {with(R"("config":[{"key":"instances.x","type":"string"}])"), "where the profiles stand"},
      {with(R"("config":[{"key":"a","type":"integer","default":"x"}])"),
       "has the default \"x\"; allowed is a whole number"},
      {with(R"("config":[{"key":"a","type":"integer","min":3,"max":1}])"), "empty range"},
      {with(R"("config":[{"key":"a","type":"string","min":3}])"), "is no number"},
      {with(R"("config":[{"key":"a","type":"boolean","choices":["x"]}])"), "neither a string nor a list"},
      {with(R"("config":[{"key":"a","type":"integer","secret":true}])"), "is secret, but no string"},
      {with(R"("config":[{"key":"a","type":"string","secret":true,"default":"x"}])"), "secret and has a default"},
      {with(R"("config":[{"key":"a","type":"string","secret":true,"inherits":true}])"), "cannot inherit"},
      {with(R"("config":[{"key":"a","type":"string","inherits":"b"}])"), "inherits with \"b\""}};
  for (const auto& row : rows) {
    const std::string& text = row.first;
    const std::string& wanted = row.second;
    const Error e = error_of([&] { read(text); });
    CHECK_MESSAGE(e.code == "bad_manifest", std::string(text));
    CHECK_MESSAGE(has(e.what(), "/plugins/acme/manifest.json"), std::string(text));
    CHECK_MESSAGE(has(e.what(), wanted), std::string(e.what()));
  }
}

TEST_CASE("the manifests of the plugins in this tree are good") {
  const std::filesystem::path tree = SOURCE_TREE;
  for (const char* file : {"manifest.json", "host-sdk/tracker/manifest.json", "tests/unit/host/plugins/manifest.json"})
    CHECK_NOTHROW(load_manifest(tree / file));
}

TEST_CASE("a manifest that is missing is an error with its path") {
  const test::TempFolder temp;
  CHECK(has(error_of([&] { load_manifest(temp / "manifest.json"); }).what(), (temp / "manifest.json").string()));
}

}  // namespace
