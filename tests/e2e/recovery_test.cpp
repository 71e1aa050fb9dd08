// What a user has in hand when a sync is doubtful or was wrong: plans, held and parked operations, captures, undo.
#include <doctest/doctest.h>

#include <algorithm>

#include "world.hpp"

using namespace e2e;
namespace json = crosswatch::host::json;

namespace {

const std::string film =
    R"({"type":"movie","ids":{"tmdb":"999999999"},"title":"Elsewhere","year":2020,"watched_at":"2020-01-02T03:04:05Z","plays":1,"plays_at":["2020-01-02T03:04:05Z"]})"
    "\n{\"end\":true,\"complete\":true,\"count\":1}\n";

struct Linked : World {
  explicit Linked(plexsim::Options options = small()) : World(std::move(options)) { link(); }

  // From here on one removal is as doubtful as a hundred.
  void hold_every_removal() { configure("safety", json::object({{"confirmed_min", 0}, {"confirmed_ratio", 0}})); }
  std::string run_id(const Result& sync) const { return std::to_string(number(sync.last(), "run")); }
  std::vector<Value> items(const std::string& run) { return list(at(ok({"runs", "show", run}).last(), "items")); }
  // The record of the run has as many items of each kind as its counts say.
  void expect_adding_up(const Result& sync) {
    std::map<std::string, std::int64_t> found;
    for (const Value& i : items(run_id(sync))) {
      const std::string result = text(i, "result"), op = text(i, "op");
      ++found[result == "applied"   ? (op == "add"      ? "added"
                                       : op == "update" ? "updated"
                                                        : "removed")
              : result == "already" ? "skipped"
                                    : result];
    }
    for (const char* name : {"added", "updated", "removed", "skipped", "held", "parked", "failed"})
      CHECK_MESSAGE(found[name] == number(totals(sync), name), name);
  }
  std::vector<Value> held() { return list(ok({"held", "list"}).last()); }
  std::vector<Value> parked() { return list(ok({"parked", "list"}).last()); }
  std::vector<Value> captures() { return list(ok({"capture", "list"}).last()); }
  Value status() { return list(at(ok({"status"}).last(), "pairs")).at(0); }
  void remember(const std::string& feature, const std::string& lines) {
    REQUIRE(run(Launch{{"import", "tracker", feature, "-"}, lines}).exit == 0);
  }
  std::size_t writes() const {
    const auto all = sim.requests();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const plexsim::LogEntry& e) {
      return (e.host == "server" && (e.method != "GET" || e.path.starts_with("/:/"))) ||
             (e.host == "discover" && e.method != "GET");
    }));
  }
  plexsim::Fact on_plex(const std::string& key, plexsim::Feature f, const std::string& user = "owner") const {
    for (const plexsim::Fact& fact : sim.facts(user, f))
      if (fact.key == key) return fact;
    return {};
  }
  double rating(const std::string& key) const { return on_plex(key, plexsim::Feature::ratings).rating; }
  bool watched(const std::string& key, const std::string& user = "owner") const {
    return on_plex(key, plexsim::Feature::history, user).view_count != 0;
  }
};

// A pair that removes, and a rating that was taken back on Plex.
struct Removal : Linked {
  Removal() {
    movie = sim.add_item("1", {"movie", "New", 2024, 900});
    sim.rate("owner", movie, 8);
    pair({"--remove"});
    ok({"sync"});
    ok({"sync"});
    rated = facts("tracker", "ratings");
    hold_every_removal();
    sim.rate("owner", movie, -1);
  }
  std::string movie{};
  std::int64_t rated = 0;
};

std::string without_event(const Value& item) {
  Value out = json::object();
  for (const json::Member& m : *item.as<Value::Object>())
    if (m.key != "event") out[m.key] = m.value;
  return json::dump(out);
}

}  // namespace

TEST_CASE("a plan is the dry run of a sync, line by line, and the sync then holds what the plan said it would hold") {
  Removal w;
  w.sim.rate("owner", w.key(0), 9.5);
  const Result plan = w.json({"plan"});
  CHECK(plan.exit == 7);
  const Result dry = w.json({"sync", "--dry-run"});
  CHECK(dry.exit == 7);
  std::vector<std::string> planned, told;
  for (const Value& line : plan.json())
    if (!line.find("end")) planned.push_back(json::dump(line));
  for (const Value& line : dry.json())
    if (text(line, "event") == "item") told.push_back(without_event(line));
  CHECK(planned.size() == 2);
  CHECK(planned == told);
  CHECK(number(plan.last(), "counts.removed") == 1);
  CHECK(text(plan.last(), "status") == "held");
  const std::string digest = text(plan.last(), "digest");
  CHECK(!digest.empty());
  CHECK(text(dry.last(), "digest") == digest);

  const Result sync = w.json({"sync"});
  CHECK(sync.exit == 7);
  CHECK(text(sync.last(), "digest") == digest);
  CHECK(number(totals(sync), "held") == 1);
  CHECK(changes(totals(sync)) == 1);
  w.expect_adding_up(sync);
}

