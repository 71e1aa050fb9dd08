// One running operation on a plugin: cancellation, waiting, progress, and the host's own exceptions in transit.
#pragma once

#include <crosswatch/abi.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace crosswatch::host {

// Asks operations to stop. Copies share the state. [any]
class Cancellation {
public:
  Cancellation();
  void request() noexcept;  // runs the registered wake-ups; safe to call twice; not from a signal handler
  bool requested() const noexcept;

private:
  friend class Operation;
  struct State;
  std::shared_ptr<State> state_;
};

class Operation {
public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
  // Replaced by tests, so that waiting takes no time. Returns false when cancelled.
  using Sleep = std::function<bool(Cancellation&, std::uint32_t ms)>;

  explicit Operation(Cancellation cancel = {}, Progress progress = {}, Sleep sleep = {});

  const cw_call& call() const noexcept { return call_; }
  const Cancellation& cancellation() const noexcept { return cancel_; }

  // Runs a host callback that a plugin called. An exception stays here while the plugin unwinds (no foreign
  // frame is ever unwound by it) and rethrow() lets it go on afterwards.
  template <class F>
  cw_status guarded(F&& body) noexcept {
    try {
      body();
      return CW_OK;
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);  // progress may be reported from several threads
      failure_ = std::current_exception();
      return CW_HOST_STOPPED;
    }
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

private:
  static cw_status wait(void* ctx, std::uint32_t ms) noexcept;
  static void watch(void* ctx, cw_watch* w) noexcept;
  static void unwatch(void* ctx, cw_watch* w) noexcept;

  Cancellation cancel_;
  Progress progress_;
  Sleep sleep_;
  std::mutex failure_mutex_{};
  std::exception_ptr failure_{};
  cw_call call_{};
};

}  // namespace crosswatch::host
