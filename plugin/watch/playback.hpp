// What a user plays, put together from notifications, session lists and the play history. Pure: everything comes in
// with a time, what has to be asked for goes out as wants(), and what happened as Output. No I/O, no clock.
//
// Notifications say how far a session is and never whose it is; the list of sessions says whose. Whether a play counts
// as watched is the server's decision alone: it writes a row into the history, and only such a row becomes a "watched"
// event. So what is seen live and what is read back after a gap cannot disagree. To a user from whom the server keeps
// the history, it still shows how often that user has watched a title: where that has grown while the title was played,
// whoever played it, it is a play of that user.
#pragma once

#include <crosswatch/watcher.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "watch/heard.hpp"
#include "watch/play_counts.hpp"
#include "watch/plays_told.hpp"

namespace crosswatch::plex::watch {

struct Wants {
  bool sessions = false;
  bool history = false;
  std::vector<std::string> items{};  // rating keys
};

struct Output {
  std::vector<Event> events{};
  std::map<std::string, std::uint64_t> dropped{};
  std::optional<std::string> cursor{};  // holds once the events are told
};

class Playback {
public:
  // The cursor of the watch before, or nothing; `whose`: identity of user and server.
  Playback(Rules rules, std::string whose, std::string_view cursor);

  // The link is up (again): sessions and history are wanted. Without sessions only history is; without notifications
  // it is asked more often.
  void connected(std::int64_t now_ms, bool sessions_visible, bool notified = true);
  void notice(const Notice& notice, std::int64_t now_ms);
  void sessions(const std::vector<Seen>& list, std::int64_t now_ms);
  void sessions_refused();  // until connected() says otherwise
  bool sees_sessions() const noexcept { return sessions_visible_; }
  // The rows from history_since() on, all of them. `begin`: the answer to the first question ever.
  void history(std::vector<HistoryRow> rows, std::int64_t now_ms);
  // It is not shown to this user; it is asked for again when there is a reason to, and after hours.
  void history_refused(std::int64_t now_ms);
  // What came of wants().items: those that are missing in `facts` do not exist (any more).
  void items(const std::vector<std::string>& asked, const std::map<std::string, Fact>& facts, std::int64_t now_ms);
  // What the same answer said of them as counts; after items().
  void counts(const std::map<std::string, Count>& counts, std::int64_t now_ms);

  Wants wants(std::int64_t now_ms);
  std::int64_t due_ms() const;  // when wants() will next want something
  std::int64_t history_since() const { return told_known_ ? told_.since() : 0; }
  bool first_time() const noexcept { return !told_known_; }
  Output take() { return std::exchange(out_, {}); }

private:
  enum class Whose { unknown, ours, dropped };
  struct Session {
    std::string item{};
    std::string player{};  // as notifications name it
    Whose whose = Whose::unknown;
    bool told = false;  // its start was
    bool playing = true, told_playing = true, over = false, crossed = false;
    unsigned asked = 0;  // lists in which it was missing, or its silence was looked into
    std::int64_t position_ms = -1, length_ms = -1;
    std::int64_t heard_ms = 0;
    void hear(std::string_view state) {  // buffering and errors change nothing
      if (state == "playing" || state == "paused") playing = state == "playing";
    }
  };

  void judge(Session& session, const Seen& row);
  void move(const std::string& key, Session& session, std::int64_t position_ms, std::int64_t now_ms);
  void tell(const std::string& key, Session& session, std::int64_t now_ms);
  void look_for_row(Session& session, std::int64_t now_ms);
  void end(const std::string& key, Session& session, std::int64_t now_ms);
  void emit(EventKind kind, const std::string& key, const Session& session, std::int64_t now_ms);
  const char* reason_to_drop_play(const HistoryRow& row) const;
  void settle_plays();
  void tell_play(const HistoryRow& row, const Fact& item);
  void drop(const char* reason) { ++out_.dropped[reason]; }
  void look_at_history(std::int64_t at_ms) { history_at_ = std::min(history_at_, at_ms); }
  void look_at_sessions(std::int64_t at_ms) { sessions_at_ = std::min(sessions_at_, at_ms); }
  const Fact* fact(const std::string& item) const;

  Rules rules_;
  PlaysTold told_;
  bool told_known_;
  bool sessions_visible_ = true, history_refused_ = false;
  bool live_ = true;  // what happens is told as it happens
  std::map<std::string, Session> sessions_{};
  PlayCounts counted_{};                   // asked where the history is refused
  std::vector<HistoryRow> plays_{};        // fresh, in order, some waiting for their facts
  std::map<std::string, Fact> facts_{};    // by rating key
  std::set<std::string> wanted_{};         // rating keys
  std::set<std::string> missing_{};        // rating keys that the server does not know
  std::int64_t sessions_at_, history_at_;  // when to ask
  std::int64_t sessions_asked_ = 0;
  std::map<std::string, unsigned> expected_{};  // rating keys that should get a row -> looks in vain
  Output out_{};
};

}  // namespace crosswatch::plex::watch
