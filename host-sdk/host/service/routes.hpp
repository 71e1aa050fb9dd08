// Running routes from the configuration.
#pragma once

#include <string>
#include <vector>

#include "route/router.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host {

// The routes of those ids, or all that are on. Errors NOT_FOUND "route_unknown", "no_routes", and what expect_live
// throws.
std::vector<RouteConfig> wanted_routes(const Workspace& ws, const std::vector<std::string>& ids);
// Error UNSUPPORTED "no_live_events" when the route's source tells nothing while it happens; NOT_FOUND without plugin.
void expect_live(const Workspace& ws, const RouteConfig& route);

// Runs them until `cancel`, with a log line for each change of a link, each failure and each event that is parked.
// Error "busy" when another process runs routes. [any], and each caller on a thread of its own.
void run_routes(Workspace& ws, const std::vector<std::string>& ids, route::Audience& audience, route::Doorbell& bell,
                Cancellation cancel);

}  // namespace crosswatch::host
