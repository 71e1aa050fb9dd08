#include "engine/value.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace crosswatch::host::engine {
namespace {

constexpr std::int64_t max_ms = std::numeric_limits<std::int32_t>::max();  // 24 days
constexpr std::int64_t max_at = 253'402'300'799;                           // the end of the year 9999

std::int32_t to_ms(std::int64_t ms) noexcept {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(ms, 0, max_ms));
}

bool near(const Value& a, const Value& b, std::int64_t delta_ms) noexcept {
  return std::abs(static_cast<std::int64_t>(a.n) - b.n) <= delta_ms;
}

}  // namespace

bool to_value(Feature feature, const cw_value& raw, Value& out) noexcept {
  out = {raw.at < 0 || raw.at > max_at ? time_unknown : raw.at, 0, 0};
  switch (feature) {
    case Feature::watchlist:
      return true;
    case Feature::ratings:
      out.n = raw.rating;
      return raw.rating >= 0 && raw.rating <= 100;
    case Feature::history:
      out.n = to_ms(raw.plays);
      return true;
    case Feature::progress:
      out.n = to_ms(raw.progress_ms);
      out.d = to_ms(raw.duration_ms);
      return raw.progress_ms >= 0;
  }
  return false;
}

cw_value to_raw(Feature feature, const Value& value) noexcept {
  cw_value raw = no_value;
  raw.at = value.at;
  switch (feature) {
    case Feature::watchlist:
      break;
    case Feature::ratings:
      raw.rating = value.n;
      break;
    case Feature::history:
      raw.plays = static_cast<std::uint32_t>(value.n);
      break;
    case Feature::progress:
      raw.progress_ms = value.n;
      if (value.d > 0) raw.duration_ms = value.d;
      break;
  }
  return raw;
}

bool changed(Feature feature, const Value& before, const Value& now, std::int64_t delta_ms) noexcept {
  switch (feature) {
    case Feature::watchlist:
      return false;
    case Feature::ratings:
      return now.n != before.n;
    case Feature::history:
      return knows_more(now, before);
    case Feature::progress:
      return !near(before, now, delta_ms);
  }
  return false;
}

bool same(Feature feature, const Value& a, const Value& b, std::uint32_t step_a, std::uint32_t step_b,
          std::int64_t delta_ms) noexcept {
  switch (feature) {
    case Feature::watchlist:
      return true;
    case Feature::ratings: {
      const auto step = static_cast<std::int32_t>(std::max(step_a, step_b));
      return a.n == b.n || 2 * std::abs(a.n - b.n) <= step;
    }
    case Feature::history:
      return !knows_more(a, b) && !knows_more(b, a);
    case Feature::progress:
      return near(a, b, delta_ms);
  }
  return false;
}

bool knows_more(const Value& from, const Value& to) noexcept {
  if (from.n > to.n) return true;
  if (from.at == time_unknown) return false;
  return to.at == time_unknown || from.at > to.at + date_slack_s;
}

Value joined(const Value& a, const Value& b) noexcept {
  return {std::max(a.at, b.at), std::max(a.n, b.n), 0};
}

bool loses_date(Feature feature, std::uint32_t can, const Value& v) noexcept {
  return feature == Feature::history && (can & CW_BACKDATE) == 0 && v.at != time_unknown;
}

std::int32_t lost_plays(Feature feature, std::uint32_t can, const Value& v) noexcept {
  return feature == Feature::history && (can & CW_EVENTS) == 0 ? std::max(v.n - 1, 0) : 0;
}

bool counts_more(const Value& x, const Value& y) noexcept {
  if (x.at != y.at) return x.at > y.at;
  if (x.n != y.n) return x.n > y.n;
  return x.d > y.d;
}

}  // namespace crosswatch::host::engine
