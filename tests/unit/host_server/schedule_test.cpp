#include "config/schedule.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <cstdlib>

#include "service/schedule.hpp"
#include "time.hpp"
#include "world.hpp"
#include "zone.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

std::int64_t at(const char* text) {
  return *parse_iso(text);
}

// Local times are those of Berlin while it lives.
struct Berlin {
  Berlin() {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
  }
  ~Berlin() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

PairConfig pair(const char* id, const char* schedule, bool enabled = true) {
  PairConfig p;
  p.id = id;
  p.schedule = schedule;
  p.enabled = enabled;
  return p;
}
PairStatus ran(const char* id, std::int64_t last) {
  PairStatus s;
  s.id = id;
  s.state.last_run_at = last;
  return s;
}

}  // namespace

TEST_CASE("a schedule is a number of hours or minutes, or a time of day") {
  CHECK(parse_schedule("6h")->every_s == 6 * 3600);
  CHECK(parse_schedule("30m")->every_s == 1800);
  CHECK(parse_schedule("03:30")->minute_of_day == 210);
  for (const char* wrong : {"", "6", "h", "0h", "-1h", "6 hours", "24:00", "12:60", "9999999h", "3:"})
    CHECK_MESSAGE(!parse_schedule(wrong), wrong);
}

TEST_CASE("a run that was missed, however often, is caught up once") {
  const Schedule six = *parse_schedule("6h");
  const std::int64_t now = at("2026-03-10T12:00:00Z");
  CHECK(next_run(six, now - 3600, now) == now + 5 * 3600);
  CHECK(next_run(six, now - 100 * 3600, now) == now);
  CHECK(next_run(six, now, now) == now + 6 * 3600);
}

TEST_CASE("a time of day is local time, in summer as in winter") {
  const Berlin zone;
  const Schedule early = *parse_schedule("03:30");
  CHECK(next_run(early, at("2026-01-10T12:00:00Z"), at("2026-01-10T13:00:00Z")) == at("2026-01-11T02:30:00Z"));
  CHECK(next_run(early, at("2026-07-10T12:00:00Z"), at("2026-07-10T13:00:00Z")) == at("2026-07-11T01:30:00Z"));
  CHECK(next_run(early, at("2026-07-10T12:00:00Z"), at("2026-07-14T13:00:00Z")) == at("2026-07-14T13:00:00Z"));
  CHECK(next_run(early, 0, at("2026-07-10T12:00:00Z")) == at("2026-07-11T01:30:00Z"));
}

TEST_CASE("a time that the clock leaps over or passes twice comes once that day") {
  const Berlin zone;
  const Schedule leap = *parse_schedule("02:30");
  const std::int64_t spring = next_run(leap, at("2026-03-28T12:00:00Z"), at("2026-03-28T13:00:00Z"));
  CHECK(spring >= at("2026-03-29T00:30:00Z"));
  CHECK(spring <= at("2026-03-29T01:30:00Z"));
  const std::int64_t autumn = next_run(leap, at("2026-10-24T12:00:00Z"), at("2026-10-24T13:00:00Z"));
  CHECK(next_run(leap, autumn, autumn) > autumn + 20 * 3600);
}

TEST_CASE("a time of day may be that of a named zone, wherever the machine stands") {
  const Schedule berlin = *parse_schedule("03:30 Europe/Berlin");
  CHECK(next_run(berlin, at("2026-01-10T12:00:00Z"), at("2026-01-10T13:00:00Z")) == at("2026-01-11T02:30:00Z"));
  CHECK(next_run(berlin, at("2026-07-10T12:00:00Z"), at("2026-07-10T13:00:00Z")) == at("2026-07-11T01:30:00Z"));
  const Schedule sydney = *parse_schedule("22:00 Australia/Sydney");  // where January is summer
  CHECK(next_run(sydney, at("2026-01-10T12:00:00Z"), at("2026-01-10T13:00:00Z")) == at("2026-01-11T11:00:00Z"));
  CHECK(next_run(sydney, at("2026-07-10T13:00:00Z"), at("2026-07-10T13:00:00Z")) == at("2026-07-11T12:00:00Z"));
  for (const char* wrong : {"03:30 Europe/Nowhere", "03:30 ", "03:30 ../../etc/passwd", "03:30 /etc/passwd", "6h UTC"})
    CHECK_MESSAGE(!parse_schedule(wrong), wrong);
}

TEST_CASE("a zone says the same as the system's own clock, this year and when its list of changes has ended") {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Nuuk",
                           "Africa/Casablanca", "Pacific/Chatham", "UTC", "Europe/Dublin"}) {
    const auto zone = Zone::find(name);
    REQUIRE_MESSAGE(zone, name);
    ::setenv("TZ", name, 1);
    ::tzset();
    // A step that is no whole number of hours; from 1990 to 2060.
    for (std::int64_t t = 631152000; t < 2840140800; t += 1000003) {
      const std::time_t now = t;
      std::tm local{};
      ::localtime_r(&now, &local);
      if (zone->offset_at(t) != local.tm_gmtoff) FAIL(name << " at " << iso(t));
    }
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("a time of a named zone that its clock leaps over or passes twice comes once that day") {
  const Schedule leap = *parse_schedule("02:30 Europe/Berlin");
  const std::int64_t spring = next_run(leap, at("2026-03-28T12:00:00Z"), at("2026-03-28T13:00:00Z"));
  CHECK(spring >= at("2026-03-29T00:30:00Z"));
  CHECK(spring <= at("2026-03-29T01:30:00Z"));
  const std::int64_t autumn = next_run(leap, at("2026-10-24T12:00:00Z"), at("2026-10-24T13:00:00Z"));
  CHECK(autumn == at("2026-10-25T00:30:00Z"));
  CHECK(next_run(leap, autumn, autumn) == at("2026-10-26T01:30:00Z"));
}

TEST_CASE("pairs that are off or have no schedule are never due") {
  const std::int64_t now = at("2026-03-10T12:00:00Z");
  const std::vector<PairConfig> pairs{pair("p1", "6h"), pair("p2", ""), pair("p3", "6h", false), pair("p4", "6h")};
  const std::vector<PairStatus> states{ran("p1", 0), ran("p2", 0), ran("p3", 0), ran("p4", now - 60)};
  CHECK(due_pairs(pairs, states, now) == std::vector<std::string>{"p1"});
}

TEST_CASE("a schedule that makes no sense is an error of the configuration") {
  std::vector<Problem> problems;
  read_pairs(json::parse(R"({"pairs":[{"id":"p1","source":"a","target":"b","schedule":"often"}]})"), problems);
  REQUIRE(problems.size() == 1);
  CHECK(test::has(problems[0].message, "often"));
}

TEST_CASE("the server runs a pair that is due, and says that the schedule did") {
  test::World w({}, R"({"plugins":{"tracker":{"enabled":true}},"tracker":{"instances":{"b":{}}},
      "pairs":[{"id":"p1","source":"tracker","target":"tracker","target_instance":"b","schedule":"1h","features":{"history":{"enable":true}}}]})");
  w.open();
  std::string trigger;
  while (trigger.empty()) trigger = test::World::text(w.get("/api/runs"), "runs.0.trigger");
  CHECK(trigger == "schedule");
}
