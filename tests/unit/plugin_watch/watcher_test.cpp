// The watcher in front of a simulated server: real connections, notifications over both ways.
#include "watch/watcher.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <crosswatch/fake_host.hpp>
#include <future>
#include <mutex>

#include "http/client.hpp"
#include "plexsim/plexsim.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::plex;

struct FixedScope final : feature::ScopeSource {
  UserScope scope{};
  UserScope open(const Call&, bool, bool) override { return scope; }
};

http::Options options_of(const plexsim::Simulator& sim, const http::PushTimes& times) {
  http::Options o;
  o.client_id = [] { return std::string("watch-test"); };
  o.version = "1";
  o.ca_file = sim.ca_file();
  o.tries = 1;
  o.push = times;
  return o;
}

// One user who is watched by a thread; what is told is kept as text.
struct Watched {
  Watched(plexsim::Simulator& simulator, const std::string& handle, const http::PushTimes& times = {})
      : sim(simulator), client(options_of(sim, times)) {
    const bool owner = handle == "owner";
    scopes.scope.user_id = sim.plex_id(handle);
    scopes.scope.server = {sim.server_id(),
                           "Sim",
                           sim.server_url(),
                           ServerToken(sim.server_token(handle)),
                           owner ? 1 : sim.plex_id(handle),
                           owner};
  }
  ~Watched() { stop(); }

  void start(std::string from = {}) {
    thread = std::async(std::launch::async, [this, cursor = std::move(from)] {
      Call c = call.call();
      EventSink to = sink();
      try {
        watcher.watch(c, {}, cursor, to);
      } catch (const Stopped&) {
        return std::string();
      } catch (const Error& e) {
        return e.code;
      }
      return std::string("it came back");
    });
  }
  std::string stop() {
    if (!thread.valid()) return {};
    call.cancel();
    return thread.get();
  }
  // Everything that was told goes through here, on the thread of the watch.
  EventSink sink() {
    raw = {
        sizeof raw,
        this,
        [](void* c, const cw_event* e) noexcept {
          return of(c).heard(std::string(name_of(static_cast<EventKind>(e->kind))) + ' ' +
                             std::string(view(e->item->ref)) + " ids=" + std::to_string(e->item->id_count) +
                             " user=" + std::string(view(e->user)));
        },
        [](void* c, cw_str text) noexcept {
          const std::lock_guard lock(of(c).mutex);
          of(c).cursor = view(text);
          of(c).changed.notify_all();
          return cw_status{CW_OK};
        },
        [](void* c, std::uint32_t state, cw_str) noexcept { return of(c).heard("link " + std::to_string(state)); },
        [](void* c, cw_str why, std::uint64_t) noexcept { return of(c).heard("dropped " + std::string(view(why))); }};
    return EventSink(&raw);
  }
  static Watched& of(void* c) { return *static_cast<Watched*>(c); }
  cw_status heard(std::string text) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::move(text));
    changed.notify_all();
    return CW_OK;
  }
  bool waits_for(const std::string& start) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), [&] { return count(start) > 0; });
  }
  bool waits_for_cursor() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), [&] { return !cursor.empty(); });
  }
  std::ptrdiff_t count(const std::string& start) const {
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& l) { return l.starts_with(start); });
  }
  std::string ref(const std::string& key) const { return sim.server_id() + '/' + key; }

  plexsim::Simulator& sim;
  FakeHost host{};
  FakeCall call{host};
  http::Client client;
  FixedScope scopes{};
  watch::Watcher watcher{host.host(), client, client, scopes};
  cw_event_sink raw{};
  std::mutex mutex{};
  std::condition_variable changed{};
  std::vector<std::string> lines{};
  std::string cursor{};
  std::future<std::string> thread{};
};

