#pragma once

#include <crosswatch/provider.hpp>

#include "database.hpp"

namespace crosswatch::tracker {

// Sends every fact of a feature, in the order of the items, in pages of at most 500. Sees one consistent state, keeps
// one page in memory, and holds up no writer. Sends nothing when they are still those of the state `since`. Throws
// Error STORAGE when the file holds less than it should.
SnapshotEnd read_all(Database& database, const Call& call, Feature feature, std::string_view since, FactSink& sink);

}  // namespace crosswatch::tracker