TEST_CASE("a person reads which profile is written, who won, and what it cannot keep") {
  Linked w;
  w.sim.rate("owner", w.sim.add_item("1", {"movie", "Both", 2020, 0, "", 1, 1, "", {"tmdb://888888888"}}), 9);
  w.remember("ratings", R"({"type":"movie","ids":{"tmdb":"888888888"},"title":"Both","year":2020,"rating":2})"
                        "\n{\"end\":true,\"complete\":true,\"count\":1}\n");
  w.remember("history", film);
  w.pair({"--mode", "two-way", "--features", "ratings,history"});
  const std::string plan = w.run({"plan"}).out();
  CHECK(plan.find("tracker  ~ ") != std::string::npos);
  CHECK(plan.find("plex  + Elsewhere (2020)") != std::string::npos);
  CHECK(plan.find("its date is not kept there") != std::string::npos);
  CHECK(plan.find("[conflict: ") != std::string::npos);
  CHECK(w.run({"runs", "show", "1"}).out().find("nothing to do") == std::string::npos);
}

TEST_CASE("what is held is shown until it is approved, and approved once") {
  Removal w;
  const Result sync = w.json({"sync"});
  CHECK(sync.exit == 7);
  const std::string digest = text(sync.last(), "digest");
  CHECK(text(w.status(), "status") == "held");
  CHECK(number(w.status(), "held") == 1);
  const auto held = w.held();
  REQUIRE(held.size() == 1);
  CHECK(text(held[0], "digest") == digest);
  const auto items = list(at(held[0], "items"));
  REQUIRE(items.size() == 1);
  CHECK(text(items[0], "op") == "remove");
  CHECK(json::dump(at(items[0], "before.rating")) == "8.0");
  CHECK(at(items[0], "after").is_null());
  CHECK(!text(items[0], "reason").empty());

  SUBCASE("by held approve") {
    CHECK(number(totals(w.ok({"held", "approve", digest})), "removed") == 1);
  }
  SUBCASE("by the next sync") {
    CHECK(number(totals(w.ok({"sync", "--approve", digest})), "removed") == 1);
  }
  CHECK(w.facts("tracker", "ratings") == w.rated - 1);
  CHECK(number(w.status(), "held") == 0);
  CHECK(w.held().empty());
  CHECK(w.refused(5, {"sync", "--approve", digest}) == "digest_used");
  CHECK(w.refused(5, {"held", "approve", digest}) == "digest_used");
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
}

TEST_CASE("an approval counts for the plan it was given for, and for no other one") {
  Removal w;
  const std::string digest = text(w.json({"sync"}).last(), "digest");
  w.sim.rate("owner", w.sim.facts("owner", plexsim::Feature::ratings).at(0).key, -1);
  const Result sync = w.json({"sync", "--approve", digest});
  CHECK(sync.exit == 7);
  CHECK(number(totals(sync), "held") == 2);
  CHECK(w.facts("tracker", "ratings") == w.rated);
  CHECK(text(sync.last(), "digest") != digest);
}

TEST_CASE("what is discarded is not removed, not asked again, and the rest is done") {
  Removal w;
  const std::string digest = text(w.json({"sync"}).last(), "digest");
  CHECK(w.run({"held", "discard", digest}).exit == 0);
  CHECK(w.held().empty());
  CHECK(number(w.status(), "held") == 0);
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
  CHECK(w.facts("tracker", "ratings") == w.rated);
  CHECK(w.refused(5, {"held", "discard", digest}) == "digest_used");
}

