// Writing the record of a run. For the engine; call inside StateStore::write.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <string>
#include <utility>

#include "engine/report.hpp"

namespace crosswatch::host {

// On record as cancelled until it is finished: a process that was killed says nothing any more.
std::int64_t begin_run(SQLite::Database& db, const std::string& trigger, std::int64_t now, bool dry);
// In place of what was recorded of that lane before.
void record_lane(SQLite::Database& db, std::int64_t run, std::int64_t seq, const engine::LaneReport& lane);
void finish_run(SQLite::Database& db, const engine::RunReport& run);
// Runs older than that go, with everything that belongs to them.
void prune_runs(SQLite::Database& db, std::int64_t before);

class ItemWriter {
public:
  explicit ItemWriter(SQLite::Database& db);
  void put(std::int64_t run, std::int64_t seq, const engine::Item& item);

private:
  SQLite::Statement insert_;
};

// Why the parked rows of a lane are, by row.
std::map<std::int64_t, std::string> find_notes(SQLite::Database& db, const std::string& pair, Feature feature);

// What each lane held in the run of that digest. Errors NOT_FOUND "digest_unknown", "digest_expired", "digest_used".
using LaneDigests = std::map<std::pair<std::string, Feature>, std::string>;
LaneDigests find_approval(SQLite::Database& db, const std::string& digest, std::int64_t now);
void use_approval(SQLite::Database& db, const std::string& digest, std::int64_t run);

}  // namespace crosswatch::host
