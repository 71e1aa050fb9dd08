// A read that follows changes says the same as a read of everything, whatever people and the server did in between.
// CROSSWATCH_SEQUENCES is the number of worlds, of 40 rounds each (25 of them); CROSSWATCH_SEED begins at another one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>

#include "support.hpp"

using namespace testing;

namespace {

constexpr const char* me = "owner";

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* const value = std::getenv(name);
  return value ? std::stoull(value) : fallback;
}

plexsim::Options world_of(std::mt19937_64& random) {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 60;
  server.catalog.shows = 5;
  server.catalog.seasons = 2;
  server.catalog.episodes = 6;
  server.catalog.plays = 80;
  server.catalog.watched_percent = 60;
  server.catalog.rated_percent = 60;
  server.catalog.progress_percent = 40;
  server.catalog.nasty_percent = random() % 3 == 0 ? 30 : 0;
  server.catalog.side_libraries = false;
  server.catalog.seed = random() % 1000;
  server.old_history = random() % 4 == 0;
  options.servers = {server};
  options.watchlist = 0;
  return options;
}

// One thing that somebody does between two reads.
class Life {
public:
  Life(plexsim::Simulator& sim, std::mt19937_64& random, Person& person)
      : sim_(sim), random_(random), person_(person) {}

  std::string step() {
    const std::string user = chance(12) ? "managed" : me;
    switch (random_() % 22) {
      case 0:
      case 1:
        return on(leaf(), "watch", [&](const std::string& key) { sim_.mark_watched(user, key); });
      case 2:
      case 3:
        return on(leaf(), "unwatch", [&](const std::string& key) { sim_.mark_unwatched(user, key); });
      case 4:
      case 5:
        return on(leaf(), "play", [&](const std::string& key) { sim_.play(user, key); });
      case 6:
      case 7:
      case 8:
        return on(anything(), "rate",
                  [&](const std::string& key) { sim_.rate(user, key, static_cast<double>(1 + random_() % 20) / 2); });
      case 9:
      case 10:
        return on(anything(), "unrate", [&](const std::string& key) { sim_.rate(user, key, -1); });
      case 11:
      case 12:
        return on(leaf(), "progress", [&](const std::string& key) {
          sim_.set_progress(user, key, 60'000 * static_cast<std::int64_t>(1 + random_() % 50));
        });
      case 13:
        return on(leaf(), "clear", [&](const std::string& key) { sim_.set_progress(user, key, 0); });
      case 14:
        return add();
      case 15:
        return on(chance(6) ? pick("2", chance(3) ? "show" : "season") : leaf(), "remove",
                  [&](const std::string& key) { sim_.remove_item(key); });
      case 16:
        return on(anything(), "retitle",
                  [&](const std::string& key) { sim_.touch_item(key, "Title " + std::to_string(random_() % 1000)); });
      case 17:
        return on(anything(), "match", [&](const std::string& key) {
          sim_.match_item(key, {"tmdb://" + std::to_string(1 + random_() % 1'000'000)});
        });
      case 18:
      case 19:
        return write();
      case 20:
        if (chance(15)) return sim_.swap_library("1"), "swap the library";
        if (chance(10)) return sim_.drop_play(me), "purge a play";
        [[fallthrough]];
      default:
        sim_.advance_clock(static_cast<std::int64_t>(random_() % 2000));
        return "time goes by";
    }
  }

  // Has a round of its own: among other changes it can leave every total as it was, which only a full read sees.
  std::string late_play() {
    return on(leaf(), "report a play late", [&](const std::string& key) {
      sim_.play(me, key, 1'600'000'000 + static_cast<std::int64_t>(random_() % 100'000'000));
    });
  }

private:
  bool chance(unsigned one_of) { return random_() % one_of == 0; }
  std::string pick(const std::string& library, const std::string& type) {
    const auto keys = sim_.keys(library, type);
    return keys.empty() ? std::string() : keys[random_() % keys.size()];
  }
  std::string leaf() { return chance(2) ? pick("1", "movie") : pick("2", "episode"); }
  std::string anything() { return chance(3) ? pick("2", chance(2) ? "show" : "season") : leaf(); }
  template <class F>
  std::string on(const std::string& key, const std::string& what, F&& act) {
    if (!key.empty()) act(key);
    return what + ' ' + key;
  }
  std::string add() {
    plexsim::NewItem item;
    item.number = static_cast<std::uint32_t>(1000 + random_() % 3000);
    item.title = "New " + std::to_string(item.number);
    if (chance(2)) return "add " + sim_.add_item("1", item);
    item.type = "episode";
    item.show = pick("2", "show");
    item.season = 1 + static_cast<int>(random_() % 3);
    item.episode = 50 + static_cast<int>(random_() % 100);
    return item.show.empty() ? "nothing to add to" : "add " + sim_.add_item("2", item);
  }

  // By the provider itself, dated in the past: nothing but its own notes tells of a rating changed so.
  std::string write() {
    const bool film = chance(2);
    Op op;
    op.fact.kind = film ? Kind::movie : Kind::episode;
    const std::string key = film ? pick("1", "movie") : pick("2", "episode");
    if (key.empty()) return "nothing to write to";
    op.fact.ref = sim_.server_id() + '/' + key;
    op.fact.value.at = 1'500'000'000 + static_cast<std::int64_t>(random_() % 200'000'000);
    op.type = CW_OP_REMOVE;
    const Feature feature = chance(3) ? Feature::history : Feature::ratings;
    if (chance(2)) {
      op.type = CW_OP_ADD;
      const auto facts = sim_.facts(me, plexsim::Feature::ratings);
      if (feature == Feature::ratings &&
          std::any_of(facts.begin(), facts.end(), [&](const plexsim::Fact& f) { return f.key == key; }))
        op.type = CW_OP_UPDATE;
      op.fact.value.rating = 5 * static_cast<int>(1 + random_() % 20);
      op.fact.value.plays = 1;
    }
    return "write " + std::string(name_of(feature)) + ' ' + key + ": " + text_of(person_->apply(feature, op));
  }

  plexsim::Simulator& sim_;
  std::mt19937_64& random_;
  Person& person_;
};

void set_clock(Person& person, std::int64_t seconds) {
  person->host.clock_ms = seconds * 1000;
}

}  // namespace

TEST_CASE("a read that follows changes equals a full read after any history") {
  const std::uint64_t first = from_environment("CROSSWATCH_SEED", 1);
  const std::uint64_t worlds = from_environment("CROSSWATCH_SEQUENCES", 500) / 40;
  std::uint64_t reads = 0, unsure = 0, followed = 0, unchanged = 0;
  for (std::uint64_t seed = first; seed < first + std::max<std::uint64_t>(worlds, 1); ++seed) {
    std::mt19937_64 random(seed);
    plexsim::Simulator sim(world_of(random));
    Person following(sim, me), full(sim, me);
    following->host.settings["full_read_hours"] = {"1000000"};
    full->host.settings["full_read_hours"] = {"0"};
    // Small pages, so that heads of lists end before the lists do.
    plexsim::FaultRule cap;
    cap.kind = plexsim::FaultKind::page_cap;
    cap.amount = 12;
    cap.count = 0;
    cap.path_contains = "/all";
    if (seed % 4 != 0) sim.add_fault(cap);
    const std::int64_t skew = static_cast<std::int64_t>(random() % 3) * 3600 - 3600;  // of our clock to the server's
    const std::int64_t start = std::time(nullptr);
    Life life(sim, random, following);
    std::string story;
    std::map<Feature, Snapshot> last;
    for (int round = 0; round < 40; ++round) {
      set_clock(following, start + skew + round * 60);
      for (const Feature feature : {Feature::history, Feature::ratings, Feature::progress}) {
        // Whoever knows the last read is told only when there is another one.
        Snapshot& known = last[feature];
        Snapshot changes = following->read(feature, {}, random() % 4 != 0 ? known.end.state : std::string());
        if (changes.end.unchanged) {
          ++unchanged;
          REQUIRE(changes.facts.empty());
          REQUIRE(changes.end.state == known.end.state);
          changes.facts = known.facts;
        }
        const Snapshot all = full->read(feature);
        ++reads;
        REQUIRE(all.end.complete);
        REQUIRE(changes.end.complete);
        const std::string wrong = difference(texts_of(changes), texts_of(all));
        if (!wrong.empty())
          FAIL("CROSSWATCH_SEED=" << seed << ", round " << round << ", " << name_of(feature) << ":" << wrong
                                  << "\nafter:" << story);
        if (changes.end.state == known.end.state && !known.end.state.empty())
          REQUIRE(difference(texts_of(changes), texts_of(known)).empty());
        known = std::move(changes);
      }
      story.clear();
      if (random() % 20 == 0)
        story = "\n  " + life.late_play();
      else
        for (std::uint64_t n = random() % 5; n > 0; --n) story += "\n  " + life.step();
    }
    for (const auto& line : following->host.log_lines()) {
      unsure += line.text.find("is not sure") != line.text.npos;
      followed += line.text.find("only what can have changed") != line.text.npos;
    }
  }
  MESSAGE(reads << " reads of two libraries: " << followed << " times one was followed, " << unsure
                << " times it was not sure what changed; " << unchanged << " reads were unchanged");
  CHECK(unchanged > reads / 20);
  CHECK(followed > reads);  // of two libraries each; else little was tested
}
