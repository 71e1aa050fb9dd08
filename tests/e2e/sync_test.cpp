// What a sync does for a user, from Plex to the tracker.
#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <set>

#include "world.hpp"

using namespace e2e;
using plexsim::FaultKind;
namespace json = crosswatch::host::json;

namespace {

struct Linked : World {
  explicit Linked(plexsim::Options options = small()) : World(std::move(options)) { link(); }
};

std::int64_t all_facts(World& w, const std::string& provider) {
  std::int64_t n = 0;
  for (const std::string& f : features) n += w.facts(provider, f);
  return n;
}

// The rating of a title by its imdb id.
std::map<std::string, std::string> ratings(World& w, const std::string& provider) {
  std::map<std::string, std::string> out;
  for (const Value& line : w.ok({"snapshot", provider, "ratings"}).json())
    if (const std::string id = text(line, "ids.imdb"); !id.empty())
      out[text(line, "type") + id] = json::dump(at(line, "rating"));
  return out;
}

// Reads on until the event comes.
Value until(Command& command, const std::string& event) {
  for (std::string line; !(line = command.read_line()).empty();) {
    Value v = json::parse(line);
    if (text(v, "event") == event) return v;
  }
  FAIL("the command ended without " << event);
  return {};
}

void hang(World& w) {
  plexsim::FaultRule rule;
  rule.kind = FaultKind::hang;
  rule.host = "server";
  rule.path_prefix = "/library/sections/";
  rule.count = 0;
  w.sim.add_fault(rule);
}

}  // namespace

