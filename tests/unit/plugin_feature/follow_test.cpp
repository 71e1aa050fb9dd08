// What a snapshot costs when a complete one was read before, and when it is not trusted.
#include <doctest/doctest.h>

#include <ctime>
#include <filesystem>
#include <fstream>

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
