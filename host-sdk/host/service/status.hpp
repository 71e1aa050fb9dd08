// Whether everything works: each profile with its parts, each pair with its last run.
#pragma once

#include <string>
#include <vector>

#include "exit_code.hpp"
#include "service/workspace.hpp"
#include "state/runs.hpp"

namespace crosswatch::host {

struct ProfileStatus {
  ProfileRef ref{};
  std::string state{};          // "ok", or the code of what is wrong
  std::int64_t checked_at = 0;  // when it was asked, in epoch seconds
  std::string message{}, remedy{};
  std::vector<ReportLine> report{};  // what the provider tells: account, server, scope, ..
  struct Lane {
    Feature feature = Feature::history;
    bool read = false, write = false;
    std::string code{};  // why it cannot be used
  };
  std::vector<Lane> features{};
  ExitCode exit = ExitCode::ok;
};
struct PairStatus {
  std::string id{};
  bool enabled = true;
  PairState state{};
};

// Empty provider or profile: all of enabled plugins. Profiles are asked at the same time. What a profile has to say
// against it is in its state; Error NOT_FOUND only for one that is named and not there.
std::vector<ProfileStatus> profile_states(Workspace& ws, const std::string& provider, const std::string& profile);
std::vector<PairStatus> pair_states(Workspace& ws);

}  // namespace crosswatch::host
