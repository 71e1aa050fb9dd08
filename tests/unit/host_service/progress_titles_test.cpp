#include <doctest/doctest.h>

#include "service/progress.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

constexpr std::int64_t minute_ms = 60'000;

// Profiles "a", "b", .. with what each lists.
struct Shelf {
  engine::Texts texts{};
  std::vector<ProfileFacts> profiles{};

  void profile(const std::string& name, const std::vector<Fact>& facts, bool complete = true) {
    profiles.push_back({{name, "default"}, engine::Facts(texts, Feature::progress), complete});
    for (const Fact& f : facts) {
      FactLender lender;
      const cw_fact& raw = lender.lend(f);
      profiles.back().facts.accept({sizeof(cw_facts), sizeof(cw_fact), 1, &raw});
    }
  }
  std::vector<ResumeTitle> titles() const { return group_titles(texts, profiles); }
};

Fact film(std::vector<Token> ids, std::int64_t minutes, std::int64_t at = 1000, const std::string& ref = "r1") {
  Fact f;
  f.title = "A Film";
  f.ids = std::move(ids);
  f.ref = ref;
  f.value.progress_ms = minutes * minute_ms;
  f.value.duration_ms = 100 * minute_ms;
  f.value.at = at;
  return f;
}

Fact episode(std::vector<Token> ids, std::vector<Token> shows, std::int64_t minutes) {
  Fact f = film(std::move(ids), minutes);
  f.kind = Kind::episode;
  f.show_ids = std::move(shows);
  f.season = 1;
  f.episode = 2;
  return f;
}

}  // namespace

TEST_CASE("three profiles that know a title by different ids have one row, led by the newest position") {
  Shelf s;
  s.profile("a", {film({{"imdb", "tt1"}, {"tmdb", "1"}}, 10, 1000)});
  s.profile("b", {film({{"tmdb", "1"}, {"tvdb", "9"}}, 30, 3000)});
  s.profile("c", {film({{"tvdb", "9"}}, 10, 2000)});
  const auto titles = s.titles();
  REQUIRE(titles.size() == 1);
  CHECK(titles[0].points.size() == 3);
  CHECK(to_string(titles[0].points[0].where) == "b");
  CHECK(titles[0].differs);
  CHECK(titles[0].key == "movie/imdb:tt1");
  CHECK(titles[0].item.ids.size() == 3);
}

TEST_CASE("two profiles of one server, where the refs are the same, keep their own positions") {
  Shelf s;
  s.profile("a", {film({{"imdb", "tt1"}}, 10, 1000, "machine/1")});
  s.profile("b", {film({{"imdb", "tt1"}}, 10, 1000, "machine/1")});
  const auto titles = s.titles();
  REQUIRE(titles.size() == 1);
  CHECK(titles[0].points.size() == 2);
  CHECK_FALSE(titles[0].differs);
}

TEST_CASE("an episode is known by its show, season and number where its own ids say nothing") {
  Shelf s;
  s.profile("a", {episode({{"tvdb", "5"}}, {{"tmdb", "77"}}, 10)});
  s.profile("b", {episode({}, {{"tmdb", "77"}}, 20)});
  CHECK(s.titles().size() == 1);
}

TEST_CASE("a film and a show with one number, and films whose ids contradict, are never one title") {
  Shelf s;
  Fact show = film({{"tmdb", "1"}}, 10);
  show.kind = Kind::episode;
  s.profile("a", {film({{"tmdb", "1"}}, 10)});
  s.profile("b", {show});
  CHECK(s.titles().size() == 2);

  Shelf wrong;
  wrong.profile("a", {film({{"tmdb", "1"}, {"imdb", "tt1"}}, 10)});
  wrong.profile("b", {film({{"tmdb", "1"}, {"imdb", "tt2"}}, 50)});
  const auto titles = wrong.titles();
  REQUIRE(titles.size() == 1);
  CHECK(titles[0].ambiguous);
}

TEST_CASE("copies in several libraries are one point, and only a complete list says what is missing") {
  Shelf s;
  s.profile("a", {film({{"imdb", "tt1"}}, 10, 1000, "r1"), film({{"imdb", "tt1"}}, 40, 2000, "r2")});
  s.profile("b", {});
  s.profile("c", {}, false);
  const auto titles = s.titles();
  REQUIRE(titles.size() == 1);
  REQUIRE(titles[0].points.size() == 1);
  CHECK(titles[0].points[0].copies == 2);
  CHECK(titles[0].points[0].fact.value.progress_ms == 40 * minute_ms);
  REQUIRE(titles[0].missing.size() == 1);
  CHECK(to_string(titles[0].missing[0]) == "b");
}

TEST_CASE("a title is found by its key or by any of its ids, unless that means several") {
  Shelf s;
  Fact other = episode({{"tmdb", "1"}}, {}, 10);
  other.ref = "r2";
  s.profile("a", {film({{"imdb", "tt1"}, {"tmdb", "1"}}, 10), other});
  ProgressList list;
  list.titles = s.titles();
  CHECK(find_title(list, "movie/imdb:tt1").item.title == "A Film");
  CHECK(find_title(list, "imdb:tt1").key == "movie/imdb:tt1");
  CHECK_THROWS_WITH_AS(find_title(list, "tmdb:1"), doctest::Contains("several titles"), Error);
  CHECK_THROWS_AS(find_title(list, "imdb:tt2"), Error);
}
