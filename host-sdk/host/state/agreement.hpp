// What a lane last agreed on: that nothing was to be done, and under which names both sides had what was compared. As
// long as both say the same name again, there is nothing to compare. For the engine; call inside StateStore::read or
// ::write.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "state/baseline.hpp"

namespace crosswatch::host {

struct Agreement {
  std::string terms{};                 // what it depends on besides the facts, the baseline and the time
  std::array<std::string, 2> state{};  // of both snapshots
  std::int64_t run = 0;                // that compared them
  std::int64_t at = 0;                 // epoch seconds, of that comparison
  std::int64_t until = 0;              // epoch seconds: from then on something that waits is due
};

// Of a stored lane. It goes by itself when the lane, its baseline or its journal changes.
std::optional<Agreement> find_agreement(SQLite::Database& db, std::int64_t lane);
void save_agreement(SQLite::Database& db, std::int64_t lane, const Agreement& agreement);

// What the comparing run said of the lane: copies its counts and the items it noted into the report and record of run
// `run`, from item number `items` on, which it moves on. False when that run is not on record.
bool repeat_report(SQLite::Database& db, const Agreement& agreement, std::int64_t run, std::int64_t& items,
                   engine::LaneReport& report);

}  // namespace crosswatch::host