TEST_CASE("what a side does not have is parked with its reason, tried when asked to, and never when ignored") {
  Linked w;
  w.remember("history", film);
  w.ok({"pair", "add", "--source", "tracker", "--target", "plex", "--id", "out", "--features", "history"});
  CHECK(number(totals(w.ok({"sync"})), "parked") == 1);
  auto parked = w.parked();
  REQUIRE(parked.size() == 1);
  const std::string key = text(parked[0], "key");
  CHECK(text(parked[0], "title") == "Elsewhere");
  CHECK(text(parked[0], "reason").starts_with("not_in_library"));
  CHECK(number(parked[0], "tries") == 1);
  CHECK(!text(parked[0], "next_try").empty());
  CHECK(number(w.status(), "parked") == 1);
  w.expect_adding_up(w.ok({"sync"}));

  w.sim.add_item("1", {"movie", "Elsewhere", 2020, 0, "", 1, 1, "", {"tmdb://999999999"}});
  CHECK(number(totals(w.ok({"sync"})), "added") == 0);  // its next try is not due
  w.ok({"parked", "ignore", key});
  CHECK(*at(w.parked().at(0), "ignored").as<bool>());
  CHECK(at(w.parked().at(0), "next_try").is_null());
  CHECK(number(totals(w.ok({"sync"})), "added") == 0);
  SUBCASE("unignored") {
    w.ok({"parked", "unignore", key});
  }
  SUBCASE("retried, all of the pair") {
    w.ok({"parked", "retry", "--pair", "out"});
  }
  CHECK(number(totals(w.ok({"sync"})), "added") == 1);
  CHECK(w.parked().empty());
  CHECK(number(w.status(), "parked") == 0);
  CHECK(w.refused(5, {"parked", "retry", key}) == "parked_unknown");
  CHECK(w.refused(2, {"parked", "retry"}) == "usage");
}

TEST_CASE("before something is overwritten or removed, all that was there is captured, and can be had back") {
  Linked w;
  const std::string one = w.key(0), two = w.key(1);
  w.sim.rate("owner", one, 8);
  w.sim.rate("owner", two, 6);
  w.pair({"--remove", "--features", "ratings"});
  w.ok({"sync"});
  w.ok({"sync"});
  CHECK(w.captures().empty());  // what only adds endangers nothing
  const std::string before = w.ok({"snapshot", "tracker", "ratings"}).out();
  w.sim.rate("owner", one, 3);
  w.sim.rate("owner", two, -1);
  const Result sync = w.ok({"sync"});
  CHECK(changes(totals(sync)) == 2);
  const auto captures = w.captures();
  REQUIRE(captures.size() == 1);
  CHECK(text(captures[0], "provider") == "tracker");
  CHECK(text(captures[0], "feature") == "ratings");
  CHECK(*at(captures[0], "complete").as<bool>());
  CHECK(number(captures[0], "run") == number(sync.last(), "run"));
  const std::string id = text(captures[0], "id");
  CHECK(w.ok({"capture", "show", id}).out() == before);
  const Value difference = w.ok({"capture", "diff", id}).last();
  CHECK(number(difference, "changed") == 1);
  CHECK(number(difference, "removed") == 1);
  CHECK(number(difference, "added") == 0);

  const std::string now = w.ok({"snapshot", "tracker", "ratings"}).out();
  const Result dry = w.ok({"capture", "restore", id, "--dry-run"});
  std::vector<std::string> ops;
  for (const Value& line : dry.json())
    if (text(line, "event") == "item") ops.push_back(text(line, "op"));
  CHECK(joined(ops) == "add update");
  CHECK(w.ok({"snapshot", "tracker", "ratings"}).out() == now);
  CHECK(changes(totals(w.ok({"capture", "restore", id}))) == 2);
  CHECK(number(w.ok({"capture", "diff", id}).last(), "changed") == 0);
  CHECK(number(w.ok({"capture", "diff", id}).last(), "removed") == 0);
  CHECK(changes(totals(w.ok({"capture", "restore", id}))) == 0);
  w.ok({"capture", "remove", id});
  CHECK(w.refused(5, {"capture", "show", id}) == "capture_unknown");
}

TEST_CASE("what has no ids is known again by its ref when a capture is restored") {
  World w;
  const std::string line = R"({"type":"movie","title":"Birthday","watched_at":"2021-05-01T10:00:00Z","plays":1})";
  REQUIRE(w.run(Launch{{"import", "tracker", "history", "-", "--json"},
                       line + "\n" + R"({"end":true,"complete":true,"count":1})"})
              .exit == 0);
  const std::string id = text(w.ok({"capture", "take", "tracker", "history"}).last(), "id");
  for (const bool exact : {false, true}) {
    std::vector<std::string> args{"capture", "restore", id};
    if (exact) args.push_back("--exact");
    const Value all = totals(w.ok(args));
    CHECK(changes(all) == 0);
    CHECK(number(all, "skipped") == 0);
  }
  CHECK(w.ok({"snapshot", "tracker", "history"}).lines.size() == 2);
}

