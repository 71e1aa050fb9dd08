#include "service/route_list.hpp"

#include <algorithm>

#include "config/named_list.hpp"
#include "config/profile.hpp"
#include "exit_code.hpp"
#include "service/routes.hpp"
#include "service/settings.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

// What the route brings has to have a place in its target.
void expect_possible(const Workspace& ws, const Value& config, const RouteConfig& r) {
  for (const ProfileRef& ref : {r.source, r.target})
    static_cast<void>(ProfileView(config, *ws.plugins.manifest(ref.provider), ref.profile));
  expect_live(ws, r);
  const auto target = ws.plugins.manifest(r.target.provider);
  const auto expect = [&](bool wanted, Feature f, std::uint32_t what, const char* to) {
    if (wanted && (target->capability(f).can & what) != what)
      throw Error(CW_UNSUPPORTED, "feature_unsupported",
                  target->label + " cannot " + to + " its " + std::string(name_of(f)) + ".",
                  "crosswatch plugins info " + r.target.provider + " shows what it can do.");
  };
  expect(r.plays, Feature::history, CW_READ | CW_ADD, "add to");
  expect(r.ratings, Feature::ratings, CW_READ | CW_ADD, "add to");
  expect(r.finished, Feature::watchlist, CW_READ | CW_REMOVE, "remove from");
}

// The ids of what people name by its id or its name. `what`: "user"; `command` lists them.
template <class T>
void name_by_ids(std::vector<std::string>& wanted, const std::vector<T>& all, std::string T::*name,
                 const std::string& what, const std::string& command) {
  for (std::string& one : wanted) {
    std::vector<const T*> found;
    for (const T& there : all)
      if (there.id == one || there.*name == one) found.push_back(&there);
    if (found.size() != 1)
      throw Error(CW_CONFIG, what + (found.empty() ? "_unknown" : "_ambiguous"),
                  (found.empty() ? "There is no " + what + " \"" : "There is more than one " + what + " \"") + one +
                      "\", so the route was not made.",
                  command + " shows their numbers.");
    one = found[0]->id;
  }
}

// A filter that names nobody would let nothing through, and nobody would hear of it.
void find_filters(Workspace& ws, NewRoute& route) {
  if (route.users.empty() && route.libraries.empty()) return;
  const OpenProfile source = ws.plugins.open(route.source.provider, route.source.profile);
  Operation op(ws.cancel);
  const std::string of = " " + route.source.provider + " --profile " + route.source.profile;
  if (!route.users.empty()) {
    const UserList all = source.session->users(op);
    if (all.missing) throw *all.missing;
    name_by_ids(route.users, all.users, &User::name, "user", "crosswatch users" + of);
  }
  if (route.libraries.empty()) return;
  std::vector<Library> all = source.session->libraries(op);
  std::erase_if(all, [](const Library& l) { return (l.features & takes_part_live) == 0; });
  name_by_ids(route.libraries, all, &Library::title, "library", "crosswatch libraries" + of);
}

}  // namespace

RouteConfig find_route(const Value& config, const std::string& id) {
  for (RouteConfig& r : read_routes(config))
    if (r.id == id) return std::move(r);
  throw Error(CW_NOT_FOUND, "route_unknown", "There is no route \"" + id + "\".", "crosswatch route list");
}

std::string add_route(Workspace& ws, NewRoute route) {
  if (route.source == route.target)
    throw Error(CW_CONFIG, code_usage,
                "A route needs two different profiles, not " + to_string(route.source) + " twice.",
                "crosswatch profile list");
  find_filters(ws, route);
  std::string id = route.id;
  const auto manifests = ws.plugins.manifests();
  ws.config.update([&](Value& config) {
    Value changed = config;
    auto& routes = list_under(changed, "routes");
    if (id.empty()) id = free_id(routes, "r");
    expect_good_name(id, "route");
    if (find_named(routes, id) != routes.end())
      throw Error(CW_CONFIG, "route_exists", "There is a route \"" + id + "\" already.", "crosswatch route list");
    Value made = json::object({{"id", id},
                               {"enabled", true},
                               {"source", route.source.provider},
                               {"source_instance", route.source.profile},
                               {"target", route.target.provider},
                               {"target_instance", route.target.profile}});
    if (!route.events.empty()) made["events"] = json::array_of(route.events);
    for (const auto& [name, list] :
         {std::pair("users", &route.users), {"libraries", &route.libraries}, {"types", &route.types}})
      if (!list->empty()) made["filters"][name] = json::array_of(*list);
    routes.push_back(std::move(made));
    expect_possible(ws, changed, find_route(changed, id));
    static_cast<void>(expect_no_new_error(config, changed, manifests));
    config = std::move(changed);
  });
  return id;
}

