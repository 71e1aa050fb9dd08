#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "support.hpp"

using namespace testing;

namespace {

// A server with one movie and one show library, whose lists are the rows given here.
struct Attic {
  std::map<std::string, std::vector<std::string>> lists{};  // "1/1": type 1 of library 1; "plays/1"
  std::map<std::string, std::string> metadata{};            // rating key -> row
  std::function<bool(const http::Request&, Reply&)> instead{};
  ScriptedTransport transport{};
  Bench bench{transport};

  Attic() {
    transport.answer = [this](const http::Request& r) { return answer(r); };
  }
  Reply answer(const http::Request& r) {
    Reply reply;
    if (instead && instead(r, reply)) return reply;
    if (r.path == "/library/sections")
      return {200, R"({"MediaContainer":{"size":2,"Directory":[{"key":"1","type":"movie","title":"Films","uuid":"a"},
        {"key":"2","type":"show","title":"Series","uuid":"b"}]}})"};
    if (r.path == "/status/sessions/history/all") return page_of(r, lists["plays/" + parameter(r, "librarySectionID")]);
    if (r.path.find("/library/metadata/") == 0) {
      std::vector<std::string> rows;
      std::string keys = r.path.substr(18) + ',';
      for (std::size_t at = 0, end = 0; (end = keys.find(',', at)) != keys.npos; at = end + 1)
        if (const auto row = metadata.find(keys.substr(at, end - at)); row != metadata.end())
          rows.push_back(row->second);
      return page_of(r, rows);
    }
    const auto last = r.path.rfind("/all");
    return page_of(r, lists[r.path.substr(18, last - 18) + '/' + parameter(r, "type")]);
  }
  std::size_t asked(std::string_view part) const {
    const auto requests = transport.requests();
    return static_cast<std::size_t>(std::count_if(
        requests.begin(), requests.end(), [&](const http::Request& r) { return r.path.find(part) != r.path.npos; }));
  }
};

std::string movie(const std::string& key, const std::string& members,
                  const std::string& guids = R"("Guid":[{"id":"tmdb://603"}])") {
  return "{\"ratingKey\":\"" + key + "\",\"type\":\"movie\",\"title\":\"M" + key + "\",\"guid\":\"plex://movie/m" +
         key + "\"," + guids + (members.empty() ? "" : "," + members) + '}';
}

std::string play(const std::string& key, std::int64_t at, int account = 1, const std::string& type = "movie") {
  return "{\"historyKey\":\"/h/" + key + '-' + std::to_string(at) + "\",\"ratingKey\":\"" + key + "\",\"type\":\"" +
         type + "\",\"viewedAt\":" + std::to_string(at) + ",\"accountID\":" + std::to_string(account) + '}';
}

Fact only(const Snapshot& snapshot) {
  REQUIRE(snapshot.facts.size() == 1);
  return snapshot.facts.front();
}

using Times = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("only the person's own rating counts, exactly as it is") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("rating":8.1,"audienceRating":7.2)"),
                         movie("2", R"("userRating":7.3,"rating":8.1,"lastRatedAt":1700000000)"),
                         movie("3", R"("userRating":0.0)"), movie("4", R"("userRating":"8.5")")};
  const Snapshot s = server.bench.read(Feature::ratings);
  REQUIRE(s.facts.size() == 2);
  CHECK(s.facts[0].ref == "machine/2");
  CHECK(s.facts[0].library_id == "1");
  CHECK(s.facts[0].value.rating == 73);
  CHECK(s.facts[0].value.at == 1700000000);
  CHECK(s.facts[1].value.rating == 85);
  CHECK(s.facts[1].value.at == time_unknown);
  CHECK(server.bench.host.logged("2 filtered"));
}

TEST_CASE("the filters are spelt as Plex spells them") {
  Attic server;
  for (const Feature f : {Feature::ratings, Feature::progress, Feature::history}) server.bench.read(f);
  std::map<std::string, std::size_t> seen;
  for (const auto& r : server.transport.requests())
    for (const auto& [key, value] : r.query) ++seen[key + '=' + value];
  CHECK(seen["userRating>>=0"] == 4);  // movies, shows, seasons, episodes
  CHECK(seen["viewOffset>>=0"] == 2);
  CHECK(seen["unwatched=0"] == 2);
  CHECK(seen["accountID=1"] == 2);
}

