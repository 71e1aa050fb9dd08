// The file: private, durable, shared by processes, and never taken for empty when it cannot be read.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "world.hpp"

using namespace tracker_test;
namespace fs = std::filesystem;

namespace {

std::string bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

// A closed file with some facts of every feature, as bytes.
std::string good_file() {
  World w;
  std::vector<Op> ratings, plays;
  for (int n = 0; n < 300; ++n) {
    ratings.push_back({CW_OP_ADD, rated(numbered_movie(n), n % 101)});
    plays.push_back({CW_OP_ADD, played(episode({{"imdb", "tt" + std::to_string(n)}}, {{"tvdb", "7"}}, n / 20, n % 20),
                                       {1000 + n, 500 + n})});
  }
  REQUIRE(w.try_apply(Feature::ratings, ratings).ok());
  REQUIRE(w.try_apply(Feature::history, plays).ok());
  w.instance.reset();
  return bytes(w.path);
}

std::string text_of(const std::vector<Fact>& facts) {
  std::string out;
  for (const Fact& f : facts) {
    out += f.ref + '|' + f.title + '|' + f.series_title + '|' + std::to_string(f.value.rating) + '|' +
           std::to_string(f.value.at) + '|' + std::to_string(f.season) + '|' + std::to_string(f.episode);
    for (const Token& t : f.ids) out += '|' + t.scheme + t.value;
    for (const Token& t : f.show_ids) out += '|' + t.scheme + t.value;
    for (const auto at : f.plays_at) out += '|' + std::to_string(at);
    out += '\n';
  }
  return out;
}

// As a later version would have them.
std::vector<const char*> steps_and(const char* another) {
  const auto ours = tracker::schema_steps();
  std::vector<const char*> steps(ours.begin(), ours.end());
  steps.push_back(another);
  return steps;
}

// Fails with the code, in every operation, and leaves the file as it is.
void expect_refused(const std::string& content, const std::string& code) {
  World w;
  write_bytes(w.path, content);
  const Answer check = w.try_check(), snapshot = w.try_snapshot(Feature::ratings),
               apply = w.try_apply(Feature::ratings, {{CW_OP_ADD, rated(numbered_movie(1), 50)}});
  for (const Answer& a : {check, snapshot, apply}) {
    CHECK(a.status == CW_STORAGE);
    CHECK(a.code == code);
    CHECK(a.message.find(w.path.native()) != std::string::npos);
    CHECK_FALSE(a.remedy.empty());
  }
  CHECK_FALSE(w.complete);
  CHECK(w.outcomes[0].result == CW_NOT_ATTEMPTED);
  CHECK(bytes(w.path) == content);
}

}  // namespace

