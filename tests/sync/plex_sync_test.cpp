// Plex and the tracker are kept the same, in one direction and in both, by the command as it is installed.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "plexsim/plexsim.hpp"

namespace {

using plexsim::Feature;

plexsim::Options small_world(std::uint32_t nasty_percent, std::size_t servers) {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 48;
  server.catalog.shows = 6;
  server.catalog.seasons = 2;
  server.catalog.episodes = 4;
  server.catalog.plays = 0;
  server.catalog.nasty_percent = nasty_percent;
  server.catalog.people_state = false;
  server.catalog.side_libraries = false;
  options.servers.assign(servers, server);
  options.watchlist = 9;
  return options;
}

// What one run came to: its exit code, and the counts of its last line.
struct Run {
  int exit = -1;
  std::string output{};
  long count(const std::string& name) const {
    const std::string last = output.substr(output.rfind("\"totals\":") + 1);
    const auto at = last.find('"' + name + "\":");
    return at == std::string::npos ? -1 : std::strtol(last.c_str() + at + name.size() + 3, nullptr, 10);
  }
  long done() const { return count("added") + count("updated") + count("removed"); }
};

class Home {
public:
  explicit Home(std::uint32_t nasty_percent = 0, std::size_t servers = 1) : sim(small_world(nasty_percent, servers)) {
    std::string name = std::filesystem::temp_directory_path() / "crosswatch-sync-XXXXXX";
    REQUIRE(::mkdtemp(name.data()));
    folder_ = name;
  }
  ~Home() { std::filesystem::remove_all(folder_); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  plexsim::Simulator sim;

  // The profiles plex (the owner), plex@m (the managed user), plex@h (a full member of the Home), plex@f (a friend with
  // a login of his own) and plex@b (the owner on the last server), the trackers tracker and tracker@second, and these
  // pairs.
  void configure(const std::string& pairs) {
    const auto profile = [&](const std::string& login, const std::string& user, int server) {
      return "\"account_token\":\"" + sim.account_token(login) + "\",\"user_id\":" + std::to_string(sim.plex_id(user)) +
             ",\"server_id\":\"" + sim.server_id(server) + '"';
    };
    std::ofstream out(folder_ / "config.json");
    out << R"({"plugins":{"plex":{"enabled":true},"tracker":{"enabled":true}},"tracker":{"instances":{"second":{}}},"plex":{)"
        << profile("owner", "owner", 0) << ",\"ca_file\":\"" << sim.ca_file() << R"(","endpoints":{"plex_tv":")"
        << sim.urls().plex_tv << R"(","clients":")" << sim.urls().clients << R"(","discover":")" << sim.urls().discover
        << R"(","metadata":")" << sim.urls().metadata << R"("},"instances":{"m":{)" << profile("owner", "managed", 0)
        << R"(},"h":{)" << profile("owner", "home", 0) << R"(},"f":{)" << profile("friend", "friend", 0) << R"(},"b":{)"
        << profile("owner", "owner", sim.server_count() - 1) << "}}},\"pairs\":[" << pairs << "]}";
  }
  static std::string pair(const std::string& id, const std::string& source, const std::string& source_profile,
                          const std::string& target, const std::string& target_profile, const std::string& mode) {
    std::string features;
    for (const char* f : {"watchlist", "ratings", "history", "progress"})
      features += std::string(features.empty() ? "" : ",") + '"' + f + R"(":{"enable":true,"add":true,"remove":true})";
    return R"({"id":")" + id + R"(","enabled":true,"source":")" + source + R"(","source_instance":")" + source_profile +
           R"(","target":")" + target + R"(","target_instance":")" + target_profile + R"(","mode":")" + mode +
           R"(","features":{)" + features + "}}";
  }

  Run crosswatch(const std::string& arguments) const {
    const std::string command = std::string(CROSSWATCH) + " --json --config '" + (folder_ / "config.json").string() +
                                "' --state '" + (folder_ / "state").string() + "' " + arguments + " 2>'" +
                                (folder_ / "errors").string() + '\'';
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe);
    Run run;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      run.output.append(buffer.data(), n);
    run.exit = WEXITSTATUS(::pclose(pipe));
    return run;
  }
  Run sync(const std::string& which) const { return crosswatch("sync " + which); }

  // Library items of `user` with that fact: rating key -> what there is.
  std::map<std::string, std::string> facts(const std::string& user, Feature feature, int server = 0) const {
    std::map<std::string, std::string> out;
    for (const auto& f : sim.facts(user, feature, server)) {
      if (feature == Feature::history && f.view_count == 0) continue;
      std::ostringstream text;
      if (feature == Feature::ratings) text << (static_cast<int>(f.rating * 10 + 2.5) / 5) * 5;  // in half points
      if (feature == Feature::progress) text << f.offset_ms;
      out[f.key] = text.str();
    }
    return out;
  }

  // A person's life: films and episodes watched, rated and begun, seasons and shows rated.
  void live(const std::string& user) {
    const auto films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
    for (std::size_t i = 0; i < films.size(); ++i) {
      if (i % 4 == 0) sim.play(user, films[i], 1'600'000'000 + static_cast<std::int64_t>(i) * 86'400);
      if (i % 8 == 0) sim.play(user, films[i], 1'650'000'000 + static_cast<std::int64_t>(i) * 86'400);
      if (i % 4 == 1) sim.rate(user, films[i], i % 8 == 1 ? 7.3 : 4.5);
      if (i % 4 == 2) sim.set_progress(user, films[i], 900'000);
      if (i % 4 == 3) sim.mark_watched(user, films[i]);
    }
    for (std::size_t i = 0; i < episodes.size(); ++i) {
      if (i % 3 == 0) sim.mark_watched(user, episodes[i]);
      if (i % 3 == 1) sim.rate(user, episodes[i], 8);
      if (i % 3 == 2) sim.set_progress(user, episodes[i], 300'000);
    }
    for (const auto& key : sim.keys("2", "show")) sim.rate(user, key, 9);
    for (const auto& key : sim.keys("2", "season")) sim.rate(user, key, 3);
  }

private:
  std::filesystem::path folder_{};
};

void expect_idle(const Home& home, const std::string& pair) {
  const Run again = home.sync(pair);
  INFO(again.output);
  CHECK(again.exit == 0);
  CHECK(again.done() == 0);
  CHECK(again.count("failed") == 0);
  CHECK(again.count("conflicts") == 0);
  CHECK(again.count("held") == 0);
}

}  // namespace

