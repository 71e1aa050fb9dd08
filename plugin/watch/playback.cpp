#include "watch/playback.hpp"

#include <algorithm>
#include <limits>

namespace crosswatch::plex::watch {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t second = 1000, minute = 60 * second;
constexpr std::int64_t between_lists = 3 * second;    // of sessions, at least
constexpr std::int64_t row_delay = 3 * second;        // until the server has written the row of a play
constexpr std::int64_t silence_playing = minute;      // players report every ten seconds
constexpr std::int64_t silence_paused = 10 * minute;  // and some not at all while they are paused
constexpr std::int64_t idle_live = 30 * minute, idle_polling = 12 * minute;
constexpr unsigned most_lists = 3, most_looks = 3;
constexpr std::size_t most_wanted = 100;  // items of plays at once: one request
constexpr std::size_t most_facts = 200;

}  // namespace

Playback::Playback(Rules rules, std::string whose, std::string_view cursor)
    : rules_(std::move(rules)),
      told_(std::move(whose)),
      told_known_(told_.read(cursor)),
      sessions_at_(never),
      history_at_(never) {}

void Playback::connected(std::int64_t now_ms, bool sessions_visible, bool notified) {
  sessions_visible_ = sessions_visible;
  live_ = sessions_visible && notified;
  sessions_at_ = now_ms;
  if (!sessions_visible) sessions_refused();
  counted_.look_again(now_ms);
  look_at_history(now_ms);
}

void Playback::sessions_refused() {
  sessions_visible_ = live_ = false;
  sessions_at_ = never;
  sessions_.clear();
}

void Playback::history_refused(std::int64_t now_ms) {
  history_at_ = now_ms + 4 * 60 * minute;
  history_refused_ = true;
}

void Playback::notice(const Notice& n, std::int64_t now_ms) {
  const bool over = n.state == "stopped";
  if (!sessions_visible_) {
    // Whose it is cannot be proven, but it says when a look at what is the user's own is worth it.
    if (!rules_.own_player.empty() && n.player == rules_.own_player) return;
    if (history_refused_)
      counted_.notice(n, now_ms);
    else if (over)
      look_at_history(now_ms + row_delay);
    return;
  }
  const auto differs = [](const std::string& is, const std::string& was) {
    return !is.empty() && !was.empty() && is != was;
  };
  auto at = sessions_.find(n.session);
  if (at != sessions_.end() && (differs(n.item, at->second.item) || differs(n.player, at->second.player))) {
    end(at->first, at->second, now_ms);
    sessions_.erase(at);
    at = sessions_.end();
  }
  if (at == sessions_.end()) {
    if (n.session.empty() || n.item.empty()) return;
    at = sessions_.emplace(n.session, Session{}).first;
    at->second.item = n.item;
  }
  Session& session = at->second;
  session.heard_ms = now_ms;
  if (!n.player.empty()) session.player = n.player;
  session.hear(n.state);
  if (over) {
    // A player that stops often reports no position any more.
    if (n.position_ms > 0) session.position_ms = n.position_ms;
    look_for_row(session, now_ms);
    end(n.session, session, now_ms);
    sessions_.erase(n.session);
    return;
  }
  move(n.session, session, n.position_ms, now_ms);
  if (session.whose == Whose::unknown) look_at_sessions(std::max(now_ms, sessions_asked_ + between_lists));
}

// The user's own count of a title has grown while it was played: that was this user.
void Playback::counts(const std::map<std::string, Count>& counts, std::int64_t now_ms) {
  for (const PlayCounts::Grown& grown : counted_.counts(counts)) {
    const Fact* const item = fact(grown.item);
    if (!item || !is_video(name_of(item->kind))) continue;
    if (!rules_.library(item->library_id)) {
      drop("library");
      continue;
    }
    const std::int64_t at = grown.at != time_unknown ? grown.at : now_ms / 1000;
    if (rules_.marked(grown.item, at)) {
      drop("own");
      continue;
    }
    tell_play({0, grown.item, {}, {}, 0, at}, *item);
    out_.events.back().session = grown.session;
  }
}