TEST_CASE("a new file is private, and its identity is random and lasting") {
  World w, other;
  REQUIRE(w.try_check().ok());
  struct stat info {};
  REQUIRE(::stat(w.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(w.identity.rfind("tracker:", 0) == 0);
  const std::string identity = w.identity;
  w.restart();
  REQUIRE(w.try_check().ok());
  CHECK(w.identity == identity);
  REQUIRE(other.try_check().ok());
  CHECK(other.identity != identity);
  CHECK(std::distance(fs::directory_iterator(w.path.parent_path()), fs::directory_iterator()) <= 3);  // -wal, -shm
}

TEST_CASE("a relative path lies in the profile's folder") {
  World w;
  w.host.settings["path"] = {"other.sqlite"};
  w.restart();
  REQUIRE(w.try_check().ok());
  CHECK(fs::exists(w.host.data_dir() / "other.sqlite"));
}

TEST_CASE("making an instance touches no file") {
  World w;
  CHECK_FALSE(fs::exists(w.path));
}

TEST_CASE("what is no tracker file is refused and left alone") {
  expect_refused("", "damaged_file");
  expect_refused(std::string(20'000, 'x'), "damaged_file");
  World foreign;
  { SQLite::Database(foreign.path.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t(a)"); }
  expect_refused(bytes(foreign.path), "not_a_tracker_file");
}

TEST_CASE("a folder in place of the file is refused") {
  World w;
  fs::create_directory(w.path);
  CHECK(w.try_check().code == "damaged_file");
}

TEST_CASE("a missing folder is not made, for its disk may not be mounted") {
  World w;
  World elsewhere(w.host.data_dir() / "not mounted" / "tracker.sqlite");
  const Answer a = elsewhere.try_snapshot(Feature::history);
  CHECK(a.code == "folder_missing");
  CHECK_FALSE(fs::exists(w.host.data_dir() / "not mounted"));
}

TEST_CASE("a lost file whose journal is still there is not begun anew") {
  World w;
  REQUIRE(w.try_check().ok());
  w.instance.reset();
  fs::remove(w.path);
  write_bytes(w.path.native() + "-wal", "rest");
  w.restart();
  CHECK(w.try_check().code == "file_missing");
  CHECK_FALSE(fs::exists(w.path));
}

TEST_CASE("a file that lost its end is damaged, not shorter") {
  const std::string good = good_file();
  World w;
  for (std::size_t pages = 1; pages * 4096 < good.size(); pages += 3) {
    write_bytes(w.path, good.substr(0, pages * 4096));
    w.restart();
    const Answer a = w.try_snapshot(Feature::history);
    CHECK(a.code == "damaged_file");
    CHECK_FALSE(w.complete);
  }
}

TEST_CASE("a page that went bad never makes a complete snapshot of fewer facts") {
  const std::string good = good_file();
  World w;
  write_bytes(w.path, good);
  const std::string ratings = text_of(w.read(Feature::ratings)), history = text_of(w.read(Feature::history));
  std::size_t noticed = 0, pages = good.size() / 4096;
  for (std::size_t page = 0; page < pages; ++page) {
    for (const char filling : {'\0', '\xFF'}) {
      std::string bad = good;
      bad.replace(page * 4096 + (page == 0 ? 100 : 0), page == 0 ? 3996 : 4096, page == 0 ? 3996 : 4096, filling);
      w.instance.reset();
      for (const char* rest : {"-wal", "-shm"}) fs::remove(w.path.native() + rest);
      write_bytes(w.path, bad);
      w.restart();
      for (const auto& [feature, whole] : {std::pair(Feature::ratings, ratings), {Feature::history, history}}) {
        const Answer a = w.try_snapshot(feature);
        if (a.ok() && w.complete)
          CHECK(text_of(w.facts) == whole);
        else
          ++noticed;
      }
    }
  }
  CHECK(noticed > pages / 2);
}

TEST_CASE("rows that vanished without a trace are noticed") {
  World w;
  w.add_movies(0, 10);
  w.add(Feature::history, played(numbered_movie(1), {300, 200}));
  w.instance.reset();
  {
    SQLite::Database sql(w.path.native(), SQLite::OPEN_READWRITE);
    sql.exec("DELETE FROM fact WHERE feature = 0 AND item = 3");
    sql.exec("DELETE FROM play WHERE at = 200");
  }
  w.restart();
  CHECK(w.try_snapshot(Feature::watchlist).code == "damaged_file");
  CHECK(w.try_snapshot(Feature::history).code == "damaged_file");
  CHECK(w.try_snapshot(Feature::ratings).ok());
}

TEST_CASE("an older file is brought up to date after a copy; a newer one is refused with how to go on") {
  World w;
  w.add_movies(0, 10);
  w.instance.reset();
  const Call call = w.call.call();
  { tracker::Database migrated(w.path, call, steps_and("CREATE TABLE added(a INTEGER)")); }
  const fs::path copy = w.path.native() + ".v" + std::to_string(tracker::schema_steps().size());
  REQUIRE(fs::exists(copy));
  World old(copy);
  CHECK(old.read(Feature::watchlist).size() == 10);

  w.restart();
  const std::string before = bytes(w.path);
  const Answer a = w.try_snapshot(Feature::watchlist);
  CHECK(a.code == "newer_file");
  CHECK(a.remedy.find("Update CrossWatch") != std::string::npos);
  CHECK(bytes(w.path) == before);
}

TEST_CASE("a migration that fails leaves the old version") {
  World w;
  w.add_movies(0, 10);
  w.instance.reset();
  const Call call = w.call.call();
  CHECK_THROWS(tracker::Database(w.path, call, steps_and("CREATE TABLE half(a INTEGER); SELECT nonsense")));
  w.restart();
  CHECK(w.read(Feature::watchlist).size() == 10);
}

TEST_CASE("a file of the first version can be told apart from then on, too") {
  World w;
  const Call call = w.call.call();
  w.instance.reset();
  { tracker::Database first(w.path, call, tracker::schema_steps().first(1)); }
  w.restart();
  const std::string empty = w.name_of_facts(Feature::watchlist);
  CHECK_FALSE(empty.empty());
  w.add_movies(0, 3);
  CHECK(w.name_of_facts(Feature::watchlist) != empty);
}

TEST_CASE("a copy of the file that was put back never passes for what was there in between") {
  World w;
  w.add_movies(0, 3);
  w.instance.reset();
  const std::string backup = bytes(w.path);
  w.restart();
  const std::string old = w.name_of_facts(Feature::watchlist);
  w.add_movies(3, 4);
  const std::string between = w.name_of_facts(Feature::watchlist);
  w.instance.reset();
  write_bytes(w.path, backup);
  w.restart();
  CHECK(w.try_snapshot(Feature::watchlist, between).ok());
  CHECK_FALSE(w.unchanged);
  CHECK(w.state == old);  // these are the very facts
  w.add_movies(4, 5);     // as many changes as before, others
  CHECK(w.name_of_facts(Feature::watchlist) != between);
}

TEST_CASE("a file that is replaced while the tracker runs is read anew") {
  World w, other;
  w.add_movies(0, 10);
  other.add_movies(0, 3);
  other.instance.reset();
  fs::rename(other.path, w.path);
  for (const char* rest : {"-wal", "-shm"}) fs::remove(w.path.native() + rest);
  CHECK(w.read(Feature::watchlist).size() == 3);
}

TEST_CASE("a full disk fails the batch, changes nothing, and is over when there is room") {
  World w;
  w.add_movies(0, 100);
  const std::string before = text_of(w.read(Feature::watchlist));
  std::vector<Op> many;
  for (int n = 100; n < 5'000; ++n) many.push_back({CW_OP_ADD, numbered_movie(n)});

  // The same failure of write() as on a full disk, for this process only.
  struct rlimit was {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &was) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{fs::file_size(w.path) + 100'000, was.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  const Answer a = w.try_apply(Feature::watchlist, many);
  const auto outcomes = w.outcomes;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &was) == 0);
  std::signal(SIGXFSZ, handler);

  CHECK(a.status == CW_STORAGE);
  for (const auto& o : outcomes) CHECK(o.result == CW_NOT_ATTEMPTED);
  CHECK(text_of(w.read(Feature::watchlist)) == before);
  w.restart();
  CHECK(text_of(w.read(Feature::watchlist)) == before);
  CHECK(w.try_apply(Feature::watchlist, many).ok());
  CHECK(w.read(Feature::watchlist).size() == 5'000);
}

TEST_CASE("two processes can begin and fill one file at the same time") {
  const World folder;  // gives the place, opens nothing
  const fs::path file = folder.path;
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    World w(file);
    bool ok = true;
    for (int round = 0; ok && round < 20; ++round) {
      std::vector<Op> ops;
      for (int n = 0; n < 10; ++n) ops.push_back({CW_OP_ADD, numbered_movie(c * 1000 + round * 10 + n)});
      ops.push_back({CW_OP_ADD, numbered_movie(99'000 + round)});  // all of them want these
      ok = w.try_apply(Feature::watchlist, ops).ok();
    }
    ::_exit(ok ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  World w(file);
  CHECK(w.read(Feature::watchlist).size() == 4 * 200 + 20);
}

TEST_CASE("waiting for another process's lock can be cancelled") {
  World w;
  w.add_movies(0, 1);
  SQLite::Database other(w.path.native(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  std::thread canceller([&] { w.call.cancel(); });
  const Answer a = w.try_apply(Feature::watchlist, {{CW_OP_ADD, numbered_movie(2)}});
  canceller.join();
  CHECK(a.status == CW_CANCELLED);
}

TEST_CASE("what was confirmed is there after kill -9, and nothing is half there") {
  const World folder;
  const fs::path file = folder.path;
  constexpr int batch = 50;
  for (int round = 1; round <= 5; ++round) {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      World w(file);
      for (int n = 0;; n += batch) {
        w.add_movies(round * 1'000'000 + n, round * 1'000'000 + n + batch);
        const char confirmed = 'c';
        if (::write(pipe_ends[1], &confirmed, 1) != 1) ::_exit(1);
      }
    }
    int confirmed = 0;
    char c = 0;
    while (confirmed < 3 * round && ::read(pipe_ends[0], &c, 1) == 1) ++confirmed;
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    ::close(pipe_ends[1]);
    while (::read(pipe_ends[0], &c, 1) == 1) ++confirmed;
    ::close(pipe_ends[0]);

    World w(file);
    int there = 0;
    for (const Fact& f : w.read(Feature::watchlist)) there += std::stoi(f.ids[0].value) / 1'000'000 == round;
    CHECK(there >= confirmed * batch);
    CHECK(there <= (confirmed + 1) * batch);
    CHECK(there % batch == 0);
  }
}
