#include "server/api.hpp"
#include "service/live_json.hpp"
#include "service/route_list.hpp"
#include "service/webhook.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

Value routes_json(const Workspace& ws) {
  Value list = json::array();
  for (const RouteState& state : route_states(ws)) list.push_back(route_json(state));
  return object({{"routes", std::move(list)}});
}

Value parked_json(const Workspace& ws) {
  Value items = json::array();
  for (const Delivery& d : parked_deliveries(ws, {})) items.push_back(host::parked_json(d));
  return object({{"items", std::move(items)}});
}

Value add(Workspace& ws, const Call& c) {
  static_cast<void>(add_route(
      ws, {c.text("id"), parse_profile_ref(c.text("source")), parse_profile_ref(c.text("target")), c.texts("events")}));
  return routes_json(ws);
}

Value change(Parts& parts, const Call& c) {
  std::vector<std::int64_t> numbers;
  for (const Value& v : *c.body.find("numbers")->as<Value::Array>()) numbers.push_back(*v.as<std::int64_t>());
  const bool retry = c.text("change") == "retry";
  static_cast<void>(change_deliveries(parts.ws, numbers, retry ? DeliveryChange::retry : DeliveryChange::discard));
  if (retry) parts.routes.ring();
  return parked_json(parts.ws);
}

}  // namespace

void add_live_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  router.add({"GET",
              "/api/live",
              "Whether the routes run, and what is being played at their sources",
              {},
              "Live",
              {},
              [&parts](const Call&) { return parts.live.state(); }});
  router.add(
      {"GET", "/api/routes", "The routes, and what each still has to deliver", {}, "Routes", {}, [&ws](const Call&) {
         return routes_json(ws);
       }});
  router.add(
      {"POST", "/api/routes", "Makes a route", "NewRoute", "Routes", {}, [&ws](const Call& c) { return add(ws, c); }});
  router.add({"PATCH", "/api/routes/{id}", "Changes a route", "RouteChanges", "Routes", {}, [&ws](const Call& c) {
                change_route(ws, c.param("id"), c.body);
                return routes_json(ws);
              }});
  router.add({"DELETE",
              "/api/routes/{id}",
              "Removes a route with what it still had to deliver",
              {},
              "Routes",
              {},
              [&ws](const Call& c) {
                remove_route(ws, c.param("id"));
                return routes_json(ws);
              }});
  // The answer to a change, never to a GET: the address holds the secret.
  const std::string hook = "/api/profiles/{provider}/{profile}/webhook";
  router.add({"POST",
              hook,
              "Where a service may post what happens; made when there is none yet",
              "WebhookRequest",
              "Webhook",
              {},
              [&ws](const Call& c) {
                return object({{"path", webhook_path(ws, profile_of(c), c.flag("renew"))}});
              }});
  router.add({"DELETE", hook, "Nothing that is posted is taken any more", {}, "Done", {}, [&ws](const Call& c) {
                return object({{"removed", remove_webhook(ws, profile_of(c))}});
              }});
  router.add({"GET", "/api/deliveries", "What routes could not deliver", {}, "Deliveries", {}, [&ws](const Call&) {
                return parked_json(ws);
              }});
  router.add({"POST",
              "/api/deliveries",
              "Delivers parked ones after all, or never",
              "DeliveryChange",
              "Deliveries",
              {},
              [&parts](const Call& c) { return change(parts, c); }});
}

}  // namespace crosswatch::host::server
