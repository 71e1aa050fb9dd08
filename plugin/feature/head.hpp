// Reads a sorted list from its newest row on, as far as something can have changed.
#pragma once

#include <cstdint>
#include <string>

#include "feature/pages.hpp"

namespace crosswatch::plex::feature {

struct Head {
  // Whether the server sorted and counted as asked; else nothing that was read means anything.
  bool sure = false;
  std::uint64_t total = 0;             // rows of the list
  bool whole = false;                  // all of them were read
  std::int64_t top = time_unknown;     // of the first row
  std::int64_t bottom = time_unknown;  // of the last row that was read
};

// Hands on the rows whose `field` is `since` or later, and some more. `list` is sorted by that field, newest first.
// Gives up (not sure) beyond 5,000 rows: then a full read is cheaper. Throws as read_list does. [owner]
Head read_head(const Call& call, const Source& source, const List& list, wire::Field field, std::int64_t since,
               wire::Arena& arena, PageSink& sink);

}  // namespace crosswatch::plex::feature
