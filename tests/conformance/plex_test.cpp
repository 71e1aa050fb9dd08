// The Plex plugin as it is installed, on a simulated Plex. Every profile gets a world of its own.
#include <deque>
#include <manifest/manifest.hpp>
#include <memory>
#include <plugin/plugin.hpp>

#include "conformance.hpp"
#include "plexsim/entity.hpp"
#include "plexsim/plexsim.hpp"

using namespace crosswatch;

namespace {

constexpr std::uint32_t first_number = 1000;
constexpr int film_count = 6;

plexsim::Options world(int number) {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.machine_id = "machine-" + std::to_string(number);
  server.catalog.movies = 8;
  server.catalog.shows = 3;
  server.catalog.seasons = 2;
  server.catalog.episodes = 4;
  server.catalog.plays = 0;
  server.catalog.nasty_percent = 0;
  server.catalog.people_state = false;
  server.catalog.side_libraries = false;
  options.servers = {server};
  options.watchlist = 0;
  return options;
}

class Worlds {
public:
  explicit Worlds(std::string user) : user_(std::move(user)) {}

  void prepare(FakeHost& host) {
    while (sims_.size() >= 3) sims_.pop_front();
    auto& sim = *sims_.emplace_back(std::make_unique<plexsim::Simulator>(world(++count_)));
    for (int n = 0; n < film_count; ++n) {
      plexsim::NewItem film;
      film.number = first_number + static_cast<std::uint32_t>(n);
      film.duration_ms = 7'200'000;
      sim.add_item("1", film);
    }
    host.settings["endpoints.plex_tv"] = {sim.urls().plex_tv};
    host.settings["endpoints.clients"] = {sim.urls().clients};
    host.settings["endpoints.discover"] = {sim.urls().discover};
    host.settings["endpoints.metadata"] = {sim.urls().metadata};
    host.settings["ca_file"] = {sim.ca_file()};
    host.settings["max_retries"] = {"2"};
    host.settings["user_id"] = {std::to_string(sim.plex_id(user_))};
    host.settings["server_id"] = {sim.server_id()};
    host.secrets["account_token"] = sim.account_token(login_of(user_));
  }
  plexsim::Simulator& latest() { return *sims_.back(); }

  // As if the person used another client: `fact` is the first of titles(feature).
  void change(Feature feature, const Fact&, bool present) {
    auto& sim = latest();
    const std::string key = sim.keys("1", "movie").at(8);
    const std::string title = plexsim::hex_key(plexsim::Kind::movie, 1);
    switch (feature) {
      case Feature::watchlist:
        return present ? sim.watchlist_add(user_, title) : sim.watchlist_remove(user_, title);
      case Feature::ratings:
        return sim.rate(user_, key, present ? 8 : -1);
      case Feature::history:
        return present ? sim.mark_watched(user_, key) : sim.mark_unwatched(user_, key);
      case Feature::progress:
        return sim.set_progress(user_, key, present ? 900'000 : 0);
    }
  }

private:
  // Members of the Home are entered from its owner's login.
  static std::string login_of(const std::string& user) { return user == "managed" ? "owner" : user; }
  std::string user_;
  int count_ = 0;
  std::deque<std::unique_ptr<plexsim::Simulator>> sims_{};
};

std::vector<Fact> titles(Feature feature) {
  std::vector<Fact> out;
  for (int n = 0; n < film_count; ++n) {
    const int number = static_cast<int>(feature == Feature::watchlist ? 1 : first_number) + n;
    Fact film;
    film.title = "Film " + std::to_string(number);
    film.ids = {{"imdb", "tt" + std::to_string(1'000'000 + number)}, {"tmdb", std::to_string(600 + number)}};
    out.push_back(film);
  }
  if (feature != Feature::ratings) return out;
  Fact show, season, episode;
  show.kind = Kind::show;
  show.ids = {{"imdb", "tt5000001"}, {"tmdb", "601"}};
  season.kind = Kind::season;
  season.ids = {{"tmdb", "5100"}, {"tvdb", "32100"}};
  season.season = episode.season = 1;
  season.show_ids = episode.show_ids = show.ids;
  episode.kind = Kind::episode;
  episode.episode = 2;
  episode.ids = {{"imdb", "tt20002102"}, {"tmdb", "62102"}};
  for (const Fact& f : {show, season, episode}) out.push_back(f);
  return out;
}

Traits traits_of(Worlds& worlds) {
  Traits traits;
  traits.any_title = false;
  traits.prepare = [&](FakeHost& host) { worlds.prepare(host); };
  traits.items = titles;
  traits.elsewhere = [&](Feature feature, const Fact& fact, bool present) { worlds.change(feature, fact, present); };
  return traits;
}

Fault fault(Worlds& worlds, const std::string& name, plexsim::FaultRule rule) {
  return {name, [&worlds, rule] { worlds.latest().add_fault(rule); }, [&worlds] { worlds.latest().clear_faults(); }};
}

plexsim::FaultRule rule(plexsim::FaultKind kind, const std::string& method = {}, int status = 500) {
  plexsim::FaultRule r;
  r.kind = kind;
  r.method = method;
  r.status = status;
  r.count = 0;
  return r;
}

const cw_entry& plugin(host::Manifest& manifest) {
  manifest = host::load_manifest(PLEX_FOLDER "/manifest.json");
  static const auto loaded = host::Plugin::load(manifest.library, manifest.id);
  return loaded->entry();
}

}  // namespace

TEST_CASE("the owner's Plex does what the host relies on, also while Plex fails") {
  using plexsim::FaultKind;
  host::Manifest manifest;
  const cw_entry& entry = plugin(manifest);
  Worlds worlds("owner");
  Traits traits = traits_of(worlds);
  traits.declared = manifest.capabilities;
  traits.faults = {
      fault(worlds, "every request is refused with 500", rule(FaultKind::status)),
      fault(worlds, "the login is refused", rule(FaultKind::status, {}, 401)),
      fault(worlds, "Plex wants fewer requests", rule(FaultKind::status, {}, 429)),
      fault(worlds, "connections break before the request", rule(FaultKind::reset_before)),
      fault(worlds, "answers are empty", rule(FaultKind::empty)),
      fault(worlds, "answers are web pages", rule(FaultKind::html)),
      fault(worlds, "answers are cut in the middle", rule(FaultKind::truncated)),
      fault(worlds, "lists name a wrong total", rule(FaultKind::wrong_total)),
      fault(worlds, "pages repeat", rule(FaultKind::repeat_page)),
      fault(worlds, "the answers to writes are lost", rule(FaultKind::reset_after, "PUT")),
      fault(worlds, "the answers to reports are lost", rule(FaultKind::reset_after, "POST")),
      fault(worlds, "writes are refused", rule(FaultKind::status, "PUT", 403)),
      fault(worlds, "writes fail", rule(FaultKind::status, "PUT", 503)),
  };
  expect_conformance(entry, traits);
}

TEST_CASE("a Home member's Plex does what the host relies on") {
  host::Manifest manifest;
  const cw_entry& entry = plugin(manifest);
  Worlds worlds("managed");
  expect_conformance(entry, traits_of(worlds));
}

TEST_CASE("a friend's own login does what the host relies on") {
  host::Manifest manifest;
  const cw_entry& entry = plugin(manifest);
  Worlds worlds("friend");
  expect_conformance(entry, traits_of(worlds));
}