void Playback::sessions(const std::vector<Seen>& list, std::int64_t now_ms) {
  std::set<std::string> listed;
  for (const Seen& row : list) {
    if (row.session.empty() || row.item.empty()) continue;
    listed.insert(row.session);
    auto at = sessions_.find(row.session);
    if (at != sessions_.end() && at->second.item != row.item) {
      end(at->first, at->second, now_ms);
      sessions_.erase(at);
      at = sessions_.end();
    }
    if (at == sessions_.end()) {
      at = sessions_.emplace(row.session, Session{}).first;
      at->second.item = row.item;
    }
    Session& session = at->second;
    session.hear(row.state);
    const bool known = session.whose == Whose::ours;
    judge(session, row);
    if (known && session.whose != Whose::ours) {  // the server counts its sessions anew, and the number is another's
      session.whose = Whose::ours;
      end(row.session, session, now_ms);
      session = Session{};
      session.item = row.item;
      judge(session, row);
    }
    session.heard_ms = now_ms;
    session.asked = 0;
    if (session.position_ms < 0 || row.position_ms > session.position_ms) session.position_ms = row.position_ms;
    move(row.session, session, session.position_ms, now_ms);
  }
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    Session& session = at->second;
    const bool may_be_new = session.whose == Whose::unknown && ++session.asked < most_lists;
    if (listed.contains(at->first)) {
      ++at;
    } else if (may_be_new) {
      look_at_sessions(now_ms + 2 * between_lists);
      ++at;
    } else {
      end(at->first, session, now_ms);
      at = sessions_.erase(at);
    }
  }
}

void Playback::judge(Session& session, const Seen& row) {
  const bool again = session.whose != Whose::unknown;
  const char* const why = reason_to_drop(rules_, row);
  session.whose = why ? Whose::dropped : Whose::ours;
  session.length_ms = row.length_ms;
  if (why && !again) drop(why);
}

// The latest position of a session, and what follows from it.
void Playback::move(const std::string& key, Session& session, std::int64_t position_ms, std::int64_t now_ms) {
  const std::int64_t before = session.position_ms;
  if (position_ms >= 0) session.position_ms = position_ms;
  if (session.whose != Whose::ours) return;
  if (session.told && session.playing == session.told_playing && session.playing && session.position_ms != before)
    emit(EventKind::progress, key, session, now_ms);
  tell(key, session, now_ms);
  look_for_row(session, now_ms);
}

// A play that has gone far enough should have left a row in the history.
void Playback::look_for_row(Session& session, std::int64_t now_ms) {
  if (session.whose != Whose::ours) return;
  const bool above = session.length_ms > 0 && session.position_ms * 100 >= session.length_ms * rules_.watched_percent;
  if (above && !session.crossed) {
    expected_[session.item] = 0;
    look_at_history(now_ms + row_delay);
  }
  session.crossed = above;
}

// Whether it has begun, was paused or goes on; as soon as the item is known.
void Playback::tell(const std::string& key, Session& session, std::int64_t now_ms) {
  if (session.whose != Whose::ours) return;
  if (!fact(session.item)) {
    wanted_.insert(session.item);
    return;
  }
  if (!session.told) {
    session.told = session.told_playing = true;
    emit(EventKind::start, key, session, now_ms);
  }
  if (session.playing == session.told_playing) return;
  session.told_playing = session.playing;
  emit(session.playing ? EventKind::start : EventKind::pause, key, session, now_ms);
}

void Playback::end(const std::string& key, Session& session, std::int64_t now_ms) {
  if (session.whose == Whose::unknown) drop("unattributed");
  if (session.told) emit(EventKind::stop, key, session, now_ms);
  if (session.whose != Whose::dropped) look_at_history(now_ms + row_delay);
}

void Playback::emit(EventKind kind, const std::string& key, const Session& session, std::int64_t now_ms) {
  Event event;
  event.kind = kind;
  event.item = *fact(session.item);
  const std::int64_t length = session.length_ms > 0 ? session.length_ms : event.item.value.duration_ms;
  event.item.value = {now_ms / 1000, session.position_ms, length, -1, 0};
  event.user = rules_.user;
  event.session = key;
  out_.events.push_back(std::move(event));
}

void Playback::history(std::vector<HistoryRow> rows, std::int64_t now_ms) {
  history_at_ = now_ms + (live_ ? idle_live : idle_polling);
  history_refused_ = false;
  counted_ = {};
  std::sort(rows.begin(), rows.end(), [](const HistoryRow& a, const HistoryRow& b) {
    return std::pair(a.number, a.at) < std::pair(b.number, b.at);
  });
  if (!told_known_) {
    told_known_ = true;
    std::int64_t at = now_ms / 1000;
    for (const HistoryRow& row : rows) at = std::max(at, row.at);  // the server's clock may be ahead of ours
    told_.begin(rows.empty() ? 0 : rows.back().number, at);
    out_.cursor = told_.text();
    return;
  }
  for (HistoryRow& row : rows) {
    const bool waits = std::any_of(plays_.begin(), plays_.end(), [&](const HistoryRow& p) {
      return p.number == row.number && p.item == row.item && p.at == row.at;
    });
    if (waits || !told_.fresh(row)) continue;
    expected_.erase(row.item);
    plays_.push_back(std::move(row));
  }
  for (auto at = expected_.begin(); at != expected_.end();) {
    if (++at->second < most_looks) {
      look_at_history(now_ms + (at->second == 1 ? minute : 5 * minute));
      ++at;
    } else {
      at = expected_.erase(at);
    }
  }
  settle_plays();
}

