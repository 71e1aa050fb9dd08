#include "commands.hpp"
#include "fact_text.hpp"
#include "service/routes.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::Delivery;
using host::DeliveryState;
using host::json::object;
using host::json::Value;

std::string text(std::string_view s) {
  return std::string(s);
}
std::string title_of(const Fact& item) {
  FactLender lender;
  return title_text(lender.lend(item));
}
std::string name_of(Link state) {
  return state == Link::live ? "live" : state == Link::polling ? "polling" : "lost";
}
std::string name_of(DeliveryState state) {
  constexpr const char* names[] = {"waiting", "done", "nothing_to_do", "parked"};
  return names[static_cast<std::size_t>(state)];
}

void put_time(Value& e, std::int64_t at) {
  e["at"] = at == time_unknown ? Value() : Value(host::iso(at));
}

// Ids of one scheme stay in the order in which they were told.
Value ids_json(const std::vector<Token>& ids) {
  Value out = object();
  for (const Token& id : ids)
    if (!out.find(id.scheme)) out[id.scheme] = id.value;
  return out;
}

void put_item(Value& e, const Fact& item) {
  e["type"] = text(crosswatch::name_of(item.kind));
  e["ids"] = ids_json(item.ids);
  if (!item.show_ids.empty()) e["show_ids"] = ids_json(item.show_ids);
  if (!item.series_title.empty()) e["series_title"] = item.series_title;
  e["title"] = item.title;
  if (item.season >= 0) e["season"] = item.season;
  if (item.episode >= 0) e["episode"] = item.episode;
}

// Prints everything that routes do: with JSON one object a line.
class Printer final : public host::route::Audience {
public:
  explicit Printer(Context& c) : c_(c) {}

  void event(const ProfileRef& from, const Event& e) override {
    if (!c_.out.json()) {
      // Positions come every few seconds; people want to see what changed.
      if (e.kind != EventKind::progress)
        c_.out.line(to_string(from) + "  " + text(crosswatch::name_of(e.kind)) + "  " + title_of(e.item));
      return;
    }
    Value v = object({{"event", text(crosswatch::name_of(e.kind))}, {"profile", to_string(from)}, {"user", e.user}});
    if (!e.session.empty()) v["session"] = e.session;
    put_time(v, e.item.value.at);
    put_item(v, e.item);
    if (e.item.value.progress_ms >= 0) v["progress_ms"] = e.item.value.progress_ms;
    if (e.item.value.duration_ms >= 0) v["duration_ms"] = e.item.value.duration_ms;
    if (e.kind == EventKind::rated)
      v["rating"] = e.item.value.rating < 0 ? Value() : Value(static_cast<double>(e.item.value.rating) / 10);
    c_.out.value(v);
  }
  void link(const ProfileRef& from, Link state, std::string_view reason) override {
    if (c_.out.json())
      c_.out.value(object(
          {{"event", "link"}, {"profile", to_string(from)}, {"state", name_of(state)}, {"reason", text(reason)}}));
    else
      c_.out.note(to_string(from) + ": " + name_of(state) + (reason.empty() ? "" : " (" + text(reason) + ")"));
  }
  void dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) override {
    if (c_.out.json())
      c_.out.value(object({{"event", "dropped"},
                           {"profile", to_string(from)},
                           {"reason", text(reason)},
                           {"count", static_cast<std::int64_t>(count)}}));
  }
  void delivered(const Delivery& d) override {
    if (!c_.out.json()) {
      c_.out.line(d.route + "  " + text(crosswatch::name_of(d.feature)) + "  " + title_of(d.item) + "  " +
                  name_of(d.state) + (d.reason.empty() ? "" : ": " + d.reason));
      return;
    }
    Value v = object({{"event", "delivery"},
                      {"route", d.route},
                      {"feature", text(crosswatch::name_of(d.feature))},
                      {"state", name_of(d.state)},
                      {"reason", d.reason}});
    put_time(v, d.item.value.at);
    put_item(v, d.item);
    c_.out.value(v);
  }
  void failed(const ProfileRef& where, const Error& e) override {
    if (c_.out.json())
      c_.out.value(object({{"event", "failed"},
                           {"profile", to_string(where)},
                           {"code", e.code},
                           {"message", std::string(e.what())},
                           {"remedy", e.remedy}}));
  }

private:
  Context& c_;
};

}  // namespace

ExitCode watch(Context& c, const std::vector<std::string>& routes) {
  Printer printer(c);
  host::run_routes(c.ws, routes, printer, c.ws.cancel);
  return ExitCode::ok;  // being asked to end is how it ends
}

}  // namespace crosswatch::app
