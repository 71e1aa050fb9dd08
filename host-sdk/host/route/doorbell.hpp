// Wakes the deliveries when something new waits, and when it all ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace crosswatch::host::route {

// [any]
class Doorbell {
public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    changed_.notify_all();
  }
  // Until it is rung, or was since the last wait, or the time has passed.
  void wait(std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return rung_; });
    rung_ = false;
  }

private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool rung_ = false;
};

}  // namespace crosswatch::host::route
