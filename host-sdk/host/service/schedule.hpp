// Which pairs are to run by themselves now.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/pairs.hpp"
#include "service/status.hpp"

namespace crosswatch::host {

// The pairs that are on, have a schedule and are due, in the order of the configuration.
std::vector<std::string> due_pairs(const std::vector<PairConfig>& pairs, const std::vector<PairStatus>& states,
                                   std::int64_t now);

}  // namespace crosswatch::host
