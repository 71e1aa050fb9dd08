// Waiting for sockets within a time limit, ended early by the cancellation of the call.
#pragma once

#include <poll.h>

#include <chrono>
#include <crosswatch/call.hpp>
#include <cstdint>
#include <span>

namespace crosswatch::plex::http {

class Wait {
public:
  using Clock = std::chrono::steady_clock;
  Wait(const Call& call, std::uint32_t limit_ms);

  // Blocks until one of at most 16 descriptors is ready, or `at_most_ms` have passed (-1: no such limit). False when
  // the time is up: with `at_most_ms`, ask expired() which it was. Throws Stopped when the call is cancelled.
  bool ready(std::span<pollfd> descriptors, int at_most_ms = -1);
  bool ready(int descriptor, short events);
  bool expired() const { return Clock::now() >= end_; }
  std::uint32_t left_ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
  }
  // More time for more data, so that a slow line can finish a long answer and a dripping one cannot last for ever.
  void extend(std::chrono::milliseconds by) { end_ += by; }

private:
  struct Event {
    Event();
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    int fd = -1;
  };
  struct Wake {
    int fd;
    void operator()() const noexcept;
  };
  const Call& call_;
  Clock::time_point end_;
  Event event_{};  // before the watch, which uses it until its own end
  Call::Watch<Wake> watch_;
};

}  // namespace crosswatch::plex::http
