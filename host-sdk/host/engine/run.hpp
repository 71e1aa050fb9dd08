// Runs pairs: the one way in which facts move from one provider to another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/pairs.hpp"
#include "engine/report.hpp"
#include "plugin/session.hpp"
#include "state/store.hpp"
#include "time.hpp"

namespace crosswatch::host::engine {

// Opens a profile, once a run; throws Error when it cannot. What the session stands on must live as long as the
// pointer: hand out an aliasing shared_ptr of whatever owns it.
using OpenSession = std::function<std::shared_ptr<Session>(const ProfileRef&)>;

struct RunOptions {
  bool dry = false;       // plan only: neither a provider nor anything but the run's record is written
  std::string approve{};  // digest of what an earlier run held, at most 24 hours ago
  std::string trigger{"manual"};
  std::vector<Feature> features{};  // empty: all that the pair has switched on
  Cancellation cancel{};
  Clock now{};               // tests; system_clock()
  Operation::Sleep sleep{};  // tests
};

// Runs the pairs in order, each with its features in a fixed order. An error of one lane ends that lane only and is in
// the report. The caller holds the lock of the state folder. Throws Error for what concerns the whole run: an unknown
// or used-up digest, a state that cannot be read or written.
RunReport run_pairs(const std::vector<PairConfig>& pairs, const SafetyConfig& safety, const RuntimeConfig& runtime,
                    StateStore& state, const OpenSession& open, Events& events, const RunOptions& options = {});

}  // namespace crosswatch::host::engine
