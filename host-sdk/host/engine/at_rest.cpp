#include "engine/at_rest.hpp"

#include <algorithm>

namespace crosswatch::host::engine {
namespace {

using json::object;
using json::Value;

std::int64_t whole(std::uint32_t n) {
  return n;
}

Value side_terms(const Port& port) {
  const cw_capability& c = port.capability;
  return object({{"profile", port.name},
                 {"identity", port.identity},
                 {"plugin", port.session->entry().version},
                 {"libraries", json::array_of(port.libraries)},
                 {"can", whole(c.can)},
                 {"kinds", whole(c.kinds)},
                 {"step", whole(c.rating_step)},
                 {"precision", whole(c.time_precision_s)},
                 {"write", whole(port.write)},
                 {"trusted", port.trusted}});
}

Value safety_terms(const SafetyConfig& s) {
  return object({{"delete_ratio", s.delete_ratio},
                 {"delete_min", s.delete_min},
                 {"confirmed_ratio", s.confirmed_ratio},
                 {"confirmed_min", s.confirmed_min},
                 {"turnover_ratio", s.turnover_ratio},
                 {"changed_ratio", s.changed_ratio},
                 {"min_base", s.min_base},
                 {"probe_limit", s.probe_limit}});
}

}  // namespace

std::string terms_of(const RunContext& ctx, const PairConfig& pair, Feature feature, const std::array<Port, 2>& ports) {
  const FeatureConfig& f = pair.feature(feature);
  return json::dump(object({{"version", CROSSWATCH_VERSION},
                            {"mode", static_cast<int>(pair.mode)},
                            {"conflict", static_cast<int>(pair.conflict)},
                            {"removal", static_cast<int>(f.removal.value_or(pair.removal))},
                            {"add", f.add},
                            {"remove", f.remove},
                            {"kinds", whole(f.kinds)},
                            {"from", f.from},
                            {"options", f.options},
                            {"source", side_terms(ports[0])},
                            {"target", side_terms(ports[1])},
                            {"safety", safety_terms(ctx.safety)}}));
}

std::optional<std::int64_t> rests_until(const Scene& scene, const Plan& plan) {
  const auto conflict = [](const Note& n) { return n.result == Result::conflict; };
  if (!plan.ops.empty() || !plan.rows.empty() || !plan.block.empty() || !scene.base().intents.empty() ||
      scene.rules().adopting || std::any_of(plan.notes.begin(), plan.notes.end(), conflict))
    return std::nullopt;
  std::int64_t until = never;
  for (const Row& row : scene.base().rows)
    for (const RowSide& side : row.side) switch (side.state) {
        case SideState::none:
          break;
        case SideState::sighted:
          if (side.when != 0) return std::nullopt;
          break;
        case SideState::written:
        case SideState::removed:
          return std::nullopt;
        case SideState::parked:
        case SideState::kept:
        case SideState::refuses:
        case SideState::left:
          until = std::min(until, side.when);
          break;
      }
  return until;
}

}  // namespace crosswatch::host::engine
