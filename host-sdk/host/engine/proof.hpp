// That a side lists something no more is no proof that the fact was taken back.
#pragma once

#include "engine/lane.hpp"
#include "engine/plan.hpp"

namespace crosswatch::host::engine {

// Asks `port`, the side `evidence`, about each remove that follows from its silence. What it cannot confirm is held, or
// dropped where it turns out that its listing is wrong; with the title gone nothing was taken back. `approved`: the
// user saw them, and no limit counts. False: the side cannot tell.
bool probe(RunContext& ctx, LaneReport& report, Port& port, const Scene& scene, Plan& plan, Side evidence,
           bool approved);

}  // namespace crosswatch::host::engine
