// Reading a library for the sake of its ids alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "feature/libraries.hpp"
#include "feature/spool.hpp"

namespace crosswatch::plex::index {

// Names as numbers. The kind is part of them: tmdb 603 of a movie and of a show are different names.
std::uint64_t name_of_id(Kind kind, std::string_view scheme, std::string_view value) noexcept;
std::uint64_t name_of_place(std::uint64_t show, std::int32_t season, std::int32_t episode) noexcept;  // season: -1

// How many items of each kind the library has, and when one was last changed: a request for each kind, and the same
// text as long as nothing was added, removed or identified anew.
std::string fingerprint_of(const Call& call, const feature::Source& source, const feature::Section& section);

// Adds the names of every item of the library with its rating key, and returns the fingerprint. A list that changes
// meanwhile is read once more. Error PROTOCOL when a list is not complete. `folder` takes temporary files.
std::string list_names(const Call& call, const Host& host, const feature::Source& source,
                       const feature::Section& section, const std::string& folder, feature::Spool& names);

}  // namespace crosswatch::plex::index
