// Carrying out operations: find the items, send what the feature's rule asks for, and read back what became of it.
#pragma once

#include <crosswatch/provider.hpp>
#include <functional>

#include "feature/change.hpp"
#include "feature/source.hpp"
#include "feature/target.hpp"

namespace crosswatch::plex::feature {

struct Reach {
  std::uint32_t kinds = 0;  // those that the feature has
  bool all_copies = false;  // a new fact goes to every copy that lacks it, not to the first one
  bool editions = false;    // and to editions, too, that this person has never played
};

// Fills in one outcome an operation; an operation counts as applied only when the item was read after it and shows
// it. Throws what ended it; outcomes reached by then are true. At most 4
// requests at a time. [owner]
void carry_out(const Call& call, const Source& source, Finder& finder, WriteRule& rule, Reach reach, Ops ops,
               Outcomes outcomes);

}  // namespace crosswatch::plex::feature
