// When a pair runs by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::host {

// Either every so many seconds, or once a day at a minute of the day by the clock of a zone; without one by the local
// clock (the environment variable TZ, else the system, says which zone that is).
struct Schedule {
  std::int64_t every_s = 0;
  int minute_of_day = -1;
  std::string zone{};  // "Europe/Berlin"; it was there when the schedule was read
};
// "6h", "30m", "03:30" or "03:30 Europe/Berlin". Nullopt for anything else.
std::optional<Schedule> parse_schedule(std::string_view text);

// Epoch seconds of the next run, when the last one began at `last` (0: there was none). A time that has passed means
// now: what was missed is caught up once, however often it was missed.
std::int64_t next_run(const Schedule& schedule, std::int64_t last, std::int64_t now);

}  // namespace crosswatch::host
