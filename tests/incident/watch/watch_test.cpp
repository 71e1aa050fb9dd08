// Whose play it was: what watchers have told of the wrong person, twice, or not at all.
#include "timed_watch.hpp"
#include "watch/playback.hpp"

using namespace timed;

namespace {

// A film is played to its end, and the server counts that. Only the owner of a server hears of it at once.
void evening(TimedWatch& w, const std::string& user, const std::string& film, std::int64_t from) {
  const auto report = [&](std::int64_t at, const plexsim::Playing& playing) {
    w.at(
        at, [&w, playing] { w.sim.report(playing); }, w.scope.server.owner);
  };
  report(from, {user, film, 0});
  report(from + hour, {user, film, hour});
  w.at(from + 2 * hour, [&w, user, film] { w.sim.play(user, film, w.now() / second); });
  report(from + 2 * hour, {user, film, 2 * hour, "stopped"});
}

bool only_of(const TimedWatch& w, const std::string& film, const std::string& user) {
  return std::all_of(w.heard.events.begin(), w.heard.events.end(), [&](const Event& e) {
    return e.item.ref.ends_with('/' + film) && e.user == std::to_string(w.sim.plex_id(user));
  });
}

std::ptrdiff_t watched(const TimedWatch& w) {
  return std::count_if(w.heard.events.begin(), w.heard.events.end(),
                       [](const Event& e) { return e.kind == EventKind::watched; });
}

}  // namespace

TEST_CASE("what others play is not taken for the configured user's because the sessions may not be seen") {
  for (const char* user : {"managed", "home", "friend"}) {
    CAPTURE(user);
    plexsim::Simulator sim(fresh_server());
    const auto films = sim.keys("1", "movie");
    TimedWatch w(sim, user);
    evening(w, "owner", films.at(0), minute);
    evening(w, std::string(user) == "home" ? "friend" : "home", films.at(1), 2 * minute);
    CHECK(w.run(4 * hour) == "");
    CHECK(w.told().empty());
  }
}

TEST_CASE("a managed user's plays are not missed because no list of people names them") {
  plexsim::Simulator sim(fresh_server());
  const auto films = sim.keys("1", "movie");
  TimedWatch w(sim, "managed");
  evening(w, "owner", films.at(0), minute);
  evening(w, "managed", films.at(1), 2 * minute);
  CHECK(w.run(4 * hour) == "");
  CHECK(watched(w) == 1);
  CHECK(only_of(w, films.at(1), "managed"));
}

TEST_CASE("a session that names no user is not the configured user's") {
  plex::watch::Rules rules;
  rules.user = "42";
  rules.accounts = {1, 42};
  rules.ref_prefix = "m/";
  rules.library = [](std::string_view) { return true; };
  plex::watch::Playback playback(rules, "me", "");
  std::int64_t now = 1'700'000'000'000;
  playback.connected(now, true);
  playback.history({}, now);
  plex::watch::Seen nobody;
  nobody.session = "1";
  nobody.item = "5";
  nobody.type = "movie";
  nobody.library = "1";
  nobody.length_ms = 2 * hour;
  std::size_t dropped = 0, told = 0;
  for (const std::int64_t position : {std::int64_t{0}, hour, 2 * hour - minute}) {
    playback.notice({"1", "5", "playing", position}, now);
    for (int i = 0; i < 10; ++i) {
      now += 10 * second;
      const auto wants = playback.wants(now);
      if (wants.sessions) playback.sessions({nobody}, now);
      if (wants.history) playback.history({}, now);
      const auto out = playback.take();
      told += out.events.size();
      for (const auto& [why, count] : out.dropped) dropped += why == "unattributed" ? count : 0;
    }
  }
  CHECK(told == 0);
  CHECK(dropped > 0);
}

TEST_CASE("an owner who is number 1 on the server and another at plex.tv is not two people, nor nobody") {
  plexsim::Simulator sim(fresh_server());
  const auto films = sim.keys("1", "movie");
  TimedWatch w(sim, "owner");
  evening(w, "owner", films.at(0), minute);  // live
  w.away(4 * hour, 5 * hour);
  w.at(4 * hour + minute, [&] { sim.play("owner", films.at(0), w.now() / second); });  // read back
  CHECK(w.run(8 * hour) == "");
  CHECK(watched(w) == 2);
  CHECK(only_of(w, films.at(0), "owner"));
}

TEST_CASE("a line that drops, dies without a word or is refused by a proxy costs no play and fills no log") {
  for (const char* trouble : {"drops", "dies", "refused"}) {
    CAPTURE(trouble);
    plexsim::Simulator sim(fresh_server());
    const auto films = sim.keys("1", "movie");
    if (trouble[0] == 'r') {
      plexsim::FaultRule proxy;
      proxy.path_contains = "websocket";
      proxy.status = 400;
      proxy.count = 0;
      sim.add_fault(proxy);
    }
    TimedWatch w(sim, "owner");
    if (trouble[0] == 'd' && trouble[1] == 'r') w.away(hour, 3 * hour);
    if (trouble[0] == 'd' && trouble[1] == 'i') w.at(hour, [&] { sim.fall_silent(); });
    w.at(2 * hour, [&] { sim.play("owner", films.at(0), w.now() / second); });
    CHECK(w.run(6 * hour) == "");
    CHECK(w.told() == "watched " + films.at(0));
    CHECK(w.host.log_lines().size() < 10);
  }
}
