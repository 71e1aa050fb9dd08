// The one decision whether a request that got this answer is sent again.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace crosswatch::plex::http {

inline constexpr std::uint32_t longest_wait_ms = 60'000;

// Milliseconds out of a Retry-After header, which is seconds or a date; nothing when there is none.
std::optional<std::uint32_t> retry_after_ms(std::string_view header, std::int64_t now_ms);

// How long to wait before the next try; nothing: take the answer as it is. `attempt` counts from 0; `random` is
// 0..1. A 429 was refused before it took effect, so everything may be repeated after it; 502, 503 and 504 may
// hide an effect. A server that wants more than a minute gets no further try now.
std::optional<std::uint32_t> should_retry(int status, bool safe_to_repeat, std::uint32_t attempt, std::uint32_t tries,
                                          std::optional<std::uint32_t> asked_ms, double random);

}  // namespace crosswatch::plex::http
