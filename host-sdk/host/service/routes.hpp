// Running routes from the configuration.
#pragma once

#include <string>
#include <vector>

#include "route/router.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host {

// The routes of those ids, or all that are on. Errors NOT_FOUND "route_unknown", "no_routes".
std::vector<RouteConfig> wanted_routes(const Workspace& ws, const std::vector<std::string>& ids);

// Runs them until `cancel`, with a log line for each change of a link, each failure and each event that is parked.
// Error "busy" when another process runs routes.
void run_routes(Workspace& ws, const std::vector<std::string>& ids, route::Audience& audience, Cancellation cancel);

}  // namespace crosswatch::host
