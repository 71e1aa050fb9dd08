// Records of past runs, what is held, and what is parked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/report.hpp"
#include "state/store.hpp"

namespace crosswatch::host {

struct RunRow {
  std::int64_t id = 0;
  std::int64_t started = 0, finished = 0;  // finished 0: it still runs, or was killed
  bool dry = false;
  std::string trigger{};
  engine::Status status = engine::Status::nothing_to_do;
  std::string digest{};
  engine::Totals totals{};
  engine::Totals planned{};  // its first three; of a dry run all there is
};

// Newest first.
std::vector<RunRow> list_runs(const StateStore& state, std::size_t limit = 50);
// With its pairs and lanes. Error NOT_FOUND "run_unknown" names the newest run.
engine::RunReport find_run(const StateStore& state, std::int64_t id);
// Every operation of that run, in the order of the run; of a dry run only what is held, parked or left alone.
void each_item(const StateStore& state, std::int64_t run, const std::function<void(const engine::Item&)>& visit);

struct PairState {
  engine::Status status = engine::Status::nothing_to_do;  // of its last real run, but for one that goes on
  std::int64_t last_run = 0;                              // id; 0: never ran
  std::int64_t last_run_at = 0;
  std::uint64_t held = 0, parked = 0;
  std::string digest{};  // of the run that holds something, for --approve
};
PairState pair_state(const StateStore& state, const std::string& pair);

// What the last real run of each lane held.
std::vector<engine::Item> list_held(const StateStore& state, const std::string& pair = {});

// The pairs of which a run held what that digest names, and which may still be approved at `now` (epoch seconds).
// Errors NOT_FOUND "digest_unknown", "digest_expired", "digest_used".
std::vector<std::string> pairs_of_digest(const StateStore& state, const std::string& digest, std::int64_t now);

struct ParkedItem {
  engine::Item item{};
  bool ignored = false;
  std::uint32_t tries = 0;
  std::int64_t since = 0, next_try = 0;  // epoch seconds
  std::string key{};                     // "p1/history/17": names it for retry and ignore
};
std::vector<ParkedItem> list_parked(const StateStore& state, const std::string& pair = {});

enum class ParkChange { retry, ignore, unignore };
// Retry and unignore: the next run tries it. Error NOT_FOUND "parked_unknown".
void change_parked(StateStore& state, const std::string& key, ParkChange change);

}  // namespace crosswatch::host
