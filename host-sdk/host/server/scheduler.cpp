#include "server/scheduler.hpp"

#include "service/schedule.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::chrono::seconds interval{20};
constexpr std::int64_t pause_s = 300;  // after a start: one that failed at once is not tried again at once

}  // namespace

Scheduler::Scheduler(Workspace& ws, RunJob& job)
    : ws_(ws), job_(job), periodic_(ws.log, "The schedule waits: ", interval, [this] { look(); }) {
  periodic_.start();
}

void Scheduler::look() {
  const std::int64_t now = system_clock()() / 1000;
  if (job_.running() || now - tried_ < pause_s) return;
  const auto pairs = read_pairs(ws_.config.read());
  bool any = false;
  for (const PairConfig& pair : pairs) any = any || !pair.schedule.empty();
  if (!any) return;
  const auto due = due_pairs(pairs, pair_states(ws_), now);
  if (due.empty()) return;
  tried_ = now;
  engine::RunOptions options;
  options.trigger = "schedule";
  job_.start(sync_task(ws_, due, options));
}

}  // namespace crosswatch::host::server
