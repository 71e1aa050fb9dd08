#include "server/live_news.hpp"

#include <algorithm>

#include "server/message.hpp"
#include "service/live_json.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

constexpr std::int64_t forgotten_ms = 10 * 60 * 1000;  // a player of which nobody tells the end is gone then
constexpr std::size_t max_playing = 200;

// Without a session the item tells two of one user apart.
std::string place_of(const ProfileRef& from, const Event& e) {
  return to_string(from) + '\n' + e.user + '\n' + (e.session.empty() ? e.item.ref : e.session);
}

}  // namespace

void LiveNews::begun() {
  {
    const std::lock_guard lock(mutex_);  // what other routes heard is no news of these
    sources_.clear();
    playing_.clear();
  }
  static_cast<void>(running("running"));
}

void LiveNews::event(const ProfileRef& from, const Event& e) {
  if (e.kind == EventKind::watched || e.kind == EventKind::rated) return;  // what comes of them is a delivery
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = now_();
    std::erase_if(playing_, [&](const auto& p) { return is_gone(p.second, now); });
    const std::string place = place_of(from, e);
    if (e.kind == EventKind::stop) {
      playing_.erase(place);
    } else if (playing_.count(place) != 0 || playing_.size() < max_playing) {
      Playing& p = playing_[place];
      if (p.since == 0 || p.last.item.ref != e.item.ref) p.since = now;  // the next episode is another play
      if (e.kind != EventKind::progress || p.state.empty()) p.state = e.kind == EventKind::pause ? "paused" : "playing";
      p.from = from;
      p.last = e;
      p.told = now;
    }
  }
  tell();
}

void LiveNews::posted(const ProfileRef& from, const Event& e) {
  {
    const std::lock_guard lock(mutex_);
    if (is_live(from)) return;
  }
  event(from, e);
}

bool LiveNews::is_live(const ProfileRef& from) const {
  const auto source = sources_.find(to_string(from));
  const Value* const state = source == sources_.end() ? nullptr : source->second.link.find("state");
  return state && *state == Value("live");
}

// Whoever watches live tells every end; a film that is paused for an hour is still there.
bool LiveNews::is_gone(const Playing& p, std::int64_t now) const {
  return now - p.told > forgotten_ms && !is_live(p.from);
}

void LiveNews::link(const ProfileRef& from, Link state, std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    Source& s = sources_[to_string(from)];
    s.link = object(
        {{"state", std::string(name_of(state))}, {"reason", std::string(reason)}, {"since", iso(now_() / 1000)}});
    s.error = {};
  }
  tell();
}

void LiveNews::dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) {
  const std::lock_guard lock(mutex_);  // not worth a message of its own
  sources_[to_string(from)].dropped[std::string(reason)] += count;
}

void LiveNews::delivered(const Delivery& d) {
  feed_.publish("delivery", delivery_json(d));
}

void LiveNews::failed(const ProfileRef& where, const Error& e) {
  {
    const std::lock_guard lock(mutex_);
    sources_[to_string(where)].error = error_json(e);
    std::erase_if(playing_, [&](const auto& p) { return p.second.from == where; });  // nobody tells their end any more
  }
  tell();
}

bool LiveNews::running(const std::string& state, const Error* why) {
  {
    const std::lock_guard lock(mutex_);
    Value routes = object({{"state", state}});
    if (why) routes["error"] = error_json(*why);
    if (routes == routes_) return false;
    routes_ = std::move(routes);
    if (state != "running") {
      sources_.clear();
      playing_.clear();
    }
  }
  tell();
  return true;
}

Value LiveNews::state() {
  const std::lock_guard lock(mutex_);
  return state_locked();
}

Value LiveNews::state_locked() {
  Value out = routes_;
  out["n"] = told_;
  Value profiles = json::array();
  for (const auto& [name, s] : sources_) {
    Value row = object({{"profile", name}});
    if (!s.link.is_null()) row["link"] = s.link;
    if (!s.error.is_null()) row["error"] = s.error;
    row["dropped"] = object();
    for (const auto& [reason, count] : s.dropped) row["dropped"][reason] = count;
    profiles.push_back(std::move(row));
  }
  out["profiles"] = std::move(profiles);
  Value playing = json::array();
  const std::int64_t now = now_();
  for (const auto& [place, p] : playing_) {
    if (is_gone(p, now)) continue;
    Value row = event_json(p.from, p.last);
    row["event"] = p.state;
    row["since"] = iso(p.since / 1000);
    row["at"] = iso(p.told / 1000);
    playing.push_back(std::move(row));
  }
  out["playing"] = std::move(playing);
  return out;
}

void LiveNews::tell() {
  Value now;
  {
    const std::lock_guard lock(mutex_);
    told_ = std::max<std::int64_t>(told_ + 1, now_());
    now = state_locked();
  }
  feed_.publish("live", now);
}

}  // namespace crosswatch::host::server
