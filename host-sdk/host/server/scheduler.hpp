// Starts the runs that are due.
#pragma once

#include "server/periodic.hpp"
#include "server/run_job.hpp"

namespace crosswatch::host::server {

class Scheduler {
public:
  Scheduler(Workspace& ws, RunJob& job);
  void stop() { periodic_.stop(); }

private:
  void look();

  Workspace& ws_;
  RunJob& job_;
  std::int64_t tried_ = 0;  // epoch seconds of the last start
  Periodic periodic_;       // the last one: it uses the others
};

}  // namespace crosswatch::host::server
