// When a lane can be spared its comparison: it found nothing to do, and what it compared is as it was.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/lane.hpp"
#include "engine/plan.hpp"

namespace crosswatch::host::engine {

// Everything that a lane's decisions depend on, besides the facts of both sides, its baseline and the time.
std::string terms_of(const RunContext& ctx, const PairConfig& pair, Feature feature, const std::array<Port, 2>& ports);

// Until when the same facts would lead to nothing again, in epoch seconds: the next try of what is parked, or `never`.
// Nothing when the plan does something, has a conflict to show, or the baseline waits for a write to be seen.
std::optional<std::int64_t> rests_until(const Scene& scene, const Plan& plan);

}  // namespace crosswatch::host::engine
