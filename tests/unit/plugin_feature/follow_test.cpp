// What a snapshot costs when a complete one was read before, and when it is not trusted.
#include <doctest/doctest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "support.hpp"
#include "unit/sim_feature.hpp"

using namespace testing;

namespace {

constexpr std::array server_features{Feature::history, Feature::ratings, Feature::progress};

plexsim::Options world_options() {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 1500;
  server.catalog.shows = 20;
  server.catalog.seasons = 3;
  server.catalog.episodes = 20;
  server.catalog.plays = 1500;
  server.catalog.watched_percent = 70;
  server.catalog.rated_percent = 70;
  server.catalog.progress_percent = 40;
  server.catalog.nasty_percent = 0;
  server.catalog.side_libraries = false;
  options.servers = {server};
  options.watchlist = 0;
  return options;
}

struct World {
  explicit World(const plexsim::Options& options = world_options()) : sim(options), person(sim, "owner") {
    person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  }
  plexsim::Simulator sim;
  Person person;

  Snapshot read(Feature feature) {
    sim.clear_requests();
    return person->read(feature);
  }
  std::size_t asked(const std::string& library = {}) const {
    std::size_t n = 0;
    for (const auto& r : sim.requests())
      n += library.empty() || r.path.find("/library/sections/" + library + "/") == 0 ||
           r.query.find("librarySectionID=" + library) != r.query.npos;
    return n;
  }
  std::string difference_to_full(Feature feature, const Snapshot& snapshot) {
    Person full(sim, "owner");
    full->host.settings["full_read_hours"] = {"0"};
    return difference(texts_of(snapshot), texts_of(full->read(feature)));
  }
  std::vector<std::string> movies() const { return sim.keys("1", "movie"); }
  std::vector<std::string> episodes() const { return sim.keys("2", "episode"); }
};

// The contents of the files that are kept, by name.
std::map<std::filesystem::path, std::string> kept_files(Person& person, bool news) {
  std::map<std::filesystem::path, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(person->host.data_dir())) {
    if (entry.path().filename().string().find("read-") != 0 || (entry.path().extension() == ".news") != news) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    found[entry.path()].assign(std::istreambuf_iterator<char>(in), {});
  }
  return found;
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void ignore_filters(plexsim::Simulator& sim) {
  plexsim::FaultRule rule;
  rule.kind = plexsim::FaultKind::ignore_filters;
  rule.path_contains = "/all";
  rule.count = 0;
  sim.add_fault(rule);
}

}  // namespace

TEST_CASE("a read of what did not change costs at most three requests a library") {
  World w;
  for (const Feature feature : server_features) {
    CAPTURE(name_of(feature));
    const auto first = texts_of(w.read(feature));
    const Snapshot again = w.read(feature);
    CHECK(again.end.complete);
    CHECK(difference(texts_of(again), first) == "");
    CHECK(w.asked("1") <= 3);
    CHECK(w.asked("2") <= 3);
    CHECK(w.asked() == w.asked("1") + w.asked("2") + 1);  // and the list of libraries
  }
}

