// Carries one live event into the target of its route, so that however often it is tried it has its effect once.
#pragma once

#include "plugin/session.hpp"
#include "state/route_queue.hpp"

namespace crosswatch::host::route {

// Looks what the target has, and writes only what it lacks. Sets the delivery's state and reason, and for what failed
// for now its tries and next_try; `now` in epoch seconds. Throws the Error that keeps the target from being used at
// all: then the delivery is as it was.
void deliver(Session& target, Operation& op, Delivery& delivery, std::int64_t now);

// Seconds until the next try after so many: 1, 2, 4, .. 300.
std::int64_t pause_s(std::uint32_t tries) noexcept;

}  // namespace crosswatch::host::route