TEST_CASE("what is watched comes from the library, and when it was watched from the plays") {
  Attic server;
  server.lists["1/1"] = {
      movie("1", R"("viewCount":1,"lastViewedAt":1600000000)"),  // marked: no play row
      movie("2", R"("viewCount":3,"lastViewedAt":1650000900)"),  // three plays; the last view ended 15 minutes later
      movie("3", R"("viewCount":2,"lastViewedAt":1660000000)"),  // played once, marked later
      movie("4", R"("viewCount":1)"),                            // watched at a time that nobody knows
      movie("5", R"("viewCount":1,"lastViewedAt":1670000000,"viewOffset":5000)"),  // seen again, broken off
      movie("6", R"("viewCount":4,"lastViewedAt":1640000000)")};                   // older play rows were purged
  server.lists["plays/1"] = {play("2", 1650000000), play("2", 1640000000), play("2", 1630000000), play("3", 1610000000),
                             play("5", 1620000000), play("6", 1640000000), play("9", 1680000000)};  // unwatched since
  const Snapshot s = server.bench.read(Feature::history);
  CHECK(s.end.complete);
  REQUIRE(s.facts.size() == 6);
  const auto check = [&](std::size_t i, std::uint32_t plays, const Times& times) {
    CAPTURE(s.facts[i].ref);
    CHECK(s.facts[i].value.plays == plays);
    CHECK(s.facts[i].plays_at == times);
    CHECK(s.facts[i].value.at == (times.empty() ? time_unknown : times.front()));
  };
  check(0, 1, {1600000000});
  check(1, 3, {1650000000, 1640000000, 1630000000});
  check(2, 2, {1660000000, 1610000000});
  check(3, 1, {});
  check(4, 1, {1620000000});
  check(5, 4, {1640000000});
  CHECK(server.bench.host.logged("1 lost_play"));
}

TEST_CASE("plays of other people, of deleted items and of music never count") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"lastViewedAt":1600000000)")};
  server.lists["plays/1"] = {
      play("1", 1690000000, 42), play("1", 1600000000), play("1", 1680000000, 1, "track"),
      R"({"historyKey":"/h/7","type":"movie","title":"Gone","viewedAt":1650000000,"accountID":1})",
      R"({"historyKey":"/h/8","type":"movie","ratingKey":"1","accountID":1})"};
  const Fact fact = only(server.bench.read(Feature::history));
  CHECK(fact.plays_at == Times{1600000000});
  CHECK(fact.value.plays == 1);
  for (const char* note : {"1 foreign_play", "1 other_play", "1 lost_play", "1 undated_play"})
    CHECK(server.bench.host.logged(note));
}

TEST_CASE("a play row that names its item by path only is joined all the same") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"lastViewedAt":1600000900)")};
  server.lists["plays/1"] = {
      R"({"historyKey":"/h/7","key":"/library/metadata/1","type":"movie","viewedAt":1600000000,"accountID":1})"};
  CHECK(only(server.bench.read(Feature::history)).plays_at == Times{1600000000});
}

TEST_CASE("a server that keeps the plays to itself leaves what the library knows") {
  for (const int status : {401, 403}) {
    Attic server;
    server.lists["1/1"] = {movie("1", R"("viewCount":2,"lastViewedAt":1600000000)")};
    server.instead = [status](const http::Request& r, Reply& reply) {
      reply.status = status;
      return r.path == "/status/sessions/history/all";
    };
    CHECK(server.bench.failure(Feature::history).http_status == static_cast<std::uint32_t>(status));  // from its owner?
    server.bench.scopes.scope.server.owner = false;
    const Snapshot s = server.bench.read(Feature::history);
    CHECK(s.end.complete);
    CHECK(only(s).plays_at == Times{1600000000});
    CHECK(only(s).value.plays == 2);
    CHECK(server.bench.host.logged("history_refused"));
    CHECK(server.asked("history") == 2);
  }
}

TEST_CASE("any other failure of the plays fails the snapshot") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":2,"lastViewedAt":1600000000)")};
  server.instead = [](const http::Request& r, Reply& reply) {
    reply.status = 500;
    return r.path == "/status/sessions/history/all";
  };
  CHECK(server.bench.failure(Feature::history).status == CW_UNREACHABLE);
}

