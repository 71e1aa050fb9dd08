#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "push.hpp"
#include "universe.hpp"

namespace plexsim {

namespace {

std::unique_ptr<MediaServer> make_server(const Universe& u, std::size_t number) {
  auto server = std::make_unique<MediaServer>();
  server->number = static_cast<int>(number);
  server->options = u.options.servers[number];
  const ServerOptions& o = server->options;
  server->machine_id = o.machine_id.empty()
                           ? (hex_key(Kind::clip, number + 77) + hex_key(Kind::photo, number * 3 + 5)).substr(0, 40)
                           : o.machine_id;
  server->direct_hash = (hex_key(Kind::album, number + 9) + hex_key(Kind::artist, number + 4)).substr(6, 32);
  server->owner = u.accounts.require(o.owner);
  server->access.assign(u.accounts.people().size(), o.shared_with.empty());
  for (const auto& handle : o.shared_with) server->access[u.accounts.require(handle)] = true;
  server->access[server->owner] = true;
  if (o.recordings.empty()) {
    generate_catalog(*server);
  } else {
    load_recordings(*server, o.recordings);
  }
  generate_states(*server, u.accounts.people().size());
  return server;
}

std::unique_ptr<Listener> listen(Universe& u, HostKind host, int server, CertMode cert, const std::string& hash,
                                 bool gzip, int delay) {
  ListenerOptions options;
  options.host = host;
  options.server = server;
  options.gzip = gzip;
  options.handshake_delay_ms = delay;
  options.most_rows = u.options.most_rows;
  return std::make_unique<Listener>(options, u.authority.context(cert, hash), &u.faults, &u.log);
}

MediaServer& at(const Universe& u, int server) {
  if (server < 0 || static_cast<std::size_t>(server) >= u.servers.size())
    throw std::invalid_argument("plexsim: no such server");
  return *u.servers[static_cast<std::size_t>(server)];
}

std::uint32_t item(const MediaServer& server, const std::string& key) {
  const auto found = server.find(key);
  if (found == kNone) throw std::invalid_argument("plexsim: no item has the ratingKey " + key);
  return found;
}

}  // namespace

std::string Universe::server_token(std::size_t person, int server) {
  if (!options.owner_token_differs && person == at(*this, server).owner) return accounts.first_account_token(person);
  return "canary-srv-" + accounts.people()[person].options.handle + "-s" + std::to_string(server);
}

Simulator::Simulator(Options options) {
  if (options.servers.empty()) options.servers.emplace_back();
  universe_ = std::make_unique<Universe>(std::move(options));
  Universe& u = *universe_;
  for (std::size_t n = 0; n < u.options.servers.size(); ++n) {
    u.servers.push_back(make_server(u, n));
    u.selections.push_back(std::make_unique<SelectionCache>());
    const CatalogOptions& c = u.options.servers[n].catalog;
    u.movie_limit = std::max<std::uint64_t>(u.movie_limit, c.movies + 5000);
    u.show_limit = std::max<std::uint64_t>(u.show_limit, c.shows + 500);
    for (std::size_t p = 0; p < u.accounts.people().size(); ++p)
      u.accounts.issue(TokenKind::server, p, static_cast<int>(n));
  }
  const CertMode cloud = u.options.cloud_cert;
  u.plex_tv = listen(u, HostKind::plex_tv, -1, cloud, "", true, 0);
  u.clients = listen(u, HostKind::clients, -1, cloud, "", true, 0);
  u.discover = listen(u, HostKind::discover, -1, cloud, "", true, 0);
  u.metadata = listen(u, HostKind::metadata, -1, cloud, "", true, 0);
  for (const auto& server : u.servers) {
    const ServerOptions& o = server->options;
    u.media.push_back(
        listen(u, HostKind::server, server->number, o.cert, server->direct_hash, o.gzip, o.handshake_delay_ms));
  }
  u.plex_tv->start([&u](const Request& q, Response& a) { handle_plextv(u, q, a); });
  u.clients->start([&u](const Request& q, Response& a) { handle_plextv(u, q, a); });
  u.discover->start([&u](const Request& q, Response& a) { handle_discover(u, q, a); });
  u.metadata->start([&u](const Request& q, Response& a) { handle_discover(u, q, a); });
  for (const auto& listener : u.media) listener->start([&u](const Request& q, Response& a) { handle_media(u, q, a); });
}

Simulator::~Simulator() {
  if (universe_->control) universe_->control->stop();
  for (auto* listener : {&universe_->plex_tv, &universe_->clients, &universe_->discover, &universe_->metadata})
    (*listener)->stop();
  for (const auto& listener : universe_->media) listener->stop();
}

Urls Simulator::urls() const {
  return {universe_->plex_tv->url(), universe_->clients->url(), universe_->discover->url(), universe_->metadata->url()};
}
std::string Simulator::server_url(int server) const {
  at(*universe_, server);
  return universe_->media[static_cast<std::size_t>(server)]->url();
}
std::string Simulator::server_id(int server) const {
  return at(*universe_, server).machine_id;
}
std::string Simulator::server_name(int server) const {
  return at(*universe_, server).options.name;
}
int Simulator::server_count() const {
  return static_cast<int>(universe_->servers.size());
}
std::string Simulator::ca_file() const {
  return universe_->authority.ca_file();
}
std::vector<RecordedFile> Simulator::recorded_files(int server) const {
  return at(*universe_, server).recorded_files;
}

std::string Simulator::account_token(const std::string& user) const {
  return universe_->accounts.first_account_token(universe_->accounts.require(user));
}
std::string Simulator::server_token(const std::string& user, int server) const {
  return universe_->server_token(universe_->accounts.require(user), server);
}
std::string Simulator::issue_account_token(const std::string& user) {
  return universe_->accounts.issue(TokenKind::account, universe_->accounts.require(user));
}
void Simulator::revoke_token(const std::string& token) {
  universe_->accounts.revoke(token);
}
void Simulator::forget_device_keys() {
  universe_->jwt.forget_keys();
}
std::int64_t Simulator::plex_id(const std::string& user) const {
  return universe_->accounts.people()[universe_->accounts.require(user)].options.id;
}

bool Simulator::approve_pin(const std::string& code, const std::string& user) {
  return universe_->accounts.approve(code, universe_->accounts.require(user), universe_->now());
}
bool Simulator::deny_pin(const std::string& code) {
  return universe_->accounts.end_pin(code);
}
bool Simulator::expire_pin(const std::string& code) {
  return universe_->accounts.end_pin(code);
}
void Simulator::auto_approve_as(const std::string& user, int after_polls) {
  universe_->accounts.auto_approve(user.empty() ? std::nullopt : std::optional(universe_->accounts.require(user)),
                                   after_polls);
}
std::vector<std::string> Simulator::open_pins() const {
  return universe_->accounts.open_pins(universe_->now());
}

void Simulator::mark_watched(const std::string& user, const std::string& key, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.scrobble(universe_->accounts.require(user), item(s, key), universe_->now(), s.options.old_history);
}
void Simulator::mark_unwatched(const std::string& user, const std::string& key, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.unscrobble(universe_->accounts.require(user), item(s, key));
}
void Simulator::play(const std::string& user, const std::string& key, std::int64_t when, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.add_play(universe_->accounts.require(user), item(s, key), when == 0 ? universe_->now() : when);
}
void Simulator::rate(const std::string& user, const std::string& key, double rating, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.rate(universe_->accounts.require(user), item(s, key), rating, universe_->now());
}
void Simulator::set_progress(const std::string& user, const std::string& key, std::int64_t ms, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.set_offset(universe_->accounts.require(user), item(s, key), ms, universe_->now());
}
std::string Simulator::add_item(const std::string& library, const NewItem& wanted, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  for (std::size_t l = 0; l < s.libraries.size(); ++l) {
    if (s.libraries[l].key == library) return s.key(s.add(static_cast<std::uint16_t>(l), wanted, universe_->now()));
  }
  throw std::invalid_argument("plexsim: no library has the key " + library);
}
void Simulator::remove_item(const std::string& key, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.remove(item(s, key), universe_->now());
}
void Simulator::touch_item(const std::string& key, const std::string& title, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.retitle(item(s, key), title, universe_->now());
}
void Simulator::match_item(const std::string& key, const std::vector<std::string>& ids, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  s.rematch(item(s, key), ids, universe_->now());
}
void Simulator::swap_library(const std::string& library, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  for (std::size_t l = 0; l < s.libraries.size(); ++l) {
    if (s.libraries[l].key != library) continue;
    s.content_changed(static_cast<std::uint16_t>(l), universe_->now());
    s.libraries[l].uuid += "-again";
    return;
  }
  throw std::invalid_argument("plexsim: no library has the key " + library);
}
void Simulator::drop_play(const std::string& user, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  const auto person = universe_->accounts.require(user);
  const auto row = std::find_if(s.plays.begin(), s.plays.end(), [&](const PlayRow& r) { return r.person == person; });
  if (row != s.plays.end()) s.plays.erase(row);
  ++s.version;
}
void Simulator::watchlist_add(const std::string& user, const std::string& key) {
  universe_->accounts.watchlist_add(universe_->accounts.require(user), key, universe_->now());
}
void Simulator::watchlist_remove(const std::string& user, const std::string& key) {
  universe_->accounts.watchlist_remove(universe_->accounts.require(user), key);
}
void Simulator::set_playing(const std::string& user, const std::string& key, std::int64_t ms, int server) {
  report({user, key, ms, ms < 0 ? "stopped" : "playing", "player-" + user + "-" + key}, server);
}
void Simulator::report(const Playing& playing, int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  const auto person = universe_->accounts.require(playing.user);
  const auto what = item(s, playing.key);
  const auto known = std::find_if(s.sessions.begin(), s.sessions.end(),
                                  [&](const Session& x) { return x.person == person && x.player == playing.player; });
  if (playing.state == "stopped") {
    if (known == s.sessions.end()) return;
    notify(s, person, known->number, playing.key, "stopped", playing.ms < 0 ? known->offset : playing.ms,
           playing.player);
    s.sessions.erase(known);
    return;
  }
  const int number = known == s.sessions.end() ? s.next_session++ : known->number;
  const Session session{static_cast<std::uint16_t>(person),
                        what,
                        playing.ms,
                        number,
                        playing.player,
                        playing.state == "paused" ? "paused" : "playing"};
  if (known == s.sessions.end())
    s.sessions.push_back(session);
  else
    *known = session;
  notify(s, person, number, playing.key, playing.state, playing.ms, playing.player);
}
std::size_t Simulator::listeners(int server) const {
  const MediaServer& s = at(*universe_, server);
  std::shared_lock lock(s.mutex);
  return static_cast<std::size_t>(
      std::count_if(s.pushes.begin(), s.pushes.end(), [](const auto& p) { return !p.expired(); }));
}
void Simulator::fall_silent(int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  for (const auto& listener : s.pushes)
    if (const auto push = listener.lock()) push->fall_silent();
}
void Simulator::restart(int server) {
  MediaServer& s = at(*universe_, server);
  std::unique_lock lock(s.mutex);
  for (const auto& listener : s.pushes)
    if (const auto push = listener.lock()) push->close();
  s.sessions.clear();
  s.next_session = 1;
}
void Simulator::advance_clock(std::int64_t seconds) {
  universe_->clock_offset += seconds;
}

std::vector<Fact> Simulator::facts(const std::string& user, Feature feature, int server) const {
  const auto person = universe_->accounts.require(user);
  if (feature == Feature::watchlist) {
    std::vector<Fact> result;
    for (const auto& [key, when] : universe_->accounts.watchlist(person)) {
      Fact fact;
      fact.key = key;
      fact.last_viewed_at = when;
      if (const auto id = from_hex_key(key)) {
        fact.type = kind_name(id->kind);
        fact.title = entity_title(id->kind, id->number);
        fact.guid = plex_guid(id->kind, id->number);
      }
      result.push_back(std::move(fact));
    }
    return result;
  }
  const MediaServer& s = at(*universe_, server);
  std::shared_lock lock(s.mutex);
  return list_facts(s, person, feature);
}

std::vector<std::string> Simulator::keys(const std::string& library, const std::string& type, int server) const {
  const MediaServer& s = at(*universe_, server);
  std::shared_lock lock(s.mutex);
  std::vector<std::string> result;
  const auto kind = kind_of(type);
  for (const auto& l : s.libraries) {
    if (l.key != library || !kind) continue;
    if (const auto rows = l.rows.find(*kind); rows != l.rows.end()) {
      for (const auto i : rows->second) result.push_back(s.key(i));
    }
  }
  return result;
}

int Simulator::add_fault(FaultRule rule) {
  return universe_->faults.add(std::move(rule));
}
bool Simulator::wait_until_one_hangs(int ms) {
  return universe_->faults.wait_until_one_hangs(ms);
}
void Simulator::clear_faults() {
  universe_->faults.clear();
}
std::vector<LogEntry> Simulator::requests() const {
  return universe_->log.entries();
}
void Simulator::clear_requests() {
  universe_->log.clear();
  for (auto* listener : {&universe_->plex_tv, &universe_->clients, &universe_->discover, &universe_->metadata})
    (*listener)->reset_peak();
  for (const auto& listener : universe_->media) listener->reset_peak();
}

int Simulator::peak_in_flight(const std::string& host, int server) const {
  const Universe& u = *universe_;
  if (host == "plex_tv") return u.plex_tv->peak_in_flight();
  if (host == "clients") return u.clients->peak_in_flight();
  if (host == "discover") return u.discover->peak_in_flight();
  if (host == "metadata") return u.metadata->peak_in_flight();
  int peak = 0;
  for (std::size_t n = 0; n < u.media.size(); ++n) {
    if (server < 0 || static_cast<std::size_t>(server) == n) peak = std::max(peak, u.media[n]->peak_in_flight());
  }
  return peak;
}

std::string Simulator::start_control() {
  Universe& u = *universe_;
  if (!u.control) {
    ListenerOptions options;
    options.host = HostKind::control;
    u.control = std::make_unique<Listener>(options, nullptr, nullptr, nullptr);
    u.control->start([this, &u](const Request& q, Response& a) { handle_control(*this, u, q, a); });
  }
  return u.control->url();
}

bool Simulator::wait_for_stop(int ms) {
  std::unique_lock lock(universe_->stop_mutex);
  return universe_->stop_signal.wait_for(lock, std::chrono::milliseconds(ms), [this] { return universe_->stopping; });
}

}  // namespace plexsim
