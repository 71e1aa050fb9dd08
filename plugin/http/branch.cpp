#include "http/branch.hpp"

#include <algorithm>

namespace crosswatch::plex::http {

Branch::Branch(const Call& outer)
    : outer_(outer),
      raw_{sizeof(cw_call), this, &wait, &progress, &watch, &unwatch},
      call_(&raw_),
      watch_(outer, Stop{this}) {}

void Branch::stop() noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(stopped_, true)) return;
  for (cw_watch* w : watches_) w->wake(w->user);
}

cw_status Branch::wait(void* self, std::uint32_t ms) {
  auto& branch = *static_cast<Branch*>(self);
  const auto stopped = [&] {
    const std::lock_guard lock(branch.mutex_);
    return branch.stopped_;
  };
  if (stopped()) return CW_CANCELLED;
  try {
    branch.outer_.wait(ms);
  } catch (const Stopped& s) {
    return s.status;
  }
  return stopped() ? CW_CANCELLED : CW_OK;
}

void Branch::progress(void* self, std::uint64_t done, std::uint64_t total) {
  static_cast<Branch*>(self)->outer_.progress(done, total);
}

void Branch::watch(void* self, cw_watch* w) {
  auto& branch = *static_cast<Branch*>(self);
  const std::lock_guard lock(branch.mutex_);
  branch.watches_.push_back(w);
  if (branch.stopped_) w->wake(w->user);
}

void Branch::unwatch(void* self, cw_watch* w) {
  auto& branch = *static_cast<Branch*>(self);
  const std::lock_guard lock(branch.mutex_);
  branch.watches_.erase(std::remove(branch.watches_.begin(), branch.watches_.end(), w), branch.watches_.end());
}

}  // namespace crosswatch::plex::http
