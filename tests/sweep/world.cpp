#include "world.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <stdexcept>

#include "engine/run.hpp"
#include "service/sync.hpp"

namespace sweep {
namespace {

namespace fs = std::filesystem;
using crosswatch::Fact;
using crosswatch::Feature;
using crosswatch::no_value;

constexpr char user[] = "managed";

plexsim::Options options() {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 24;
  server.catalog.shows = 1;
  server.catalog.seasons = 1;
  server.catalog.episodes = 4;
  server.catalog.plays = 0;
  server.catalog.nasty_percent = 0;
  server.catalog.people_state = false;
  server.catalog.side_libraries = false;
  options.servers.assign(1, server);
  options.watchlist = 12;
  options.most_rows = 10;  // so that lists have pages
  return options;
}

fs::path new_folder() {
  std::string name = fs::temp_directory_path() / "crosswatch-sweep-XXXXXX";
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  return name;
}

std::string plex_guid(const Fact& fact) {
  for (const auto& id : fact.ids)
    if (id.scheme == "plex") return id.value;
  return {};
}

std::string shown(Feature feature, const crosswatch::Fact& fact) {
  if (feature == Feature::ratings) return std::to_string(fact.value.rating);
  if (feature == Feature::progress) return std::to_string(fact.value.progress_ms);
  return feature == Feature::history ? std::to_string(fact.value.plays) : "listed";
}

std::string shown(Feature feature, const plexsim::Fact& fact) {
  if (feature == Feature::ratings) return std::to_string(static_cast<int>(fact.rating * 10));
  if (feature == Feature::progress) return std::to_string(fact.offset_ms);
  return feature == Feature::history ? std::to_string(fact.view_count) : "listed";
}

plexsim::Feature of_sim(Feature feature) {
  switch (feature) {
    case Feature::watchlist:
      return plexsim::Feature::watchlist;
    case Feature::ratings:
      return plexsim::Feature::ratings;
    case Feature::progress:
      return plexsim::Feature::progress;
    case Feature::history:
      break;
  }
  return plexsim::Feature::history;
}

// The tracker as another program would write it.
class Tracker {
public:
  explicit Tracker(host::Workspace& here) : open_(here.plugins.open("tracker", "default")) {}