TEST_CASE("plays that changed while they were read are read again") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"lastViewedAt":1600000000)")};
  server.lists["plays/1"] = {play("1", 1600000000)};
  int asked = 0;
  server.instead = [&](const http::Request& r, Reply& reply) {
    if (r.path != "/status/sessions/history/all" || parameter(r, "librarySectionID") != "1" || ++asked > 1)
      return false;
    reply = {200, R"({"MediaContainer":{"size":0,"totalSize":1,"offset":0}})"};
    return true;
  };
  const Snapshot s = server.bench.read(Feature::history);
  CHECK(s.end.complete);
  CHECK(only(s).plays_at == Times{1600000000});
  server.instead = [](const http::Request& r, Reply& reply) {
    reply = {200, R"({"MediaContainer":{"size":0,"totalSize":1,"offset":0}})"};
    return r.path == "/status/sessions/history/all";
  };
  const Snapshot bad = server.bench.read(Feature::history);
  CHECK_FALSE(bad.end.complete);
  CHECK(bad.end.reason.find("The plays in \"Films\"") != std::string::npos);
}

TEST_CASE("a server that does not know the watched filter is read without it") {
  Attic server;
  const std::vector<std::string> rows{movie("1", R"("viewCount":1,"lastViewedAt":1600000000)"), movie("2", "")};
  server.instead = [&](const http::Request& r, Reply& reply) {
    if (r.path != "/library/sections/1/all") return false;
    reply = page_of(r, parameter(r, "unwatched").empty() ? rows : std::vector<std::string>{});
    return true;
  };
  CHECK(only(server.bench.read(Feature::history)).ref == "machine/1");
}

TEST_CASE("a library that is suddenly empty, without a word of how many rows it has, is no complete read") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"viewOffset":60000,"userRating":8)")};
  server.lists["plays/1"] = {play("1", 1600000000)};
  for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress}) {
    CAPTURE(name_of(feature));
    server.instead = nullptr;
    CHECK(server.bench.read(feature).end.complete);
    server.instead = [](const http::Request& r, Reply& reply) {
      reply = {200, R"({"MediaContainer":{"size":0}})"};
      return r.path == "/library/sections/1/all";
    };
    const Snapshot empty = server.bench.read(feature);
    CHECK_FALSE(empty.end.complete);
    CHECK(empty.end.reason.find("did not say how many") != std::string::npos);
  }
}

TEST_CASE("that nothing is watched is not believed of a server that does not count") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"lastViewedAt":1600000000)")};
  server.instead = [](const http::Request& r, Reply& reply) {
    if (r.path != "/library/sections/1/all") return false;
    if (asked_size(r) == 0)
      reply = {200, R"({"MediaContainer":{"size":0}})"};
    else if (!parameter(r, "unwatched").empty())
      reply = page_of(r, {});
    else
      return false;
    return true;
  };
  CHECK(only(server.bench.read(Feature::history)).ref == "machine/1");
}

TEST_CASE("a server that ignores filters gives the same facts") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("viewCount":1,"lastViewedAt":1600000000)"), movie("2", R"("viewOffset":60000)"),
                         movie("3", "")};
  CHECK(only(server.bench.read(Feature::history)).ref == "machine/1");
  const Fact progress = only(server.bench.read(Feature::progress));
  CHECK(progress.ref == "machine/2");
  CHECK(progress.value.progress_ms == 60000);
  CHECK(progress.value.duration_ms == -1);
  CHECK(progress.value.at == time_unknown);
}

