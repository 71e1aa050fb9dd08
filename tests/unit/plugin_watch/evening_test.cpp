// What players do in front of a server, and what the watch of it costs.
#include "timed_watch.hpp"

using namespace timed;

namespace {

struct Evening {
  plexsim::Simulator sim{fresh_server()};
  std::vector<std::string> films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
  TimedWatch w{sim, "owner"};

  // The server counts a play at that time.
  void counted(std::int64_t ms, const std::string& key) {
    w.at(ms, [this, key] { sim.play("owner", key, w.now() / second); });
  }
};

}  // namespace

TEST_CASE("the next episode in the same session ends the one before where it was") {
  Evening e;
  const std::string &first = e.episodes.at(0), &next = e.episodes.at(1);
  e.w.plays(minute, {"owner", first, 0});
  e.w.plays(2 * minute, {"owner", first, minute});
  e.w.plays(3 * minute, {"owner", next, 0});
  e.w.plays(4 * minute, {"owner", next, minute});
  e.w.plays(5 * minute, {"owner", next, 2 * minute, "stopped"});
  CHECK(e.w.run(20 * minute) == "");
  CHECK(e.w.told() == "start " + first + " 0, progress " + first + " 60, stop " + first + " 60, start " + next +
                          " 0, progress " + next + " 60, stop " + next + " 120");
}

TEST_CASE("a seek moves the title that is playing, and to the end of it counts only what the server counts") {
  Evening e;
  const std::string& film = e.films.at(0);
  e.w.plays(minute, {"owner", film, 0});
  e.w.plays(2 * minute, {"owner", film, 20 * hour});  // beyond every threshold
  e.w.plays(3 * minute, {"owner", film, minute});
  e.w.plays(4 * minute, {"owner", film, 2 * minute, "stopped"});
  CHECK(e.w.run(30 * minute) == "");
  CHECK(e.w.told() ==
        "start " + film + " 0, progress " + film + " 72000, progress " + film + " 60, stop " + film + " 120");
}

