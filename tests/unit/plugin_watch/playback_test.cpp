// Single things that happen in front of a server.
#include "watch/playback.hpp"

#include <doctest/doctest.h>

namespace {

using namespace crosswatch;
using namespace crosswatch::plex::watch;

constexpr std::int64_t start = 1'700'000'000'000, second = 1000, minute = 60 * second, length = 7'200'000;

struct Evening {
  Evening() : playback(rules(), "me", cursor_of_first_watch()) { connect(); }
  static Rules rules() {
    Rules r;
    r.user = "42";
    r.accounts = {1, 42};
    r.own_player = "crosswatch";
    r.ref_prefix = "m/";
    r.library = [](std::string_view l) { return l == "1"; };
    return r;
  }
  static std::string cursor_of_first_watch() {
    Playback first(rules(), "me", "");
    first.connected(start, true);
    first.history({}, start);
    return first.take().cursor.value();
  }
  void connect() {
    playback.connected(now, true);
    serve();
  }
  static Seen row(const std::string& session, const std::string& item, std::int64_t user, std::int64_t position = 0) {
    Seen s;
    s.session = session;
    s.item = item;
    s.type = "movie";
    s.library = "1";
    s.user = user;
    s.position_ms = position;
    s.length_ms = length;
    return s;
  }
  void hear(const std::string& session, const std::string& item, const std::string& state, std::int64_t position) {
    playback.notice({session, item, state, position, {}}, now);
    wait(4 * second);
  }
  void wait(std::int64_t ms) {
    for (const std::int64_t end = now + ms; now < end;) {
      now = std::clamp(playback.due_ms(), now + 1, end);
      serve();
    }
  }
  void serve() {
    while (playback.due_ms() <= now) {
      const Wants w = playback.wants(now);
      if (w.sessions) ++requests, playback.sessions(sessions, now);
      if (w.history) ++requests, playback.history(rows, now);
      if (!w.items.empty()) {
        ++requests;
        std::map<std::string, Fact> facts;
        for (const std::string& key : w.items)
          if (key != "gone") facts[key].ref = "m/" + key;
        playback.items(w.items, facts, now);
      }
    }
    Output out = playback.take();
    for (const Event& e : out.events) {
      if (!e.id.empty()) ids.insert(e.id);
      told.push_back(std::string(name_of(e.kind)) + ' ' + e.item.ref + ' ' + std::to_string(e.item.value.progress_ms));
    }
    for (const auto& [why, n] : out.dropped) dropped[why] += n;
  }

  std::int64_t now = start;
  std::vector<Seen> sessions{};
  std::vector<HistoryRow> rows{};
  std::vector<std::string> told{};
  std::set<std::string> ids{};
  std::map<std::string, std::uint64_t> dropped{};
  int requests = 0;
  Playback playback;
};
using Told = std::vector<std::string>;

std::string lines(const Told& told) {
  std::string out;
  for (const std::string& line : told) out += line + "; ";
  return out;
}

}  // namespace

TEST_CASE("a session is told from its start to its stop, and what the server counts is watched") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.hear("1", "5", "playing", 0);
  e.hear("1", "5", "paused", 10'000);
  e.hear("1", "5", "playing", 10'000);
  e.rows = {{9, "5", "movie", "1", 1, start / 1000 + 12}};
  e.hear("1", "5", "playing", 6'600'000);
  e.sessions.clear();
  e.hear("1", "5", "stopped", 0);  // players often stop at nothing
  CHECK(lines(e.told) == lines(Told{"start m/5 0", "pause m/5 10000", "start m/5 10000", "progress m/5 6600000",
                                    "watched m/5 -1", "stop m/5 6600000"}));
}

TEST_CASE("a session whose user the server does not name is left out and counted") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 0)};
  e.hear("1", "5", "playing", 0);
  e.hear("1", "5", "playing", 7'000'000);
  CHECK(e.told.empty());
  CHECK(e.dropped["unattributed"] == 1);
}

TEST_CASE("the next title in the same session is never mixed up with the one before") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.hear("1", "5", "playing", 3'000'000);
  e.sessions = {Evening::row("1", "6", 1)};
  e.hear("1", "6", "playing", 0);
  e.wait(5 * second);
  CHECK(lines(e.told) == lines(Told{"start m/5 3000000", "stop m/5 3000000", "start m/6 0"}));
}

TEST_CASE("a session that vanishes is closed at its last position") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.hear("1", "5", "playing", 1'000'000);
  e.sessions.clear();
  e.wait(61 * second);
  CHECK(lines(e.told) == lines(Told{"start m/5 1000000", "stop m/5 1000000"}));
}

TEST_CASE("after a restart of the server a number that is another's now tells nothing of that other") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.hear("1", "5", "playing", 1'000'000);
  e.sessions = {Evening::row("1", "5", 77)};
  e.connect();
  e.hear("1", "5", "playing", 2'000'000);
  CHECK(lines(e.told) == lines(Told{"start m/5 1000000", "stop m/5 1000000"}));
  CHECK(e.dropped["user"] == 1);
}

TEST_CASE("a session that goes on under its number on another player is another session, whose user must be proven") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.playback.notice({"1", "5", "playing", 1'000'000, "tv"}, e.now);
  e.wait(4 * second);
  e.sessions = {Evening::row("1", "5", 77)};
  e.playback.notice({"1", "5", "playing", 1'010'000, "phone"}, e.now);
  e.wait(4 * second);
  e.playback.notice({"1", "5", "stopped", 1'020'000, "phone"}, e.now);
  e.wait(4 * second);
  CHECK(lines(e.told) == lines(Told{"start m/5 1000000", "stop m/5 1000000"}));
  CHECK(e.dropped["user"] == 1);
}

