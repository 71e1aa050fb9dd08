// Sums over text that are the same on every machine, and tomorrow. Against damage and mix-ups, not against forgery.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace crosswatch::host {

inline constexpr std::uint64_t checksum_start = 0xCBF29CE484222325ull;

// FNV-1a. A text may come in parts: `so_far` is then the sum of those before.
constexpr std::uint64_t checksum(std::string_view text, std::uint64_t so_far = checksum_start) noexcept {
  for (const char c : text) so_far = (so_far ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return so_far;
}

inline std::string hex(std::uint64_t sum) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum));
  return text;
}

}  // namespace crosswatch::host