TEST_CASE("a life on Plex comes to another user of the server by way of the tracker, once") {
  Home home;
  home.live("owner");
  home.configure(Home::pair("in", "plex", "default", "tracker", "default", "one-way") + ',' +
                 Home::pair("out", "tracker", "default", "plex", "m", "one-way"));
  const auto listed = home.facts("owner", Feature::watchlist);
  CHECK(home.sync("in").exit == 0);
  const Run out = home.sync("out");
  INFO(out.output);
  CHECK(out.exit == 0);
  CHECK(out.count("failed") == 0);
  CHECK(out.count("parked") == 0);
  for (const Feature f : {Feature::history, Feature::ratings, Feature::progress}) {
    CHECK(home.facts("managed", f) == home.facts("owner", f));
    CHECK(home.facts("managed", f).size() > 10);
  }
  for (const auto& [key, nothing] : listed) CHECK(home.facts("managed", Feature::watchlist).count(key) == 1);
  for (const auto& f : home.sim.facts("managed", Feature::history)) CHECK(f.view_count <= 1);
  expect_idle(home, "in");
  expect_idle(home, "out");
  expect_idle(home, "");
}

TEST_CASE("nothing is written as anybody but the user of the profile") {
  Home home;
  home.live("owner");
  home.configure(Home::pair("in", "plex", "default", "tracker", "default", "one-way") + ',' +
                 Home::pair("out", "tracker", "default", "plex", "m", "one-way"));
  home.sync("in");
  const auto before = home.sim.facts("owner", Feature::history).size();
  home.sim.clear_requests();
  home.sync("out");
  for (const auto& r : home.sim.requests()) {
    if (r.host == "server" && !r.token.empty()) CHECK(r.token == home.sim.server_token("managed"));
    if (r.host == "discover" || r.host == "metadata") CHECK(r.token.find("managed") != r.token.npos);
  }
  CHECK(home.sim.facts("owner", Feature::history).size() == before);
}

