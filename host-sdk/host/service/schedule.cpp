#include "service/schedule.hpp"

#include <algorithm>

#include "config/schedule.hpp"

namespace crosswatch::host {

std::vector<std::string> due_pairs(const std::vector<PairConfig>& pairs, const std::vector<PairStatus>& states,
                                   std::int64_t now) {
  std::vector<std::string> out;
  for (const PairConfig& pair : pairs) {
    const auto schedule = parse_schedule(pair.schedule);
    if (!pair.enabled || !schedule) continue;
    const auto state = std::find_if(states.begin(), states.end(), [&](const PairStatus& s) { return s.id == pair.id; });
    const std::int64_t last = state == states.end() ? 0 : state->state.last_run_at;
    if (next_run(*schedule, last, now) <= now) out.push_back(pair.id);
  }
  return out;
}

}  // namespace crosswatch::host
