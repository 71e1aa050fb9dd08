// What a lane may do: the options of the pair and the powers of its sides.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "config/pairs.hpp"
#include "engine/report.hpp"
#include "engine/value.hpp"

namespace crosswatch::host::engine {

constexpr Side other(Side s) noexcept {
  return s == Side::source ? Side::target : Side::source;
}

// What one side can do in this lane, and may.
struct SideRules {
  std::uint32_t can = 0;  // CW_READ | ..
  std::uint32_t kinds = 0;
  std::uint32_t rating_step = 1;
  bool writable = false;  // the pair's direction leads here
  bool complete = false;  // its listing was: what it lacks is not there
};

struct ProgressRules {
  std::int32_t min_ms = 60'000;   // less was not really begun
  std::int32_t max_percent = 95;  // more is finished
  std::int64_t delta_ms = usual_delta_ms;
  std::int64_t tolerance_s = 60;  // dates that are no further apart do not say which is newer
};

struct LaneRules {
  Feature feature = Feature::history;
  PairMode mode = PairMode::one_way;
  ConflictRule conflict = ConflictRule::newest;
  RemovalRule removal = RemovalRule::observed;
  bool add = true;
  bool remove = false;
  bool same_refs = false;  // both sides are one place, and name an item alike
  bool adopting = false;   // scope or mode changed: what is gone is forgotten, not removed
  std::array<SideRules, 2> side{};
  std::uint32_t kinds = ~std::uint32_t{0};  // what else there is does not take part
  std::int64_t from = time_unknown;         // facts of before, or without a date, are neither copied nor removed
  bool rewatches = true;                    // further plays of what is watched on both sides are passed on
  bool match_titles = false;                // what no id finds is looked for by its title, and shown for approval
  ProgressRules progress{};
  std::int64_t now = 0;  // epoch seconds
  const SideRules& at(Side s) const noexcept { return side[static_cast<std::size_t>(s)]; }
};

// What the configuration says about the lane, before anything was read.
LaneRules rules_of(const PairConfig& pair, Feature feature);

// What the pair's own options leave out, as a part of the scope: who narrows or widens them has removed nothing.
std::string narrowed(const LaneRules& rules);

}  // namespace crosswatch::host::engine
