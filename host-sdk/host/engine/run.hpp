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

// What a profile held before a lane writes over it or removes from it.
struct Endangered {
  ProfileRef ref{};
  Feature feature = Feature::history;
  std::string identity{}, scope{};
  std::int64_t run = 0;
  std::int64_t at = 0;  // epoch seconds
  bool complete = false;
  std::function<void(const std::function<void(const cw_fact&)>&)> each{};
};

struct RunOptions {
  bool dry = false;        // plan only: neither a provider nor anything but the run's record is written
  std::string approve{};   // digest of what an earlier run held, at most 24 hours ago
  bool same_refs = false;  // both sides are one place: who has no ids is known by the ref that both give
  bool discard = false;    // what `approve` names is forgotten instead of done; nothing else is done either
  std::string trigger{"manual"};
  std::vector<Feature> features{};  // empty: all that the pair has switched on
  Cancellation cancel{};
  std::function<void(const Endangered&)> keep{};  // what it throws ends the lane before anything is written
  Clock now{};                                    // tests; system_clock()
  Operation::Sleep sleep{};                       // tests
};

// Runs the pairs in order, each with its features in a fixed order. An error of one lane ends that lane only and is in
// the report. The caller holds the lock of the state folder. Throws Error for what concerns the whole run: an unknown
// or used-up digest, a state that cannot be read or written.
RunReport run_pairs(const std::vector<PairConfig>& pairs, const SafetyConfig& safety, const RuntimeConfig& runtime,
                    StateStore& state, const OpenSession& open, Events& events, const RunOptions& options = {});

}  // namespace crosswatch::host::engine