void Playback::items(const std::vector<std::string>& asked, const std::map<std::string, Fact>& facts,
                     std::int64_t now_ms) {
  if (facts_.size() + facts.size() > most_facts)
    std::erase_if(facts_, [&](const auto& known) {
      return std::none_of(sessions_.begin(), sessions_.end(),
                          [&](const auto& open) { return open.second.item == known.first; });
    });
  for (const std::string& key : asked) {
    wanted_.erase(key);
    const auto found = facts.find(key);
    if (found != facts.end()) {
      facts_[key] = found->second;
    } else {
      missing_.insert(key);
      counted_.leave_out(key);
    }
  }
  settle_plays();
  missing_.clear();
  for (auto& [key, session] : sessions_) {
    if (session.whose != Whose::ours || std::find(asked.begin(), asked.end(), session.item) == asked.end()) continue;
    if (fact(session.item)) {
      move(key, session, -1, now_ms);
    } else {
      session.whose = Whose::dropped;
      drop("no_item");
    }
  }
}

// Why a row of the history is left out, as far as it says that itself; null: it is told.
const char* Playback::reason_to_drop_play(const HistoryRow& row) const {
  if (row.account == 0) return "unattributed";
  if (!rules_.accounts.contains(row.account)) return "user";
  if (!is_video(row.type)) return row.type == "track" ? "music" : row.type == "clip" ? "trailer" : "type";
  if (!rules_.library(row.library)) return "library";
  if (row.item.empty() || missing_.contains(row.item)) return "no_item";
  return rules_.marked(row.item, row.at) ? "own" : nullptr;
}

// Tells the plays in the order of their rows; one whose item is not known yet holds up those behind it.
void Playback::settle_plays() {
  auto next = plays_.begin();
  for (; next != plays_.end(); ++next) {
    const char* why = reason_to_drop_play(*next);
    const Fact* const item = why ? nullptr : fact(next->item);
    if (!why && !item) break;
    if (!why && told_.twice(*next, item->value.duration_ms)) why = "twice";
    if (why)
      drop(why);
    else
      tell_play(*next, *item);
    told_.settle(*next, !why);
  }
  if (next != plays_.begin()) out_.cursor = told_.text();
  plays_.erase(plays_.begin(), next);
  for (auto row = plays_.begin(); row != plays_.end() && wanted_.size() < most_wanted; ++row)
    if (!fact(row->item) && !reason_to_drop_play(*row)) wanted_.insert(row->item);
}

void Playback::tell_play(const HistoryRow& row, const Fact& item) {
  Event event;
  event.kind = EventKind::watched;
  event.item = item;
  event.item.value = {row.at, -1, item.value.duration_ms, -1, 1};
  event.user = rules_.user;
  for (const auto& [key, session] : sessions_)
    if (session.item == row.item && session.whose == Whose::ours) event.session = key;
  event.id = play_id(rules_, row);
  out_.events.push_back(std::move(event));
}

const Fact* Playback::fact(const std::string& item) const {
  const auto at = facts_.find(item);
  return at == facts_.end() ? nullptr : &at->second;
}

std::int64_t Playback::due_ms() const {
  if (!wanted_.empty()) return 0;
  std::int64_t due = std::min(sessions_at_, history_at_);
  for (const auto& [key, session] : sessions_)
    due = std::min(due, session.heard_ms + (session.playing ? silence_playing : silence_paused));
  return std::min(due, counted_.due_ms());
}

Wants Playback::wants(std::int64_t now_ms) {
  Wants wants;
  for (const auto& [key, session] : sessions_)
    if (session.heard_ms + (session.playing ? silence_playing : silence_paused) <= now_ms) look_at_sessions(now_ms);
  if (now_ms >= sessions_at_) {
    wants.sessions = true;
    sessions_at_ = never;
    sessions_asked_ = now_ms;
  }
  if (now_ms >= history_at_) {
    wants.history = true;
    history_at_ = never;
  }
  for (const std::string& item : counted_.due(now_ms)) wanted_.insert(item);
  wants.items.assign(wanted_.begin(), wanted_.end());
  return wants;
}

}  // namespace crosswatch::plex::watch
