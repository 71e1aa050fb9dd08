// What a read left out or could not identify, counted, and told once a library instead of once an item.
#pragma once

#include <array>
#include <crosswatch/call.hpp>
#include <string>
#include <string_view>

namespace crosswatch::plex::feature {

enum class Note : std::size_t {
  other_kind,         // clips, trailers, and what else a list holds
  no_key,             // rows without a key of their own
  other_library,      // rows that say they belong to another library
  no_external_ids,    // known to Plex alone
  local,              // from an agent that identifies nothing
  unsupported_agent,  // from an agent that we do not know
  show_unknown,       // seasons and episodes whose show was not listed
  filtered,           // rows that the server should not have sent
  foreign_play,       // of another person
  other_play,         // of music, photos, live television
  lost_play,          // of items that are gone, or that count as unwatched now
  undated_play,
  count
};

class Tally {
public:
  void add(Note note, std::uint64_t n = 1) noexcept { counts_[static_cast<std::size_t>(note)] += n; }
  std::uint64_t of(Note note) const noexcept { return counts_[static_cast<std::size_t>(note)]; }
  // One line, or none when nothing was counted; then counts anew. `what` begins it: "history of \"Films\"".
  void report(const Host& host, std::string_view what);

private:
  std::array<std::uint64_t, static_cast<std::size_t>(Note::count)> counts_{};
};

}  // namespace crosswatch::plex::feature