TEST_CASE("a restore to Plex writes nothing in its dry run, and removes only what was approved") {
  Linked w;
  const std::string one = w.key(0), two = w.key(1);
  w.sim.rate("owner", one, 8);
  w.sim.rate("owner", two, -1);
  const std::string id = text(w.ok({"capture", "take", "plex", "ratings"}).last(), "id");
  w.sim.rate("owner", one, 3);
  w.sim.rate("owner", two, 7);
  const Value difference = w.ok({"capture", "diff", id}).last();
  CHECK(number(difference, "changed") == 1);
  CHECK(number(difference, "added") == 1);

  CHECK(w.json({"capture", "restore", id, "--exact", "--dry-run"}).exit == 7);
  CHECK(w.writes() == 0);
  const Result restored = w.json({"capture", "restore", id, "--exact"});
  CHECK(restored.exit == 7);
  CHECK(number(totals(restored), "updated") == 1);
  CHECK(number(totals(restored), "held") == 1);
  CHECK(w.rating(one) == 8);
  CHECK(w.rating(two) == 7);
  const Result approved = w.ok({"capture", "restore", id, "--exact", "--approve", text(restored.last(), "digest")});
  CHECK(number(totals(approved), "removed") == 1);
  CHECK(w.rating(two) == -1);
  CHECK(number(w.ok({"capture", "diff", id}).last(), "added") == 0);
}

TEST_CASE("a capture of one account is not restored to another") {
  Linked w;
  const std::string id = text(w.ok({"capture", "take", "plex", "ratings"}).last(), "id");
  w.wanted.emplace_back("friend");
  w.link("friend");
  CHECK(w.refused(4, {"capture", "restore", id}) == "identity_changed");
  CHECK(w.writes() == 0);
}

TEST_CASE("a report tells of each operation what was there, what is there now and why, and its counts add up") {
  Linked w;
  const std::string one = w.key(0), two = w.key(1), three = w.key(2);
  w.sim.rate("owner", one, 8);
  w.sim.rate("owner", two, 6);
  w.sim.rate("owner", three, -1);
  w.pair({"--remove", "--features", "ratings"});
  w.ok({"sync"});
  w.ok({"sync"});
  w.sim.rate("owner", one, 3);
  w.sim.rate("owner", two, -1);
  w.sim.rate("owner", three, 5);
  const Value t = totals(w.ok({"sync"}));
  const Value run = list(w.ok({"runs", "list"}).last()).at(0);
  CHECK(at(run, "totals") == t);
  std::map<std::string, std::string> told;
  for (const Value& i : w.items(std::to_string(number(run, "id"))))
    told[text(i, "op")] += json::dump(at(i, "before.rating")) + " -> " + json::dump(at(i, "after.rating")) + " " +
                           text(i, "reason") + " " + text(i, "result");
  CHECK(told["update"] == "8.0 -> 3.0 changed applied");
  CHECK(told["remove"] == "6.0 -> null removed applied");
  CHECK(told["add"] == "null -> 5.0 new applied");
  CHECK(told.size() == 3);
  CHECK(changes(t) == 3);
}

TEST_CASE("a write that fails is in the report, the status and the exit code, and the next run makes it good") {
  Linked w;
  w.configure("runtime.retries", 0);
  w.configure("plex.max_retries", 1);
  w.remember("ratings", w.ok({"snapshot", "plex", "ratings"}).out());
  w.ok({"pair", "add", "--source", "tracker", "--target", "plex", "--id", "out", "--features", "ratings"});
  w.ok({"sync"});
  const std::string one = w.sim.facts("owner", plexsim::Feature::ratings).at(0).key;
  w.sim.rate("owner", one, -1);  // one-way: the target follows the source
  w.fault(plexsim::FaultKind::status, "server", "/:/rate");
  const Result failed = w.json({"sync"});
  CHECK(failed.exit == 8);
  CHECK(number(totals(failed), "failed") == 1);
  w.expect_adding_up(failed);
  CHECK(text(w.status(), "status") == "failed");
  const auto items = w.items(w.run_id(failed));
  REQUIRE(items.size() == 1);
  CHECK(text(items[0], "result") == "failed");
  CHECK(!text(items[0], "reason").empty());
  w.sim.clear_faults();
  CHECK(number(totals(w.ok({"sync"})), "added") == 1);
  CHECK(text(w.status(), "status") == "ok");
}

