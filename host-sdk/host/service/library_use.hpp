// What libraries can be chosen for: the features, and live events.
#pragma once

#include <algorithm>
#include <array>
#include <crosswatch/provider.hpp>
#include <string_view>

namespace crosswatch::host {

struct LibraryUse {
  std::string_view name{};  // "history": what stands before ".libraries" in the settings of a profile
  std::uint32_t bit = 0;    // of Library::features
};

inline constexpr std::array<LibraryUse, 5> library_uses{{{"watchlist", bit(Feature::watchlist)},
                                                         {"ratings", bit(Feature::ratings)},
                                                         {"history", bit(Feature::history)},
                                                         {"progress", bit(Feature::progress)},
                                                         {"scrobble", takes_part_live}}};

// Null when there is none of that name.
inline const LibraryUse* library_use_named(std::string_view name) noexcept {
  const auto at =
      std::find_if(library_uses.begin(), library_uses.end(), [&](const LibraryUse& u) { return u.name == name; });
  return at == library_uses.end() ? nullptr : &*at;
}

}  // namespace crosswatch::host
