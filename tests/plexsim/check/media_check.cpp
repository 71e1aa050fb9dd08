// The media server: pages, filters, marks, ratings, resume points, change markers, odd items.
#include <doctest/doctest.h>

#include <atomic>
#include <ctime>
#include <set>
#include <thread>

#include "client.hpp"
#include "plexsim/plexsim.hpp"

using check::Call;
using check::Client;
using check::container;
using check::parse;
using plexsim::Feature;

namespace {

struct Fixture {
  explicit Fixture(plexsim::Options options = {}) : sim(std::move(options)), client(sim.ca_file()) {}

  check::Answer get(const std::string& path, const std::string& method = "GET", const std::string& user = "owner") {
    Call call;
    call.method = method;
    call.token = sim.server_token(user);
    return client.send(sim.server_url() + path, call);
  }
  check::Json list(const std::string& path) { return parse(get(path).body); }
  std::uint64_t total(const std::string& query) {
    return container(list("/library/sections/1/all?type=1&X-Plex-Container-Start=0&X-Plex-Container-Size=0&" +
                          query))["totalSize"]
        .GetUint64();
  }

  plexsim::Simulator sim;
  Client client;
};

plexsim::Options blank() {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].catalog.people_state = false;
  options.servers[0].catalog.nasty_percent = 0;
  return options;
}

const std::string kWrite = "?identifier=com.plexapp.plugins.library&key=";

}  // namespace

TEST_CASE("pages cover a library once, in headers as in the query") {
  Fixture f;
  std::vector<std::string> keys;
  for (int start = 0;; start += 50) {
    Call call;
    call.token = f.sim.server_token("owner");
    call.headers = {{"X-Plex-Container-Start", std::to_string(start)}, {"X-Plex-Container-Size", "50"}};
    const auto answer = f.client.send(f.sim.server_url() + "/library/sections/1/all?type=1", call);
    const auto json = parse(answer.body);
    CHECK(container(json)["totalSize"].GetUint64() == f.sim.keys("1", "movie").size());
    CHECK(answer.headers.at("x-plex-container-total-size") == std::to_string(f.sim.keys("1", "movie").size()));
    if (container(json)["size"].GetInt() == 0) break;
    for (const auto& row : container(json)["Metadata"].GetArray()) keys.emplace_back(row["ratingKey"].GetString());
  }
  CHECK(keys == f.sim.keys("1", "movie"));
  const auto whole = f.list("/library/sections/1/all?type=1");
  CHECK_FALSE(container(whole).HasMember("totalSize"));
  CHECK(container(whole)["size"].GetUint64() == keys.size());
}

TEST_CASE("well-spelt filters select, misspelt ones are ignored without a word") {
  Fixture f;
  const auto all = f.sim.keys("1", "movie").size();
  std::size_t rated = 0;
  for (const auto& fact : f.sim.facts("owner", Feature::ratings)) rated += fact.library == "1" ? 1 : 0;
  std::size_t begun = 0;
  for (const auto& fact : f.sim.facts("owner", Feature::progress)) begun += fact.library == "1" ? 1 : 0;
  std::size_t watched = 0;
  for (const auto& fact : f.sim.facts("owner", Feature::history))
    watched += fact.library == "1" && fact.view_count > 0 ? 1 : 0;
  CHECK(rated > 0);
  CHECK(begun > 0);
  CHECK(f.total("userRating>>=0") == rated);
  CHECK(f.total("userRating%3E%3E=0") == rated);
  CHECK(f.total("viewOffset>>=0") == begun);
  CHECK(f.total("unwatched=0") == watched);
  CHECK(f.total("unwatched=1") == all - watched);
  CHECK(f.total("userRatings>>=0") == all);
  CHECK(f.total("userRating>>0") == all);
  CHECK(f.total("lastViewedAt>>=1") < all);
  CHECK(f.total("lastViewedAt>=1") == all);  // dates know no ">="
  CHECK(f.total("addedAt>>=9999999999") == 0);
  CHECK(f.total("updatedAt>>=abc") == all);
  const auto sorted = f.list("/library/sections/1/all?type=1&unwatched=0&sort=lastViewedAt:desc");
  std::int64_t before = INT64_MAX;
  for (const auto& row : container(sorted)["Metadata"].GetArray()) {
    const std::int64_t at = row.HasMember("lastViewedAt") ? row["lastViewedAt"].GetInt64() : -1;
    CHECK(at <= before);
    before = at;
  }
}

