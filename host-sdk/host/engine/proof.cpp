#include "engine/proof.hpp"

#include <algorithm>
#include <functional>

#include "engine/question.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::size_t sample_size = 200;

// Where too many are gone to ask about each, a sample is asked about and the others are held. It is drawn by a hash of
// the names: no order of a list or of titles favours any, and a plan draws the same as the sync after it.
void keep_sample(std::vector<PlannedOp*>& candidates, const Scene& scene, std::size_t size) {
  std::vector<std::pair<std::size_t, PlannedOp*>> drawn;
  for (PlannedOp* op : candidates)
    drawn.emplace_back(std::hash<std::string>()(scene.key(scene.groups()[op->group])), op);
  std::sort(drawn.begin(), drawn.end());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    candidates[i] = drawn[i].second;
    if (i >= size) candidates[i]->hold = Hold::unproven;
  }
  candidates.resize(size);
}

}  // namespace

bool probe(RunContext& ctx, LaneReport& report, Port& port, const Scene& scene, Plan& plan, Side evidence,
           bool approved) {
  std::vector<PlannedOp*> candidates;
  for (PlannedOp& op : plan.ops)
    if (op.type == OpType::remove && op.side == other(evidence) && op.hold == Hold::none &&
        op.reason != Reason::removal_lost)
      candidates.push_back(&op);
  if (candidates.empty()) return true;
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(ctx.safety.probe_limit, 0));
  if (!approved && candidates.size() > limit) keep_sample(candidates, scene, std::min(limit, sample_size));
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