  std::vector<Fact> read(Feature feature) {
    std::vector<Fact> all;
    host::Operation op;
    open_.session->snapshot(op, feature, {}, [&](const cw_facts& page) {
      crosswatch::for_each<cw_fact>(page.first, page.count, page.stride,
                                    [&](const cw_fact& fact) { all.push_back(crosswatch::to_fact(fact)); });
    });
    return all;
  }
  Fact find(Feature feature, const std::string& guid) {
    for (Fact& fact : read(feature))
      if (plex_guid(fact) == guid) return std::move(fact);
    throw std::runtime_error("the tracker has no " + std::string(name_of(feature)) + " of " + guid);
  }
  void write(Feature feature, std::uint32_t what, const Fact& fact, const cw_value& before = no_value) {
    crosswatch::FactLender lender;
    host::Operation op;
    const auto result = open_.session->apply(op, feature, {}, {{sizeof(cw_op), what, &lender.lend(fact), before}});
    if (result.error || result.outcomes[0].result != CW_APPLIED) throw std::runtime_error("the tracker took no edit");
  }
  void remove(Feature feature, const std::string& guid) {
    const Fact fact = find(feature, guid);
    write(feature, CW_OP_REMOVE, fact, fact.value);
  }
  // The item of that fact, with another value.
  void set(Feature feature, std::uint32_t what, Fact fact, cw_value value) {
    const cw_value before = what == CW_OP_UPDATE ? fact.value : no_value;
    fact.value = value;
    fact.plays_at.clear();
    if (feature == Feature::history && value.at != crosswatch::time_unknown) fact.plays_at = {value.at};
    write(feature, what, fact, before);
  }

private:
  host::OpenProfile open_;
};

// A library is given back only when nobody uses it, and here other threads do: so all are given back at the end.
void put_away(std::unique_ptr<host::Workspace> used) {
  static std::mutex mutex;
  static std::vector<std::unique_ptr<host::Workspace>> all;
  const std::lock_guard lock(mutex);
  all.push_back(std::move(used));
}

}  // namespace

World::World() : sim(options()), folder(new_folder()), config(folder / "config.json"), state(folder / "state") {
  sim.advance_clock(-3600);  // what was reported a moment ago might still be playing
  configure();
  host::Locations at;
  at.config = config;
  at.state = state;
  at.plugins = INSTALLED_PLUGINS;
  here_ = std::make_unique<host::Workspace>(at, crosswatch::LogLevel::error);
  live();
  for (int run = 0; run < 2; ++run)  // the second one sees what the first one has written
    if (sync().exit != host::ExitCode::ok) throw std::runtime_error("the first sync failed");
  go_on();
  edit_tracker();
  sim.clear_requests();
}

World::~World() {
  put_away(std::move(here_));
  std::error_code left_behind;
  fs::remove_all(folder, left_behind);
}

void World::configure() {
  std::string features;
  for (const Feature f : crosswatch::all_features)
    features +=
        (features.empty() ? "\"" : ",\"") + std::string(name_of(f)) + R"(":{"enable":true,"add":true,"remove":true})";
  const auto urls = sim.urls();
  std::ofstream(config) << R"({"plugins":{"plex":{"enabled":true},"tracker":{"enabled":true}},"tracker":{},"plex":{)"
                        << R"("account_token":")" << sim.account_token("owner") << R"(","user_id":)"
                        << sim.plex_id(user) << R"(,"server_id":")" << sim.server_id() << R"(","ca_file":")"
                        << sim.ca_file() << R"(","timeout":1,"max_retries":2,"endpoints":{"plex_tv":")" << urls.plex_tv
                        << R"(","clients":")" << urls.clients << R"(","discover":")" << urls.discover
                        << R"(","metadata":")" << urls.metadata
                        << R"("}},"runtime":{"chunk":3,"retries":1},"pairs":[{"id":"both","source":"plex",)"
                        << R"("target":"tracker","mode":"two-way","features":{)" << features << "}}]}";
  fs::permissions(config, fs::perms::owner_read | fs::perms::owner_write);
}