TEST_CASE("excluded elements and fields are left out, Guid comes only when asked") {
  Fixture f(blank());
  const auto plain = f.list("/library/sections/1/all?type=1&X-Plex-Container-Start=0&X-Plex-Container-Size=1");
  const auto& row = container(plain)["Metadata"][0];
  CHECK_FALSE(row.HasMember("Guid"));
  CHECK(row.HasMember("Media"));
  CHECK(row.HasMember("summary"));
  const auto slim = f.list(
      "/library/sections/1/all?type=1&includeGuids=1&excludeElements=Media,Role,Genre,Director,Writer,Country,Image,"
      "UltraBlurColors&excludeFields=summary,tagline&X-Plex-Container-Start=0&X-Plex-Container-Size=1");
  const auto& cut = container(slim)["Metadata"][0];
  for (const auto* name :
       {"Media", "Role", "Genre", "Director", "Writer", "Country", "Image", "UltraBlurColors", "summary", "tagline"}) {
    CAPTURE(name);
    CHECK_FALSE(cut.HasMember(name));
  }
  CHECK(cut["Guid"].Size() == 3);
  CHECK(cut.HasMember("duration"));
}

TEST_CASE("every scrobble counts, is stamped now, and writes no play row for a film") {
  Fixture f(blank());
  const std::string key = f.sim.keys("1", "movie").front();
  f.sim.set_progress("owner", key, 90'000);
  const auto before = std::time(nullptr);
  CHECK(f.get("/:/scrobble" + kWrite + key, "PUT").status == 200);
  CHECK(f.get("/:/scrobble" + kWrite + key + "&viewedAt=1500000000").body.empty());
  auto facts = f.sim.facts("owner", Feature::history);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].view_count == 2);
  CHECK(facts[0].last_viewed_at >= before);
  CHECK(facts[0].plays.empty());
  CHECK(f.sim.facts("owner", Feature::progress).empty());
  CHECK(f.get("/:/unscrobble" + kWrite + key, "PUT").status == 200);
  CHECK(f.sim.facts("owner", Feature::history).empty());
  CHECK(f.get("/:/scrobble" + kWrite + "123456789", "PUT").status == 404);
  CHECK(f.get("/:/scrobble?key=" + key, "PUT").status == 400);
  CHECK(f.get("/:/scrobble?identifier=com.plexapp.plugins.library", "PUT").status == 400);
}

TEST_CASE("a scrobbled show marks every episode again and writes their rows") {
  Fixture f(blank());
  const std::string show = f.sim.keys("2", "show").front();
  const auto leaves = f.list("/library/metadata/" + show + "/allLeaves");
  const std::string first = container(leaves)["Metadata"][0]["ratingKey"].GetString();
  f.sim.mark_watched("owner", first);
  CHECK(f.get("/:/scrobble" + kWrite + show, "PUT").status == 200);
  const auto facts = f.sim.facts("owner", Feature::history);
  CHECK(facts.size() == container(leaves)["size"].GetUint64());
  for (const auto& fact : facts) {
    CHECK(fact.view_count == (fact.key == first ? 2 : 1));
    CHECK(fact.plays.size() == 1);
  }
  const auto row = f.list("/library/metadata/" + show);
  CHECK(container(row)["Metadata"][0]["viewedLeafCount"].GetInt() ==
        container(row)["Metadata"][0]["leafCount"].GetInt());
}

TEST_CASE("before 1.40 every mark wrote a play row") {
  auto options = blank();
  options.servers[0].old_history = true;
  Fixture f(options);
  const std::string key = f.sim.keys("1", "movie").front();
  f.get("/:/scrobble" + kWrite + key, "PUT");
  CHECK(f.sim.facts("owner", Feature::history).at(0).plays.size() == 1);
}

TEST_CASE("ratings keep their decimals, -1 clears, a time in the future is refused") {
  Fixture f(blank());
  const std::string key = f.sim.keys("2", "season").front();
  CHECK(f.get("/:/rate" + kWrite + key + "&rating=7.3&ratedAt=1600000000", "PUT").status == 200);
  auto facts = f.sim.facts("owner", Feature::ratings);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].rating == doctest::Approx(7.3));
  CHECK(facts[0].rated_at == 1'600'000'000);
  CHECK(facts[0].type == "season");
  CHECK(f.get("/:/rate" + kWrite + key + "&rating=8&ratedAt=9000000000", "PUT").status == 400);
  CHECK(f.get("/:/rate" + kWrite + key + "&rating=11", "PUT").status == 400);
  CHECK(f.get("/:/rate" + kWrite + key + "&rating=-1", "PUT").status == 200);
  CHECK(f.sim.facts("owner", Feature::ratings).empty());
}

