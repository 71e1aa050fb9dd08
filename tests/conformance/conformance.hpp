// Runs the suite as one doctest case; prints what was skipped, once.
#pragma once

#include <doctest/doctest.h>

#include <crosswatch/conformance.hpp>

inline void expect_conformance(const cw_entry& entry, const crosswatch::Traits& traits) {
  int passed = 0;
  const auto checks = crosswatch::run_conformance(entry, traits, [&](const crosswatch::Check& c) {
    if (c.verdict == crosswatch::Verdict::failed) FAIL_CHECK(c.name << ": " << c.reason);
    if (c.verdict == crosswatch::Verdict::skipped) MESSAGE("skipped: " << c.name << " (" << c.reason << ")");
    if (c.verdict == crosswatch::Verdict::passed) ++passed;
  });
  MESSAGE(passed << " of " << checks.size() << " checks passed");
  CHECK(passed > 0);
}
