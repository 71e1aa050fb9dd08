// How long to wait before the next attempt to reach a server: 1 s, then twice as long each time, at most 300 s.
#pragma once

#include <algorithm>
#include <cstdint>

namespace crosswatch::plex::watch {

class Backoff {
public:
  // `share` is 0..1: up to a fifth less, so that many profiles do not come back at once.
  std::uint32_t next_ms(double share) noexcept {
    const std::uint32_t ms = wait_ms_;
    wait_ms_ = std::min<std::uint32_t>(2 * wait_ms_, 300'000);
    return ms - static_cast<std::uint32_t>(share * 0.2 * ms);
  }
  void reset() noexcept { wait_ms_ = 1000; }

private:
  std::uint32_t wait_ms_ = 1000;
};

}  // namespace crosswatch::plex::watch
