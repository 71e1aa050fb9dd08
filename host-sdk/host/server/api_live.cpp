#include "server/api.hpp"

namespace crosswatch::host::server {

void add_live_routes(Router& router, Parts& parts) {
  router.add({"GET",
              "/api/live",
              "Whether the routes run, and what is being played at their sources",
              {},
              "Live",
              {},
              [&parts](const Call&) { return parts.live.state(); }});
}

}  // namespace crosswatch::host::server
