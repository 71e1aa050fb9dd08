#include <charconv>

#include "commands.hpp"
#include "fact_text.hpp"
#include "service/live_json.hpp"
#include "service/route_list.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::Delivery;
using host::RouteState;
using host::json::object;
using host::json::Value;

std::string arrow(const host::RouteConfig& r) {
  return to_string(r.source) + " -> " + to_string(r.target);
}

std::string events_of(const host::RouteConfig& r) {
  std::string out;
  for (const auto& [on, name] : {std::pair(r.plays, "plays"), {r.ratings, "ratings"}, {r.finished, "finished"}})
    if (on) out += (out.empty() ? "" : ",") + std::string(name);
  return out;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Error(CW_CONFIG, host::code_usage, "\"" + text + "\" is no number of a delivery.",
                "crosswatch route parked shows the numbers.");
  return n;
}

ExitCode change(Context& c, const RouteOptions& o, host::DeliveryChange what, const char* done) {
  std::vector<std::int64_t> ids;
  for (const std::string& text : o.deliveries) ids.push_back(number_of(text));
  if (ids.empty() && o.id.empty() && !o.all)
    throw Error(CW_CONFIG, host::code_usage, "Nothing is named.",
                "Name numbers that crosswatch route parked prints, or --route, or --all.");
  if (!o.id.empty() || o.all)
    for (const Delivery& d : host::parked_deliveries(c.ws, o.id)) ids.push_back(d.id);
  const std::size_t n = host::change_deliveries(c.ws, ids, what);
  if (c.out.json())
    c.out.value(object({{"changed", static_cast<std::int64_t>(n)}}));
  else
    c.out.line(std::to_string(n) + done);
  return ExitCode::ok;
}

ExitCode changed(Context& c, const std::string& id, const char* member, bool value, const std::string& text) {
  if (c.out.json())
    c.out.value(object({{"id", id}, {member, value}}));
  else
    c.out.line("Route " + id + text);
  return ExitCode::ok;
}

}  // namespace

ExitCode route_add(Context& c, const host::NewRoute& route) {
  const std::string id = host::add_route(c.ws, route);
  const host::RouteConfig made = host::find_route(c.ws.config.read(), id);
  if (c.out.json()) {
    c.out.value(host::route_json({made, 0, 0, {}}));
  } else {
    c.out.line("Route " + id + ": " + arrow(made) + ", " + events_of(made) + ".");
    c.out.note("Next: crosswatch serve, or crosswatch watch without the page");
  }
  return ExitCode::ok;
}

ExitCode route_list(Context& c) {
  const auto routes = host::route_states(c.ws);
  if (c.out.json()) {
    Value list = host::json::array();
    for (const RouteState& r : routes) list.push_back(host::route_json(r));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const RouteState& r : routes)
    table.push_back({r.route.id, r.route.enabled ? "on" : "off", arrow(r.route), events_of(r.route),
                     std::to_string(r.waiting), std::to_string(r.parked), r.why});
  c.out.table({"ID", "", "ROUTE", "EVENTS", "WAITING", "PARKED", "WHY IT WAITS"}, table);
  if (routes.empty()) c.out.note("No routes yet: crosswatch route add --source PROVIDER --target PROVIDER");
  return ExitCode::ok;
}

ExitCode route_enable(Context& c, const std::string& id, bool enabled) {
  host::change_route(c.ws, id, object({{"enabled", enabled}}));
  return changed(c, id, "enabled", enabled, enabled ? " is on." : " is off.");
}

ExitCode route_remove(Context& c, const std::string& id) {
  host::remove_route(c.ws, id);
  return changed(c, id, "removed", true, " is removed, with what it still had to deliver.");
}

ExitCode route_parked(Context& c, const std::string& id) {
  const auto parked = host::parked_deliveries(c.ws, id);
  if (c.out.json()) {
    Value list = host::json::array();
    for (const Delivery& d : parked) list.push_back(host::parked_json(d));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const Delivery& d : parked) {
    FactLender lender;
    table.push_back({std::to_string(d.id), d.route, title_text(lender.lend(d.item)), std::string(name_of(d.feature)),
                     host::iso(d.since), d.reason});
  }
  c.out.table({"NUMBER", "ROUTE", "ITEM", "FEATURE", "SINCE", "REASON"}, table);
  if (parked.empty()) c.out.note("Nothing is parked.");
  return ExitCode::ok;
}

ExitCode route_retry(Context& c, const RouteOptions& o) {
  return change(c, o, host::DeliveryChange::retry, " will be tried again within a minute, while the routes run.");
}
ExitCode route_discard(Context& c, const RouteOptions& o) {
  return change(c, o, host::DeliveryChange::discard, " will not be delivered.");
}

}  // namespace crosswatch::app
