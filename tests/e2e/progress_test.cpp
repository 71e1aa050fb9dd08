// `crosswatch progress`: what is unfinished where, and changing it.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

constexpr std::int64_t minute = 60'000;

struct Evening : World {
  Evening() {
    link();
    sim.touch_item(key(0), "The Long Film");
    sim.touch_item(key(1), "The Other Film");
    for (const std::size_t n : {0u, 1u}) sim.mark_unwatched("owner", key(n));
    begin(key(0), 20 * minute);
    begin(key(1), 30 * minute);
    for (const auto& fact : sim.facts("owner", plexsim::Feature::progress))
      if (fact.key != key(0) && fact.key != key(1)) sim.set_progress("owner", fact.key, 0);
    sim.advance_clock(3600);  // nobody watched anything a moment ago
  }
  void begin(const std::string& key, std::int64_t ms) { sim.set_progress("owner", key, ms); }
  // What Plex has goes to the tracker.
  void copy() {
    const std::string all = run({"snapshot", "plex", "progress", "--json"}).out();
    REQUIRE(run(Launch{{"import", "tracker", "progress", "-"}, all}).exit == 0);
  }
  Value title(const std::string& name) {
    for (const Value& t : list(ok({"progress", "list"}).last()))
      if (text(t, "title") == name) return t;
    return {};
  }
  std::string film() { return text(title("The Long Film"), "key"); }
  // "plex 20:00, tracker 20:00" of the film, in minutes.
  std::string points(const std::string& name = "The Long Film") {
    std::map<std::string, std::string> at;
    const Value t = title(name);
    if (t.is_null()) return "";
    for (const Value& p : list(e2e::at(t, "points")))
      at[text(p, "profile")] = std::to_string(number(p, "progress_ms") / minute);
    std::string out;
    for (const auto& [profile, position] : at) out += (out.empty() ? "" : ", ") + profile + " " + position;
    return out;
  }
};

}  // namespace

TEST_CASE("a title that is unfinished in two profiles is one row, and what differs is said") {
  Evening w;
  CHECK(w.points() == "plex 20");
  CHECK(json::dump(at(w.title("The Long Film"), "missing")) == R"(["tracker"])");
  w.copy();
  CHECK(w.points() == "plex 20, tracker 20");
  CHECK(json::dump(at(w.title("The Long Film"), "differs")) == "false");
  w.begin(w.key(0), 40 * minute);
  CHECK(w.points() == "plex 40, tracker 20");
  CHECK(json::dump(at(w.title("The Long Film"), "differs")) == "true");
  CHECK(list(w.ok({"progress", "list", "--profile", "tracker"}).last()).size() == 2);
  const std::string table = w.run({"progress", "list"}).out();
  CHECK_MESSAGE(table.find("The Long Film") != std::string::npos, table);
  CHECK_MESSAGE(table.find("differs") != std::string::npos, table);
  CHECK_MESSAGE(table.find("40:00 of ") != std::string::npos, table);
}

TEST_CASE("a position is set wherever the title is unfinished, or where it is named, and once") {
  Evening w;
  w.copy();
  w.ok({"progress", "set", w.film(), "25:00"});
  CHECK(w.points() == "plex 25, tracker 25");
  const Value again = w.ok({"progress", "set", w.film(), "25:00"}).last();
  CHECK(text(again, "0.result") == "nothing_to_do");
  CHECK(w.points("The Other Film") == "plex 30, tracker 30");
  w.ok({"progress", "set", w.film(), "0:10:30", "--profile", "tracker"});
  CHECK(w.points() == "plex 25, tracker 10");
  w.ok({"progress", "clear", w.film(), "--profile", "tracker"});
  CHECK(w.points() == "plex 25");
  w.ok({"progress", "set", w.film(), "25:00", "--profile", "plex,tracker"});  // there it begins
  CHECK(w.points() == "plex 25, tracker 25");
  const Value cleared = w.ok({"progress", "clear", w.film()}).last();
  CHECK(text(cleared, "0.result") == "done");
  CHECK(json::dump(at(cleared, "0.after_ms")) == "null");
  CHECK(w.points() == "");
}

TEST_CASE("nothing is written while the title is played, nor onto a watched one unless that is asked for") {
  Evening w;
  const std::string film = w.film();
  w.sim.set_playing("owner", w.key(0), 21 * minute);
  const Result playing = w.json({"progress", "set", film, "5:00"});
  CHECK(playing.exit == 8);
  CHECK(text(playing.last(), "0.result") == "refused");
  CHECK(w.json({"progress", "clear", film}).exit == 8);
  w.sim.set_playing("owner", w.key(0), -1);

  w.sim.mark_watched("owner", w.key(1));
  w.begin(w.key(1), 30 * minute);  // watched once more, up to there
  w.sim.advance_clock(3600);
  const std::string other = text(w.title("The Other Film"), "key");
  const Result watched = w.json({"progress", "set", other, "35:00"});
  CHECK(watched.exit == 8);
  CHECK(text(watched.last(), "0.reason").starts_with("already_watched"));
  w.ok({"progress", "set", other, "35:00", "--replay"});
  CHECK(w.points("The Other Film") == "plex 35");
}

TEST_CASE("what cannot be understood is said before anything is written") {
  Evening w;
  const std::string film = w.film();
  for (const char* position : {"25", "x", "1:2", "25:99", "0:00", "9:00:00", "101%", "1:2:3:4"})
    CHECK_MESSAGE(w.refused(2, {"progress", "set", film, position}) == "usage", position);
  CHECK(w.refused(5, {"progress", "set", "movie/imdb:tt0", "25:00"}) == "title_unknown");
  CHECK(w.refused(5, {"progress", "set", film, "25:00", "--profile", "plex@nobody"}) == "profile_unknown");
  CHECK(w.points() == "plex 20");
  w.ok({"progress", "set", film, "50%"});
  CHECK(w.points() != "plex 20");
}

TEST_CASE("a profile that cannot be read keeps nobody from seeing the others, and the exit code tells") {
  Evening w;
  w.ok({"profile", "add", "plex", "friend"});
  const Result result = w.json({"progress", "list"});
  CHECK(result.exit == 4);
  REQUIRE(result.lines.size() == 2);
  CHECK(list(json::parse(result.lines[0])).size() == 2);
  CHECK(error_code(result) == "not_linked");
}