TEST_CASE("Plex and the tracker agree after one run in both directions, and stay so") {
  Home home;
  home.live("managed");
  home.configure(Home::pair("both", "plex", "m", "tracker", "default", "two-way"));
  Run run = home.sync("both");
  INFO(run.output);
  CHECK(run.exit == 0);
  CHECK(run.done() > 50);
  expect_idle(home, "both");

  // The user goes on with another client.
  const auto films = home.sim.keys("1", "movie");
  home.sim.mark_unwatched("managed", films[0]);
  home.sim.mark_watched("managed", films[1]);
  home.sim.rate("managed", films[2], 6);
  home.sim.rate("managed", films[5], -1);
  home.sim.set_progress("managed", films[6], 2'400'000);
  run = home.sync("both");
  INFO(run.output);
  CHECK(run.exit == 0);
  CHECK(run.count("added") == 2);
  CHECK(run.count("updated") == 1);
  CHECK(run.count("removed") == 2);
  expect_idle(home, "both");
}

TEST_CASE("what happens in the tracker comes to Plex, and what is taken back there goes") {
  Home home;
  home.live("owner");
  home.configure(Home::pair("in", "plex", "default", "tracker", "default", "one-way") + ',' +
                 Home::pair("both", "plex", "m", "tracker", "default", "two-way"));
  home.sim.advance_clock(-3600);  // what was reported a moment ago might still be playing: see the plugin's progress
  // Plex keeps the rows of plays of what was marked as unwatched: its list tells more plays than the item itself.
  const auto films = home.sim.keys("1", "movie");
  home.sim.play("managed", films[3], 1'610'000'000);
  home.sim.play("managed", films[3], 1'620'000'000);
  home.sim.mark_unwatched("managed", films[3]);
  home.sim.mark_watched("managed", films[3]);
  home.sync("in");
  CHECK(home.sync("both").exit == 0);
  expect_idle(home, "both");
  home.sim.mark_unwatched("owner", films[3]);
  home.sim.rate("owner", films[5], 10);
  home.sim.rate("owner", films[9], -1);
  home.sim.set_progress("owner", films[6], 2'400'000);
  home.sim.mark_watched("owner", films[1]);
  home.sync("in");
  const Run run = home.sync("both");
  INFO(run.output);
  CHECK(run.exit == 0);
  for (const Feature f : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(home.facts("managed", f) == home.facts("owner", f));
  expect_idle(home, "both");
  expect_idle(home, "in");
}

TEST_CASE("a friend with a login of his own is kept the same, too") {
  Home home;
  home.live("friend");
  home.configure(Home::pair("both", "plex", "f", "tracker", "default", "two-way") + ',' +
                 Home::pair("out", "tracker", "default", "plex", "m", "one-way"));
  CHECK(home.sync("both").exit == 0);
  CHECK(home.sync("out").exit == 0);
  for (const Feature f : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(home.facts("managed", f) == home.facts("friend", f));
  expect_idle(home, "");
}

TEST_CASE("two servers of one person are kept the same without anything in between, and in a ring") {
  Home home(0, 2);
  home.live("owner");
  home.configure(Home::pair("servers", "plex", "default", "plex", "b", "two-way") + ',' +
                 Home::pair("ring", "plex", "b", "tracker", "default", "two-way") + ',' +
                 Home::pair("closing", "tracker", "default", "plex", "default", "two-way"));
  const Run run = home.sync("servers");
  INFO(run.output);
  CHECK(run.exit == 0);
  // The same number is the same title on both servers, and has the same key.
  for (const Feature f : {Feature::history, Feature::ratings, Feature::progress})
    CHECK(home.facts("owner", f, 1) == home.facts("owner", f, 0));
  expect_idle(home, "servers");
  CHECK(home.sync("").exit == 0);
  home.sync("");
  expect_idle(home, "");
  for (const auto& f : home.sim.facts("owner", Feature::history, 1)) CHECK(f.view_count <= 1);
}

TEST_CASE("a second run has nothing to do, whoever the user is and in whichever direction") {
  const std::map<std::string, std::string> users{
      {"default", "owner"}, {"m", "managed"}, {"h", "home"}, {"f", "friend"}};
  for (const auto& entry : users) {
    const std::string &profile = entry.first, &user = entry.second;
    CAPTURE(user);
    Home home;
    home.live(user);
    const std::string other = user == "owner" ? "m" : "default";
    home.configure(Home::pair("in", "plex", profile, "tracker", "default", "one-way") + ',' +
                   Home::pair("out", "tracker", "default", "plex", other, "one-way") + ',' +
                   Home::pair("both", "plex", profile, "tracker", "second", "two-way"));
    for (const char* pair : {"in", "out", "both"}) {
      const Run first = home.sync(pair);
      INFO(first.output);
      CHECK(first.exit == 0);
      CHECK(first.done() > 50);
      expect_idle(home, pair);
    }
    expect_idle(home, "");
  }
}

TEST_CASE("a ring of three comes to rest, one-way and two-way, and stays at rest after a change") {
  for (const std::string mode : {"one-way", "two-way"}) {
    CAPTURE(mode);
    Home home;
    home.sim.advance_clock(-3600);
    home.live("managed");
    home.configure(Home::pair("first", "plex", "m", "tracker", "default", mode) + ',' +
                   Home::pair("second", "tracker", "default", "tracker", "second", mode) + ',' +
                   Home::pair("closing", "tracker", "second", "plex", "m", mode));
    CHECK(home.sync("").exit == 0);
    home.sync("");
    expect_idle(home, "");
    const auto films = home.sim.keys("1", "movie");
    home.sim.rate("managed", films[2], 6);
    home.sim.rate("managed", films[5], -1);
    home.sim.mark_unwatched("managed", films[3]);
    home.sim.mark_watched("managed", films[1]);
    home.sim.set_progress("managed", films[6], 2'400'000);
    CHECK(home.sync("").exit == 0);
    home.sync("");
    expect_idle(home, "");
    const auto rated = home.facts("managed", Feature::ratings), watched = home.facts("managed", Feature::history);
    CHECK(rated.count(films[2]) == 1);
    CHECK(rated.count(films[5]) == 0);
    CHECK(watched.count(films[3]) == 0);
    CHECK(watched.count(films[1]) == 1);
    CHECK(home.facts("managed", Feature::progress).at(films[6]) == "2400000");
    for (const auto& f : home.sim.facts("managed", Feature::history)) CHECK(f.view_count <= 2);
  }
}

TEST_CASE("odd libraries: what cannot be found is parked with its reason, and not tried on every run") {
  Home home(30);
  home.live("owner");
  home.configure(Home::pair("in", "plex", "default", "tracker", "default", "one-way") + ',' +
                 Home::pair("out", "tracker", "default", "plex", "m", "one-way"));
  home.sync("in");
  const Run out = home.sync("out");
  INFO(out.output);
  CHECK(out.exit == 0);
  CHECK(out.count("failed") == 0);
  CHECK(out.done() > 50);
  for (const auto& f : home.sim.facts("managed", Feature::history)) CHECK(f.view_count <= 1);
  const auto owners = home.facts("owner", Feature::history);
  for (const auto& [key, nothing] : home.facts("managed", Feature::history)) CHECK(owners.count(key) == 1);
  home.sim.clear_requests();
  expect_idle(home, "out");
  for (const auto& r : home.sim.requests())
    if (r.host == "server" || r.host == "discover") CHECK(r.method == "GET");
}

TEST_CASE("a plugin that works passes its check, and the check writes nothing") {
  Home home;
  home.live("managed");
  home.configure("");
  home.sim.clear_requests();
  const Run run = home.crosswatch("plugins check plex --profile m");
  INFO(run.output);
  CHECK(run.exit == 0);
  CHECK(run.output.find("\"failed\":0") != std::string::npos);
  CHECK(run.output.find("\"verdict\":\"passed\"") != std::string::npos);
  for (const auto& r : home.sim.requests())
    if (r.host == "server" || r.host == "discover") CHECK(r.method == "GET");
}
