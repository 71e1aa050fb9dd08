#include "service/routes.hpp"

#include <algorithm>
#include <chrono>

#include "exit_code.hpp"
#include "files/files.hpp"
#include "service/sync.hpp"

namespace crosswatch::host {
namespace {

// Tells the log what somebody who reads it later wants to know, and the audience everything.
class Logged final : public route::Audience {
public:
  Logged(Log& log, route::Audience& to) : log_(log), to_(to) {}
  void begun() override { to_.begun(); }
  void event(const ProfileRef& from, const Event& e) override { to_.event(from, e); }
  void link(const ProfileRef& from, Link state, std::string_view reason) override {
    const char* const text = state == Link::live      ? "live events arrive"
                             : state == Link::polling ? "no live events, its history is asked instead"
                                                      : "the connection for live events is lost";
    log_.info(to_string(from) + ": " + text + (reason.empty() ? "" : " (" + std::string(reason) + ")") + ".");
    to_.link(from, state, reason);
  }
  void dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) override {
    to_.dropped(from, reason, count);
  }
  void delivered(const Delivery& d) override {
    if (d.state == DeliveryState::parked)
      log_.warning("Route " + d.route + ": " + (d.item.title.empty() ? d.item.series_title : d.item.title) +
                   " is parked: " + d.reason);
    to_.delivered(d);
  }
  void failed(const ProfileRef& where, const Error& e) override {
    log_.warning(to_string(where) + ": " + e.what() + (e.remedy.empty() ? "" : " " + e.remedy));
    to_.failed(where, e);
  }

private:
  Log& log_;
  route::Audience& to_;
};

FileLock lock_routes(const Workspace& ws) {
  make_private_folder(ws.at.state);
  try {
    return FileLock::acquire(ws.at.state / "routes.lock", std::chrono::milliseconds(0), "their queue");
  } catch (const Error& e) {
    if (e.code != code_busy) throw;
    throw Error(e.status, code_busy,
                std::string("The routes are running already, in crosswatch serve or crosswatch watch: ") + e.what(),
                "One is enough. End it first if they are to run here.");
  }
}

}  // namespace

std::vector<RouteConfig> wanted_routes(const Workspace& ws, const std::vector<std::string>& ids) {
  const std::vector<RouteConfig> all = read_routes(ws.config.read());
  std::vector<RouteConfig> out;
  std::string names;
  for (const RouteConfig& r : all) {
    names += (names.empty() ? "" : ", ") + r.id;
    if (ids.empty() && r.enabled) out.push_back(r);
  }
  for (const std::string& id : ids) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const RouteConfig& r) { return r.id == id; });
    if (it == all.end())
      throw Error(CW_NOT_FOUND, "route_unknown",
                  "There is no route \"" + id + "\"" +
                      (names.empty() ? "; there are none yet." : "; there are: " + names + "."),
                  "Routes stand under \"routes\" in the configuration: crosswatch config get routes");
    out.push_back(*it);
    out.back().enabled = true;  // asked for by name
  }
  if (out.empty())
    throw Error(CW_NOT_FOUND, "no_routes", "No route is switched on, so there is nothing to watch.",
                "crosswatch route list; crosswatch route add --source PROVIDER --target PROVIDER makes one.");
  for (const RouteConfig& r : out) expect_live(ws, r);
  return out;
}

void expect_live(const Workspace& ws, const RouteConfig& r) {
  if (ws.plugins.manifest(r.source.provider)->watcher != 0) return;
  throw Error(CW_UNSUPPORTED, "no_live_events",
              "Route " + r.id + ": " + r.source.provider + " does not tell what happens while it happens.",
              "A pair with a schedule copies the same, later: crosswatch pair add --source " + to_string(r.source) +
                  " --target " + to_string(r.target));
}

void run_routes(Workspace& ws, const std::vector<std::string>& ids, route::Audience& audience, route::Doorbell& bell,
                Cancellation cancel) {
  const std::vector<RouteConfig> routes = wanted_routes(ws, ids);
  std::vector<RouteConfig> all = routes;
  for (RouteConfig& r : read_routes(ws.config.read()))
    if (std::none_of(routes.begin(), routes.end(), [&](const RouteConfig& w) { return w.id == r.id; }))
      all.push_back(std::move(r));
  const FileLock lock = lock_routes(ws);
  Logged logged(ws.log, audience);
  route::run_routes(routes, all, ws.at.state, session_opener(ws), logged, bell, std::move(cancel), system_clock());
}

}  // namespace crosswatch::host
