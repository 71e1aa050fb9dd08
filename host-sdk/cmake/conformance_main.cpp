// Runs the suite that every provider passes on the provider that this program is linked with. A provider that needs
// settings or a login, or has only titles of its own, brings a main like this one with Traits that say so.
#include <crosswatch/conformance.hpp>
#include <cstdio>

int main() {
  using crosswatch::Verdict;
  int passed = 0, failed = 0, skipped = 0;
  crosswatch::run_conformance(cw_plugin_entry, {}, [&](const crosswatch::Check& c) {
    ++(c.verdict == Verdict::passed ? passed : c.verdict == Verdict::failed ? failed : skipped);
    if (c.verdict == Verdict::failed) std::printf("FAILED   %s: %s\n", c.name.c_str(), c.reason.c_str());
    if (c.verdict == Verdict::skipped) std::printf("skipped  %s (%s)\n", c.name.c_str(), c.reason.c_str());
  });
  std::printf("%d checks passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed == 0 && passed > 0 ? 0 : 1;
}
