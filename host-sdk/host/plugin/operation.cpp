#include "plugin/operation.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace crosswatch::host {

struct Cancellation::State {
  std::mutex mutex{};
  std::condition_variable changed{};
  bool requested = false;
  std::vector<cw_watch*> watches{};
  cw_watch* running = nullptr;  // whose wake is being run right now
  std::thread::id runner{};
};

Cancellation::Cancellation() : state_(std::make_shared<State>()) {}

bool Cancellation::requested() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->requested;
}

void Cancellation::request() noexcept {
  std::unique_lock lock(state_->mutex);
  if (std::exchange(state_->requested, true)) return;
  state_->runner = std::this_thread::get_id();
  state_->changed.notify_all();
  while (!state_->watches.empty()) {
    cw_watch* const w = state_->watches.back();
    state_->watches.pop_back();
    state_->running = w;
    lock.unlock();  // a wake may take the plugin's own locks
    w->wake(w->user);
    lock.lock();
    state_->running = nullptr;
    state_->changed.notify_all();
  }
}

Operation::Operation(Cancellation cancel, Progress progress, Sleep sleep)
    : cancel_(std::move(cancel)), progress_(std::move(progress)), sleep_(std::move(sleep)) {
  call_.struct_size = sizeof call_;
  call_.ctx = this;
  call_.wait = &Operation::wait;
  call_.progress = [](void* ctx, std::uint64_t done, std::uint64_t total) noexcept {
    auto& self = *static_cast<Operation*>(ctx);
    if (self.progress_) static_cast<void>(self.guarded([&] { self.progress_(done, total); }));
  };
  call_.watch = &Operation::watch;
  call_.unwatch = &Operation::unwatch;
}

cw_status Operation::wait(void* ctx, std::uint32_t ms) noexcept {
  auto& self = *static_cast<Operation*>(ctx);
  bool go_on = true;
  const cw_status status = self.guarded([&] {
    if (ms != 0 && self.sleep_) {
      go_on = self.sleep_(self.cancel_, ms);
      return;
    }
    auto& state = *self.cancel_.state_;
    std::unique_lock lock(state.mutex);
    go_on = !state.changed.wait_for(lock, std::chrono::milliseconds(ms), [&] { return state.requested; });
  });
  if (status != CW_OK) return status;
  return go_on ? CW_OK : CW_CANCELLED;
}

void Operation::watch(void* ctx, cw_watch* w) noexcept {
  auto& state = *static_cast<Operation*>(ctx)->cancel_.state_;
  {
    const std::lock_guard lock(state.mutex);
    if (!state.requested) {
      state.watches.push_back(w);
      return;
    }
  }
  w->wake(w->user);
}

void Operation::unwatch(void* ctx, cw_watch* w) noexcept {
  auto& state = *static_cast<Operation*>(ctx)->cancel_.state_;
  std::unique_lock lock(state.mutex);
  std::erase(state.watches, w);
  // A wake that unregisters itself runs on the cancelling thread and must not wait for itself.
  if (state.runner != std::this_thread::get_id()) state.changed.wait(lock, [&] { return state.running != w; });
}

}  // namespace crosswatch::host
