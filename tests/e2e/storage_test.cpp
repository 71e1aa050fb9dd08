// Disks that are full, files that are damaged, readers that are gone.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "world.hpp"

using namespace e2e;

namespace {

fs::path tracker_file(const World& w) {
  return w.state / "data" / "tracker" / "default" / "tracker.sqlite";
}

std::int64_t facts(World& w, const std::string& provider, const std::string& feature) {
  return number(w.ok({"snapshot", provider, feature}).last(), "count");
}

void sync_brings_everything(World& w) {
  w.ok({"sync"});
  for (const char* feature : {"history", "ratings", "progress", "watchlist"})
    CHECK(facts(w, "tracker", feature) == facts(w, "plex", feature));
}

// A failed sync says so in its end and is no crash.
void expect_failed(const Result& sync) {
  CAPTURE(sync.out());
  CAPTURE(sync.err);
  CHECK(sync.exit == 1);
  const Value end = sync.last();
  if (text(end, "event") == "run_end")
    CHECK(text(end, "status") == "failed");
  else
    CHECK(!error_code(sync).empty());
}

struct Linked : World {
  explicit Linked(plexsim::Options options = small()) : World(std::move(options)) {
    link();
    pair();
  }
};

}  // namespace

TEST_CASE("a file that may not grow stops the work with a sentence, and the next run finishes it") {
  auto options = World::small();
  options.servers[0].catalog.movies = 300;
  Linked w(options);
  for (const std::uint64_t limit : {4'000u, 40'000u, 90'000u, 200'000u}) {
    CAPTURE(limit);
    Launch launch{{"sync", "--json"}};
    launch.largest_file = limit;
    const Result result = w.run(launch);
    if (limit < 100'000) expect_failed(result);
    CHECK(result.exit < 128);
  }
  sync_brings_everything(w);
}

TEST_CASE("a configuration that cannot be written stays as it was") {
  World w;
  w.configure("plex.padding", std::string(8'000, 'x'));
  const std::string before = bytes_of(w.config);
  Launch launch{{"config", "set", "runtime.chunk", "5", "--json"}};
  launch.largest_file = 4'000;
  const Result result = w.run(launch);
  CHECK(result.exit == 1);
  CHECK(error_code(result) == "storage_failed");
  CHECK(bytes_of(w.config) == before);
  for (const auto& entry : fs::directory_iterator(w.dir))
    CHECK_MESSAGE(!entry.path().filename().string().starts_with(".config.json"), entry.path());
}

TEST_CASE("a full disk stops a sync with a sentence; with room again it goes on" *
          doctest::skip(std::system("unshare -m true 2>/dev/null") != 0)) {
  auto options = World::small();
  options.servers[0].catalog.movies = 300;
  Linked w(options);
  const std::string command =
      std::string(CROSSWATCH) + " --config " + w.config.string() + " --state " + w.state.string() + " sync --json";
  // A disk of its own that only these commands see, and that vanishes with them.
  const std::string script = "mount -t tmpfs -o size=120k none " + w.state.string() + " || exit 99\n" + command +
                             "; echo \"[$?]\"\nmount -o remount,size=64m " + w.state.string() + "\n" + command +
                             "; echo \"[$?]\"";
  std::string said;
  Command both("/usr/bin/unshare", {{"-m", "sh", "-c", script}}, w.dir.string(), said);
  const Result result = both.wait();
  REQUIRE_MESSAGE(result.exit == 0, result.err);
  std::vector<std::int64_t> exits;
  Value last_end;
  for (const Value& v : result.json()) {
    if (const auto* list_of = v.as<Value::Array>()) exits.push_back(*list_of->front().as<std::int64_t>());
    if (text(v, "event") == "run_end") last_end = v;
  }
  CHECK(exits == std::vector<std::int64_t>{1, 0});
  CHECK(text(last_end, "status") == "ok");
  CHECK(said.find("canary-") == std::string::npos);
}

TEST_CASE("a reader that is gone is told on standard error, and no signal ends the command") {
  Linked w;
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"snapshot", "plex", "history"}, {"plugins", "list"}, {"sync"}, {"runs", "list"}}) {
    for (const bool json : {false, true}) {
      Launch launch{args};
      if (json) launch.args.emplace_back("--json");
      launch.reader_is_gone = true;
      const Result result = w.run(launch);
      CAPTURE(joined(args));
      CHECK(result.exit == 1);
      CHECK(result.err.find("crosswatch: Standard output cannot be written") != std::string::npos);
    }
  }
  sync_brings_everything(w);
}

