// Reading a library for the sake of its ids alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "feature/libraries.hpp"
#include "feature/spool.hpp"

namespace crosswatch::plex::index {

// Names as numbers. The kind is part of them: tmdb 603 of a movie and of a show are different names.
std::uint64_t name_of_id(Kind kind, std::string_view scheme, std::string_view value) noexcept;
std::uint64_t name_of_place(std::uint64_t show, std::int32_t season, std::int32_t episode) noexcept;  // season: -1

// Of one item itself, so that an index knows which it has.
std::uint64_t name_of_item(Kind kind, std::uint64_t key) noexcept;

// The items of one kind in a library.
struct Content {
  Kind kind = Kind::movie;
  std::uint64_t count = 0;
  std::int64_t newest = 0;  // updatedAt of the one that was changed last
  std::int64_t since = 0;   // whatever changed after they were listed has an updatedAt from here on
};
using Contents = std::vector<Content>;
std::string text_of(const Contents& contents);
Contents contents_of(std::string_view text);  // empty when it is no such text

// Adds the names of every item of the library with its rating key. A list that changes meanwhile is read once more.
// Error PROTOCOL when a list is not complete. `folder` takes temporary files.
Contents list_names(const Call& call, const Host& host, const feature::Source& source, const feature::Section& section,
                    const std::string& folder, feature::Spool& names);

// The items that came or changed since the library was listed.
struct Update {
  Contents contents{};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> names{};  // with their keys, sorted
  std::unordered_set<std::uint64_t> keys{};
};
// Asks for them alone, a request for each kind or a few more. `knows` tells whether the index has a name. Nothing when
// that is not sure: then the library has to be listed. Items that are gone may stay in an index.
std::optional<Update> list_changes(const Call& call, const Host& host, const feature::Source& source,
                                   const feature::Section& section, const std::string& folder, const Contents& before,
                                   const std::function<bool(std::uint64_t name)>& knows);

}  // namespace crosswatch::plex::index
