// What the listing of a side says about one item, compared with what its row remembers. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base.hpp"
#include "engine/rules.hpp"

namespace crosswatch::host::engine {

// What a side shows of the item.
struct Seen {
  bool present = false;
  Value value{};
  bool behind = false;  // history of sides that keep single plays: the other one knows a play that this one lacks
};

enum class Presence : std::uint8_t {
  same,
  changed,
  refused,  // there, unchanged, and it did not keep what we wrote
  fresh,    // there, and no row says that it was
  behind,   // there, and still as it was before our update
  stuck,    // there, although we removed it
  gone,     // not there, and a listing once showed it
  lost,     // not there, and only we said that it was
  absent,   // not there
  unknown,  // not in a listing that is not complete
  waiting,  // our write may not be visible yet
  left,     // gone, and so was its title when that was last asked
  resting   // gone or left, and it is not due for another try
};

constexpr bool present(Presence p) noexcept {
  return p <= Presence::fresh;
}
constexpr bool quiet(Presence p) noexcept {
  return p == Presence::same || p == Presence::refused;
}

// The outcome of a write was never recorded: where it has arrived, the row learns of it.
void recover(const LaneRules& rules, const std::array<Seen, 2>& seen, const Intent& intent, Row& row) noexcept;

// `intent`: of that side, or null. `tries` and `side` are those of the row; `side` learns what is seen.
Presence classify(const LaneRules& rules, Side s, const Seen& seen, const Intent* intent, std::uint8_t tries,
                  RowSide& side) noexcept;

// After a write how long a listing may lag behind before its silence means anything.
std::int64_t patience_s(std::uint8_t tries) noexcept;

}  // namespace crosswatch::host::engine
