#include "watch/watcher.hpp"

#include <algorithm>

#include "account/account.hpp"
#include "watch/rules.hpp"

namespace crosswatch::plex::watch {
namespace {

constexpr std::uint32_t most_wait_ms = 30'000;
constexpr std::uint32_t knock_ms = 45'000;            // between looks whether a server is back
constexpr std::int64_t sought_ms = 172'800'000;       // how long plex.tv is asked at each look where it may be
constexpr std::int64_t without_push_ms = 14'400'000;  // until another attempt to be told
constexpr std::int64_t steady_ms = 60'000;            // a link that lasted so long was no mere attempt
constexpr unsigned most_failures = 3;                 // of one way to be told, one after the other

// Errors that pass by themselves. The others need a person.
bool passes(const Error& e) {
  return e.status == CW_UNREACHABLE || e.status == CW_THROTTLED || e.status == CW_PROTOCOL;
}

// Up to a fifth, from the clock: nobody depends on its being random.
double share_of(std::int64_t now_ms) {
  return static_cast<double>(now_ms % 997) / 997.0;
}

// A way on which the server may tell what happens.
struct Way {
  const char* path;
  std::unique_ptr<http::Push> (http::PushSource::*open)(const Call& call, const http::Request& request);
  unsigned failures = 0;
  std::int64_t closed_until = 0;
};

}  // namespace

struct Watcher::Run {
  Watcher& self;
  const Call& call;
  const Scope& scope;
  std::string cursor;
  EventSink& sink;
  Backoff backoff{};
  std::optional<Link> link{};
  std::string link_reason{}, identity{};
  std::optional<std::int64_t> up_since{};
  std::int64_t lost_since = 0;
  Way ways[2]{{"/:/websockets/notifications", &http::PushSource::web_socket},
              {"/:/eventsource/notifications", &http::PushSource::events}};
  Way* way = nullptr;  // the one that is open
  bool history_refused = false;
  std::optional<Playback> playback{};
  std::optional<FactReader> facts{};
  std::map<std::string, std::string> show_of{};  // rating keys

  std::int64_t now() const { return self.host_.now_ms(); }

  void say(Link state, const std::string& reason) {
    if (link == state && (state == Link::lost || link_reason == reason)) return;
    if (state == Link::lost) lost_since = now();
    link = state;
    link_reason = reason;
    sink.link(state, reason);
  }

  void tell() {
    Output out = playback->take();
    for (const Event& e : out.events) sink.event(e);
    for (const auto& [why, count] : out.dropped) sink.dropped(why, count);
    if (!out.cursor) return;
    cursor = *out.cursor;
    sink.cursor(cursor);
  }

