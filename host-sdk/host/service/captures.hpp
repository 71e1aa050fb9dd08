// Captures of profiles: taken by hand or before a sync writes, compared, and restored as a guarded run.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.hpp"
#include "engine/report.hpp"
#include "engine/run.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host {

// Reads the profile now. Error PROTOCOL "incomplete" when its list is not complete: nothing is kept then, nor when it
// was cancelled. `progress` is told how far it is, on this thread or another.
CaptureHead take_capture(Workspace& ws, const ProfileRef& ref, Feature feature, const Cancellation& cancel,
                         const Operation::Progress& progress = {});

// Keeps what a run is about to write over. For RunOptions::keep.
std::function<void(const engine::Endangered&)> keep_before_writes(const Workspace& ws);

struct RestoreOptions {
  bool dry = false;
  bool exact = false;     // also removes what the capture does not hold
  std::string approve{};  // digest of what an earlier restore held
  Cancellation cancel{};
};
// Makes the profile say again what the capture says: adds what is missing, corrects what differs. A run like any
// other: guarded, recorded, and with a capture of what is there now taken first.
engine::RunReport restore_capture(Workspace& ws, const std::string& id, engine::Events& events,
                                  const RestoreOptions& options);

enum class Difference { added, removed, changed };
std::string_view name_of(Difference d) noexcept;
// From the capture `from` to the capture `to`, or, when that is empty, to what the profile says now. `progress` as for
// take_capture.
void diff_capture(Workspace& ws, const std::string& from, const std::string& to, const Cancellation& cancel,
                  const std::function<void(Difference, const Fact& before, const Fact& after)>& visit,
                  const Operation::Progress& progress = {});

}  // namespace crosswatch::host
