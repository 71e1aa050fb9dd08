#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace crosswatch;

namespace {

const std::vector<std::string> secret_keys{"account_token", "jwt_key", "pms_token", "home_pin"};

}  // namespace

plexsim::Options World::small() {
  plexsim::Options options;
  options.servers.resize(1);
  auto& catalog = options.servers[0].catalog;
  catalog.movies = 4;
  catalog.shows = 1;
  catalog.seasons = 1;
  catalog.episodes = 2;
  catalog.plays = 6;
  catalog.side_libraries = false;
  options.watchlist = 3;
  return options;
}

World::World(plexsim::Options options) : sim(std::move(options)) {
  const auto urls = sim.urls();
  host.settings["endpoints.plex_tv"] = {urls.plex_tv};
  host.settings["endpoints.clients"] = {urls.clients};
  host.settings["endpoints.discover"] = {urls.discover};
  host.settings["endpoints.metadata"] = {urls.metadata};
  host.settings["ca_file"] = {sim.ca_file()};
  host.settings["max_retries"] = {"2"};
  host.clock_ms = std::int64_t{1'750'000'000'000};
}

World::~World() {
  provider_.reset();
  check_tokens();
  check_silence();
}

plex::PlexProvider& World::provider() {
  if (!provider_) provider_ = std::make_unique<plex::PlexProvider>(host.host());
  return *provider_;
}

SettingCollector& World::collect() {
  settings_ = std::make_unique<SettingCollector>();
  return *settings_;
}

void World::store(const SettingCollector& settings) {
  for (const auto& [key, value] : settings.entries) {
    const bool secret = std::find(secret_keys.begin(), secret_keys.end(), key) != secret_keys.end();
    if (secret && value.empty())
      host.secrets.erase(key);
    else if (secret)
      host.secrets[key] = value;
    else if (value.empty())
      host.settings.erase(key);
    else
      host.settings[key] = {value};
  }
  restart();
}

Challenge World::begin() {
  Call c = call.call();
  return provider().auth()->begin(c);
}

LinkState World::link(const std::string& user) {
  const Challenge challenge = begin();
  REQUIRE(sim.approve_pin(challenge.code, user));
  Call c = call.call();
  SettingCollector& got = collect();
  Settings settings = got.settings();
  const LinkState state = provider().auth()->poll(c, challenge.state, settings);
  if (state == LinkState::linked) store(got);
  return state;
}

void World::select(const std::string& user, const std::string& with_pin, const std::string& server) {
  Call c = call.call();
  SettingCollector& got = collect();
  Settings settings = got.settings();
  provider().directory()->select(c, user, with_pin, server, settings);
  store(got);
}

plex::UserScope World::open(bool server, bool cloud) {
  return provider().account().open_scope(call.call(), {server, cloud});
}

std::string World::failure(const std::function<void()>& body) {
  last_error.reset();
  try {
    body();
  } catch (const Error& e) {
    last_error = e;
    CHECK_MESSAGE(std::string(e.what()).ends_with("."), e.what());
    CHECK_MESSAGE(!e.remedy.empty(), e.what());
    CHECK_MESSAGE(std::string(e.what()).size() <= 512, e.what());
    CHECK_MESSAGE(e.remedy.size() <= 256, e.remedy);
    CHECK((e.what() + e.remedy).find("canary") == std::string::npos);
    return e.code;
  }
  return {};
}

std::string World::setting(const std::string& key) const {
  if (const auto at = host.settings.find(key); at != host.settings.end() && !at->second.empty()) return at->second[0];
  const auto secret = host.secrets.find(key);
  return secret == host.secrets.end() ? std::string() : secret->second;
}

int World::asked(const std::string& at, const std::string& path_part) const {
  const auto all = sim.requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const plexsim::LogEntry& e) {
    return e.host == at && e.path.find(path_part) != std::string::npos;
  }));
}

void World::fault(plexsim::FaultKind kind, const std::string& at, const std::string& path, int status, int count) {
  plexsim::FaultRule rule;
  rule.kind = kind;
  rule.host = at;
  rule.path_contains = path;
  rule.status = status;
  rule.count = count;
  sim.add_fault(rule);
}

void World::check_tokens() const {
  const auto of_wanted = [&](const std::string& token, const std::string& kind) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& user) { return token.starts_with("canary-" + kind + "-" + user + "-"); });
  };
  for (const plexsim::LogEntry& e : sim.requests()) {
    CAPTURE(e.host);
    CAPTURE(e.path);
    CAPTURE(e.token);
    CHECK_FALSE(e.token_in_query);
    CHECK(e.query.find("canary") == std::string::npos);
    const bool jwt = e.token.find(".canary-jwt-") != std::string::npos;
    if (e.host == "server" && !e.token.empty()) {
      CHECK(e.path != "/identity");
      if (jwt) CHECK(jwt_on_servers);
      if (!jwt) CHECK(of_wanted(e.token, "srv"));
      if (!jwt) CHECK(e.token.ends_with("-s" + std::to_string(e.server)));
    }
    // Discover sees the wanted user's own plex.tv token: the linked one, or one that was made by a Home switch.
    if (e.host == "discover" || e.host == "metadata")
      CHECK((jwt || of_wanted(e.token, "acct") || of_wanted(e.token, "home")));
    if (e.host == "plex_tv" || e.host == "clients") CHECK(e.token.find("-srv-") == std::string::npos);
  }
}

void World::check_silence() const {
  for (const auto& line : host.log_lines()) {
    CHECK_MESSAGE(line.text.find("canary") == std::string::npos, line.text);
    if (!pin.empty()) CHECK_MESSAGE(line.text.find(pin) == std::string::npos, line.text);
  }
  for (const auto& kept : host.kv) CHECK_MESSAGE(kept.second.find("canary") == std::string::npos, kept.first);
}