void World::live() {
  const auto films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
  for (std::size_t i = 0; i < 12; ++i) sim.rate(user, films[i], 3 + static_cast<double>(i) / 2);
  for (std::size_t i = 12; i < 18; ++i) sim.play(user, films[i], 1'600'000'000 + static_cast<std::int64_t>(i) * 86'400);
  for (std::size_t i = 18; i < 21; ++i) sim.set_progress(user, films[i], 900'000);
  sim.mark_watched(user, episodes[0]);
  sim.rate(user, episodes[1], 8);
  sim.set_progress(user, episodes[2], 300'000);
}

void World::go_on() {
  const auto films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
  sim.rate(user, films[0], 10);
  sim.rate(user, films[1], -1);
  sim.rate(user, films[22], 7);
  sim.mark_unwatched(user, films[12]);
  sim.play(user, films[21], 1'650'000'000);
  sim.mark_watched(user, episodes[3]);
  sim.set_progress(user, films[18], 1'800'000);
  sim.set_progress(user, films[19], 0);
  sim.set_progress(user, films[23], 600'000);
  const auto listed = sim.facts(user, plexsim::Feature::watchlist);
  sim.watchlist_remove(user, listed.at(0).key);
}

void World::edit_tracker() {
  Tracker tracker(*here_);
  std::map<std::string, std::string> guids;
  const auto films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
  for (const auto feature : {plexsim::Feature::ratings, plexsim::Feature::history, plexsim::Feature::progress})
    for (const auto& fact : sim.facts(user, feature)) guids[fact.key] = fact.guid;
  const auto film = [&](std::size_t n) { return guids.at(films[n]); };
  const auto rated = [](int tenths) {
    cw_value v = no_value;
    v.rating = tenths;
    v.at = 1'660'000'000;
    return v;
  };
  cw_value watched = no_value;
  watched.plays = 1;
  watched.at = 1'655'000'000;

  tracker.set(Feature::ratings, CW_OP_UPDATE, tracker.find(Feature::ratings, film(2)), rated(95));
  tracker.remove(Feature::ratings, film(3));
  tracker.set(Feature::ratings, CW_OP_ADD, tracker.find(Feature::history, film(13)), rated(60));
  tracker.remove(Feature::history, film(14));
  for (const std::size_t n : {std::size_t{4}, std::size_t{5}, std::size_t{6}, std::size_t{7}})
    tracker.set(Feature::history, CW_OP_ADD, tracker.find(Feature::ratings, film(n)), watched);
  Fact resumed = tracker.find(Feature::progress, film(20));
  cw_value further = resumed.value;
  further.progress_ms += 600'000;
  further.at = 1'900'000'000;
  tracker.set(Feature::progress, CW_OP_UPDATE, resumed, further);
  tracker.remove(Feature::progress, guids.at(episodes[2]));
  const auto listed = sim.facts(user, plexsim::Feature::watchlist);
  tracker.remove(Feature::watchlist, listed.at(1).guid);
  cw_value plain = no_value;
  tracker.set(Feature::watchlist, CW_OP_ADD, tracker.find(Feature::ratings, film(8)), plain);
}

host::engine::RunReport World::sync(bool dry) {
  struct : host::engine::Events {
    bool wants_items() const override { return true; }
    void item(const host::engine::Item& i) override {
      told.push_back(std::string(name_of(i.result)) + " " + std::string(name_of(i.op)) + " on the " +
                     std::string(name_of(i.side)) + ": " + std::string(name_of(i.feature)) + " of \"" + i.title +
                     "\": " + i.reason);
    }
    std::vector<std::string> told{};
  } events;
  host::engine::RunOptions options;
  options.dry = dry;
  const auto now = host::system_clock();
  options.now = [this, now] { return now() + passed_ms_; };
  options.sleep = [](host::Cancellation&, std::uint32_t) { return true; };
  auto report = host::run_sync(*here_, {}, events, options);
  told = std::move(events.told);
  return report;
}

Facts World::facts() const {
  Facts all;
  Tracker tracker(*here_);
  for (const Feature feature : crosswatch::all_features) {
    const std::string name = " " + std::string(name_of(feature)) + " ";
    for (const auto& fact : sim.facts(user, of_sim(feature))) {
      const std::string value = shown(feature, fact);
      if (value != "0") all["plex" + name + fact.type + " " + fact.key] = value;
    }
    for (const auto& fact : tracker.read(feature))
      all["tracker" + name + std::string(crosswatch::name_of(fact.kind)) + " " + plex_guid(fact)] =
          shown(feature, fact);
  }
  return all;
}

std::vector<std::string> lost(const Facts& before, const Facts& now, const Facts& end) {
  std::vector<std::string> out;
  for (const auto& [what, value] : before)
    if (end.count(what) > 0 && now.count(what) == 0) out.push_back(what);
  return out;
}

std::vector<std::string> doubled(const Facts& now, const Facts& end) {
  std::vector<std::string> out;
  for (const auto& [what, value] : now) {
    const auto at = end.find(what);
    if (what.find(" history ") == std::string::npos || at == end.end()) continue;
    if (std::stoi(value) > std::stoi(at->second)) out.push_back(what);
  }
  return out;
}

std::string difference(const Facts& is, const Facts& should) {
  std::string out;
  for (const auto& [what, value] : is)
    if (const auto at = should.find(what); at == should.end() || at->second != value)
      out += "  is      " + what + ": " + value + "\n";
  for (const auto& [what, value] : should)
    if (const auto at = is.find(what); at == is.end() || at->second != value)
      out += "  without " + what + ": " + value + "\n";
  return out;
}

void trust_only_the_simulation() {
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);
  ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
}

bool full_sweep() {
  const char* const wanted = std::getenv("CROSSWATCH_SWEEP");
  return wanted && std::string(wanted) == "full";
}

}  // namespace sweep