TEST_CASE("who knows the last read is sent nothing while it is as it was, and everything as soon as it is not") {
  World w;
  for (const Feature feature : server_features) {
    CAPTURE(name_of(feature));
    const std::string state = w.read(feature).end.state;
    REQUIRE_FALSE(state.empty());
    w.sim.clear_requests();
    const Snapshot same = w.person->read(feature, {}, state);
    CHECK(same.end.complete);
    CHECK(same.end.unchanged);
    CHECK(same.end.state == state);
    CHECK(same.facts.empty());
    CHECK(w.asked("1") <= 3);
    CHECK(w.asked("2") <= 3);
    CHECK_FALSE(w.person->read(feature).facts.empty());

    // In the last library, so that the first one was found unchanged before.
    const std::string key = w.episodes().at(5);
    if (feature == Feature::ratings) w.sim.rate("owner", key, 0.5);
    if (feature == Feature::history) w.sim.play("owner", key);
    if (feature == Feature::progress) w.sim.set_progress("owner", key, 77'000);
    w.sim.clear_requests();
    const Snapshot changed = w.person->read(feature, {}, state);
    CHECK_FALSE(changed.end.unchanged);
    CHECK(changed.end.state != state);
    CHECK(w.asked("1") <= 3);
    CHECK(w.asked("2") <= 3);
    CHECK(w.difference_to_full(feature, changed) == "");
    CHECK_FALSE(w.person->read(feature, {}, state).end.unchanged);
    CHECK(w.person->read(feature, {}, changed.end.state).end.unchanged);
  }
}

TEST_CASE("a read of other libraries, of another user, or that is due to be read in full is never unchanged") {
  World w;
  const std::string state = w.read(Feature::ratings).end.state;
  CHECK_FALSE(w.person->read(Feature::ratings, {"1"}, state).end.unchanged);
  CHECK(w.person->read(Feature::ratings, {"1"}).end.state != state);
  CHECK(w.person->read(Feature::ratings, {}, state).end.unchanged);
  Person other(w.sim, "managed");
  CHECK_FALSE(other->read(Feature::ratings, {}, state).end.unchanged);
  w.person->host.clock_ms += 25 * 3'600'000;
  const Snapshot full = w.person->read(Feature::ratings, {}, state);
  CHECK_FALSE(full.end.unchanged);
  CHECK_FALSE(full.facts.empty());
  for (const auto& [path, bytes] : kept_files(w.person, false)) std::filesystem::remove(path);
  CHECK_FALSE(w.person->read(Feature::ratings, {}, full.end.state).end.unchanged);
}

TEST_CASE("a hundred changes cost at most twelve requests a library") {
  World w;
  for (const Feature feature : server_features) w.read(feature);
  const auto movies = w.movies(), episodes = w.episodes();
  for (std::size_t i = 0; i < 100; ++i) {
    for (const std::string& key : {movies[i * 7], episodes[i * 7]}) {
      w.sim.play("owner", key);
      w.sim.rate("owner", key, 1 + static_cast<double>(i % 9));
      w.sim.set_progress("owner", key, 600'000);
    }
    if (i % 10 == 0) w.sim.touch_item(movies[i * 7], "Another title");
  }
  w.sim.touch_item(w.sim.keys("2", "show").front(), "Another show");
  for (const Feature feature : server_features) {
    CAPTURE(name_of(feature));
    const Snapshot changes = w.read(feature);
    CHECK(w.asked("1") <= 12);
    CHECK(w.asked("2") <= 12);
    CHECK(w.difference_to_full(feature, changes) == "");
  }
}

TEST_CASE("what was taken back long ago is found by one more list of that library, without ids") {
  World w;
  for (const Feature feature : server_features) {
    CAPTURE(name_of(feature));
    w.read(feature);
    std::vector<plexsim::Fact> facts = w.sim.facts("owner", to_sim(feature));
    std::erase_if(facts, [](const auto& f) { return f.type != "movie"; });
    const auto oldest = [&](const plexsim::Fact& a, const plexsim::Fact& b) {
      return feature == Feature::ratings ? a.rated_at < b.rated_at : a.last_viewed_at < b.last_viewed_at;
    };
    const std::string key = std::min_element(facts.begin(), facts.end(), oldest)->key;
    if (feature == Feature::ratings)
      w.sim.rate("owner", key, -1);
    else
      w.sim.mark_unwatched("owner", key);
    const Snapshot changes = w.read(feature);
    CHECK(w.asked("1") <= 3 + (facts.size() + 999) / 1000 + 4);
    CHECK(w.asked("2") <= 3);
    std::size_t with_ids = 0;
    for (const auto& r : w.sim.requests()) with_ids += r.size == 1000 && r.query.find("includeGuids") != r.query.npos;
    CHECK(with_ids == 0);
    CHECK(w.difference_to_full(feature, changes) == "");
  }
}

TEST_CASE("a server that ignores filters and sort from now on is read in full") {
  World w;
  for (const Feature feature : server_features) w.read(feature);
  ignore_filters(w.sim);
  w.sim.mark_unwatched("owner", w.sim.facts("owner", plexsim::Feature::history).front().key);
  w.sim.rate("owner", w.movies().front(), 5);
  for (const Feature feature : server_features) {
    CAPTURE(name_of(feature));
    CHECK(w.difference_to_full(feature, w.read(feature)) == "");
  }
}

TEST_CASE("a server that never took filters is read in full every time") {
  World w;
  ignore_filters(w.sim);
  for (int turn = 0; turn < 2; ++turn)
    for (const Feature feature : server_features) {
      CAPTURE(name_of(feature));
      w.sim.rate("owner", w.movies()[static_cast<std::size_t>(turn)], 5 + turn);
      CHECK(w.difference_to_full(feature, w.read(feature)) == "");
    }
}

TEST_CASE("a kept read serves nobody but the user, the server and the library it was read of") {
  World w;
  w.read(Feature::ratings);
  UserScope& scope = w.person->scopes.scope;
  const UserScope owner = scope;
  Person other(w.sim, "managed");
  scope = other->scopes.scope;  // the same profile, another user
  const Snapshot theirs = w.read(Feature::ratings);
  CHECK(difference(texts_of(theirs), texts_of(other->read(Feature::ratings))) == "");
  scope = owner;
  scope.server.machine_id = "another";
  for (const Fact& f : w.read(Feature::ratings).facts) REQUIRE(f.ref.find("another/") == 0);
  scope = owner;
  w.sim.swap_library("1");
  w.read(Feature::ratings);
  CHECK(w.asked("1") >= 2);
}

TEST_CASE("a damaged or shortened file is not followed, and replaced") {
  World w;
  const auto truth = texts_of(w.read(Feature::ratings));
  const auto files = [&] {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(w.person->host.data_dir()))
      if (entry.path().filename().string().find("read-") == 0) found.push_back(entry.path());
    return found;
  };
  REQUIRE(files().size() == 2);
  for (const auto& file : files()) {
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
    for (const std::int64_t at : {std::int64_t{0}, std::int64_t{20}, size / 3, size - 60, size - 1}) {
      {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekg(at);
        const char byte = static_cast<char>(out.get() ^ 0x41);
        out.seekp(at);
        out.put(byte);
      }
      CHECK(difference(texts_of(w.read(Feature::ratings)), truth) == "");
      CHECK(w.asked() > 1 + 4);
      w.read(Feature::ratings);
      CHECK(w.asked() <= 1 + 4);
    }
    std::filesystem::resize_file(file, static_cast<std::uintmax_t>(size / 2));
    CHECK(difference(texts_of(w.read(Feature::ratings)), truth) == "");
  }
}

TEST_CASE("a few changes are written beside the kept read, and many are put into it") {
  World w;
  std::size_t asked = 0;
  const auto read = [&] {
    const Snapshot followed = w.read(Feature::ratings);
    asked = w.asked();
    return w.difference_to_full(Feature::ratings, followed);
  };
  REQUIRE(read() == "");
  const auto whole = kept_files(w.person, false);
  const std::string rated = w.sim.facts("owner", plexsim::Feature::ratings).front().key;
  const std::array<std::function<void()>, 4> changes{
      [&] { w.sim.rate("owner", w.movies()[10], 3); }, [&] { w.sim.rate("owner", rated, -1); },
      [&] { w.sim.rate("owner", w.movies()[20], 4); }, [&] { w.sim.rate("owner", rated, 9); }};
  for (const auto& change : changes) {
    change();
    CHECK(read() == "");
    CHECK(kept_files(w.person, false) == whole);
    const auto news = kept_files(w.person, true);
    REQUIRE(news.size() == 1);
    CHECK(news.begin()->second.size() < 1000);
    CHECK(read() == "");
    CHECK(asked <= 1 + 4);
    CHECK(kept_files(w.person, true) == news);
  }
  for (std::size_t i = 0; i < 200; ++i) w.sim.rate("owner", w.movies()[i], 2);
  CHECK(read() == "");
  CHECK(kept_files(w.person, true).empty());
  CHECK(kept_files(w.person, false) != whole);
  CHECK(read() == "");
  CHECK(asked <= 1 + 6);  // so many within the overlap fill more than a page
}

TEST_CASE("damaged news are not followed, and those of a read that was replaced do not count") {
  World w;
  w.read(Feature::ratings);
  w.sim.rate("owner", w.movies()[10], 3);
  const auto truth = texts_of(w.read(Feature::ratings));
  const auto news = kept_files(w.person, true);
  REQUIRE(news.size() == 1);
  const auto& [path, bytes] = *news.begin();
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    const auto whole = kept_files(w.person, false);
    write_file(path, damaged);
    CHECK(difference(texts_of(w.read(Feature::ratings)), truth) == "");
    CHECK(w.asked("1") >= 2);  // pages
    CHECK(kept_files(w.person, true).empty());
    for (const auto& [name, old] : whole) write_file(name, old);
  }
  write_file(path, bytes.substr(0, bytes.size() / 2));
  CHECK(difference(texts_of(w.read(Feature::ratings)), truth) == "");
  w.sim.rate("owner", w.movies()[10], 4);
  std::filesystem::remove(path.parent_path() / path.stem());
  const auto later = texts_of(w.read(Feature::ratings));
  write_file(path, bytes);
  CHECK(difference(texts_of(w.read(Feature::ratings)), later) == "");
  CHECK(w.asked() <= 1 + 4);
}