TEST_CASE("episodes and seasons carry the ids of their show, and specials are season 0") {
  Attic server;
  server.lists["2/2"] = {
      R"({"ratingKey":"10","type":"show","guid":"plex://show/s10","title":"Show","Guid":[{"id":"tvdb://81189"},{"id":"tmdb://1396"}]})"};
  server.lists["2/3"] = {
      R"({"ratingKey":"20","type":"season","guid":"plex://season/x20","title":"Specials","index":0,"parentIndex":1,
        "parentRatingKey":"10","parentTitle":"Show","userRating":9.0,"Guid":[{"id":"tvdb://555"}]})"};
  server.lists["2/4"] = {
      R"({"ratingKey":"30","type":"episode","guid":"plex://episode/e30","title":"Pilot","index":1,"parentIndex":0,"year":2011,
        "grandparentRatingKey":"10","grandparentTitle":"Show","grandparentGuid":"plex://show/s10","userRating":8,
        "Guid":[{"id":"tvdb://349232"}]})",
      R"({"ratingKey":"31","type":"episode","guid":"com.plexapp.agents.thetvdb://81189/2/7?lang=en","title":"Old","userRating":8,
        "grandparentKey":"/library/metadata/10","originallyAvailableAt":"2012-05-06"})",
      R"({"ratingKey":"32","type":"episode","guid":"plex://episode/e32","title":"Lost","index":3,"parentIndex":1,"userRating":8,
        "grandparentRatingKey":"11","grandparentGuid":"plex://show/s11","Guid":[{"id":"tvdb://4"}]})"};
  const Snapshot s = server.bench.read(Feature::ratings);
  REQUIRE(s.facts.size() == 4);
  CHECK(text_of(s.facts[0]) ==
        "season machine/20 lib=2 \"Specials\" (0) \"Show\" 0x-1 ids: plex=plex://season/x20 tvdb=555 show: "
        "plex=plex://show/s10 tmdb=1396 tvdb=81189 at=- plays=0 rating=90 progress=-1/-1 times:");
  CHECK(text_of(s.facts[1]) ==
        "episode machine/30 lib=2 \"Pilot\" (2011) \"Show\" 0x1 ids: plex=plex://episode/e30 tvdb=349232 show: "
        "plex=plex://show/s10 tmdb=1396 tvdb=81189 at=- plays=0 rating=80 progress=-1/-1 times:");
  CHECK(text_of(s.facts[2]) ==
        "episode machine/31 lib=2 \"Old\" (2012) \"\" 2x7 ids: show: plex=plex://show/s10 tmdb=1396 tvdb=81189 at=- "
        "plays=0 rating=80 progress=-1/-1 times:");
  CHECK(text_of(s.facts[3]) ==
        "episode machine/32 lib=2 \"Lost\" (0) \"\" 1x3 ids: plex=plex://episode/e32 tvdb=4 show: plex=plex://show/s11 "
        "at=- "
        "plays=0 rating=80 progress=-1/-1 times:");
  CHECK(server.bench.host.logged("1 no_show"));
}

TEST_CASE("the shows are listed only when a season or an episode needs them, and once") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("userRating":8)")};
  server.bench.read(Feature::ratings);
  const auto shows = [&] {
    const auto requests = server.transport.requests();
    return std::count_if(requests.begin(), requests.end(), [](const http::Request& r) {
      return parameter(r, "type") == "2" && parameter(r, "userRating>>").empty();
    });
  };
  CHECK(shows() == 0);
  server.lists["2/4"] = {R"({"ratingKey":"30","type":"episode","userRating":8,"grandparentRatingKey":"10"})",
                         R"({"ratingKey":"31","type":"episode","userRating":8,"grandparentRatingKey":"11"})"};
  server.bench.read(Feature::ratings);
  CHECK(shows() == 1);
}

TEST_CASE("rows without external ids are completed in batches, not one by one") {
  Attic server;
  for (int i = 1; i <= 250; ++i) {
    const std::string key = std::to_string(i);
    server.lists["1/1"].push_back(movie(key, R"("userRating":8)", R"("x":0)"));
    if (i != 250) server.metadata[key] = movie(key, "", R"("Guid":[{"id":"tmdb://)" + key + "\"}]");
  }
  server.lists["1/1"].push_back(R"({"ratingKey":"300","type":"movie","guid":"local://300","userRating":8})");
  server.lists["1/1"].push_back(R"({"ratingKey":"301","type":"movie","guid":"odd.agent://301","userRating":8})");
  const Snapshot s = server.bench.read(Feature::ratings);
  REQUIRE(s.facts.size() == 252);
  CHECK(server.asked("/library/metadata/") == 3);
  for (const Fact& f : s.facts) {
    const std::string key = f.ref.substr(f.ref.find('/') + 1);
    CAPTURE(key);
    std::vector<Token> expected;
    if (std::stoi(key) <= 250) expected.push_back({"plex", "plex://movie/m" + key});
    if (std::stoi(key) < 250) expected.push_back({"tmdb", key});
    CHECK(f.ids == expected);
  }
  for (const char* note : {"1 no_ids", "1 local", "1 unsupported_agent"}) CHECK(server.bench.host.logged(note));
}

TEST_CASE("the number of requests for missing ids is bounded") {
  Attic server;
  for (int i = 1; i <= 7000; ++i)
    server.lists["1/1"].push_back(movie(std::to_string(i), R"("userRating":8)", R"("x":0)"));
  CHECK(server.bench.read(Feature::ratings).facts.size() == 7000);
  CHECK(server.asked("/library/metadata/") == 50);
}

TEST_CASE("copies of one title stay separate facts") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("userRating":8)"), movie("2", R"("userRating":8)")};
  const Snapshot s = server.bench.read(Feature::ratings);
  REQUIRE(s.facts.size() == 2);
  CHECK(s.facts[0].ref != s.facts[1].ref);
}

TEST_CASE("rows of another library and of other kinds are left out and counted") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("userRating":8,"librarySectionID":9)"),
                         R"({"ratingKey":"2","type":"clip","userRating":8})", R"({"type":"movie","userRating":8})"};
  CHECK(server.bench.read(Feature::ratings).facts.empty());
  for (const char* note : {"1 other_library", "1 other_kind", "1 no_key"}) CHECK(server.bench.host.logged(note));
}

