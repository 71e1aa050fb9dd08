// A server that cannot be reached, or not in every way: what it costs, and when it is watched again.
#include "account/memory.hpp"
#include "timed_watch.hpp"

using namespace timed;

namespace {

plexsim::FaultRule answers(int status, const std::string& path, int count = 0) {
  plexsim::FaultRule rule;
  rule.kind = plexsim::FaultKind::status;
  rule.status = status;
  rule.path_contains = path;
  rule.count = count;
  return rule;
}
constexpr const char* socket_path = "/:/websockets/notifications";
constexpr const char* events_path = "/:/eventsource/notifications";

std::int64_t last_link_live(const TimedWatch& w) {
  REQUIRE_FALSE(w.heard.links.empty());
  REQUIRE(w.heard.links.back().first == Link::live);
  return w.upgrades.back().first;  // nothing passes between the upgrade and the word that it is live
}

}  // namespace

TEST_CASE("a day without the server is told in three changes of the link, and what was played is told once") {
  plexsim::Simulator sim(fresh_server());
  const auto films = sim.keys("1", "movie");
  for (const std::int64_t odd : {0, 7, 37, 111, 299}) {
    CAPTURE(odd);
    TimedWatch w(sim, "owner");
    const std::string& film = films.at(static_cast<std::size_t>(odd) % films.size());
    const std::int64_t day = 24 * hour + odd * second;
    w.away(hour, hour + day);
    w.at(5 * hour, [&] { sim.play("owner", film, w.now() / second); });
    CHECK(w.run(day + 3 * hour) == "");
    CHECK(w.links() == "live lost live");
    CHECK(last_link_live(w) >= w.back_at);
    CHECK(last_link_live(w) <= w.back_at + minute);
    CHECK(w.told() == "watched " + film);
    CHECK(w.host.log_lines().size() < 10);
    // A knock every three quarters of a minute, and no more.
    CHECK(w.asked() < 24 * 60 * 60 / 40);
  }
}

TEST_CASE("a watch that begins while the server is away has it back within a minute, known address or not") {
  plexsim::Simulator sim(fresh_server());
  for (const bool known : {false, true}) {
    CAPTURE(known);
    for (const std::int64_t length : {10 * minute, 2 * hour + 13 * second, 9 * hour + 250 * second}) {
      TimedWatch w(sim, "owner");
      if (known) remember_server(w.host.host(), w.scope.server, {}, w.scope.user_id, true);
      w.away(0, length);
      CHECK(w.run(length + 10 * minute) == "");
      CHECK(w.links() == "lost live");
      CHECK(last_link_live(w) <= w.back_at + minute);
    }
  }
}

TEST_CASE("a server that comes back at another of its addresses is back within a minute") {
  plexsim::Options o = fresh_server();
  for (const char* uri : {"{self}", "https://127.0.0.1:2", "https://127.0.0.1:3"})
    o.servers[0].connections.push_back({uri, {}, 0, true, false, false});
  plexsim::Simulator sim(o);
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch w(sim, "owner");
  w.ask_plex_tv();
  w.moves(hour, 25 * hour, "https://127.0.0.1:3");
  w.at(5 * hour, [&] { sim.play("owner", film, w.now() / second); });
  CHECK(w.run(26 * hour) == "");
  CHECK(w.links() == "live lost live");
  CHECK(last_link_live(w) <= w.back_at + minute);
  CHECK(w.told() == "watched " + film);
  CHECK(w.host.log_lines().size() < 10);
  CHECK(w.asked("/resources") < 24 * 60 * 60 / 40);
  CHECK(w.asked("/identity") < 4 * 24 * 60 * 60 / 40);
}

TEST_CASE("a server that gets an address that nobody knew is back within a minute, after days within five") {
  plexsim::Simulator sim(fresh_server());
  for (const auto& outage : {std::pair(7 * minute, minute), {24 * hour, minute}, {72 * hour, 5 * minute}}) {
    const auto length = outage.first, patience = outage.second;
    CAPTURE(length);
    TimedWatch w(sim, "owner");
    w.ask_plex_tv();
    w.moves(hour, hour + length, "https://127.0.0.1:2");
    CHECK(w.run(length + 2 * hour) == "");
    CHECK(w.links() == "live lost live");
    CHECK(last_link_live(w) <= w.back_at + patience);
    CHECK(w.asked("/resources") < 48 * 60 * 60 / 40 + 24 * 60 * 60 / 200);
  }
}

TEST_CASE("a server that is starting when it is asked for notifications gets time, and is not taken for a proxy") {
  plexsim::Simulator sim(fresh_server());
  sim.add_fault(answers(503, socket_path, 2));
  TimedWatch w(sim, "owner");
  CHECK(w.run(5 * minute) == "");
  CHECK(w.links() == "lost live");
  CHECK(w.upgrades.size() == 3);
  CHECK(w.upgrades.back().second == socket_path);
}

TEST_CASE("a server that answers everything with an error is waited for") {
  plexsim::Simulator sim(fresh_server());
  TimedWatch w(sim, "owner");
  w.at(minute, [&] { sim.add_fault(answers(502, "/")); });
  w.at(minute, [&] { sim.restart(); });
  w.at(40 * minute, [&] { sim.clear_faults(); });
  CHECK(w.run(50 * minute) == "");
  CHECK(w.links() == "live lost live");
  CHECK(w.upgrades.back().first <= w.now() - 9 * minute);
}

