#include "server/scheduler.hpp"

#include <chrono>

#include "service/schedule.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::chrono::seconds interval{20};
constexpr std::int64_t pause_s = 300;  // after a start: one that failed at once is not tried again at once

}  // namespace

Scheduler::Scheduler(Workspace& ws, RunJob& job) : ws_(ws), job_(job), thread_([this] { run(); }) {}

void Scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Scheduler::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    std::string problem;
    try {
      look();
    } catch (const std::exception& e) {
      problem = e.what();
      if (problem != last_problem_) ws_.log.warning("The schedule waits: " + problem);
    }
    lock.lock();
    last_problem_ = problem;
    changed_.wait_for(lock, interval, [&] { return ending_; });
  }
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