TEST_CASE("only the libraries of the profile and the pair are asked") {
  Attic server;
  server.bench.host.settings["history.libraries"] = {"1"};
  server.bench.read(Feature::history);
  CHECK(server.asked("/library/sections/2") == 0);
  CHECK(server.bench.failure(Feature::history, {"2"}).code == "no_library_left");
  server.bench.host.settings["history.libraries"] = {"1", "77"};
  const std::size_t before = server.transport.requests().size();
  CHECK(server.bench.failure(Feature::history).code == "library_missing");
  CHECK(server.transport.requests().size() == before + 1);
}

TEST_CASE("the receiver can stop a snapshot") {
  Attic server;
  server.lists["1/1"] = {movie("1", R"("userRating":8)")};
  FactCollector collector;
  collector.answer = [] { return CW_HOST_STOPPED; };
  FactSink sink = collector.sink();
  Call call = server.bench.fake_call.call();
  CHECK_THROWS_AS(server.bench.adapter.snapshot(call, Feature::ratings, {}, sink), Stopped);
}

TEST_CASE("the watchlist is read from the host that has it") {
  ScriptedTransport transport;
  Bench bench(transport);
  std::vector<std::string> rows;
  for (int i = 1; i <= 230; ++i)
    rows.push_back(R"({"ratingKey":"k)" + std::to_string(i) + R"(","guid":"plex://movie/k)" + std::to_string(i) +
                   R"(","type":"movie","title":"T","year":2020,"addedAt":1,"Guid":[{"id":"tmdb://)" +
                   std::to_string(i) + "\"}]}");
  rows.push_back(R"({"ratingKey":"s","guid":"plex://show/s","type":"show","title":"S"})");
  rows.push_back(R"({"ratingKey":"e","guid":"plex://episode/e","type":"episode","title":"E"})");
  std::string home = "https://discover.test";
  transport.answer = [&](const http::Request& r) {
    CHECK(r.token == "cloud-token");
    if (r.base_url != home) return Reply{404, R"({"Error":{"message":"Section 'watchlist' not found!"}})"};
    if (r.path == "/library/sections/watchlist/all") return page_of(r, rows);
    CHECK(r.path == "/library/metadata/s");
    return page_of(r, {R"({"ratingKey":"s","type":"show","Guid":[{"id":"tvdb://5"}]})"});
  };
  const Snapshot s = bench.read(Feature::watchlist);
  CHECK(s.end.complete);
  REQUIRE(s.facts.size() == 231);
  CHECK(transport.requests().size() == 4);
  CHECK(s.facts[0].ref == "discover/k1");
  CHECK(s.facts[0].library_id.empty());
  CHECK(s.facts[0].value.at == time_unknown);  // addedAt is the day of release
  CHECK(s.facts[230].ids == std::vector<Token>{{"plex", "plex://show/s"}, {"tvdb", "5"}});
  home = "https://metadata.test";
  CHECK(texts_of(bench.read(Feature::watchlist)) == texts_of(s));
  CHECK(bench.host.logged("endpoint_moved"));
  home = "nowhere";
  CHECK(bench.failure(Feature::watchlist).http_status == 404);
}

TEST_CASE("one title without metadata does not lose the others of its batch") {
  ScriptedTransport transport;
  Bench bench(transport);
  std::vector<std::string> rows;
  for (const std::string key : {"a", "b", "c", "d"})
    rows.push_back("{\"ratingKey\":\"" + key + "\",\"guid\":\"plex://movie/" + key + "\",\"type\":\"movie\"}");
  transport.answer = [&](const http::Request& r) {
    if (r.path == "/library/sections/watchlist/all") return page_of(r, rows);
    const std::string keys = r.path.substr(18);
    if (keys.find('c') != keys.npos) return Reply{404, ""};
    std::vector<std::string> found;
    for (const char c : keys)
      if (c != ',')
        found.push_back(std::string("{\"ratingKey\":\"") + c + R"(","type":"movie","Guid":[{"id":"imdb://tt1"}]})");
    return page_of(r, found);
  };
  const Snapshot s = bench.read(Feature::watchlist);
  CHECK(s.end.complete);
  REQUIRE(s.facts.size() == 4);
  CHECK(s.facts[2].ids.size() == 1);
  for (const std::size_t i : {0u, 1u, 3u}) CHECK(s.facts[i].ids.size() == 2);
}

TEST_CASE("items are looked up in batches by their ref on this server") {
  Attic server;
  server.metadata["1"] = movie("1", R"("userRating":7.5,"lastRatedAt":1700000000)");
  server.metadata["2"] = movie("2", "");
  server.metadata["4"] = movie("4", R"("userRating":7.5)");
  std::vector<Fact> facts(5);
  for (std::size_t i = 0; i < 5; ++i) facts[i].ref = "machine/" + std::to_string(i + 1);
  facts[3].kind = Kind::show;          // the key is a movie's now
  facts[4].ref = "another-machine/1";  // says nothing about this server
  const auto answers = server.bench.look(Feature::ratings, facts);
  CHECK(answers[0].state == CW_PRESENT);
  CHECK(answers[0].value.rating == 75);
  CHECK(std::string(answers[0].ref) == "machine/1");
  CHECK(answers[1].state == CW_NO_FACT);
  CHECK(answers[2].state == CW_NO_TITLE);
  CHECK(answers[3].state == CW_NO_TITLE);
  CHECK(answers[4].state == CW_UNKNOWN);
  CHECK(server.asked("/library/metadata/") == 1);
}

TEST_CASE("a check says whose facts these are and which feature cannot be used") {
  Attic server;
  Call call = server.bench.fake_call.call();
  const std::uint32_t all = 15;
  Health health = server.bench.adapter.check(call, all);
  CHECK(health.identity == "plex:7@machine");
  for (const auto& f : health.features) CHECK(f.state == CW_READY);
  server.bench.host.settings["history.libraries"] = {"77"};
  health = server.bench.adapter.check(call, all);
  CHECK(health.features[CW_HISTORY].state == CW_DOWN);
  CHECK(health.features[CW_HISTORY].code == "library_missing");
  CHECK(health.features[CW_RATINGS].state == CW_READY);
  server.instead = [](const http::Request&, Reply& reply) {
    reply.status = 401;
    return true;
  };
  health = server.bench.adapter.check(call, all);
  CHECK(health.features[CW_PROGRESS].state == CW_NEEDS_LOGIN);
  CHECK(health.features[CW_WATCHLIST].state == CW_READY);
  CHECK_THROWS_AS(server.bench.adapter.check(call, bit(Feature::ratings)), Error);
  CHECK(server.bench.adapter.check(call, bit(Feature::watchlist)).identity == "plex:7");
}

TEST_CASE("account and server keep their identity while the server fails and when it is not asked") {
  Attic server;
  Call call = server.bench.fake_call.call();
  server.bench.host.settings["server_id"] = {"machine"};
  const std::uint32_t all = 15;
  const std::string identity = server.bench.adapter.check(call, all).identity;
  CHECK(identity == "plex:7@machine");
  CHECK(server.bench.adapter.check(call, bit(Feature::watchlist)).identity == identity);
  server.instead = [](const http::Request&, Reply& reply) {
    reply.status = 500;
    return true;
  };
  CHECK(server.bench.adapter.check(call, all).identity == identity);
}