TEST_CASE("the first sync adds everything, the second nothing, and then only what changed") {
  Linked w;
  w.pair();
  const Value first = totals(w.ok({"sync"}));
  CHECK(number(first, "added") == all_facts(w, "plex"));
  CHECK(number(first, "failed") == 0);
  CHECK(all_facts(w, "tracker") == all_facts(w, "plex"));
  CHECK(ratings(w, "tracker") == ratings(w, "plex"));
  CHECK(changes(totals(w.ok({"sync"}))) == 0);

  const std::string movie = w.sim.add_item("1", {"movie", "New", 2024, 900});
  w.sim.play("owner", movie, 1700000000);
  w.sim.rate("owner", movie, 8);
  const Value third = totals(w.ok({"sync"}));
  CHECK(number(third, "added") == 2);
  CHECK(changes(third) == 2);
  w.sim.rate("owner", movie, 3);
  const Value fourth = totals(w.ok({"sync"}));
  CHECK(number(fourth, "updated") == 1);
  CHECK(changes(fourth) == 1);
  CHECK(ratings(w, "tracker") == ratings(w, "plex"));
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("a sync of sides that stayed as they were compares nothing and says so, and the next change is seen") {
  Linked w;
  w.pair();
  for (int i = 0; i < 3; ++i) w.ok({"sync"});  // written, seen, at rest
  const auto compared = [&](const std::vector<std::string>& args) {
    std::set<std::string> lanes;
    for (const Value& e : w.ok(args).json())
      if (text(e, "event") == "lane_end" && at(e, "unchanged_since").is_null()) lanes.insert(text(e, "feature"));
    return lanes;
  };
  const std::set<std::string> all{"history", "progress", "ratings", "watchlist"};
  CHECK(compared({"sync"}) == std::set<std::string>{"watchlist"});  // Discover tells nothing of what changed
  CHECK(compared({"sync", "--dry-run"}) == all);
  const auto said = w.run({"sync"});
  CHECK(said.exit == 0);
  CHECK(said.out().find("Unchanged on both sides since ") != std::string::npos);

  w.sim.rate("owner", w.sim.keys("1", "movie").at(0), 0.5);
  w.ok({"snapshot", "plex", "ratings"});  // another command sees it first
  const auto changed = w.ok({"sync"});
  CHECK(changes(totals(changed)) == 1);
  CHECK(ratings(w, "tracker") == ratings(w, "plex"));
  CHECK(w.json({"config", "set", "runtime.full_compare_hours", "0"}).exit == 0);
  CHECK(compared({"sync"}) == all);
}

TEST_CASE("a dry run and a plan write nothing, and tell what a sync then does") {
  Linked w;
  w.pair();
  const Result dry = w.ok({"sync", "--dry-run"});
  CHECK(changes(totals(dry)) == 0);
  const Value plan = w.ok({"plan"}).last();
  CHECK(all_facts(w, "tracker") == 0);
  const Value done = totals(w.ok({"sync"}));
  CHECK(number(plan, "counts.added") == number(done, "added"));
  CHECK(number(done, "added") == all_facts(w, "plex"));
  CHECK(number(w.ok({"plan"}).last(), "counts.added") == 0);
}

TEST_CASE("nothing of Plex is written by a one-way pair from it") {
  Linked w;
  w.pair();
  w.ok({"sync"});
  w.ok({"sync"});
  for (const auto& e : w.sim.requests())
    if (e.host == "server" || e.host == "discover") CHECK_MESSAGE(e.method == "GET", e.method << " " << e.path);
}

TEST_CASE("interrupted while it reads, a sync ends with 130, and the next one finishes") {
  Linked w;
  w.pair();
  hang(w);
  Command command = w.start({{"sync", "--json"}});
  until(command, "lane_start");
  command.signal(SIGINT);
  const Result result = command.wait();
  CHECK(result.exit == 130);
  CHECK(text(result.last(), "event") == "run_end");
  CHECK(text(result.last(), "status") == "cancelled");
  w.sim.clear_faults();
  CHECK(all_facts(w, "tracker") == 0);
  CHECK(number(totals(w.ok({"sync"})), "added") == all_facts(w, "plex"));
}

TEST_CASE("interrupted while it writes, a sync keeps what it has confirmed, and the next one does the rest") {
  Linked w;
  w.pair();
  w.configure("runtime.chunk", 1);
  w.configure("runtime.pause_ms", 600000);
  Command command = w.start({{"sync", "--json"}});
  until(command, "apply_progress");
  command.signal(SIGINT);
  const Result result = command.wait();
  CHECK(result.exit == 130);
  const auto done = number(totals(result), "added");
  CHECK(done >= 1);
  CHECK(all_facts(w, "tracker") == done);
  w.configure("runtime", json::object());
  CHECK(number(totals(w.ok({"sync"})), "added") == all_facts(w, "plex") - done);
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("killed at any moment, a sync costs nothing") {
  Linked w;
  w.pair();
  w.configure("runtime.chunk", 3);
  w.configure("runtime.pause_ms", 600000);
  Command command = w.start({{"sync", "--json"}});
  until(command, "apply_progress");
  command.signal(SIGKILL);
  CHECK(command.wait().exit == 1000 + SIGKILL);
  w.configure("runtime", json::object());
  w.ok({"sync"});
  CHECK(all_facts(w, "tracker") == all_facts(w, "plex"));
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("two syncs at once: the second one is busy and does nothing") {
  Linked w;
  w.pair();
  hang(w);
  Command first = w.start({{"sync", "--json"}});
  until(first, "run_start");
  CHECK(w.refused(6, {"sync"}) == "busy");
  first.signal(SIGINT);
  CHECK(first.wait().exit == 130);
  w.sim.clear_faults();
  w.ok({"sync"});
}

TEST_CASE("fewer libraries never remove anything from the target") {
  Linked w;
  w.pair({"--remove"});
  w.ok({"sync"});
  const auto before = all_facts(w, "tracker");
  const auto of_all = w.facts("plex", "history");
  w.ok({"libraries", "plex", "--set", "history=1", "--set", "ratings=1", "--set", "progress=1"});
  REQUIRE(w.facts("plex", "history") < of_all);
  CHECK(number(totals(w.ok({"sync"})), "removed") == 0);
  CHECK(all_facts(w, "tracker") == before);
  w.ok({"libraries", "plex", "--set", "history=all", "--set", "ratings=all", "--set", "progress=all"});
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("what is taken back on Plex is removed only by a pair that may remove") {
  for (const bool allowed : {false, true}) {
    CAPTURE(allowed);
    Linked w;
    const std::string movie = w.sim.add_item("1", {"movie", "New", 2024, 900});
    w.sim.rate("owner", movie, 8);
    w.pair(allowed ? std::vector<std::string>{"--remove"} : std::vector<std::string>{});
    w.ok({"sync"});
    const auto rated = w.facts("tracker", "ratings");
    w.sim.rate("owner", movie, -1);
    const Value t = totals(w.ok({"sync"}));
    CHECK(number(t, "removed") == (allowed ? 1 : 0));
    CHECK(w.facts("tracker", "ratings") == rated - (allowed ? 1 : 0));
  }
}

TEST_CASE("a title that vanished from the server takes nothing with it") {
  Linked w;
  const std::string movie = w.sim.add_item("1", {"movie", "New", 2024, 900});
  w.sim.rate("owner", movie, 8);
  w.pair({"--remove"});
  w.ok({"sync"});
  const auto rated = w.facts("tracker", "ratings");
  w.sim.remove_item(movie);
  CHECK(number(totals(w.ok({"sync"})), "removed") == 0);
  CHECK(w.facts("tracker", "ratings") == rated);
}

TEST_CASE("what runs list and runs show tell adds up") {
  Linked w;
  w.pair();
  w.ok({"sync"});
  w.sim.rate("owner", w.key(0), 9.5);
  w.ok({"sync", "--dry-run"});
  w.ok({"sync"});
  const auto runs = list(w.ok({"runs", "list"}).last());
  REQUIRE(runs.size() == 3);
  CHECK(at(runs[1], "dry_run") == Value(true));
  for (const Value& run : runs) {
    const Value shown = w.ok({"runs", "show", std::to_string(number(run, "id"))}).last();
    CHECK(at(shown, "totals") == at(run, "totals"));
    std::map<std::string, std::int64_t> of_lanes, of_items;
    for (const Value& pair : list(at(shown, "pairs")))
      for (const Value& lane : list(at(pair, "lanes")))
        for (const char* name : {"added", "updated", "removed", "failed"})
          of_lanes[name] += number(lane, std::string("totals.") + name);
    for (const Value& item : list(at(shown, "items")))
      if (text(item, "result") == "applied")
        ++of_items[text(item, "op") == "add" ? "added" : text(item, "op") == "update" ? "updated" : "removed"];
    for (const char* name : {"added", "updated", "removed"}) {
      CHECK(of_lanes[name] == number(run, std::string("totals.") + name));
      CHECK(of_items[name] == of_lanes[name]);
    }
  }
}

TEST_CASE("one lane that fails does not stop the others, and its reason is told") {
  Linked w;
  w.configure("plex.max_retries", 1);
  w.pair();
  w.fault(FaultKind::status, "discover", "watchlist");
  const Result result = w.json({"sync"});
  CHECK(result.exit == 3);
  CHECK(w.facts("tracker", "history") == w.facts("plex", "history"));
  bool told = false;
  for (const Value& v : result.json())
    if (text(v, "event") == "lane_end" && text(v, "feature") == "watchlist")
      told = text(v, "status") == "failed" && !text(v, "message").empty() && !text(v, "remedy").empty();
  CHECK(told);
  w.sim.clear_faults();
  CHECK(number(totals(w.ok({"sync"})), "added") == w.facts("plex", "watchlist"));
}

TEST_CASE("the log file tells of a run and holds no secret") {
  Linked w;
  const fs::path log = w.dir / "logs" / "crosswatch.log";
  w.ok({"config", "set", "runtime.log_file", log.string()});
  w.pair();
  w.fault(FaultKind::status, "discover", "watchlist", 1);
  w.json({"sync", "-v"});
  CHECK(fs::exists(log));
  CHECK((fs::status(log).permissions() & fs::perms::others_all) == fs::perms::none);
}

TEST_CASE("many removals at once are held: exit 7, nothing removed, until that very plan is approved") {
  auto options = World::small();
  options.servers[0].catalog.movies = 60;
  options.servers[0].catalog.rated_percent = 100;
  Linked w(options);
  w.pair({"--remove"});
  w.ok({"sync"});
  const auto rated = w.facts("tracker", "ratings");
  const auto on_plex = w.sim.facts("owner", plexsim::Feature::ratings);
  REQUIRE(on_plex.size() > 60);
  for (std::size_t i = 0; i < 60; ++i) w.sim.rate("owner", on_plex[i].key, -1);
  const Result held = w.json({"sync", "--yes"});
  CHECK(held.exit == 7);
  CHECK(number(totals(held), "held") == 60);
  CHECK(w.facts("tracker", "ratings") == rated);
  const std::string digest = text(held.last(), "digest");
  REQUIRE(!digest.empty());
  CHECK(w.json({"sync", "--approve", std::string(digest.size(), '0')}).exit != 0);
  CHECK(w.facts("tracker", "ratings") == rated);
  CHECK(number(totals(w.ok({"sync", "--approve", digest})), "removed") == 60);
  CHECK(w.facts("tracker", "ratings") == rated - 60);
}
