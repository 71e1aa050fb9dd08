// What has to be done about one item: the three-way decision. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/presence.hpp"

namespace crosswatch::host::engine {

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

// How long what a side cannot take is left alone.
std::int64_t pause_s(std::uint8_t tries) noexcept;
inline constexpr std::uint8_t max_tries = 3;

}  // namespace crosswatch::host::engine
