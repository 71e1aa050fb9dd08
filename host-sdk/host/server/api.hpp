// What the API offers, by topic. Every route calls the same service layer as the commands do.
#pragma once

#include "server/hooks.hpp"
#include "server/link_jobs.hpp"
#include "server/log_lines.hpp"
#include "server/route_job.hpp"
#include "server/router.hpp"
#include "server/run_job.hpp"
#include "service/workspace.hpp"
#include "time.hpp"

namespace crosswatch::host::server {

// What the routes work with; lives as long as they.
struct Parts {
  explicit Parts(Workspace& workspace)
      : ws(workspace),
        log(workspace.log, feed),
        run(workspace, feed),
        links(workspace, feed),
        live(feed, system_clock()),
        routes(workspace, live),
        hooks(workspace, live, routes, system_clock()) {}

  Workspace& ws;
  Feed feed{};
  LogLines log;
  RunJob run;
  LinkJobs links;
  LiveNews live;
  RouteJob routes;
  Hooks hooks;
};

void add_provider_routes(Router& router, Parts& parts);   // plugins, profiles, settings
void add_directory_routes(Router& router, Parts& parts);  // login, users, servers, libraries
void add_pair_routes(Router& router, Parts& parts);
void add_run_routes(Router& router, Parts& parts);  // runs, plan, held, parked
void add_capture_routes(Router& router, Parts& parts);
void add_progress_routes(Router& router, Parts& parts);
void add_live_routes(Router& router, Parts& parts);  // routes of live events, and what is being played

Router make_router(Parts& parts);

extern const std::vector<std::string> page_query;  // what page_of() reads of the query
json::Value page_of(Rows& rows, const Call& call);
ProfileRef profile_of(const Call& call);  // {provider} and {profile} of the path

}  // namespace crosswatch::host::server