void change_route(Workspace& ws, const std::string& id, const Value& changes) {
  const auto manifests = ws.plugins.manifests();
  ws.config.update([&](Value& config) {
    static_cast<void>(find_route(config, id));
    Value changed = config;
    Value& route = *find_named(list_under(changed, "routes"), id);
    for (const json::Member& m : *changes.as<Value::Object>())
      if (m.key == "filters")
        for (const json::Member& filter : *m.value.as<Value::Object>()) route["filters"][filter.key] = filter.value;
      else
        route[m.key] = m.value;
    static_cast<void>(expect_no_new_error(config, changed, manifests));
    if (const RouteConfig result = find_route(changed, id); result.enabled) expect_possible(ws, changed, result);
    config = std::move(changed);
  });
}

void remove_route(Workspace& ws, const std::string& id) {
  RouteConfig gone;
  bool last = false;
  ws.config.update([&](Value& config) {
    gone = find_route(config, id);
    auto& routes = list_under(config, "routes");
    routes.erase(find_named(routes, id));
    const auto left = read_routes(config);
    last = std::none_of(left.begin(), left.end(), [&](const RouteConfig& r) { return r.source == gone.source; });
  });
  // A route that is made later is another one: it must not deliver what this one had, nor what is played until then.
  StateStore state(ws.at.state);
  RouteQueue queue(state);
  queue.forget(id);
  if (last) queue.set_cursor(gone.source, {});
}

std::vector<RouteState> route_states(const Workspace& ws) {
  std::vector<RouteState> out;
  std::vector<RouteConfig> routes = read_routes(ws.config.read());
  if (routes.empty()) return out;
  StateStore state(ws.at.state);
  const RouteQueue queue(state);
  for (RouteConfig& r : routes) {
    const std::uint64_t waiting = queue.count(r.id, DeliveryState::waiting);
    const std::uint64_t parked = queue.count(r.id, DeliveryState::parked);
    const auto first = queue.waiting(r.id, 1);
    out.push_back({std::move(r), waiting, parked, first.empty() ? std::string() : first[0].reason});
  }
  return out;
}

std::vector<Delivery> parked_deliveries(const Workspace& ws, const std::string& route) {
  const Value config = ws.config.read();
  if (!route.empty()) static_cast<void>(find_route(config, route));
  std::vector<Delivery> out;
  const auto routes = read_routes(config);
  if (routes.empty()) return out;
  StateStore state(ws.at.state);
  const RouteQueue queue(state);
  for (const RouteConfig& r : routes)
    if (route.empty() || r.id == route)
      for (Delivery& d : queue.parked(r.id)) out.push_back(std::move(d));
  std::sort(out.begin(), out.end(), [](const Delivery& a, const Delivery& b) { return a.id < b.id; });
  return out;
}

std::size_t change_deliveries(const Workspace& ws, const std::vector<std::int64_t>& ids, DeliveryChange change) {
  if (ids.empty()) return 0;
  StateStore state(ws.at.state);
  RouteQueue queue(state);
  for (const std::int64_t id : ids)
    if (!queue.unpark(id, change == DeliveryChange::retry))
      throw Error(CW_NOT_FOUND, "delivery_unknown", "Nothing is parked under the number " + std::to_string(id) + ".",
                  "crosswatch route parked shows the numbers.");
  return ids.size();
}

Value route_json(const RouteState& s) {
  const RouteConfig& r = s.route;
  std::vector<std::string> events, types;
  if (r.plays) events.emplace_back("plays");
  if (r.ratings) events.emplace_back("ratings");
  if (r.finished) events.emplace_back("finished");
  if (r.kinds != ~std::uint32_t{0})
    for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
      if ((r.kinds & bit(k)) != 0) types.push_back(std::string(name_of(k)) + "s");
  return json::object({{"id", r.id},
                       {"enabled", r.enabled},
                       {"source", r.source.provider},
                       {"source_instance", r.source.profile},
                       {"target", r.target.provider},
                       {"target_instance", r.target.profile},
                       {"events", json::array_of(events)},
                       {"remove", r.remove},
                       {"filters", json::object({{"users", json::array_of(r.users)},
                                                 {"libraries", json::array_of(r.libraries)},
                                                 {"types", json::array_of(types)}})},
                       {"waiting", static_cast<std::int64_t>(s.waiting)},
                       {"parked", static_cast<std::int64_t>(s.parked)},
                       {"why", s.why}});
}

}  // namespace crosswatch::host
