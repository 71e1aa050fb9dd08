#include "http/limiter.hpp"

#include <algorithm>
#include <atomic>

namespace crosswatch::plex::http {

Limiter& Limiter::shared() {
  static Limiter limiter;
  return limiter;
}

// Each request books the next free time, so that waiters need no queue.
void Limiter::pace(const Call& call, const std::string& host, double per_second, unsigned burst) {
  const auto gap = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1.0 / per_second));
  std::chrono::milliseconds wait{0};
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    auto& next = next_[host];
    next = std::max(next, now - gap * static_cast<int>(burst - 1));
    wait = std::chrono::ceil<std::chrono::milliseconds>(next - now);
    next += gap;
  }
  if (wait.count() > 0) call.wait(static_cast<std::uint32_t>(wait.count()));
}

Limiter::Place::Place(Limiter& limiter, const Call& call, const std::string& host, unsigned most)
    : limiter_(limiter), host_(host) {
  std::atomic<bool> cancelled{false};
  const Call::Watch watch(call, [&] {
    cancelled = true;
    const std::lock_guard lock(limiter.mutex_);  // or the waiter could fall asleep between its look and this
    limiter.freed_.notify_all();
  });
  std::unique_lock lock(limiter_.mutex_);
  auto& running = limiter_.running_[host_];
  limiter_.freed_.wait(lock, [&] { return cancelled || running < most; });
  if (cancelled) throw Stopped{CW_CANCELLED};
  ++running;
}

Limiter::Place::~Place() {
  const std::lock_guard lock(limiter_.mutex_);
  --limiter_.running_[host_];
  limiter_.freed_.notify_all();
}

}  // namespace crosswatch::plex::http
