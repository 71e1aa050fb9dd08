#include "engine/guess.hpp"

#include <algorithm>
#include <unordered_map>

#include "engine/question.hpp"

namespace crosswatch::host::engine {
namespace {

void guess(RunContext& ctx, Port& port, const Scene& scene, Plan& plan, Side side) {
  std::vector<PlannedOp*> open;
  std::vector<Fact> items;
  for (PlannedOp& op : plan.ops) {
    if (op.type != OpType::add || op.side != side) continue;
    Fact item = scene.compose(scene.groups()[op.group], side);
    if (!item.ref.empty()) continue;
    open.push_back(&op);
    items.push_back(std::move(item));
  }
  if (open.empty()) return;
  const auto answers = ask(ctx, port, scene.rules().feature, items, CW_BY_TITLE);
  if (!answers) return;
  std::unordered_map<std::string_view, std::uint32_t> listed;
  std::unordered_map<std::string, std::uint32_t> taken;  // guesses by ref
  for (std::size_t i = 0; i < open.size(); ++i) {
    const cw_answer& answer = (*answers)[i];
    if (answer.found[0] == '\0') continue;
    Guess g;
    g.found = answer.found;
    if (answer.state == CW_PRESENT || answer.state == CW_NO_FACT) g.ref = answer.ref;
    g.present = answer.state == CW_PRESENT;
    if (g.present) {
      if (listed.empty()) listed = scene.groups_by_ref(side);
      if (const auto at = listed.find(g.ref); at != listed.end()) g.group = at->second;
      // It is another item of the other side already.
      if (g.group != Guess::unlisted && scene.seen(scene.groups()[g.group], other(side)).present) g.ref.clear();
    }
    plan.guesses.push_back(std::move(g));
    open[i]->guess = static_cast<std::uint32_t>(plan.guesses.size());
    const std::string& ref = plan.guesses.back().ref;
    if (ref.empty()) continue;
    // Two items cannot both be the one that was found.
    if (const auto [at, is_new] = taken.try_emplace(ref, open[i]->guess); !is_new)
      plan.guesses[at->second - 1].ref.clear(), plan.guesses.back().ref.clear();
  }
}

}  // namespace

void guess_titles(RunContext& ctx, std::array<Port, 2>& ports, const Scene& scene, Plan& plan) {
  if (!scene.rules().match_titles) return;
  for (const Side s : {Side::target, Side::source}) guess(ctx, ports[static_cast<std::size_t>(s)], scene, plan, s);
  std::unordered_map<std::uint32_t, std::uint32_t> to_target;  // item of the source -> that of the target
  for (const PlannedOp& op : plan.ops)
    if (const Guess* g = guess_of(plan, op); g && op.side == Side::target) to_target.emplace(op.group, g->group);
  std::erase_if(plan.ops, [&](const PlannedOp& op) {
    const Guess* g = guess_of(plan, op);
    if (!g || op.side != Side::source) return false;
    const auto back = to_target.find(g->group);
    return back != to_target.end() && back->second == op.group;
  });
}

std::string reason_of(const Guess& guess) {
  if (guess.ref.empty()) return "title_ambiguous: by its title it could be " + guess.found + ", and not that alone";
  return std::string(name_of(Hold::title_guess)) + ": only title and year say that it is " + guess.found;
}

}  // namespace crosswatch::host::engine
