// Webhooks: a post only says that something happened. Whose it is, the post has to prove; what it is, the server is
// asked, so that a webhook and a notification cannot tell the same thing differently.
#include <algorithm>

#include "account/servers.hpp"
#include "watch/hook.hpp"
#include "watch/rules.hpp"
#include "watch/watcher.hpp"

namespace crosswatch::plex::watch {
namespace {

// The post leaves the server about when it writes what the post is about.
constexpr std::uint32_t settle_ms = 3'000;

Seen seen_in(const Hook& hook) {
  Seen out;
  out.item = hook.item;
  out.type = hook.type;
  out.subtype = hook.subtype;
  out.library = hook.library;
  out.player = hook.player;
  out.user = hook.account;
  out.live = hook.live;
  return out;
}

}  // namespace

struct Watcher::Receipt {
  const Call& call;
  const Host& host;
  const UserScope& user;
  const feature::Source& source;
  const Rules& rules;
  const Hook& hook;

  std::optional<Fact> item() const {
    if (hook.item.empty()) return std::nullopt;
    FactReader reader(rules.ref_prefix);
    std::vector<std::string_view> keys{hook.item};
    if (!hook.show.empty()) keys.push_back(hook.show);
    unsigned budget = 3;
    feature::ask_for_rows(call, source, keys, budget, reader);
    const auto facts = reader.facts();
    const auto at = facts.find(hook.item);
    return at == facts.end() ? std::nullopt : std::optional(at->second);
  }

  // The row that the server wrote for this play: the first, where the player wrote one as well.
  std::optional<HistoryRow> row(std::int64_t length_ms) const {
    const std::int64_t apart = length_ms > 0 ? std::clamp<std::int64_t>(length_ms / 2000, 60, 600) : 60;
    const std::int64_t now = host.now();
    HistoryRows found;
    std::string body;
    wire::Arena arena;
    const std::string what = "The play history";
    const feature::Window newest{0, 20};
    const http::Response response =
        source.ask(call, "/status/sessions/history/all",
                   {{"sort", "viewedAt:desc"}, {"accountID", std::to_string(user.server.account_id)}}, body, &newest);
    // Some servers keep its history from a user of a Plex Home.
    if (!user.server.owner && (response.status == 401 || response.status == 403)) return std::nullopt;
    source.expect_success(response, body, what);
    wire::parse_rows(body, arena, what, found);
    std::optional<HistoryRow> out;
    for (const HistoryRow& r : found.rows)
      if (r.item == hook.item && rules.accounts.contains(r.account) && std::abs(r.at - now) < apart &&
          (!out || r.number < out->number))
        out = r;
    return out;
  }

  void watched(Event& event) const {
    const std::int64_t length = event.item.value.duration_ms;
    std::optional<HistoryRow> play = row(length);
    if (!play) {
      call.wait(settle_ms);
      play = row(length);
    }
    event.item.value = {play ? play->at : host.now(), -1, length, -1, 1};
    event.id = play ? play_id(rules, *play)
                    : rules.ref_prefix + "hook/" + rules.user + '/' + hook.item + '@' +
                          std::to_string(event.item.value.at / 60);
  }

  // What the server has now. The post may be faster than it: then it is given time, and has the last word.
  void rated(Event& event) const {
    if (event.item.value.rating != hook.rating) {
      call.wait(settle_ms);
      if (const auto again = item()) event.item = *again;
    }
    cw_value& value = event.item.value;
    if (value.rating < 0 || value.at == time_unknown) value.at = host.now();
    event.id = rules.ref_prefix + "rated/" + rules.user + '/' + hook.item + '@' + std::to_string(value.at) + '=' +
               std::to_string(value.rating);
  }
};

void Watcher::receive(Call& call, const Scope& scope, std::string_view content_type, std::string_view body,
                      EventSink& sink) {
  const Hook hook = read_hook(payload_of(content_type, body));
  if (!hook.kind) return;
  const UserScope user = scopes_.open(call, true, false);
  if (!same_id(hook.server, user.server.machine_id)) return sink.dropped("server");
  const feature::Source source = feature::Source::server(transport_, user.server);
  const Rules rules = make_rules(call, host_, user, source, scope);
  const bool rating = *hook.kind == EventKind::rated;
  if (const char* const why = reason_to_drop(rules, seen_in(hook), rating)) return sink.dropped(why);
  const Receipt receipt{call, host_, user, source, rules, hook};
  const auto item = receipt.item();
  if (!item) return sink.dropped("no_item");
  if (!rules.library(item->library_id)) return sink.dropped("library");

  Event event;
  event.kind = *hook.kind;
  event.item = *item;
  event.user = rules.user;
  event.session = hook.player;
  if (event.kind == EventKind::watched)
    receipt.watched(event);
  else if (rating)
    receipt.rated(event);
  else
    event.item.value = {host_.now(), hook.position_ms, item->value.duration_ms, -1, 0};
  sink.event(event);
}

}  // namespace crosswatch::plex::watch