TEST_CASE("a proxy that fails at every upgrade leaves server-sent events, and one that fails at both the history") {
  plexsim::Simulator sim(fresh_server());
  sim.add_fault(answers(502, "websocket"));
  TimedWatch w(sim, "owner");
  CHECK(w.run(10 * minute) == "");
  CHECK(w.links() == "lost live");
  CHECK(w.upgrades.back().second == events_path);

  sim.add_fault(answers(404, "eventsource"));
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch again(sim, "owner");
  again.at(minute, [&] { sim.play("owner", film, again.now() / second); });
  CHECK(again.run(30 * minute) == "");
  CHECK(again.links() == "lost polling");
  CHECK(again.told() == "watched " + film);
}

TEST_CASE("a proxy that keeps or drops what would tell is found out, and what is watched is told out of the history") {
  plexsim::Simulator sim(fresh_server());
  const std::string film = sim.keys("1", "movie").at(0);
  struct Proxy {
    const char *kept_back, *dropped, *mute;
  };
  for (const Proxy& proxy : {Proxy{"notifications", "", ""}, Proxy{"", "notifications", ""},
                             Proxy{"", "", "notifications"}, Proxy{"", "websockets", "eventsource"}}) {
    for (const char* user : {"owner", "friend"}) {
      CAPTURE(user);
      CAPTURE(proxy.kept_back);
      CAPTURE(proxy.dropped);
      TimedWatch w(sim, user);
      w.kept_back = proxy.kept_back;
      w.dropped = proxy.dropped;
      w.mute = proxy.mute;
      w.at(10 * minute, [&] { sim.play(user, film, w.now() / second); });
      CHECK(w.run(24 * hour) == "");
      CHECK(w.told() == "watched " + film);
      REQUIRE_FALSE(w.heard.links.empty());
      CHECK(w.heard.links.back().first == Link::polling);
      CHECK(w.heard.links.size() < 40);
    }
  }
}

TEST_CASE("a proxy that wants a login of its own is told from a token that is refused") {
  plexsim::Simulator sim(fresh_server());
  sim.add_fault(answers(401, "websocket"));
  TimedWatch w(sim, "owner");
  CHECK(w.run(10 * minute) == "");
  CHECK(w.links() == "live");
  CHECK(w.upgrades.back().second == events_path);

  sim.clear_faults();
  sim.revoke_token(sim.server_token("friend"));
  TimedWatch dead(sim, "friend");
  CHECK(dead.run(10 * minute) == "");
  CHECK(dead.links() == "lost");
  REQUIRE(dead.heard.links.size() == 1);
  CHECK(dead.heard.links[0].second.find("token") != std::string::npos);
}

TEST_CASE("a server that asks for fewer requests is left alone for as long as it says") {
  plexsim::Simulator sim(fresh_server());
  plexsim::FaultRule slower = answers(429, socket_path, 1);
  slower.retry_after = 300;
  sim.add_fault(slower);
  TimedWatch w(sim, "owner");
  CHECK(w.run(20 * minute) == "");
  CHECK(w.links() == "lost live");
  REQUIRE(w.upgrades.size() == 2);
  CHECK(w.upgrades[1].first - w.upgrades[0].first >= 300 * second);
  for (const auto& request : w.requests) {
    CAPTURE(request.second);
    const std::int64_t when = request.first;
    CHECK((when <= w.upgrades[0].first || when >= w.upgrades[1].first));
  }
}

TEST_CASE("a link that never lasts is not tried every second") {
  plexsim::Simulator sim(fresh_server());
  TimedWatch w(sim, "owner");
  for (std::int64_t t = 0; t < 60 * minute; t += second) w.at(t, [&] { sim.restart(); });
  CHECK(w.run(hour) == "");
  CHECK(w.heard.links.size() < 200);
}

TEST_CASE("a line on which nothing can be understood any more is given up for a new one, and nothing is lost") {
  plexsim::Simulator sim(fresh_server());
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch w(sim, "owner");
  w.at(10 * minute, [&] { w.garble = true; });
  w.at(10 * minute, [&] { sim.play("owner", film, w.now() / second); });
  CHECK(w.run(20 * minute) == "");
  CHECK(w.links() == "live lost live");
  CHECK(w.told() == "watched " + film);
}

TEST_CASE("a server that keeps its history from a user is not asked for it again and again, and the reason is told") {
  plexsim::Options o = fresh_server();
  o.servers[0].refuse_user_history = true;
  plexsim::Simulator sim(o);
  TimedWatch w(sim, "friend");
  CHECK(w.run(24 * hour) == "");
  CHECK(w.links() == "polling");
  CHECK(w.heard.links.at(0).second.find("history") != std::string::npos);
  CHECK(w.asked() < 24);
}

TEST_CASE("an owner to whom the sessions are not shown is told what was watched out of the history") {
  plexsim::Simulator sim(fresh_server());
  plexsim::FaultRule refused = answers(403, "");
  refused.path = "/status/sessions";
  sim.add_fault(refused);
  const std::string film = sim.keys("1", "movie").at(0);
  TimedWatch w(sim, "owner");
  w.plays(10 * minute, {"owner", film, 0});
  w.at(20 * minute, [&] { sim.play("owner", film, w.now() / second); });
  w.plays(20 * minute + second, {"owner", film, 10 * minute, "stopped"});
  CHECK(w.run(hour) == "");
  CHECK(w.links() == "polling");
  CHECK(w.heard.links.at(0).second.find("owner") != std::string::npos);
  CHECK(w.told() == "watched " + film);
  CHECK(w.asked("/status/sessions") < 10);  // the history's path is among them
}
