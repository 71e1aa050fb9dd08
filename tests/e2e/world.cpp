#include "world.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace e2e {
namespace {

namespace json = crosswatch::host::json;

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "crosswatch-e2e-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// As a word of its own: four digits in the middle of a number are no PIN.
bool stands_in(const std::string& secret, const std::string& text) {
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 1)) {
    const auto after = at + secret.size();
    if ((at == 0 || !is_word(text[at - 1])) && (after == text.size() || !is_word(text[after]))) return true;
  }
  return false;
}

}  // namespace

std::string bytes_of(const fs::path& file) {
  if (!fs::is_regular_file(file)) return {};
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

Place::Place() : dir(new_folder()), config(dir / "config.json"), state(dir / "state") {}

Place::~Place() {
  check_secrecy();
  std::error_code failed;
  fs::remove_all(dir, failed);
  CHECK_MESSAGE(!failed, failed.message());
}

Command Place::start(Launch launch) {
  std::vector<std::string> args{"--config", config.string(), "--state", state.string()};
  if (!plugins.empty()) args.insert(args.end(), {"--plugins", plugins.string()});
  launch.args.insert(launch.args.begin(), args.begin(), args.end());
  return {CROSSWATCH, launch, dir.string(), said_};
}

Result Place::run(Launch launch) {
  return start(std::move(launch)).wait();
}

Result Place::json(std::vector<std::string> args) {
  args.emplace_back("--json");
  Result result = run(Launch{std::move(args)});
  static_cast<void>(result.json());
  return result;
}

Result Place::ok(std::vector<std::string> args) {
  Result result = json(std::move(args));
  REQUIRE_MESSAGE(result.exit == 0, result.out() << result.err);
  return result;
}

std::string Place::refused(int exit, std::vector<std::string> args) {
  const Result result = json(std::move(args));
  CHECK_MESSAGE(result.exit == exit, result.out() << result.err);
  return error_code(result);
}

Value Place::configuration() const {
  return json::parse(bytes_of(config));
}

void Place::configure(const std::string& path, const Value& v) {
  Value all = fs::exists(config) ? configuration() : json::object();
  json::set_path(all, path, v);
  write(config, json::dump(all, 2));
  fs::permissions(config, fs::perms::owner_read | fs::perms::owner_write);
}

void Place::check_secrecy() const {
  const auto silent = [&](const std::string& where, const std::string& content) {
    CHECK_MESSAGE(content.find("canary-") == std::string::npos, where);
    for (const std::string& secret : secrets) CHECK_MESSAGE(!stands_in(secret, content), where);
  };
  silent("what was printed", said_);
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file() || entry.path() == config) continue;
    silent(entry.path().string(), bytes_of(entry.path()));
  }
  struct stat about {};
  if (::stat(config.c_str(), &about) == 0 && S_ISREG(about.st_mode)) CHECK((about.st_mode & 0077) == 0);
}

plexsim::Options World::small() {
  plexsim::Options options;
  options.servers.resize(1);
  auto& catalog = options.servers[0].catalog;
  catalog.movies = 12;
  catalog.shows = 2;
  catalog.seasons = 1;
  catalog.episodes = 3;
  catalog.plays = 12;
  catalog.nasty_percent = 0;
  catalog.watched_percent = 40;
  catalog.rated_percent = 40;
  catalog.progress_percent = 20;
  catalog.side_libraries = false;
  options.watchlist = 3;
  return options;
}

World::World(plexsim::Options options) : sim(std::move(options)) {
  const auto urls = sim.urls();
  configure("plugins", json::object({{"plex", json::object({{"enabled", true}})},
                                     {"tracker", json::object({{"enabled", true}})}}));
  configure("plex", json::object({{"endpoints", json::object({{"plex_tv", urls.plex_tv},
                                                              {"clients", urls.clients},
                                                              {"discover", urls.discover},
                                                              {"metadata", urls.metadata}})},
                                  {"ca_file", sim.ca_file()},
                                  {"max_retries", 2}}));
}

World::~World() {
  const auto of_wanted = [&](const std::string& token, const std::string& kind) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& user) { return token.starts_with("canary-" + kind + "-" + user + "-"); });
  };
  for (const plexsim::LogEntry& e : sim.requests()) {
    const std::string what = e.host + " " + e.method + " " + e.path + " with " + e.token;
    CHECK_MESSAGE(!e.token_in_query, what);
    if (e.host == "server" && !e.token.empty()) {
      CHECK_MESSAGE(of_wanted(e.token, "srv"), what);
      CHECK_MESSAGE(e.token.ends_with("-s" + std::to_string(e.server)), what);
    }
    if (e.host == "discover" || e.host == "metadata")
      CHECK_MESSAGE((of_wanted(e.token, "acct") || of_wanted(e.token, "home")), what);
    if (e.host == "plex_tv" || e.host == "clients") CHECK_MESSAGE(e.token.find("-srv-") == std::string::npos, what);
  }
}

void World::link(const std::string& user, const std::string& profile) {
  const Result begun = ok({"connect", "plex", "--profile", profile, "--no-wait"});
  REQUIRE(sim.approve_pin(text(begun.last(), "code"), user));
  REQUIRE(text(ok({"connect", "plex", "--profile", profile, "--resume"}).last(), "event") == "linked");
}

void World::pair(std::vector<std::string> more) {
  std::vector<std::string> args{"pair", "add", "--source", "plex", "--target", "tracker", "--id", "p1"};
  args.insert(args.end(), more.begin(), more.end());
  ok(std::move(args));
}

void World::fault(plexsim::FaultKind kind, const std::string& host, const std::string& path, int count, int nth) {
  plexsim::FaultRule rule;
  rule.kind = kind;
  rule.host = host;
  rule.path_contains = path;
  rule.count = count;
  rule.nth = nth;
  sim.add_fault(rule);
}

int World::asked(const std::string& host, const std::string& path_part) const {
  const auto all = sim.requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const plexsim::LogEntry& e) {
    return e.host == host && e.path.find(path_part) != std::string::npos;
  }));
}

std::string World::key(std::size_t n) const {
  return sim.keys("1", "movie").at(n);
}

std::int64_t World::facts(const std::string& provider, const std::string& feature, const std::string& profile) {
  return number(ok({"snapshot", provider, feature, "--profile", profile}).last(), "count");
}

Value totals(const Result& sync) {
  const Value end = sync.last();
  REQUIRE(text(end, "event") == "run_end");
  return at(end, "totals");
}

std::int64_t changes(const Value& of) {
  return number(of, "added") + number(of, "updated") + number(of, "removed");
}

}  // namespace e2e
