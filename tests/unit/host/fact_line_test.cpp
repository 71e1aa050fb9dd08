#include "json/fact_line.hpp"

#include <doctest/doctest.h>

#include <crosswatch/item.hpp>
#include <string>

#include "json/json.hpp"
#include "support.hpp"
#include "time.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::error_of;
using test::has;

std::string line_of(Feature feature, const Fact& fact) {
  FactLender lender;
  std::string out;
  json::append_fact_line(out, feature, lender.lend(fact));
  return out;
}

Fact episode() {
  Fact f;
  f.kind = Kind::episode;
  f.ids = {{"imdb", "tt2178784"}, {"tvdb", "4517466"}};
  f.show_ids = {{"tmdb", "1399"}};
  f.series_title = "Game of \"Thrones\"";
  f.title = "The Rains of Castamere";
  f.season = 0;
  f.episode = 9;
  f.year = 2013;
  f.library_id = "3";
  f.ref = "machine/2341";
  return f;
}

TEST_CASE("a history line has every known play, and null for a time that nobody knows") {
  Fact f = episode();
  f.value.at = 1709324100;
  f.value.plays = 2;
  f.plays_at = {1709324100, 1609459200};
  CHECK(line_of(Feature::history, f) ==
        R"({"type":"episode","ids":{"imdb":"tt2178784","tvdb":"4517466"},"show_ids":{"tmdb":"1399"},)"
        R"("series_title":"Game of \"Thrones\"","title":"The Rains of Castamere","season":0,"episode":9,"year":2013,)"
        R"("library_id":"3","ref":"machine/2341","watched_at":"2024-03-01T20:15:00Z","plays":2,)"
        R"("plays_at":["2024-03-01T20:15:00Z","2021-01-01T00:00:00Z"]})"
        "\n");
  Fact unknown;
  unknown.title = "Old";
  CHECK(line_of(Feature::history, unknown) == "{\"type\":\"movie\",\"title\":\"Old\",\"watched_at\":null}\n");
}

TEST_CASE("a title of any length and character stands in its line as in the fact, behind the lines before it") {
  for (const std::string special : {"", "\"", "\\", "\n", "\x1f", "\xC3\xA9"})
    for (std::size_t size = 1; size < 20; ++size)
      for (std::size_t at = 0; at <= size; ++at) {
        Fact fact;
        fact.title = std::string(size, 'x');
        fact.title.insert(at, special);
        FactLender lender;
        const cw_fact& lent = lender.lend(fact);
        std::string lines = "before\n";
        for (int n = 0; n < 2; ++n) json::append_fact_line(lines, Feature::watchlist, lent);
        const std::size_t end = lines.find('\n', 7) + 1;
        CAPTURE(lines);
        CHECK(lines.substr(0, 7) == "before\n");
        CHECK(lines.substr(7, end - 7) == lines.substr(end));
        CHECK(json::parse_fact_line(lines.substr(end), Feature::watchlist, 1).fact.title == fact.title);
      }
}

TEST_CASE("ratings are written as people write them") {
  Fact f;
  f.ref = "m/1";
  const auto rating = [&](int tenths) {
    f.value.rating = tenths;
    return line_of(Feature::ratings, f);
  };
  CHECK(has(rating(75), "\"rating\":7.5,"));
  CHECK(has(rating(80), "\"rating\":8,"));
  CHECK(has(rating(73), "\"rating\":7.3,"));
  CHECK(has(rating(0), "\"rating\":0,"));
  CHECK(has(rating(100), "\"rating\":10,"));
}

TEST_CASE("every line is read back as the fact that it was, for every feature and every tenth") {
  for (const Feature feature : all_features)
    for (int tenths = 0; tenths <= 100; ++tenths) {
      Fact f = episode();
      f.ids.push_back({"tvdb", "second"});  // one scheme twice
      f.value.at = 1700000000 + tenths;
      if (feature == Feature::ratings) f.value.rating = tenths;
      if (feature == Feature::progress) f.value.progress_ms = tenths * 1000, f.value.duration_ms = 3600000;
      if (feature == Feature::history) f.value.plays = 3, f.plays_at = {f.value.at, 5, -5};
      const std::string line = line_of(feature, f);
      const json::FactLine back = json::parse_fact_line(line, feature, 1);
      CHECK_FALSE(back.end);
      CHECK(line_of(feature, back.fact) == line);
      CHECK(back.fact.ids == f.ids);
      CHECK(back.fact.value.rating == f.value.rating);
      CHECK(back.fact.value.at == f.value.at);
      CHECK(back.fact.plays_at == f.plays_at);
    }
}

