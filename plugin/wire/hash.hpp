// FNV-1a: names and sums that stay the same from run to run. Not for anything that somebody could want to forge.
#pragma once

#include <cstdint>
#include <string_view>

namespace crosswatch::plex::wire {

inline constexpr std::uint64_t hash_of_nothing = 14695981039346656037u;

// Goes on from `hash`, which is that of what came before.
constexpr std::uint64_t hash_of(std::string_view bytes, std::uint64_t hash = hash_of_nothing) noexcept {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace crosswatch::plex::wire
