// The routes of the configuration: made, changed, and what each still has to deliver.
#pragma once

#include <string>
#include <vector>

#include "config/routes.hpp"
#include "service/workspace.hpp"
#include "state/route_queue.hpp"

namespace crosswatch::host {

struct NewRoute {
  std::string id{};  // empty: "r1", "r2", ..
  ProfileRef source{}, target{};
  std::vector<std::string> events{};                       // plays, ratings, finished; empty: plays
  std::vector<std::string> users{}, libraries{}, types{};  // filters; empty: all. Ids or names that the source lists
};
// Returns its id. Errors CONFIG "usage", "route_exists", "bad_setting", "user_unknown", "library_unknown"; NOT_FOUND
// for a profile; UNSUPPORTED "no_live_events", or "feature_unsupported" when the target does not keep what the route
// brings. With users or libraries the source is asked for its own, so whatever keeps it from answering is an error as
// well.
std::string add_route(Workspace& ws, NewRoute route);
// `changes` has members of the route: enabled, events, remove, filters. All or nothing; errors as add_route.
void change_route(Workspace& ws, const std::string& id, const json::Value& changes);
// With what it still had to deliver.
void remove_route(Workspace& ws, const std::string& id);
RouteConfig find_route(const json::Value& config, const std::string& id);  // Error NOT_FOUND "route_unknown"

struct RouteState {
  RouteConfig route{};
  std::uint64_t waiting = 0, parked = 0;
  std::string why{};  // what the first one waits for, once it was tried
};
std::vector<RouteState> route_states(const Workspace& ws);

// Parked deliveries, oldest first; of one route, or of all that there are.
std::vector<Delivery> parked_deliveries(const Workspace& ws, const std::string& route);
enum class DeliveryChange { retry, discard };
// Of those numbers; returns how many there were. Error NOT_FOUND "delivery_unknown" for one that is not parked.
std::size_t change_deliveries(const Workspace& ws, const std::vector<std::int64_t>& ids, DeliveryChange change);

json::Value route_json(const RouteState& state);

}  // namespace crosswatch::host
