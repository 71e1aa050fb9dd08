// What a fact says, in one shape for all features, and when two of them say the same.
#pragma once

#include <crosswatch/item.hpp>
#include <cstdint>

namespace crosswatch::host::engine {

// 16 bytes, because a lane holds millions.
struct Value {
  std::int64_t at = time_unknown;
  std::int32_t n = 0;  // ratings: tenths; history: plays; progress: position in ms; watchlist: 0
  std::int32_t d = 0;  // progress: length of the item in ms, 0 unknown
  friend bool operator==(const Value&, const Value&) = default;
};

// False when the feature's own member is missing or out of range: a defect of the provider.
bool to_value(Feature feature, const cw_value& raw, Value& out) noexcept;
cw_value to_raw(Feature feature, const Value& value) noexcept;

// Dates of "watched" are compared this loosely: services re-stamp them.
inline constexpr std::int64_t date_slack_s = 24 * 3600;
// How far the clock of a service may run ahead of ours.
inline constexpr std::int64_t clock_skew_s = 120;

// A resume point that moved by less has not moved.
inline constexpr std::int64_t usual_delta_ms = 30'000;

// Whether the user did something between two sightings on the same side.
bool changed(Feature feature, const Value& before, const Value& now, std::int64_t delta_ms = usual_delta_ms) noexcept;

// Whether two sides say the same within the coarser step (tenths of a rating).
bool same(Feature feature, const Value& a, const Value& b, std::uint32_t step_a, std::uint32_t step_b,
          std::int64_t delta_ms = usual_delta_ms) noexcept;

// History: whether `from` knows a play that `to` does not.
bool knows_more(const Value& from, const Value& to) noexcept;
// History: all that both know.
Value joined(const Value& a, const Value& b) noexcept;

// History, written to a side that can do that: whether it will bear the date of the writing instead of its own, and how
// many plays go missing.
bool loses_date(Feature feature, std::uint32_t can, const Value& v) noexcept;
std::int32_t lost_plays(Feature feature, std::uint32_t can, const Value& v) noexcept;

// Of two copies of one title on one side, the one that counts: the newest, then the larger. A strict order, so that
// the order of a listing does not matter.
bool counts_more(const Value& x, const Value& y) noexcept;

}  // namespace crosswatch::host::engine
