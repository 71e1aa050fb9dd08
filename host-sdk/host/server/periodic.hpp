// Does something again and again on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "log/log.hpp"

namespace crosswatch::host::server {

// [any], but for start and stop: [owner]
class Periodic {
public:
  // What `work` throws is logged behind `complaint`, once as long as it stays the same; the next time comes anyway.
  Periodic(Log& log, std::string complaint, std::chrono::seconds interval, std::function<void()> work)
      : log_(log), complaint_(std::move(complaint)), interval_(interval), work_(std::move(work)) {}
  ~Periodic() { stop(); }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  void start();  // at once, then after each interval
  void stop();   // waits for the work that is under way

private:
  void run();

  Log& log_;
  const std::string complaint_;
  const std::chrono::seconds interval_;
  const std::function<void()> work_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool ending_ = false;
  std::thread thread_{};
};

}  // namespace crosswatch::host::server
