#include "feature/libraries.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "support.hpp"

using namespace testing;
using feature::LibraryRule;
using feature::Section;
using feature::Whitelist;

namespace {

const std::vector<Section> sections{{"1", "uuid-a", "Films", "movie", "tv.plex.agents.movie"},
                                    {"2", "uuid-b", "Series", "show", "tv.plex.agents.series"},
                                    {"10", "uuid-c", "Films 4K", "movie", "com.plexapp.agents.imdb"},
                                    {"5", "uuid-d", "Music", "artist", "tv.plex.agents.music"}};

std::string keys(const LibraryRule& rule) {
  std::string out;
  for (const Section& s : rule.libraries()) out += (out.empty() ? "" : ",") + s.key;
  return out;
}

std::string allowed(const Whitelist& whitelist, const std::vector<std::string_view>& pair = {},
                    const std::vector<Section>& of = sections) {
  try {
    return keys(LibraryRule::make(Feature::history, of, whitelist, pair, "the server \"Attic\""));
  } catch (const Error& e) {
    CHECK(e.status == CW_CONFIG);
    CHECK_FALSE(e.remedy.empty());
    return e.code;
  }
}

}  // namespace

TEST_CASE("without a list all movie and show libraries count, and nothing else") {
  CHECK(allowed({}) == "1,2,10");
}

TEST_CASE("entries are keys or uuids") {
  CHECK(allowed({{"10", "1"}, {}}) == "1,10");
  CHECK(allowed({{"uuid-b"}, {}}) == "2");
  CHECK(allowed({{"UUID-B", "2"}, {}}) == "2");
}

TEST_CASE("one bad entry spoils the list, it never means all") {
  CHECK(allowed({{"1", "99"}, {}}) == "library_missing");
  CHECK(allowed({{"1", "films"}, {}}) == "library_missing");
  CHECK(allowed({{"1", ""}, {}}) == "library_missing");
  CHECK(allowed({{"5"}, {}}) == "library_unfit");
  CHECK(allowed({}, {"99"}) == "library_missing");
}

TEST_CASE("a library that was made anew under an old number is not the one that was chosen") {
  CHECK(allowed({{"1"}, {{"1", "uuid-a"}}}) == "1");
  CHECK(allowed({{"1"}, {{"1", "uuid-old"}}}) == "library_missing");
}

TEST_CASE("a pair narrows the list and never widens it") {
  CHECK(allowed({}, {"2"}) == "2");
  CHECK(allowed({{"1", "2"}, {}}, {"2", "10"}) == "2");
  CHECK(allowed({{"1"}, {}}, {"2"}) == "no_library_left");
}

TEST_CASE("a server without libraries is an error, not an empty snapshot") {
  CHECK(allowed({}, {}, {}) == "no_libraries");
  CHECK(allowed({}, {}, {sections[3]}) == "no_libraries");
}

TEST_CASE("whatever is chosen, nothing outside of it is allowed") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    Whitelist whitelist;
    std::set<std::string> chosen;
    for (const Section& s : sections)
      if (s.syncs() && random() % 2 == 0) {
        chosen.insert(s.key);
        whitelist.entries.push_back(random() % 2 == 0 ? s.key : s.uuid);
      }
    if (chosen.empty()) continue;
    const LibraryRule rule = LibraryRule::make(Feature::ratings, sections, whitelist, {}, "the server");
    for (const Section& s : sections) CHECK(rule.allows(s.key) == (chosen.count(s.key) == 1));
    CHECK_FALSE(rule.allows("99"));
    CHECK_FALSE(rule.allows(""));
  }
}

TEST_CASE("the scope is the same text exactly as long as the same libraries count") {
  const auto scope = [](const Whitelist& w, const std::vector<Section>& of) {
    return LibraryRule::make(Feature::history, of, w, {}, "the server").scope();
  };
  const std::string both = scope({{"1", "2"}, {}}, sections);
  CHECK(both == scope({{"2", "1"}, {}}, sections));
  CHECK(both.find("1,2") == 0);
  CHECK(both != scope({{"1"}, {}}, sections));
  auto renewed = sections;
  renewed[0].uuid = "uuid-new";
  CHECK(both != scope({{"1", "2"}, {}}, renewed));
  std::vector<Section> many;
  for (int i = 1; i < 400; ++i) many.push_back({std::to_string(i), "u" + std::to_string(i), "", "movie", ""});
  CHECK(scope({}, many).size() < 255);
}

TEST_CASE("the listing shows what each library takes part in, and a bad list does not hide it") {
  ScriptedTransport transport;
  transport.answer = [](const http::Request& request) {
    CHECK(request.path == "/library/sections");
    return Reply{200, R"({"MediaContainer":{"size":2,"Directory":[
      {"key":"1","type":"movie","title":"Films","uuid":"uuid-a","Location":[{"id":1,"path":"/x"}]},
      {"key":"5","type":"artist","title":"Music","uuid":"uuid-d"}]}})"};
  };
  FakeHost host;
  FakeCall call(host);
  const Call running = call.call();
  host.settings["history.libraries"] = {"1"};
  host.settings["ratings.libraries"] = {"7"};
  const ServerAccess access{"machine", "Attic", "https://server.test", ServerToken("t"), 1, true};
  const auto libraries = feature::list_libraries(running, transport, access, host.host());
  REQUIRE(libraries.size() == 2);
  CHECK(libraries[0].id == "1");
  CHECK(libraries[0].uuid == "uuid-a");
  CHECK(libraries[0].features == (bit(Feature::history) | bit(Feature::progress) | takes_part_live));
  CHECK(libraries[1].features == 0);
  CHECK(host.logged("\"7\""));
}

TEST_CASE("a list of libraries that is not whole is refused") {
  ScriptedTransport transport;
  transport.answer = [](const http::Request&) {
    return Reply{200, R"({"MediaContainer":{"size":3,"Directory":[{"key":"1","type":"movie","title":"Films"}]}})"};
  };
  Bench bench(transport);
  const Error e = bench.failure(Feature::ratings);
  CHECK(e.status == CW_PROTOCOL);
  CHECK(transport.requests().size() == 1);
}
