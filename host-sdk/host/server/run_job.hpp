// The run that the server carries out: one at a time, watched by every open page.
#pragma once

#include <chrono>
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

// [any]
class RunJob {
public:
  RunJob(Workspace& ws, Feed& feed) : ws_(ws), feed_(feed) {}
  ~RunJob() { stop(); }

  // Begins a run and returns. Error "busy" when one goes on, also in another process; NOT_FOUND for a pair.
  void start(const std::vector<std::string>& pairs, engine::RunOptions options);
  void cancel();
  void stop();  // cancels, and waits until it has ended
  bool running();

  // What goes on, or how the last run ended: see the schema "RunState".
  json::Value state();
  // The operations that the last dry run planned; null before the first.
  std::shared_ptr<Rows> plan();

private:
  class Watcher;
  void work(const std::vector<std::string>& pairs, const engine::RunOptions& options);
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