TEST_CASE("a title that was watched before and is stopped half way is not watched again") {
  Evening e;
  const std::string& film = e.films.at(0);
  e.sim.play("owner", film, e.w.now() / second - 86'400);
  e.w.plays(minute, {"owner", film, 0});
  e.w.plays(50 * minute, {"owner", film, 45 * minute, "stopped"});
  CHECK(e.w.run(2 * hour) == "");
  CHECK(e.w.told().find("watched") == std::string::npos);
  CHECK(e.w.told().ends_with("stop " + film + " 2700"));
}

TEST_CASE("two players of one user are two sessions, each with its own title, pauses and end") {
  Evening e;
  const std::string &film = e.films.at(0), &other = e.films.at(1);
  e.w.plays(minute, {"owner", film, 0});
  e.w.plays(2 * minute, {"owner", other, 5 * minute, "playing", "phone"});
  e.w.plays(3 * minute, {"owner", other, 6 * minute, "paused", "phone"});
  e.w.plays(4 * minute, {"owner", film, 3 * minute});
  e.w.plays(5 * minute, {"owner", other, 6 * minute, "stopped", "phone"});
  e.counted(6 * minute, film);
  e.w.plays(6 * minute + second, {"owner", film, 5 * minute, "stopped"});
  CHECK(e.w.run(20 * minute) == "");
  CHECK(e.w.told() == "start " + film + " 0, start " + other + " 300, pause " + other + " 360, progress " + film +
                          " 180, stop " + other + " 360, stop " + film + " 300, watched " + film);
  CHECK(e.w.heard.events[0].session != e.w.heard.events[1].session);
}

TEST_CASE("both players of one user with the same title: the server counts two plays, and both are told") {
  Evening e;
  const std::string& film = e.films.at(0);
  e.w.plays(minute, {"owner", film, 0});
  e.w.plays(2 * minute, {"owner", film, 0, "playing", "phone"});
  e.counted(90 * minute, film);
  e.w.plays(90 * minute + second, {"owner", film, 89 * minute, "stopped"});
  e.counted(110 * minute, film);
  e.w.plays(110 * minute + second, {"owner", film, 89 * minute, "stopped", "phone"});
  CHECK(e.w.run(3 * hour) == "");
  const std::string told = e.w.told();
  CHECK(told.find("watched") != told.rfind("watched"));
}

TEST_CASE("from whom the server keeps the history, the count of the title's plays tells what was watched, and when") {
  plexsim::Options o = fresh_server();
  o.servers[0].refuse_user_history = true;
  plexsim::Simulator sim(o);
  const auto films = sim.keys("1", "movie"), episodes = sim.keys("2", "episode");
  const std::string &film = films.at(0), &again = films.at(1), &others = films.at(2), &episode = episodes.at(0);
  TimedWatch w(sim, "managed");
  sim.play("managed", again, w.now() / second - 86'400);
  const auto plays = [&](std::int64_t at, const std::string& key, bool counts, const std::string& player = "tv") {
    w.plays(at, {"managed", key, 0, "playing", player});
    w.plays(at + minute, {"managed", key, minute, "playing", player});
    if (counts) w.at(at + 2 * minute, [&, key] { sim.play("managed", key, w.now() / second); });
    w.plays(at + 2 * minute + second, {"managed", key, 2 * minute, "stopped", player});
  };
  plays(10 * minute, film, true);
  plays(20 * minute, again, false);  // half of it
  w.at(30 * minute, [&] { sim.play("owner", others, w.now() / second); });
  plays(30 * minute, others, false);
  plays(40 * minute, episode, true);
  // A session of which nobody says that it has ended.
  w.plays(50 * minute, {"managed", again, 0});
  w.at(51 * minute, [&] { sim.play("managed", again, w.now() / second); });
  // The resume point that this plugin writes looks like a session.
  plays(60 * minute, films.at(3), true, client_id_of(w.host.host()));
  std::size_t before = 0, after = 0;
  w.at(9 * minute, [&] { before = sim.requests().size(); });
  w.at(19 * minute, [&] { after = sim.requests().size(); });
  const std::int64_t begun = w.now() / second;
  CHECK(w.run(2 * hour) == "");
  CHECK(w.links() == "polling");
  CHECK(w.heard.links.at(0).second.find("count") != std::string::npos);
  CHECK(w.told() == "watched " + film + ", watched " + episode + ", watched " + again);
  REQUIRE(w.heard.events.size() == 3);
  CHECK(w.heard.events[0].item.value.at == begun + 12 * 60);
  CHECK(w.heard.events[0].user == std::to_string(sim.plex_id("managed")));
  CHECK_FALSE(w.heard.events[1].item.show_ids.empty());
  CHECK(after - before == 2);
}

TEST_CASE("a play that ends while the server is away is counted when it is back, where only the count tells of it") {
  plexsim::Options o = fresh_server();
  o.servers[0].refuse_user_history = true;
  plexsim::Simulator sim(o);
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch w(sim, "home");
  w.plays(10 * minute, {"home", film, 0});
  w.away(11 * minute, 40 * minute);
  w.at(30 * minute, [&] { sim.play("home", film, w.now() / second); });
  CHECK(w.run(hour) == "");
  CHECK(w.told() == "watched " + film);
}

TEST_CASE("a title that plays while the watch is only just connecting is told, whenever it began") {
  plexsim::Simulator sim(fresh_server());
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch idle(sim, "owner");
  std::size_t steps = 0;
  idle.at(minute, [&] { steps = idle.requests.size() + idle.upgrades.size(); });
  CHECK(idle.run(2 * minute) == "");
  REQUIRE(steps > 4);
  for (std::size_t step = 0; step < steps; ++step) {
    CAPTURE(step);
    TimedWatch w(sim, "owner");
    w.before_asking = [&](std::size_t asked) {
      if (asked == step) sim.report({"owner", film, minute}), w.on_its_way = !w.upgrades.empty();
    };
    CHECK(w.run(minute / 2) == "");
    CHECK(w.told() == "start " + film + " 60");
    sim.report({"owner", film, minute, "stopped"});
  }
}

TEST_CASE("what this plugin marked as watched is not told as a play, and what is played later is") {
  for (const bool refused : {false, true}) {
    CAPTURE(refused);
    plexsim::Options o = fresh_server();
    o.servers[0].old_history = !refused;  // a row for each mark; or only the counts of the user
    o.servers[0].refuse_user_history = refused;
    plexsim::Simulator sim(o);
    const std::string film = sim.keys("1", "movie").at(0), user = refused ? "managed" : "owner";
    TimedWatch w(sim, user);
    w.plays(9 * minute, {user, film, 0});
    w.at(10 * minute, [&] { CHECK(w.mark(film) == CW_APPLIED); });
    w.plays(10 * minute + second, {user, film, minute, "stopped"});
    w.plays(4 * hour - minute, {user, film, 0});
    w.at(4 * hour, [&] { sim.play(user, film, w.now() / second); });
    w.plays(4 * hour + second, {user, film, hour, "stopped"});
    const std::int64_t begun = w.now() / second;
    CHECK(w.run(5 * hour) == "");
    std::vector<std::int64_t> watched;
    for (const Event& e : w.heard.events)
      if (e.kind == EventKind::watched) watched.push_back(e.item.value.at - begun);
    CHECK(watched == std::vector<std::int64_t>{4 * hour / second});
    CHECK(w.heard.dropped["own"] == 1);
  }
}

TEST_CASE("one minute of one session costs the server four requests at most") {
  Evening e;
  std::size_t asked = 0;
  e.w.at(9 * minute, [&] { e.sim.clear_requests(); });
  for (int i = 0; i <= 6; ++i) e.w.plays(10 * minute + i * 10 * second, {"owner", e.episodes.at(0), i * 10 * second});
  e.w.at(11 * minute + 5 * second, [&] { asked = e.sim.requests().size(); });
  CHECK(e.w.run(hour) == "");
  CHECK(e.w.told().find("progress " + e.episodes.at(0) + " 60") != std::string::npos);
  CHECK(asked >= 1);
  CHECK(asked <= 4);
}

TEST_CASE(
    "a day in which nothing is played costs less than one request in ten minutes, in whatever way it is watched") {
  struct Way {
    const char *user, *refused, *links;
  };
  for (const Way& way :
       {Way{"owner", nullptr, "live"}, Way{"owner", "websocket", "live"}, Way{"owner", "notifications", "polling"},
        Way{"friend", nullptr, "polling"}, Way{"friend", "notifications", "polling"}}) {
    CAPTURE(way.user);
    CAPTURE(way.links);
    plexsim::Simulator sim(fresh_server());
    if (way.refused) {
      plexsim::FaultRule no;
      no.status = 404;
      no.path_contains = way.refused;
      no.count = 0;
      sim.add_fault(no);
    }
    TimedWatch w(sim, way.user);
    std::size_t begun = 0;
    w.at(minute, [&] { begun = w.asked() + w.upgrades.size(); });
    CHECK(w.run(24 * hour) == "");
    CHECK(w.links() == way.links);
    CHECK(begun <= 8);
    CHECK(w.asked() + w.upgrades.size() - begun < 24 * 6);
  }
}
