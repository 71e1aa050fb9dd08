#include "engine/proof.hpp"

#include <algorithm>

#include "engine/question.hpp"

namespace crosswatch::host::engine {

bool probe(RunContext& ctx, LaneReport& report, Port& port, const Scene& scene, Plan& plan, Side evidence,
           bool approved) {
  std::vector<PlannedOp*> candidates;
  for (PlannedOp& op : plan.ops)
    if (op.type == OpType::remove && op.side == other(evidence) && op.hold == Hold::none &&
        op.reason != Reason::removal_lost)
      candidates.push_back(&op);
  if (candidates.empty()) return true;
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(ctx.safety.probe_limit, 0));
  if (!approved && candidates.size() > limit) {
    for (std::size_t i = limit; i < candidates.size(); ++i) candidates[i]->hold = Hold::unproven;
    candidates.resize(limit);
  }
  std::vector<Fact> items;
  for (const PlannedOp* op : candidates) items.push_back(scene.compose(scene.groups()[op->group], evidence));
  std::optional<std::vector<cw_answer>> answers;
  try {
    answers = ask(ctx, port, report.feature, items);
  } catch (const Error& e) {
    if (e.status == CW_CANCELLED || e.status == CW_HOST_STOPPED) throw;
    for (PlannedOp* op : candidates) op->dropped = true;
    report.degraded = true;
    report.note(
        "removal_unproven",
        port.name + " could not confirm what was removed there: " + e.what() + " Nothing was removed because of it.",
        e.remedy);
    return true;
  }
  if (!answers) {
    // Where items live in libraries, a title that left would look like a fact that was taken back.
    // A list that is empty all of a sudden is no proof for anything, however short it was.
    const bool empty = plan.counts[static_cast<std::size_t>(evidence)].listed == 0;
    for (PlannedOp* op : candidates)
      if ((report.feature != Feature::watchlist || empty) && !approved) op->hold = Hold::unproven;
    return false;
  }
  bool lied = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) switch ((*answers)[i].state) {
      case CW_PRESENT:
        lied = true;
        break;
      case CW_NO_FACT:
        // Deleted and made anew, as after a library was rebuilt: nobody took the fact back.
        candidates[i]->title_gone = candidates[i]->title_anew =
            scene.other_ref(scene.groups()[candidates[i]->group], evidence, (*answers)[i].ref) &&
            candidates[i]->reason != Reason::mirror;
        break;
      case CW_NO_TITLE:
        candidates[i]->title_gone = candidates[i]->reason != Reason::mirror;
        break;
      default:
        candidates[i]->hold = Hold::unproven;
        break;
    }
  if (lied) {
    for (PlannedOp* op : candidates) op->dropped = true;
    report.degraded = true;
    report.note("listing_inconsistent",
                port.name +
                    " did not list items that it has when asked for them. "
                    "Nothing was removed because of it.",
                "Run again later.");
  }
  return true;
}

}  // namespace crosswatch::host::engine