  void begin(const UserScope& user, const feature::Source& source);
  bool read_sessions(const feature::Source& source);
  std::unique_ptr<http::Push> open_push(const UserScope& user, const feature::Source& source, std::string& why);
  bool is_closed(Way& one, const Error& e, const feature::Source& source) const;
  void expect_token(const feature::Source& source) const;
  void serve(const UserScope& user, const feature::Source& source);
  void read_history(const UserScope& user, const feature::Source& source);
  void ask_for_history(const UserScope& user, const feature::Source& source);
  void read_items(const feature::Source& source, const std::vector<std::string>& keys);
  void connected(const UserScope& user);
  void hear(http::Push* push, std::uint32_t limit_ms);
  bool knock();
  void pause(std::uint32_t asked_ms);
};

// Who is watched, and by which rules; kept as long as it stays the same user and server.
void Watcher::Run::begin(const UserScope& user, const feature::Source& source) {
  if (playback && identity == user.identity()) return;
  identity = user.identity();
  Rules rules = make_rules(call, self.host_, user, source, scope);
  if (user.server.owner) {
    std::string body;
    if (source.ask(call, "/:/prefs/get", {{"id", "LibraryVideoPlayedThreshold"}}, body).ok())
      rules.watched_percent = read_threshold(body);
  }
  facts.emplace(rules.ref_prefix);
  show_of.clear();
  playback.emplace(std::move(rules), identity, cursor);
}

// Whose sessions they are is shown to the owner of a server alone. False: not even to this one.
bool Watcher::Run::read_sessions(const feature::Source& source) {
  std::string body;
  const http::Response response = source.ask(call, "/status/sessions", {}, body);
  if (response.status == 403) return false;
  source.expect_success(response, body, "The list of sessions");
  std::vector<Seen> seen;
  for (SessionRow& row : watch::read_sessions(body)) {
    if (!row.show.empty()) show_of[row.seen.item] = row.show;
    seen.push_back(std::move(row.seen));
  }
  playback->sessions(seen, now());
  return true;
}

// Throws when the server takes the user's token for nothing, and not only not for this or that.
void Watcher::Run::expect_token(const feature::Source& source) const {
  std::string body;
  source.get(call, "/library/sections", {}, body, "The list of libraries");
}

// Whether only this way to be told is closed, while the server itself is well: what is not refused may pass, as when it
// starts, but a proxy that never manages an upgrade, or drops it, would fail for ever.
bool Watcher::Run::is_closed(Way& one, const Error& e, const feature::Source& source) const {
  if (e.status == CW_UNSUPPORTED) return true;
  const bool login = e.http_status == 401;  // for the user's token, or for a proxy that wants one of its own
  if (!login && (!passes(e) || e.status == CW_THROTTLED)) return false;
  expect_token(source);
  return login || ++one.failures >= most_failures;
}

std::unique_ptr<http::Push> Watcher::Run::open_push(const UserScope& user, const feature::Source& source,
                                                    std::string& why) {
  http::Request request;
  request.base_url = user.server.base_url;
  request.query = {{"filters", "playing"}};
  request.token = user.server.token.text();
  for (Way& one : ways) {
    if (now() < one.closed_until) {
      why = "what " + source.name() + " tells does not arrive";
      continue;
    }
    request.path = one.path;
    try {
      auto push = (self.push_.*one.open)(call, request);
      way = &one;
      why.clear();
      return push;
    } catch (const Error& e) {
      if (!is_closed(one, e, source)) throw;
      why = e.what();
    }
  }
  return nullptr;
}

void Watcher::Run::ask_for_history(const UserScope& user, const feature::Source& source) {
  history_refused = false;
  try {
    read_history(user, source);
  } catch (const Error& e) {
    // Some servers keep it from users of a Plex Home, who are themselves all the same.
    if (user.server.owner || (e.http_status != 401 && e.http_status != 403)) throw;
    expect_token(source);
    history_refused = true;
    playback->history_refused(now());
  }
}

void Watcher::Run::read_history(const UserScope& user, const feature::Source& source) {
  HistoryRows rows;
  wire::Arena arena;
  feature::List list{"/status/sessions/history/all",
                     {{"sort", "viewedAt:desc"}, {"accountID", std::to_string(user.server.account_id)}},
                     "The play history"};
  if (playback->first_time()) {
    // Only where to begin; all there is was watched before.
    std::string body;
    const feature::Window newest{0, 20};
    source.get(call, list.path, list.query, body, list.what, &newest);
    wire::parse_rows(body, arena, list.what, rows);
  } else {
    list.query.emplace_back("viewedAt>", std::to_string(playback->history_since()));
    const feature::ListEnd end = feature::read_list(call, source, list, arena, rows);
    // It grew while it was read: what is missing has a higher number than what is there, or is asked for again.
    if (!end.complete())
      throw Error(CW_PROTOCOL, "incomplete_history", "The play history was not read to its end: " + end.defect);
  }
  show_of.insert(rows.shows.begin(), rows.shows.end());
  playback->history(std::move(rows.rows), now());
}

void Watcher::Run::read_items(const feature::Source& source, const std::vector<std::string>& keys) {
  std::vector<std::string_view> asked(keys.begin(), keys.end());
  for (const std::string& key : keys)
    if (const auto show = show_of.find(key); show != show_of.end() && !facts->knows_show(show->second))
      asked.push_back(show->second);
  std::sort(asked.begin(), asked.end());
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  facts->forget_items();
  unsigned budget = static_cast<unsigned>(asked.size() / 100 + 20);
  feature::ask_for_rows(call, source, asked, budget, *facts);
  if (show_of.size() > 2000) show_of.clear();
  for (const std::string& key : keys)
    if (const std::string show = facts->show_of(key); !show.empty()) show_of.emplace(key, show);
  playback->items(keys, facts->facts(), now());
  playback->counts(facts->counts(), now());
}

// Asks for what is wanted now, and tells what follows.
void Watcher::Run::serve(const UserScope& user, const feature::Source& source) {
  while (playback->due_ms() <= now()) {
    const Wants wants = playback->wants(now());
    if (wants.sessions && !read_sessions(source)) playback->sessions_refused();
    if (wants.history) ask_for_history(user, source);
    if (!wants.items.empty()) read_items(source, wants.items);
    tell();
  }
}

void Watcher::Run::hear(http::Push* push, std::uint32_t limit_ms) {
  if (!push) return call.wait(limit_ms);
  std::optional<std::string> text;
  try {
    text = push->next(call, limit_ms);
  } catch (const Error& e) {
    // Silent from its beginning: a proxy keeps what comes, as those do that collect answers. Again and again?
    const bool mute = e.code == "no_answer" && now() - *up_since < steady_ms;
    way->failures = mute ? way->failures + 1 : 0;
    if (way->failures >= most_failures) way->closed_until = now() + without_push_ms;
    throw;
  }
  if (!text) return;
  try {
    for (const Notice& notice : read_notices(*text)) playback->notice(notice, now());
  } catch (const Error& e) {
    if (e.status != CW_PROTOCOL) throw;
    sink.dropped("unreadable");
  }
}

// Until the link is lost, which is thrown, or it is time to try for a better one.
void Watcher::Run::connected(const UserScope& user) {
  const feature::Source source = feature::Source::server(self.transport_, user.server);
  begin(user, source);
  std::string why;
  const auto push = open_push(user, source, why);  // before the lists are read, so that nothing is missed in between
  playback->connected(now(), user.server.owner, push != nullptr);
  serve(user, source);
  up_since = now();
  if (history_refused)
    why = source.name() + " keeps the play history from this user, so " +
          (push ? "a play is told when the count of the title's plays has grown" : "only webhooks tell of plays");
  else if (!playback->sees_sessions())
    why = "only the owner of " + source.name() + " may see who plays what";
  say(push && playback->sees_sessions() ? Link::live : Link::polling, why);
  const std::int64_t end = now() + without_push_ms;
  while (push || now() < end) {
    serve(user, source);
    const std::int64_t left = std::max<std::int64_t>(playback->due_ms() - now(), 0);
    hear(push.get(), static_cast<std::uint32_t>(std::min<std::int64_t>(left, most_wait_ms)));
    tell();
  }
}

// Whether the server is back where it was, or where else plex.tv listed it.
bool Watcher::Run::knock() {
  auto attempts = known_addresses(self.host_, Profile::of(self.host_));
  return race(call, self.transport_, attempts).has_value();
}

// Waits before the next attempt: as long as the server asked for, or else not longer than until it answers again. An
// address that nobody knows yet is learnt by the attempt alone, which asks plex.tv once: a server that is away for days
// will hardly be missed for some minutes.
void Watcher::Run::pause(std::uint32_t asked_ms) {
  std::uint32_t wait_ms = backoff.next_ms(share_of(now()));
  if (asked_ms > 0) return call.wait(std::max(wait_ms, asked_ms));
  const bool nowhere = known_addresses(self.host_, Profile::of(self.host_)).empty();
  if (nowhere || now() - lost_since < sought_ms) wait_ms = std::min(wait_ms, knock_ms);
  for (std::uint32_t left = wait_ms; left > 0;) {
    const std::uint32_t ms = std::min(left, knock_ms);
    call.wait(ms);
    left -= ms;
    if (left == 0 || knock()) return;
  }
}

void Watcher::watch(Call& call, const Scope& scope, std::string_view cursor, EventSink& sink) {
  Run run{*this, call, scope, std::string(cursor), sink};
  for (;;) {
    UserScope user;
    bool entered = false;
    try {
      user = scopes_.open(call, true, false);
      entered = true;
      run.connected(user);
    } catch (const Error& e) {
      // A token that is refused in between is asked for anew; if there is none any more, open() says so.
      if (!passes(e) && !(entered && (e.status == CW_AUTH || e.status == CW_SCOPE))) throw;
      run.say(Link::lost, e.what());
      // One that is lost at once again and again is no reason to come back every second.
      if (run.up_since && host_.now_ms() - *run.up_since >= steady_ms) run.backoff.reset();
      run.up_since.reset();
      run.pause(e.retry_after_ms);
    }
  }
}

}  // namespace crosswatch::plex::watch
