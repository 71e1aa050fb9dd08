// What has to be done about one item: the three-way decision. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "config/pairs.hpp"
#include "engine/base.hpp"

namespace crosswatch::host::engine {

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
  bool adopting = false;  // scope or mode changed: what is gone is forgotten, not removed
  std::array<SideRules, 2> side{};
  std::uint32_t kinds = ~std::uint32_t{0};  // what else there is does not take part
  std::int64_t from = time_unknown;         // facts of before, or without a date, are neither copied nor removed
  bool rewatches = true;                    // further plays of what is watched on both sides are passed on
  ProgressRules progress{};
  std::int64_t now = 0;  // epoch seconds
  const SideRules& at(Side s) const noexcept { return side[static_cast<std::size_t>(s)]; }
};

constexpr Side other(Side s) noexcept {
  return s == Side::source ? Side::target : Side::source;
}

// What a side shows of the item.
struct Seen {
  bool present = false;
  Value value{};
  bool behind = false;  // history of sides that keep single plays: the other one knows a play that this one lacks
};

enum class Reason : std::uint8_t {
  none,
  only_here,      // the other side lacks it
  changed,        // the user changed it on the other side
  changed_again,  // removed here, but changed on the other side since: kept
  enforced,       // one-way: the target follows the source
  gone,           // the user removed it on the other side
  mirror,         // one-way mirror: the source never had it
  not_sticking,   // written before, and not shown since
  removal_lost,   // removed before, and still shown
  retry,          // was parked
  conflict_newest,
  conflict_source,
  conflict_target,
  conflict_open,
  cannot_add,
  cannot_update,
  cannot_remove,
  kind_unsupported
};
std::string_view name_of(Reason r) noexcept;

struct SideOp {
  OpType type = OpType::add;
  Reason reason = Reason::none;  // none: no operation
  Value value{};                 // to be stored; nothing for a remove
  explicit operator bool() const noexcept { return reason != Reason::none; }
};

struct Decision {
  std::array<SideOp, 2> op{};
  bool conflict = false;          // both sides changed; an op's reason, or conflict_open, says what came of it
  Reason skipped = Reason::none;  // what a side cannot represent: adopted as it is
  bool parked = false;            // waits for its next try
  Reason note = Reason::none;     // why it was parked just now
  Reason verdict = Reason::none;  // who won a conflict

  // What the row shall say whatever becomes of the operations. `store` without a row: a new one.
  enum class RowChange : std::uint8_t { keep, store, drop } row = RowChange::keep;
  std::array<RowSide, 2> side{};
  std::uint8_t tries = 0;

  // For the guards.
  std::array<bool, 2> gone{};     // was sighted there, is not in the complete listing
  std::array<bool, 2> changed{};  // differs from what the row says
  std::array<bool, 2> fresh{};    // is there and no row said so

  SideOp& at(Side s) noexcept { return op[static_cast<std::size_t>(s)]; }
  const SideOp& at(Side s) const noexcept { return op[static_cast<std::size_t>(s)]; }
};

Decision merge(const LaneRules& rules, Kind kind, const std::array<Seen, 2>& seen, const Row* row,
               const std::array<const Intent*, 2>& intents);

// After a write how long a listing may lag behind before its silence means anything.
std::int64_t patience_s(std::uint8_t tries) noexcept;
// How long what a side cannot take is left alone.
std::int64_t pause_s(std::uint8_t tries) noexcept;
inline constexpr std::uint8_t max_tries = 3;

}  // namespace crosswatch::host::engine
