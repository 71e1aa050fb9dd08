// Carrying out operations: find the items, send what the feature's rule asks for, and read back what became of it.
#pragma once

#include <crosswatch/provider.hpp>
#include <functional>

#include "feature/change.hpp"
#include "feature/source.hpp"
#include "feature/target.hpp"

namespace crosswatch::plex::feature {

// Fills in one outcome an operation; an operation counts as applied only when the item was read after it and shows
// it. `kinds` are those that the feature has. Throws what ended it; outcomes reached by then are true. At most 4
// requests at a time. [owner]
void carry_out(const Call& call, const Source& source, Finder& finder, WriteRule& rule, std::uint32_t kinds, Ops ops,
               Outcomes outcomes);

}  // namespace crosswatch::plex::feature