TEST_CASE("a reader that leaves in the middle of a large answer does no harm") {
  auto options = World::small();
  options.servers[0].catalog.movies = 3000;
  options.servers[0].catalog.watched_percent = 100;
  World w(options);
  w.link();
  Command command = w.start({{"snapshot", "plex", "history", "--json"}});
  CHECK(!command.read_line().empty());
  command.close_output();
  CHECK(command.wait().exit == 1);
}

TEST_CASE("a damaged state is an error and never an empty one; moved away, the next run removes nothing") {
  Linked w;
  w.configure("pairs.0.features.ratings.remove", true);
  w.ok({"sync"});
  const fs::path db = w.state / "crosswatch.db";
  const std::string good = bytes_of(db);
  std::string newer = good;
  newer[60] = 0x70;  // the schema's number, PRAGMA user_version
  std::string torn = good;
  for (std::size_t i = 100; i < torn.size(); ++i) torn[i] = static_cast<char>(i * 31);
  const std::pair<std::string, std::string> states[] = {
      {"this is no database, but it is long enough to look like one", "state_unreadable"},
      {torn, "state_unreadable"},
      {newer, "state_newer"}};
  const auto count = facts(w, "tracker", "ratings");
  for (const auto& state : states) {
    const auto& [content, code] = state;
    CAPTURE(state.second);
    write(db, content);
    CHECK(w.refused(1, {"sync"}) == code);
    CHECK(w.refused(1, {"runs", "list"}) == code);
    CHECK(w.refused(1, {"status"}) == code);
    CHECK(bytes_of(db) == content);
    CHECK(facts(w, "tracker", "ratings") == count);
  }
  fs::remove(db);
  fs::create_directory(db);
  CHECK(w.refused(1, {"sync"}) == "state_io");
  fs::remove(db);
  const Value end = w.ok({"sync"}).last();
  CHECK(number(end, "totals.removed") == 0);
  CHECK(facts(w, "tracker", "ratings") == count);
}

TEST_CASE("a tracker file that is damaged, empty or no file is an error and never empty") {
  Linked w;
  w.ok({"sync"});
  const fs::path file = tracker_file(w);
  const std::string good = bytes_of(file);
  REQUIRE(!good.empty());
  std::string torn = good;
  for (std::size_t i = 200; i < torn.size(); ++i) torn[i] = static_cast<char>(i * 31);
  std::string newer = good;
  newer[60] = 0x70;
  for (const std::string& content :
       {std::string("no database"), std::string(), good.substr(0, good.size() / 2), torn, newer}) {
    CAPTURE(content.size());
    write(file, content);
    for (const char* feature : {"history", "ratings", "progress", "watchlist"})
      CHECK(!w.refused(1, {"snapshot", "tracker", feature}).empty());
    const Result sync = w.json({"sync"});
    expect_failed(sync);
    CHECK(number(sync.last(), "totals.added") == 0);
    CHECK(bytes_of(file) == content);
  }
  fs::remove(file);
  fs::create_directory(file);
  CHECK(!w.refused(1, {"snapshot", "tracker", "ratings"}).empty());
  fs::remove(file);
  write(file, good);
  CHECK(number(w.ok({"sync"}).last(), "totals.added") == 0);
}
