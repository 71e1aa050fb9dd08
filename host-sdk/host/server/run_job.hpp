// The run that the server carries out: one at a time, watched by every open page.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/feed.hpp"
#include "server/rows.hpp"
#include "service/sync.hpp"
#include "time.hpp"

namespace crosswatch::host::server {

// What is carried out: a sync, an undo, a restore, a capture, a comparison ("compare").
struct RunTask {
  std::string what{"sync"};
  std::string of{};  // the run that is undone, the capture that is restored or compared, the profile that is read
  std::vector<std::string> pairs{};  // of a sync
  bool dry = false;
  bool exact = false;  // of a restore
  // What becomes part of the last state: {"report"}, {"capture"} or {"comparison"}.
  std::function<json::Value(engine::Events&, const Cancellation&)> carry_out{};
};
// Of a task that is a run.
json::Value outcome(const engine::RunReport& report);
// Of a sync of those pairs, or of all that are on. Errors as wanted_pairs.
RunTask sync_task(Workspace& ws, const std::vector<std::string>& pairs, const engine::RunOptions& options);

// [any]
class RunJob {
public:
  RunJob(Workspace& ws, Feed& feed) : ws_(ws), feed_(feed) {}
  ~RunJob() { stop(); }

  // Begins it and returns. Error "busy" when a run goes on.
  void start(RunTask task);
  void cancel();
  void stop();  // cancels, and waits until it has ended
  bool running();

  // What goes on, or how the last run ended: see the schema "RunState".
  json::Value state();
  // The operations that the last dry run planned, of whatever kind it was; null before the first.
  std::shared_ptr<Rows> plan();

private:
  class Watcher;
  void work(const RunTask& task, const Cancellation& cancel);
  void tell();  // publishes the state; mutex_ is not held

  Workspace& ws_;
  Feed& feed_;
  std::mutex start_mutex_{};  // one start or stop at a time
  std::thread thread_{};
  std::mutex mutex_{};  // of everything below
  bool running_ = false;
  Cancellation cancel_{};
  // Numbers the states, so that a page knows the newer of two; also newer than those of a server before this one.
  std::int64_t told_ = system_clock()();
  json::Value state_ = json::object({{"running", false}, {"n", told_}});
  std::shared_ptr<Rows> plan_{};
};

}  // namespace crosswatch::host::server