TEST_CASE(
    "a pause that was not heard is told when the list of sessions shows it, and is not asked about every minute") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1, 1'000'000)};
  e.hear("1", "5", "playing", 1'000'000);
  e.sessions[0].state = "paused";
  e.connect();
  e.requests = 0;
  e.wait(60 * minute);
  CHECK(e.requests <= 9);
  e.sessions[0].state = "playing";
  e.hear("1", "5", "playing", 1'010'000);
  CHECK(lines(e.told) == lines(Told{"start m/5 1000000", "pause m/5 1000000", "start m/5 1010000"}));
}

TEST_CASE("a server whose database was restored counts from an older number on, and what is played then is told") {
  Evening e;
  e.rows = {{100, "5", "movie", "1", 1, start / second + 60}};
  e.now += 2 * minute;
  e.connect();
  e.rows = {{40, "6", "movie", "1", 1, start / second + 7200}, {100, "5", "movie", "1", 1, start / second + 60}};
  e.now += 3 * 60 * minute;
  e.connect();
  e.rows = {{100, "7", "movie", "1", 1, start / second + 20'000}};
  e.now += 4 * 60 * minute;
  e.connect();
  CHECK(lines(e.told) == lines(Told{"watched m/5 -1", "watched m/6 -1", "watched m/7 -1"}));
  CHECK(e.ids.size() == 3);
}

TEST_CASE("what was watched before the first watch is not told because the server's clock is ahead") {
  Playback first(Evening::rules(), "me", "");
  first.connected(start, true);
  const std::vector<HistoryRow> rows{{7, "5", "movie", "1", 1, start / second + 600}};
  first.history(rows, start);
  first.history(rows, start + 60 * minute);
  CHECK(first.take().events.empty());
  CHECK(first.wants(start + 60 * minute).items.empty());
}

TEST_CASE("half of a title that was watched before is not watched again") {
  Evening e;
  e.sessions = {Evening::row("1", "5", 1)};
  e.hear("1", "5", "playing", 0);
  e.hear("1", "5", "stopped", length / 2);
  e.wait(600 * second);
  CHECK(lines(e.told) == lines(Told{"start m/5 0", "stop m/5 3600000"}));
}

TEST_CASE("what is no movie or episode of a wanted library is left out and counted by reason") {
  Evening e;
  Seen live = Evening::row("1", "5", 1), music = live, trailer = live, other = live, own = live;
  live.live = true;
  music.type = "track";
  trailer.type = "clip";
  other.library = "3";
  own.player = "crosswatch";
  e.sessions = {live, music, trailer, other, own};
  for (std::size_t i = 0; i < e.sessions.size(); ++i) e.sessions[i].session = std::to_string(i);
  e.connect();
  CHECK(e.told.empty());
  CHECK(e.dropped ==
        std::map<std::string, std::uint64_t>{{"library", 1}, {"live", 1}, {"music", 1}, {"own", 1}, {"trailer", 1}});
}

TEST_CASE("sessions of which nobody says whose they are tell nothing as long as the user's own counts stay") {
  Evening e;
  e.playback.connected(e.now, false);
  static_cast<void>(e.playback.wants(e.now));
  e.playback.history_refused(e.now);
  const auto answer = [&](const std::string& item, std::int64_t plays) {
    const Wants w = e.playback.wants(e.now);
    REQUIRE(w.items == Told{item});
    Fact film;
    film.kind = Kind::movie;
    film.library_id = "1";
    e.playback.items(w.items, {{item, film}}, e.now);
    e.playback.counts({{item, {plays, start / second}}}, e.now);
    Output out = e.playback.take();
    return out.events.size();
  };
  for (const std::int64_t after : {3, 2, 4}) {
    e.playback.notice({"1", "100", "playing", 0, {}}, e.now);
    CHECK(answer("100", 3) == 0);
    e.playback.notice({"1", "100", "stopped", length, {}}, e.now);
    e.now = e.playback.due_ms();
    CHECK(answer("100", after) == (after == 4 ? 1 : 0));
  }
  // Music is asked about once, however long it plays.
  for (int reports = 0; reports < 100; ++reports) {
    e.playback.notice({"3", "300", "playing", 0, {}}, e.now);
    const Wants w = e.playback.wants(e.now);
    CHECK(w.items.size() == (reports == 0 ? 1 : 0));
    e.playback.items(w.items, {}, e.now);
    e.playback.counts({}, e.now);
    e.now += 10 * second;
  }
  // Only its end was heard: how often it was watched before is not known.
  e.playback.notice({"2", "200", "stopped", length, {}}, e.now);
  CHECK(e.playback.due_ms() > e.now + minute);
}

TEST_CASE("many plays that are read back are told in their order, and their items asked for by the hundred") {
  Evening e;
  Told wanted;
  for (int i = 0; i < 450; ++i) {
    e.rows.push_back(
        {static_cast<std::uint64_t>(i + 1), std::to_string(1000 + i), "movie", "1", 1, start / second + i});
    wanted.push_back("watched m/" + std::to_string(1000 + i) + " -1");
  }
  e.requests = 0;
  e.now += 24 * 60 * minute;
  e.connect();
  CHECK(lines(e.told) == lines(wanted));
  CHECK(e.requests <= 7);  // two lists, and the items
}

TEST_CASE("one minute of one session costs at most four requests, and an idle hour at most five") {
  Evening e;
  e.requests = 0;
  e.wait(3600 * second);
  CHECK(e.requests <= 5);
  e.requests = 0;
  e.sessions = {Evening::row("1", "5", 1, 6'450'000)};
  for (int i = 0; i < 6; ++i) {
    e.hear("1", "5", "playing", 6'450'000 + i * 10'000);
    e.wait(6 * second);
  }
  CHECK(e.requests <= 4);
}
