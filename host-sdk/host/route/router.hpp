// Runs routes: watches the profiles that are their sources, and brings what is told to their targets.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/routes.hpp"
#include "engine/run.hpp"
#include "route/doorbell.hpp"
#include "state/route_queue.hpp"

namespace crosswatch::host::route {

// Hears what routes do; one call at a time, from several threads.
class Audience {
public:
  virtual ~Audience() = default;
  virtual void begun() {}  // the queue is open, and nobody else has it
  virtual void event(const ProfileRef& /*from*/, const Event&) {}
  virtual void link(const ProfileRef& /*from*/, Link, std::string_view /*reason*/) {}
  virtual void dropped(const ProfileRef& /*from*/, std::string_view /*reason*/, std::uint64_t /*count*/) {}
  virtual void delivered(const Delivery&) {}                         // waiting: it will be tried again
  virtual void failed(const ProfileRef& /*where*/, const Error&) {}  // once, until it is another or passed
};

// Brings what waits on that route to its target, oldest first, up to the first that has to be tried again. Returns
// when that may be (epoch seconds), 0 when nothing waits. Throws the Error that keeps the target from being used.
std::int64_t deliver_waiting(RouteQueue& queue, const RouteConfig& route, Session& target, Operation& op,
                             Audience& audience, std::int64_t now);

// Watches the sources of those routes and delivers to their targets; returns when it is cancelled. What a source tells
// is kept for `all` routes from it, since it will not be told again. `state` is the folder; the caller sees to it that
// only one process does this. What fails at one source or target is told to the audience and tried again. Throws when
// the state cannot be opened. Whoever puts something into the queue meanwhile rings `bell`; unrung, it is looked at
// once a minute.
void run_routes(const std::vector<RouteConfig>& routes, const std::vector<RouteConfig>& all,
                const std::filesystem::path& state, const engine::OpenSession& open, Audience& audience, Doorbell& bell,
                Cancellation cancel, const Clock& now);

}  // namespace crosswatch::host::route
