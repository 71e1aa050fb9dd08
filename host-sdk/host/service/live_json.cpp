#include "service/live_json.hpp"

#include "time.hpp"

namespace crosswatch::host {
namespace {

using json::object;
using json::Value;

std::string text(std::string_view s) {
  return std::string(s);
}

Value time_json(std::int64_t at) {
  return at == time_unknown ? Value() : Value(iso(at));
}

// Ids of one scheme stay in the order in which they were told.
Value ids_json(const std::vector<Token>& ids) {
  Value out = object();
  for (const Token& id : ids)
    if (!out.find(id.scheme)) out[id.scheme] = id.value;
  return out;
}

}  // namespace

std::string_view name_of(Link state) noexcept {
  return state == Link::live ? "live" : state == Link::polling ? "polling" : "lost";
}

std::string_view name_of(DeliveryState state) noexcept {
  constexpr std::string_view names[] = {"waiting", "done", "nothing_to_do", "parked"};
  return names[static_cast<std::size_t>(state)];
}

void put_item(Value& to, const Fact& item) {
  to["type"] = text(crosswatch::name_of(item.kind));
  to["ids"] = ids_json(item.ids);
  if (!item.show_ids.empty()) to["show_ids"] = ids_json(item.show_ids);
  if (!item.series_title.empty()) to["series_title"] = item.series_title;
  to["title"] = item.title;
  if (item.season >= 0) to["season"] = item.season;
  if (item.episode >= 0) to["episode"] = item.episode;
  if (item.year > 0) to["year"] = item.year;
}

Value event_json(const ProfileRef& from, const Event& e) {
  Value v = object({{"event", text(crosswatch::name_of(e.kind))}, {"profile", to_string(from)}, {"user", e.user}});
  if (!e.session.empty()) v["session"] = e.session;
  v["at"] = time_json(e.item.value.at);
  put_item(v, e.item);
  if (e.item.value.progress_ms >= 0) v["progress_ms"] = e.item.value.progress_ms;
  if (e.item.value.duration_ms >= 0) v["duration_ms"] = e.item.value.duration_ms;
  if (e.kind == EventKind::rated)
    v["rating"] = e.item.value.rating < 0 ? Value() : Value(static_cast<double>(e.item.value.rating) / 10);
  return v;
}

Value delivery_json(const Delivery& d) {
  Value v = object({{"event", "delivery"},
                    {"route", d.route},
                    {"feature", text(crosswatch::name_of(d.feature))},
                    {"state", text(name_of(d.state))},
                    {"reason", d.reason}});
  v["at"] = time_json(d.item.value.at);
  put_item(v, d.item);
  return v;
}

Value parked_json(const Delivery& d) {
  Value v = object({{"number", d.id},
                    {"route", d.route},
                    {"feature", text(crosswatch::name_of(d.feature))},
                    {"reason", d.reason},
                    {"since", iso(d.since)}});
  v["at"] = time_json(d.item.value.at);
  put_item(v, d.item);
  return v;
}

}  // namespace crosswatch::host
