// The clock of a named place, from the system's time zone files: glibc knows only one zone per process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace crosswatch::host {

class Zone {
public:
  // "Europe/Berlin". Nullopt when the system has no such zone, or its file cannot be read. TZDIR says where they are.
  static std::optional<Zone> find(const std::string& name);

  std::int32_t offset_at(std::int64_t at) const;  // seconds east of UTC at that time (epoch seconds)
  // The first time at which clocks there show that local time (seconds since 1970 as if it were UTC); for one that they
  // leap over, the time an hour's change later.
  std::int64_t from_local(std::int64_t local) const;

private:
  // What a POSIX rule says of one change in the year: "M3.5.0/2" is the last Sunday of March, at 2 o'clock.
  struct Change {
    int month = 0, week = 0, day = 0;
    std::int32_t time_s = 7200;
  };
  bool read(const std::string& file);
  bool read_rule(const std::string& rule);
  std::int32_t by_rule(std::int64_t at) const;

  std::vector<std::int64_t> times_{};    // of the changes that the file lists, in order
  std::vector<std::int32_t> offsets_{};  // from then on
  std::int32_t first_ = 0;               // before them
  bool rule_ = false;                    // after them
  std::int32_t standard_ = 0, summer_ = 0;
  std::optional<Change> begins_{}, ends_{};
};

}  // namespace crosswatch::host
