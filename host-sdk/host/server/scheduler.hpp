// Starts the runs that are due.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/run_job.hpp"

namespace crosswatch::host::server {

class Scheduler {
public:
  Scheduler(Workspace& ws, RunJob& job);
  ~Scheduler() { stop(); }
  void stop();

private:
  void run();
  void look();

  Workspace& ws_;
  RunJob& job_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool ending_ = false;
  std::int64_t tried_ = 0;      // epoch seconds of the last start
  std::string last_problem_{};  // told once, not every time
  std::thread thread_{};
};

}  // namespace crosswatch::host::server