TEST_CASE("the timeline sets a resume point, needs a duration, and plays past the threshold") {
  Fixture f(blank());
  const std::string key = f.sim.keys("1", "movie").front();
  const std::string base = "/:/timeline?ratingKey=" + key + "&key=/library/metadata/" + key + "&state=stopped";
  CHECK(f.get(base + "&time=600000", "POST").status == 200);
  CHECK(f.sim.facts("owner", Feature::progress).empty());
  const auto answer = parse(f.get(base + "&time=600000&duration=6000000", "POST").body);
  CHECK(container(answer)["viewOffset"].GetInt64() == 600'000);
  CHECK(f.sim.facts("owner", Feature::progress).at(0).offset_ms == 600'000);
  f.get(base + "&time=0&duration=6000000", "POST");
  CHECK(f.sim.facts("owner", Feature::progress).at(0).offset_ms == 600'000);
  f.get(base + "&time=5900000&duration=6000000", "POST");
  CHECK(f.sim.facts("owner", Feature::progress).empty());
  CHECK(f.sim.facts("owner", Feature::history).at(0).plays.size() == 1);
  CHECK(f.get("/:/progress" + kWrite + key + "&time=700000&state=stopped", "PUT", "home").status == 401);
  CHECK(f.get("/:/progress" + kWrite + key + "&time=700000&state=stopped", "PUT").status == 200);
  CHECK(f.sim.facts("owner", Feature::progress).at(0).offset_ms == 700'000);
}

TEST_CASE("change markers move with content and stay with facts") {
  Fixture f(blank());
  auto marker = [&] { return container(f.list("/library/sections"))["Directory"][0]["contentChangedAt"].GetInt64(); };
  const auto start = marker();
  f.sim.mark_watched("owner", f.sim.keys("1", "movie").front());
  CHECK(marker() == start);
  plexsim::NewItem film;
  film.title = "Quite New";
  film.number = 700;
  const std::string key = f.sim.add_item("1", film);
  CHECK(marker() > start);
  const auto row = f.list("/library/metadata/" + key);
  CHECK(std::string(container(row)["Metadata"][0]["title"].GetString()) == "Quite New");
  CHECK(f.total("addedAt>>=" + std::to_string(std::time(nullptr) - 60)) == 1);
  plexsim::NewItem episode;
  episode.type = "episode";
  episode.show = f.sim.keys("2", "show").front();
  episode.season = 9;
  episode.episode = 4;
  const std::string added = f.sim.add_item("2", episode);
  const auto below = f.list("/library/metadata/" + added);
  CHECK(container(below)["Metadata"][0]["parentIndex"].GetInt() == 9);
  CHECK(std::string(container(below)["Metadata"][0]["grandparentRatingKey"].GetString()) == episode.show);
  f.sim.play("owner", key);
  f.sim.remove_item(key);
  CHECK(f.get("/library/metadata/" + key).status == 404);
  const auto history = f.list("/status/sessions/history/all");
  CHECK_FALSE(container(history)["Metadata"][0].HasMember("ratingKey"));
}

TEST_CASE("batches drop what is unknown, a single unknown id is 404") {
  Fixture f(blank());
  const auto keys = f.sim.keys("1", "movie");
  CHECK(container(f.list("/library/metadata/" + keys[0] + "," + keys[1] + ",999999"))["size"].GetInt() == 2);
  CHECK(f.get("/library/metadata/999999").status == 404);
  CHECK(f.get("/library/metadata/999999").body.find("404 Not Found") != std::string::npos);
  const auto row = f.list("/library/metadata/" + keys[3]);
  const std::string guid = container(row)["Metadata"][0]["guid"].GetString();
  const auto found = f.list("/library/all?type=1&guid=" + guid);
  CHECK(std::string(container(found)["Metadata"][0]["ratingKey"].GetString()) == keys[3]);
  CHECK(container(f.list("/library/all?type=1&guid=imdb://tt1000003"))["size"].GetInt() == 0);
}

TEST_CASE("the seeded world has every kind of odd item, and the same seed gives the same world") {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].catalog.shows = 40;
  Fixture f(options);
  std::set<std::string> schemes;
  bool no_year = false, year_zero = false, edition = false, count_only = false, time_only = false, beyond = false,
       odd = false, no_ids = false;
  const auto films = f.list("/library/sections/1/all?type=1&includeGuids=1");
  for (const auto& row : container(films)["Metadata"].GetArray()) {
    const std::string guid = row["guid"].GetString();
    schemes.insert(guid.substr(0, guid.find("://")));
    no_ids = no_ids || (guid.starts_with("plex://") && !row.HasMember("Guid"));
    no_year = no_year || !row.HasMember("year");
    year_zero = year_zero || (row.HasMember("year") && row["year"].GetInt() == 0);
    edition = edition || row.HasMember("editionTitle");
    count_only = count_only || (row.HasMember("viewCount") && !row.HasMember("lastViewedAt"));
    time_only = time_only || (!row.HasMember("viewCount") && row.HasMember("lastViewedAt"));
    beyond = beyond || (row.HasMember("viewOffset") && row["viewOffset"].GetInt64() > row["duration"].GetInt64());
    odd = odd || (row.HasMember("userRating") && row["userRating"].GetDouble() == doctest::Approx(7.3));
  }
  for (const auto* scheme : {"plex", "local", "com.plexapp.agents.imdb", "com.plexapp.agents.themoviedb",
                             "com.plexapp.agents.xbmcnfo", "com.plexapp.agents.none", "tv.plex.agents.nfo.movie"}) {
    CAPTURE(scheme);
    CHECK(schemes.contains(scheme));
  }
  CHECK(no_ids);
  CHECK(no_year);
  CHECK(year_zero);
  CHECK(edition);
  CHECK(count_only);
  CHECK(time_only);
  CHECK(beyond);
  CHECK(odd);
  bool specials = false, year_season = false, no_index = false, hidden = false;
  const auto episodes = f.list("/library/sections/2/all?type=4");
  for (const auto& row : container(episodes)["Metadata"].GetArray()) {
    specials = specials || row["parentIndex"].GetInt() == 0;
    year_season = year_season || row["parentIndex"].GetInt() > 1900;
    no_index = no_index || !row.HasMember("index");
    hidden = hidden || !row.HasMember("parentRatingKey");
  }
  CHECK(specials);
  CHECK(year_season);
  CHECK(no_index);
  CHECK(hidden);
  const Fixture again(options);
  const auto one = f.sim.facts("owner", Feature::history);
  const auto two = again.sim.facts("owner", Feature::history);
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].plays == two[i].plays);
}

TEST_CASE("answers are compressed for those who ask, unless the server does not") {
  Fixture f;
  Call call;
  call.token = f.sim.server_token("owner");
  call.headers = {{"Accept-Encoding", "gzip, deflate"}};
  const std::string path = "/library/sections/1/all?type=1";
  const auto packed = f.client.send(f.sim.server_url() + path, call);
  CHECK(packed.headers.at("content-encoding") == "gzip");
  CHECK(packed.body.starts_with("\x1f\x8b"));
  CHECK(packed.body.size() * 3 < f.get(path).body.size());
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].gzip = false;
  Fixture plain(options);
  call.token = plain.sim.server_token("owner");
  CHECK_FALSE(plain.client.send(plain.sim.server_url() + path, call).headers.contains("content-encoding"));
}

TEST_CASE("readers and writers at once") {
  Fixture f;
  const auto keys = f.sim.keys("1", "movie");
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (const std::string user : {"owner", "home", "friend"}) {
    threads.emplace_back([&f, &failed, user] {
      Client own(f.sim.ca_file());
      Call call;
      call.token = f.sim.server_token(user);
      for (int i = 0; i < 15; ++i) {
        const auto answer =
            own.send(f.sim.server_url() +
                         "/library/sections/1/all?type=1&unwatched=0&sort=lastViewedAt:desc&X-Plex-Container-Start=0"
                         "&X-Plex-Container-Size=20",
                     call);
        if (answer.status != 200 || container(parse(answer.body))["size"].GetInt() == 0) ++failed;
        if (own.send(f.sim.server_url() + "/status/sessions/history/all", call).status != 200) ++failed;
      }
    });
  }
  for (std::size_t i = 0; i < 60; ++i) {
    f.sim.mark_watched("owner", keys[i % keys.size()]);
    f.sim.rate("home", keys[i % keys.size()], 5);
    if (i % 20 == 0) f.sim.add_item("1", {});
    f.sim.watchlist_add("owner", "5d7768010000000000000000");
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
}
