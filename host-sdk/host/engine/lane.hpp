// One feature of one pair, from reading both sides to the record of what was done.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/facts.hpp"
#include "engine/merge.hpp"
#include "engine/run.hpp"
#include "engine/written.hpp"
#include "state/baseline.hpp"

namespace crosswatch::host::engine {

struct Snapshot {
  std::shared_ptr<const Facts> facts{};  // null when it is known only to be what `state` names
  bool complete = false;
  std::string reason{};  // why not
  std::string scope{};
  std::string state{};  // empty: the provider gives it no name
};

// What the lanes of one run share.
struct RunContext {
  const SafetyConfig& safety;
  const RuntimeConfig& runtime;
  StateStore& state;
  Events& events;
  const RunOptions& options;
  Clock clock;
  std::int64_t run = 0;
  std::int64_t lane = 0;                                              // number of the one that runs
  std::int64_t items = 0;                                             // recorded so far
  std::map<std::pair<std::string, Feature>, std::string> approved{};  // digests by lane

  // Snapshots that a later lane of this run reads again; forgotten when that side is written.
  using SnapshotKey = std::tuple<std::string, Feature, std::vector<std::string>>;  // profile, feature, libraries
  std::map<SnapshotKey, Snapshot> cache{};
  std::map<SnapshotKey, int> wanted{};  // how often it will still be read
  Written written{};
  std::unique_ptr<Texts> texts = std::make_unique<Texts>();

  std::int64_t now() const { return clock() / 1000; }
  bool cancelled() const { return options.cancel.requested(); }
};

// Does the work of a run that has begun, and records its end however that comes about: also when `work` throws, which
// goes on to the caller. Tells events the end of a run that was not broken off.
void complete_run(RunContext& ctx, RunReport& report, const std::function<void()>& work);

// Puts what a lane has done so far on record, beside the items. Unless more follows, it was broken off there.
void record_so_far(SQLite::Database& db, const RunContext& ctx, LaneReport report);

// One side of a lane.
struct Port {
  std::string name{};  // "tracker@friend"
  ProfileRef ref{};
  std::string identity{};
  Session* session = nullptr;
  std::vector<std::string> libraries{};
  cw_capability capability{};
  std::uint32_t write = 0;  // CW_ALL_COPIES | ..
  bool trusted = true;      // its health allows to believe that what it does not list is gone
};

// Never throws for what concerns this lane alone: the report says it. Throws when the state fails or events do.
LaneReport run_lane(RunContext& ctx, const PairConfig& pair, Feature feature, std::array<Port, 2>& ports);

}  // namespace crosswatch::host::engine