void play_to_the_end(plexsim::Simulator& sim, Watched& w) {
  const std::string film = sim.keys("1", "movie").at(0), other = sim.keys("1", "movie").at(1);
  const std::string user = std::to_string(w.scopes.scope.user_id);
  w.start();
  REQUIRE(w.waits_for_cursor());
  REQUIRE(w.waits_for("link 1"));
  sim.set_playing("friend", other, 1000);
  w.host.clock_ms += 10'000;
  sim.set_playing("owner", film, 1000);
  REQUIRE(w.waits_for("start " + w.ref(film)));
  sim.play("owner", film);
  sim.set_playing("owner", film, 1LL << 40);  // beyond every threshold
  REQUIRE(w.waits_for("progress " + w.ref(film)));
  w.host.clock_ms += 10'000;
  sim.set_playing("owner", film, -1);
  REQUIRE(w.waits_for("watched " + w.ref(film)));
  REQUIRE(w.waits_for("stop " + w.ref(film)));
  CHECK(w.waits_for("dropped user"));
  CHECK(w.stop().empty());
  CHECK(w.count("watched") == 1);
  for (const std::string& line : w.lines) {
    CHECK(line.find(w.ref(other)) == std::string::npos);
    if (line.find("user=") != std::string::npos) CHECK(line.ends_with(" user=" + user));
  }
}

}  // namespace

TEST_CASE("what the owner plays is told over a web socket, and nobody else's") {
  plexsim::Simulator sim;
  Watched w(sim, "owner");
  play_to_the_end(sim, w);
}

TEST_CASE("a proxy that refuses the upgrade leaves server-sent events") {
  plexsim::Simulator sim;
  plexsim::FaultRule refuse;
  refuse.kind = plexsim::FaultKind::status;
  refuse.status = 400;
  refuse.path_contains = "websocket";
  refuse.count = 0;
  sim.add_fault(refuse);
  Watched w(sim, "owner");
  play_to_the_end(sim, w);
  const auto asked = sim.requests();
  CHECK(
      std::any_of(asked.begin(), asked.end(), [](const auto& r) { return r.path == "/:/eventsource/notifications"; }));
}

TEST_CASE("who may not see sessions is told what was watched out of the history") {
  plexsim::Simulator sim;
  Watched w(sim, "friend");
  const std::string film = sim.keys("1", "movie").at(0);
  w.start();
  REQUIRE(w.waits_for_cursor());
  REQUIRE(w.waits_for("link 2"));
  sim.play("friend", film);
  sim.play("owner", sim.keys("1", "movie").at(1));
  sim.set_playing("friend", film, 5000);
  sim.set_playing("friend", film, -1);
  w.host.clock_ms += 12 * 60'000;
  CHECK(w.waits_for("watched " + w.ref(film)));
  CHECK(w.stop().empty());
  CHECK(w.count("start") == 0);
  CHECK(w.count("watched") == 1);
}

TEST_CASE("what was played while nobody watched is read back once") {
  plexsim::Simulator sim;
  const std::string film = sim.keys("1", "movie").at(0);
  std::string cursor;
  {
    Watched w(sim, "owner");
    w.start();
    REQUIRE(w.waits_for_cursor());
    CHECK(w.stop().empty());
    cursor = w.cursor;
  }
  sim.play("owner", film);
  for (int again = 0; again < 2; ++again) {
    Watched w(sim, "owner");
    w.start(cursor);
    REQUIRE(w.waits_for("link 1"));
    CHECK(w.stop().empty());
    CHECK(w.count("watched " + w.ref(film)) == (again == 0 ? 1 : 0));
    if (!w.cursor.empty()) cursor = w.cursor;
  }
}

TEST_CASE("a server that restarts is watched again, and what happened is known") {
  plexsim::Simulator sim;
  const std::string film = sim.keys("1", "movie").at(0);
  Watched w(sim, "owner");
  w.start();
  REQUIRE(w.waits_for("link 1"));
  w.host.clock_ms += 10'000;
  sim.set_playing("owner", film, 1000);
  REQUIRE(w.waits_for("start " + w.ref(film)));
  sim.play("owner", film);
  sim.restart();
  CHECK(w.waits_for("watched " + w.ref(film)));
  CHECK(w.waits_for("stop " + w.ref(film)));
  CHECK(w.stop().empty());
  CHECK(w.count("watched") == 1);
}

TEST_CASE("a line that dies without a word is noticed, and what was played meanwhile is told") {
  plexsim::Simulator sim;
  const std::string film = sim.keys("1", "movie").at(0);
  http::PushTimes times;
  times.ping_ms = 100;
  times.silent_ms = 2000;
  Watched w(sim, "owner", times);
  w.start();
  REQUIRE(w.waits_for("link 1"));
  sim.fall_silent();
  sim.play("owner", film);
  CHECK(w.waits_for("link 3"));
  CHECK(w.waits_for("watched " + w.ref(film)));
  CHECK(w.stop().empty());
  CHECK(w.count("watched") == 1);
}
