// The suite that every provider passes: what the host relies on, checked from outside, across the boundary.
//
//   for (const Check& c : run_conformance(entry_of<MyProvider>("my", "1.0.0"), traits))
//     if (c.verdict == Verdict::failed) ...
//
// What a capability does not offer is skipped with the reason. Needs no test framework and prints nothing.
#pragma once

#include <array>
#include <crosswatch/fake_host.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crosswatch {

enum class Verdict { passed, failed, skipped };

struct Check {
  std::string name{};  // a sentence: "history: a removed fact is gone"
  Verdict verdict = Verdict::passed;
  std::string reason{};  // why it failed or was skipped
};

// Something that goes wrong at the service between begin() and end(): it is down, it answers garbage.
struct Fault {
  std::string name{};
  std::function<void()> begin{};
  std::function<void()> end{};
};

// What the suite must know about a provider. The defaults fit one that stores any title and needs no settings.
struct Traits {
  // Prepares a host for a profile without facts. Called before every check, so that no check depends on another.
  std::function<void(FakeHost&)> prepare{};
  // What the manifest says of each feature; the provider must say the same. Absent: not compared.
  std::optional<std::array<cw_capability, CW_FEATURE_COUNT>> declared{};

  bool any_title = true;       // stores what it never heard of; else `items` names titles that it has
  bool starts_empty = true;    // a prepared profile has no facts
  bool keeps_profiles = true;  // what is written is still there for the next instance with the same host
  // Titles that it has, without facts, at least three of a kind that the feature takes. Asked when !any_title.
  std::function<std::vector<Fact>(Feature)> items{};
  // Runs between a write and the reads that must show it, when the service needs time or a push.
  std::function<void()> settle{};
  std::vector<Fault> faults{};
  // Makes or takes back a fact the way another client of the service would, behind the provider's back.
  std::function<void(Feature, const Fact&, bool present)> elsewhere{};

  // A real login instead of a prepared one: the host's own tables. Only checks that leave nothing behind are run:
  // reading, and, when `items` offers a title, one fact that is made and removed.
  const cw_host* live_host = nullptr;
  const cw_call* live_call = nullptr;
};

using CheckReporter = std::function<void(const Check&)>;  // called with each check as it ends

std::vector<Check> run_conformance(const cw_entry& entry, const Traits& traits, const CheckReporter& report = {});

}  // namespace crosswatch

#include <crosswatch/detail/conformance/faults.hpp>
#include <crosswatch/detail/conformance/identity.hpp>
#include <crosswatch/detail/conformance/load.hpp>
#include <crosswatch/detail/conformance/lookup.hpp>
#include <crosswatch/detail/conformance/snapshot.hpp>
#include <crosswatch/detail/conformance/suite.hpp>
#include <crosswatch/detail/conformance/write.hpp>

namespace crosswatch {

inline std::vector<Check> run_conformance(const cw_entry& entry, const Traits& traits, const CheckReporter& report) {
  conformance::Suite suite(entry, traits, report);
  conformance::check_loading(suite);
  for (const Feature f : suite.features()) {
    conformance::check_snapshots(suite, f);
    conformance::check_writes(suite, f);
    conformance::check_lookups(suite, f);
    conformance::check_identity(suite, f);
    conformance::check_faults(suite, f);
  }
  return suite.checks();
}

}  // namespace crosswatch
