// The baseline of a lane: what this pair saw on both sides when it last agreed, item by item.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "engine/facts.hpp"
#include "engine/report.hpp"
#include "engine/value.hpp"

namespace crosswatch::host::engine {

// Numbers are stored; append only.
enum class SideState : std::uint8_t {
  none = 0,     // nothing is known to be there
  written = 1,  // we wrote it and no listing has shown it yet: its absence proves nothing
  sighted = 2,  // a listing showed it
  removed = 3,  // we removed it and no complete listing has confirmed that yet
  parked = 4,   // the side cannot take it; tried again at `when`
  kept = 5,     // sighted, and gone since; the other side cannot remove it; tried again at `when`
  refuses = 6,  // sighted; it does not keep the other side's value; tried again at `when`
  left = 7      // sighted; then its title left, and whether the fact went with it is asked again at `when`
};

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

struct RowSide {
  Value value{};          // as that side shows it, in its own rounding
  std::int64_t when = 0;  // epoch seconds of our write that waits to be sighted, of the removal, or of the next try
  SideState state = SideState::none;
};

enum class Origin : std::uint8_t { found = 0, added_to_source = 1, added_to_target = 2 };

struct Row {
  std::array<RowSide, 2> side{};
  std::int64_t id = 0;
  Origin origin = Origin::found;
  std::uint8_t tries = 0;  // failed or unseen writes in a row
  RowSide& at(Side s) noexcept { return side[static_cast<std::size_t>(s)]; }
  const RowSide& at(Side s) const noexcept { return side[static_cast<std::size_t>(s)]; }
};

// A write whose effect no listing has shown yet. Not done: its outcome was never recorded, because the process was
// killed or the answer got lost. Done: kept of updates only, to know the value that a listing shows when it lags.
struct Intent {
  Side side = Side::target;
  OpType op = OpType::add;
  bool done = false;
  std::int64_t at = 0;
  Value value{};  // that was to be written
  Value was{};    // that was there before, of an update
  Value other{};  // what the other side said then
};

struct Base {
  std::vector<Row> rows{};
  Idents idents{};
  std::unordered_map<std::uint32_t, Intent> intents{};  // by key()

  static std::uint32_t key(std::uint32_t row, Side side) noexcept { return row * 2 + static_cast<std::uint32_t>(side); }
  // Of the row with that index; null when there is none.
  std::array<const Intent*, 2> intents_of(std::uint32_t row) const {
    std::array<const Intent*, 2> out{};
    if (intents.empty()) return out;
    for (const Side s : {Side::source, Side::target})
      if (const auto it = intents.find(key(row, s)); it != intents.end())
        out[static_cast<std::size_t>(s)] = &it->second;
    return out;
  }
};

}  // namespace crosswatch::host::engine
