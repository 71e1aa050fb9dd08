// Items that the written side does not know by any id, by their titles. Only where the pair has that switched on.
#pragma once

#include "engine/lane.hpp"
#include "engine/plan.hpp"

namespace crosswatch::host::engine {

// Asks each side about what shall be added there and has no ref there yet, and notes in the plan what it found by title
// alone. An item that is listed on both sides gets one guess, not two that name each other. Throws the side's errors.
void guess_titles(RunContext& ctx, std::array<Port, 2>& ports, const Scene& scene, Plan& plan);

// What is told of a guess.
std::string reason_of(const Guess& guess);

}  // namespace crosswatch::host::engine
