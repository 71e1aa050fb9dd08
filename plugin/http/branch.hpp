// A call within a call that can be ended by itself: for attempts of which only one is wanted.
#pragma once

#include <crosswatch/call.hpp>
#include <mutex>
#include <vector>

namespace crosswatch::plex::http {

class Branch {
public:
  explicit Branch(const Call& outer);
  const Call& call() const noexcept { return call_; }
  void stop() noexcept;  // what runs under call() is cancelled, the outer call is not. [any]

private:
  struct Stop {
    Branch* branch;
    void operator()() const noexcept { branch->stop(); }
  };
  static cw_status wait(void* self, std::uint32_t ms);
  static void progress(void* self, std::uint64_t done, std::uint64_t total);
  static void watch(void* self, cw_watch* w);
  static void unwatch(void* self, cw_watch* w);

  const Call& outer_;
  cw_call raw_;
  Call call_;
  std::mutex mutex_{};  // held while wakes run, so that unwatch waits for them
  bool stopped_ = false;
  std::vector<cw_watch*> watches_{};
  Call::Watch<Stop> watch_;
};

}  // namespace crosswatch::plex::http
