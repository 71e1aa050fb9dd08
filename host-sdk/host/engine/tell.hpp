// What a lane tells of its plan before anything is written.
#pragma once

#include "engine/lane.hpp"
#include "engine/plan.hpp"

namespace crosswatch::host::engine {

// Into the report: the counts, and what is held or blocked and why. To the events: every planned operation. Into the
// record of the run: what is over already, because it is held, parked or left alone.
void tell_plan(RunContext& ctx, LaneReport& report, const Scene& scene, const Plan& plan);

// Whether what is written will bear the date of the writing.
bool undated(Feature feature, const Scene& scene, const PlannedOp& op) noexcept;

}  // namespace crosswatch::host::engine