TEST_CASE("everything is read again after the set hours, and every time when they are none") {
  World w;
  w.person->host.settings["full_read_hours"] = {"2"};
  w.read(Feature::progress);
  w.person->host.clock_ms += 3'600'000;
  w.read(Feature::progress);
  CHECK(w.asked("1") == 1);
  w.person->host.clock_ms += 3'600'000;
  w.read(Feature::progress);
  for (const auto& r : w.sim.requests()) CHECK(r.query.find("sort=") == r.query.npos);
  w.person->host.settings["full_read_hours"] = {"0"};
  w.read(Feature::progress);
  for (const auto& r : w.sim.requests()) CHECK(r.query.find("sort=") == r.query.npos);
}

TEST_CASE("a rating that we wrote ourselves, dated long ago, is in the next read") {
  World w;
  w.read(Feature::ratings);
  const auto facts = w.sim.facts("owner", plexsim::Feature::ratings);
  Op op;
  op.type = CW_OP_UPDATE;
  op.fact.kind = *kind_named(facts.front().type);
  op.fact.ref = w.sim.server_id() + '/' + facts.front().key;
  op.fact.value.rating = facts.front().rating == 2 ? 30 : 20;
  op.fact.value.at = 1'400'000'000;
  CHECK(text_of(w.person->apply(Feature::ratings, op)) == "applied");
  const Snapshot changes = w.read(Feature::ratings);
  CHECK(w.asked() <= 1 + 4 + 1);
  CHECK(w.difference_to_full(Feature::ratings, changes) == "");
  w.read(Feature::ratings);
  CHECK(w.asked() <= 1 + 4);
}
