// Pairs of two profiles of one provider, in both directions, by the real command.
#include <doctest/doctest.h>

#include <algorithm>

#include "world.hpp"

using namespace e2e;
using plexsim::Feature;

namespace {

// What a person has on a server, each fact as a line.
std::vector<std::string> told(World& w, const std::string& feature, const std::string& provider,
                              const std::string& profile) {
  std::vector<std::string> out;
  for (const Value& line : w.ok({"snapshot", provider, feature, "--profile", profile}).json()) {
    if (line.find("end")) continue;
    std::string value;
    if (feature == "ratings") value = crosswatch::host::json::dump(at(line, "rating"));
    if (feature == "progress") value = std::to_string(number(line, "progress_ms"));
    out.push_back(text(line, "type") + " " + text(line, "ids.plex") + " " + text(line, "series_title") + " " +
                  text(line, "title") + " " + value);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Resume points on unwatched films only: on a watched one none is stored.
plexsim::Options resumable() {
  auto options = World::small();
  options.servers[0].catalog.progress_percent = 0;
  return options;
}
void stop_halfway(World& w, const std::string& user, int server = 0) {
  std::vector<std::string> watched;
  for (const char* u : {"owner", "friend"})
    for (int s = 0; s < w.sim.server_count(); ++s)
      for (const auto& f : w.sim.facts(u, Feature::history, s)) watched.push_back(f.key);
  int wanted = 2;
  for (const std::string& key : w.sim.keys("1", "movie"))
    if (wanted > 0 && std::count(watched.begin(), watched.end(), key) == 0)
      w.sim.set_progress(user, key, 600'000 * wanted--, server);
  REQUIRE(wanted == 0);
}

// One run brings both sides together in all four features; the next one has nothing to do, and plans nothing.
void expect_agreement(World& w, const std::string& provider, const std::string& profile) {
  const Result first = w.ok({"sync"});
  CHECK(number(totals(first), "failed") == 0);
  CHECK(number(totals(first), "parked") == 0);
  CHECK(changes(totals(first)) > 0);
  for (const std::string& feature : features) {
    CAPTURE(feature);
    const auto here = told(w, feature, provider, "default");
    CHECK(!here.empty());
    CHECK(told(w, feature, provider, profile) == here);
  }
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
  CHECK(w.ok({"plan"}).lines.size() == 1);
}

}  // namespace

TEST_CASE("one person's two servers are kept the same, and a title that only one has is parked") {
  auto options = resumable();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Second";
  options.servers[1].catalog.people_state = false;
  World w(options);
  w.link();
  w.ok({"profile", "add", "plex", "second"});
  w.link("owner", "second");
  w.ok({"select", "plex", "--server", w.sim.server_id(0)});
  w.ok({"select", "plex", "--profile", "second", "--server", w.sim.server_id(1)});
  stop_halfway(w, "owner");
  w.sim.rate("owner", w.key(0), 4.5, 1);
  w.ok({"pair", "add", "--source", "plex", "--target", "plex@second", "--mode", "two-way", "--remove"});
  expect_agreement(w, "plex", "second");

  const std::string only = w.sim.add_item("1", {"movie", "Only here", 2024, 900});
  w.sim.mark_watched("owner", only);
  CHECK(number(totals(w.ok({"sync"})), "parked") == 1);
  w.sim.mark_unwatched("owner", w.sim.facts("owner", Feature::history, 1).at(0).key, 1);
  const Result sync = w.ok({"sync"});
  CHECK(number(totals(sync), "removed") == 1);
  CHECK(told(w, "history", "plex", "second").size() + 1 == told(w, "history", "plex", "default").size());
}

TEST_CASE("a title without ids is guessed only where the pair says so, shown, and written once it is approved") {
  auto options = resumable();
  options.servers.push_back(options.servers[0]);
  options.servers[1].name = "Second";
  options.servers[1].catalog.people_state = false;
  World w(options);
  w.link();
  w.ok({"profile", "add", "plex", "second"});
  w.link("owner", "second");
  w.ok({"select", "plex", "--server", w.sim.server_id(0)});
  w.ok({"select", "plex", "--profile", "second", "--server", w.sim.server_id(1)});
  w.ok({"pair", "add", "--source", "plex", "--target", "plex@second", "--id", "p1", "--features", "history"});
  w.ok({"sync"});
  const std::string home = w.sim.add_item("1", {"movie", "The Thing", 1982, 901, "", 1, 1, "local://901", {"-"}});
  const std::string twins = w.sim.add_item("1", {"movie", "Twins", 1988, 902, "", 1, 1, "local://902", {"-"}});
  const std::string there = w.sim.add_item("1", {"movie", "The thing", 1982, 903}, 1);
  for (const std::uint32_t n : {904u, 905u}) w.sim.add_item("1", {"movie", "Twins", 1988, n}, 1);
  for (const std::string& key : {home, twins}) w.sim.mark_watched("owner", key);
  const auto views = [&] {
    for (const auto& f : w.sim.facts("owner", Feature::history, 1))
      if (f.key == there) return f.view_count;
    return 0;
  };
  CHECK(number(totals(w.ok({"sync"})), "parked") == 2);  // switched off

  Value pairs = at(w.configuration(), "pairs");
  crosswatch::host::json::set_path((*pairs.as<Value::Array>())[0], "features.history.match_titles", true);
  w.configure("pairs", pairs);
  w.ok({"config", "check"});
  w.ok({"parked", "retry", "--all"});
  const Result held = w.json({"sync"});
  CHECK(held.exit == 7);
  CHECK(number(totals(held), "held") == 1);
  CHECK(number(totals(held), "parked") == 1);
  CHECK(views() == 0);
  const auto shown = list(w.ok({"held", "list"}).last());
  REQUIRE(shown.size() == 1);
  const Value item = list(at(shown[0], "items")).at(0);
  CHECK(text(item, "title") == "The Thing");
  CHECK(text(item, "reason").find("title_guess: only title and year say that it is \"The thing\" (1982), ") == 0);
  CHECK(w.run({"held", "list"}).out().find("The thing") != std::string::npos);
  CHECK(w.ok({"parked", "list"}).out().find("title_ambiguous: ") != std::string::npos);

  CHECK(number(totals(w.ok({"held", "approve", text(held.last(), "digest")})), "added") == 1);
  CHECK(views() == 1);
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
  CHECK(views() == 1);
}

TEST_CASE("two people of one server are kept the same, each written with a login of their own") {
  World w(resumable());
  w.wanted.emplace_back("friend");
  stop_halfway(w, "friend");
  w.link();
  w.ok({"profile", "add", "plex", "friend"});
  w.link("friend", "friend");
  w.ok({"pair", "add", "--source", "plex", "--target", "plex@friend", "--mode", "two-way", "--remove"});
  expect_agreement(w, "plex", "friend");

  const std::string movie = w.sim.add_item("1", {"movie", "New", 2024, 900});
  w.sim.rate("friend", movie, 7);
  w.ok({"sync"});
  w.ok({"sync"});
  CHECK(told(w, "ratings", "plex", "default") == told(w, "ratings", "plex", "friend"));
  w.sim.rate("owner", movie, -1);
  CHECK(number(totals(w.ok({"sync"})), "removed") == 1);
  CHECK(told(w, "ratings", "plex", "default") == told(w, "ratings", "plex", "friend"));
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("two profiles of the tracker are kept the same") {
  World w(resumable());
  stop_halfway(w, "owner");
  w.link();
  w.ok({"profile", "add", "tracker", "second"});
  for (const std::string& feature : features)
    REQUIRE(w.run(Launch{{"import", "tracker", feature, "-"}, w.ok({"snapshot", "plex", feature}).out()}).exit == 0);
  w.ok({"pair", "add", "--source", "tracker", "--target", "tracker@second", "--mode", "two-way", "--remove"});
  expect_agreement(w, "tracker", "second");
}

TEST_CASE("a title that is there three times is marked where the pair's policy says, and counts as one play") {
  for (const std::string policy : {"first", "all", "editions"}) {
    CAPTURE(policy);
    World w;
    w.link();
    const auto film = [&](bool edition) {
      return w.sim.add_item("1", {"movie", "Thrice", 2024, 900, "", 1, 1, "", {}, 6'000'000, edition});
    };
    const std::vector<std::string> copies{film(true), film(false), film(false)};
    const std::string fact =
        R"({"type":"movie","ids":{"tmdb":"1500"},"title":"Thrice","year":2024,"watched_at":null,"plays":1})"
        "\n{\"end\":true,\"complete\":true,\"count\":1}\n";
    REQUIRE(w.run(Launch{{"import", "tracker", "history", "-"}, fact}).exit == 0);
    w.ok({"pair", "add", "--source", "tracker", "--target", "plex", "--mode", "two-way", "--id", "p1", "--features",
          "history"});
    Value pairs = at(w.configuration(), "pairs");
    crosswatch::host::json::set_path((*pairs.as<Value::Array>())[0], "features.history.copies", policy);
    w.configure("pairs", pairs);
    w.ok({"sync"});
    const auto views = [&] {
      std::string out;
      for (const std::string& key : copies) {
        int n = 0;
        for (const auto& f : w.sim.facts("owner", Feature::history))
          if (f.key == key) n = f.view_count;
        out += std::to_string(n);
      }
      return out;
    };
    CHECK(views() == (policy == "first" ? "010" : policy == "all" ? "011" : "111"));
    CHECK(changes(totals(w.ok({"sync"}))) == 0);
    CHECK(changes(totals(w.ok({"sync"}))) == 0);
    for (const Value& line : w.ok({"snapshot", "tracker", "history"}).json())
      if (text(line, "title") == "Thrice") CHECK(number(line, "plays") == 1);
  }
}