TEST_CASE("the end says whether the list is complete") {
  std::string out;
  json::append_end_line(out, true, 12, "");
  json::append_end_line(out, false, 3, "the server stopped");
  CHECK(out ==
        "{\"end\":true,\"complete\":true,\"count\":12}\n"
        "{\"end\":true,\"complete\":false,\"count\":3,\"reason\":\"the server stopped\"}\n");
  const json::FactLine end =
      json::parse_fact_line(R"({"end":true,"complete":false,"count":3,"reason":"x"})", Feature::history, 4);
  CHECK(end.end);
  CHECK_FALSE(end.complete);
  CHECK(end.count == 3);
}

TEST_CASE("a bad line is refused with its number, the member and what is allowed") {
  const auto why = [](const char* text, Feature feature) {
    return std::string(error_of([&] { json::parse_fact_line(text, feature, 17); }).what());
  };
  const auto history = [&](const char* text) { return why(text, Feature::history); };
  CHECK(has(history("{"), "Line 17 is not valid JSON"));
  CHECK(has(history("[]"), "Line 17 has to be an object"));
  CHECK(has(history(R"({"title":"x"})"), "member \"type\" has to be movie, show, season or episode"));
  CHECK(has(history(R"({"type":"song","title":"x"})"), "and is \"song\""));
  CHECK(has(history(R"({"type":"movie"})"), "names no item"));
  CHECK(has(history(R"({"type":"movie","ids":{"tmdb":603}})"), "\"ids.tmdb\" has to be a text"));
  CHECK(has(history(R"({"type":"movie","ref":"r","watched_at":"2024-03-01 20:15:00"})"),
            "\"watched_at\" has to be a time"));
  CHECK(has(history(R"({"type":"movie","ref":"r","watched_at":1709324100})"), "\"watched_at\" has to be a time"));
  CHECK(has(history(R"({"type":"movie","ref":"r","plays":-1})"), "\"plays\" has to be a whole number from 0"));
  CHECK(has(history(R"({"type":"movie","ref":"r","plays_at":"x"})"), "\"plays_at\" has to be a list"));
  CHECK(has(why(R"({"type":"movie","ref":"r","rating":7.55})", Feature::ratings), "steps of 0.1"));
  CHECK(has(why(R"({"type":"movie","ref":"r","rating":10.1})", Feature::ratings), "from 0 to 10"));
  CHECK(has(why(R"({"type":"movie","ref":"r"})", Feature::ratings), "\"rating\""));
  CHECK(has(why(R"({"type":"movie","ref":"r"})", Feature::progress), "lacks \"progress_ms\""));
  CHECK(has(history(R"({"end":true})"), "lacks \"complete\""));
}

TEST_CASE("plays in any order are put newest first, and watched_at is the newest known time") {
  const Fact f =
      json::parse_fact_line(
          R"({"type":"movie","ref":"r","watched_at":"2020-01-01T00:00:00Z","plays_at":["2019-01-01T00:00:00Z","2021-01-01T00:00:00Z"]})",
          Feature::history, 1)
          .fact;
  CHECK(iso(f.value.at) == "2021-01-01T00:00:00Z");
  CHECK(iso(f.plays_at.front()) == "2021-01-01T00:00:00Z");
}

TEST_CASE("times are read with Z or an offset, never as somebody's local time") {
  CHECK(parse_iso("2024-03-01T20:15:00Z") == 1709324100);
  CHECK(parse_iso("2024-03-01T21:15:00+01:00") == 1709324100);
  CHECK(parse_iso("2024-03-01T14:45:00.999-0530") == 1709324100);
  CHECK(parse_iso("2024-03-01t20:15:00.123456789z") == 1709324100);
  CHECK(parse_iso("1969-12-31T23:59:59Z") == -1);
  CHECK(parse_iso("2024-02-29T00:00:00Z").has_value());
  for (const char* text :
       {"2024-03-01T20:15:00", "2024-03-01", "", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-03-01T24:00:00Z",
        "2024-03-01T20:15Z", "2024-03-01T20:15:00Zx", "2024-03-01T20:15:00.Z", "2024-03-01T20:15:00+1",
        "20240301T201500Z", "2024-03-01T20:15:00+25:00"})
    CHECK_MESSAGE(!parse_iso(text), std::string(text));
}

TEST_CASE("a time is written and read back the same, for thousands of years") {
  for (std::int64_t at = -62167219200; at < 253402300800; at += 86400 * 37 + 12345) CHECK(parse_iso(iso(at)) == at);
  CHECK(iso(253402300799) == "9999-12-31T23:59:59Z");
  CHECK(iso(INT64_MAX) == "9999-12-31T23:59:59Z");  // never a text that cannot be read
}

}  // namespace
