#include "config/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "zone.hpp"

namespace crosswatch::host {
namespace {

constexpr std::int64_t minute_s = 60, hour_s = 3600, day_s = 24 * hour_s, year_s = 366 * day_s;

std::optional<int> number(std::string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

// That minute of the day on which `at` falls there, `days` later.
std::int64_t minute_of_day(std::int64_t at, const Schedule& schedule, int days) {
  if (const auto zone = schedule.zone.empty() ? std::nullopt : Zone::find(schedule.zone)) {
    const std::int64_t local = at + zone->offset_at(at);
    const std::int64_t midnight = local - ((local % day_s) + day_s) % day_s;
    return zone->from_local(midnight + days * day_s + schedule.minute_of_day * minute_s);
  }
  const std::time_t t = at;
  std::tm day{};
  ::localtime_r(&t, &day);
  day.tm_mday += days;
  day.tm_hour = schedule.minute_of_day / 60;
  day.tm_min = schedule.minute_of_day % 60;
  day.tm_sec = 0;
  day.tm_isdst = -1;  // where the clock is put forward over it, the hour after counts
  return std::mktime(&day);
}

}  // namespace

std::optional<Schedule> parse_schedule(std::string_view text) {
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    std::string zone;
    if (const std::size_t space = text.find(' '); space != std::string_view::npos) {
      zone = text.substr(space + 1);
      text = text.substr(0, space);
      if (!Zone::find(zone)) return std::nullopt;
    }
    const auto hour = number(text.substr(0, colon)), minute = number(text.substr(colon + 1));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return Schedule{0, *hour * 60 + *minute, zone};
  }
  if (text.empty()) return std::nullopt;
  const std::int64_t unit = text.back() == 'h' ? hour_s : text.back() == 'm' ? minute_s : 0;
  const auto n = number(text.substr(0, text.size() - 1));
  if (unit == 0 || !n || *n == 0 || *n * unit > year_s) return std::nullopt;
  return Schedule{*n * unit, -1, {}};
}

std::int64_t next_run(const Schedule& schedule, std::int64_t last, std::int64_t now) {
  if (schedule.minute_of_day < 0) return last == 0 ? now : std::max(now, last + schedule.every_s);
  // A pair that never ran waits for its time; nothing was missed.
  const std::int64_t from = last == 0 ? now : last;
  std::int64_t at = minute_of_day(from, schedule, 0);
  if (at <= from) at = minute_of_day(from, schedule, 1);
  return std::max(now, at);
}

}  // namespace crosswatch::host
