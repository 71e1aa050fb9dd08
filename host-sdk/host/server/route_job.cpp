#include "server/route_job.hpp"

#include "exit_code.hpp"
#include "service/routes.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::chrono::seconds interval{1};
constexpr std::int64_t pause_ms = 5000;  // until they are tried again, as when another process ran them

// What routes depend on: with another one of these they are begun anew. Targets are opened for each delivery.
json::Value settings_of(const json::Value& config) {
  std::vector<std::string> keys{"routes", "plugins"};
  for (const RouteConfig& route : read_routes(config)) keys.push_back(route.source.provider);
  return json::pick(config, keys);
}

}  // namespace

RouteJob::RouteJob(Workspace& ws, LiveNews& news)
    : ws_(ws), news_(news), periodic_(ws.log, "The routes stay as they are: ", interval, [this] { look(); }) {}

void RouteJob::stop() {
  periodic_.stop();
  end_work();
}

void RouteJob::look() {
  try {
    follow();
  } catch (const Error& e) {  // a configuration that somebody is editing: what runs goes on
    if (!work_.joinable()) static_cast<void>(news_.running("failed", &e));
    throw;
  }
}

void RouteJob::follow() {
  const json::Value config = ws_.config.read();
  json::Value settings = settings_of(config);
  {
    const std::lock_guard lock(mutex_);
    const bool due = over_ && system_clock()() >= again_;
    if (settings == settings_ && !due) return;
  }
  end_work();
  settings_ = std::move(settings);
  std::vector<std::string> ids;
  for (const RouteConfig& route : read_routes(config)) {
    if (!route.enabled) continue;
    try {
      expect_live(ws_, route);
      ids.push_back(route.id);
    } catch (const Error& e) {  // the others run all the same
      ws_.log.warning(std::string(e.what()) + " " + e.remedy);
    }
  }
  if (ids.empty()) {
    static_cast<void>(news_.running("off"));
    return;
  }
  cancel_ = Cancellation();
  work_ = std::thread([this, ids, cancel = cancel_] { work(ids, cancel); });
}

void RouteJob::end_work() {
  cancel_.request();
  if (work_.joinable()) work_.join();
  const std::lock_guard lock(mutex_);
  over_ = false;
}

void RouteJob::work(const std::vector<std::string>& ids, const Cancellation& cancel) {
  const auto fail = [&](const Error& e) {
    if (news_.running(e.code == code_busy ? "busy" : "failed", &e))
      ws_.log.warning(std::string(e.what()) + (e.remedy.empty() ? "" : " " + e.remedy));
  };
  try {
    run_routes(ws_, ids, news_, bell_, cancel);
  } catch (const Error& e) {
    fail(e);
  } catch (const std::exception& e) {
    fail(Error(CW_INTERNAL, "defect", std::string("A defect of CrossWatch: ") + e.what()));
  }
  const std::lock_guard lock(mutex_);
  over_ = true;
  again_ = system_clock()() + pause_ms;
}

}  // namespace crosswatch::host::server