TEST_CASE("undo puts back what a run wrote on Plex, once, and leaves alone what was changed since") {
  Linked w;
  const std::string one = w.key(0), two = w.key(1), three = w.key(2);
  for (const std::string& key : {one, two, three}) w.sim.rate("owner", key, 8);
  w.ok({"pair", "add", "--source", "tracker", "--target", "plex", "--id", "out", "--features", "ratings"});
  w.remember("ratings", w.ok({"snapshot", "plex", "ratings"}).out());
  w.ok({"sync"});
  w.ok({"sync"});
  std::string changed = w.ok({"snapshot", "plex", "ratings"}).out();
  for (std::size_t at = 0; (at = changed.find("\"rating\":8,", at)) != std::string::npos;)
    changed.replace(at, 11, "\"rating\":2,");
  w.remember("ratings", changed);
  w.sim.rate("owner", two, -1);
  const Result sync = w.ok({"sync"});
  REQUIRE(number(totals(sync), "updated") >= 2);
  REQUIRE(number(totals(sync), "added") == 1);
  REQUIRE(w.rating(one) == 2);
  REQUIRE(w.rating(two) == 2);
  const std::string run = w.run_id(sync);
  w.sim.rate("owner", three, 5);

  w.sim.clear_requests();
  w.ok({"runs", "undo", run, "--dry-run"});
  CHECK(w.writes() == 0);
  const Result undone = w.ok({"runs", "undo", run});
  CHECK(w.rating(one) == 8);
  CHECK(w.rating(two) == -1);
  CHECK(w.rating(three) == 5);
  std::map<std::string, int> results;
  for (const Value& i : w.items(w.run_id(undone))) ++results[text(i, "result") + " " + text(i, "reason")];
  CHECK(results["skipped changed_since: it was left alone"] == 1);
  CHECK(number(totals(undone), "removed") == 1);
  w.expect_adding_up(undone);
  w.expect_adding_up(sync);
  CHECK(changes(totals(w.ok({"runs", "undo", run}))) == 0);

  // The next sync does not do again what was undone, until it is asked to.
  CHECK(w.ok({"sync"}).exit == 0);
  CHECK(w.rating(one) == 8);
  CHECK(w.rating(two) == -1);
  std::string key;
  for (const Value& p : w.parked())
    if (text(p, "reason").starts_with("undone") && text(p, "op") == "add") key = text(p, "key");
  REQUIRE(!key.empty());
  w.ok({"parked", "retry", key});
  CHECK(number(totals(w.ok({"sync"})), "added") == 1);
  CHECK(w.rating(two) == 2);
  CHECK(w.refused(5, {"runs", "undo", "999"}) == "run_unknown");
}

TEST_CASE("undo says what Plex cannot represent: the date of a play") {
  Linked w;
  w.wanted.emplace_back("friend");
  w.ok({"profile", "add", "plex", "friend"});
  w.link("friend", "friend");
  const std::string movie = w.sim.add_item("1", {"movie", "New", 2024, 900});
  w.sim.mark_watched("owner", movie);
  w.ok({"pair", "add", "--source", "plex", "--target", "plex@friend", "--id", "out", "--features", "history",
        "--remove"});
  w.ok({"sync"});
  w.ok({"sync"});
  REQUIRE(w.watched(movie, "friend"));
  w.sim.mark_unwatched("owner", movie);
  const Result sync = w.ok({"sync"});
  REQUIRE(number(totals(sync), "removed") == 1);
  REQUIRE(!w.watched(movie, "friend"));
  const Result undone = w.ok({"runs", "undo", w.run_id(sync)});
  CHECK(w.watched(movie, "friend"));
  const auto items = w.items(w.run_id(undone));
  REQUIRE(items.size() == 1);
  CHECK(text(items[0], "reason").starts_with("date_not_restored"));
}

TEST_CASE("a plan says before the first run which plays will bear the date of the sync, and they never come back") {
  Linked w;
  const std::string movie = w.sim.add_item("1", {"movie", "Elsewhere", 2020, 0, "", 1, 1, "", {"tmdb://999999999"}});
  w.remember("history", film);
  w.ok({"pair", "add", "--source", "tracker", "--target", "plex", "--mode", "two-way", "--id", "p1", "--features",
        "history"});
  const Result plan = w.ok({"plan"});
  CHECK(number(plan.last(), "undated") == 1);
  bool told = false;
  for (const Value& line : plan.json())
    if (text(line, "title") == "Elsewhere") told = text(line, "reason") == "new: its date is not kept there";
  CHECK(told);
  w.ok({"sync"});
  CHECK(w.watched(movie));
  CHECK(changes(totals(w.ok({"sync"}))) == 0);
  const Result again = w.ok({"plan"});
  CHECK(number(again.last(), "undated") == 0);
  CHECK(again.lines.size() == 1);
  for (const Value& line : w.ok({"snapshot", "tracker", "history"}).json())
    if (text(line, "title") == "Elsewhere") CHECK(text(line, "watched_at") == "2020-01-02T03:04:05Z");
}
