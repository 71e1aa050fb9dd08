#include "engine/plan.hpp"

#include <algorithm>

#include "checksum.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};

bool is_conflict(Reason r) noexcept {
  return r == Reason::conflict_newest || r == Reason::conflict_source || r == Reason::conflict_target;
}

std::size_t at(Side s) noexcept {
  return static_cast<std::size_t>(s);
}

std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text) noexcept {
  return mix(checksum(text));
}

std::string part_of(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

void block(Plan& plan, std::string code, std::string message) {
  if (!plan.block.empty()) return;
  plan.block = std::move(code);
  plan.block_message = std::move(message);
  for (PlannedOp& op : plan.ops) op.hold = Hold::blocked;
}

double ratio(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Plan make_plan(const Scene& scene) {
  Plan plan;
  const auto& groups = scene.groups();
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    const Group& g = groups[i];
    if ((scene.rules().kinds & bit(scene.kind(g))) == 0) continue;
    if (g.source != 0) ++plan.counts[0].listed;
    if (g.target != 0) ++plan.counts[1].listed;
    const Row* row = scene.row(g);
    for (const Side s : sides)
      if (row && (row->at(s).state == SideState::sighted || row->at(s).state == SideState::kept ||
                  row->at(s).state == SideState::refuses))
        ++plan.counts[at(s)].known;
    if (g.ambiguous) {
      if (g.source != 0 || g.target != 0)
        plan.notes.push_back({i, Result::parked, "ambiguous: its ids contradict each other"});
      continue;
    }
    const Decision d = scene.decide(g);
    for (const Side s : sides) {
      plan.counts[at(s)].gone += d.gone[at(s)];
      plan.counts[at(s)].fresh += d.fresh[at(s)];
      plan.counts[at(s)].changed += d.changed[at(s)];
      const SideOp& op = d.at(s);
      if (!op) continue;
      PlannedOp p;
      p.group = i;
      p.side = s;
      p.type = op.type;
      p.reason = op.reason;
      p.value = op.value;
      const Seen now = scene.seen(g, s);
      p.had = now.present;
      p.before = now.value;
      p.conflict = is_conflict(op.reason);
      plan.ops.push_back(p);
    }
    if (d.row != Decision::RowChange::keep || g.rows > 1 || (row && (g.source || g.target) && scene.learned(g)) ||
        (row && (scene.answered(g, Side::source, *row) || scene.answered(g, Side::target, *row))))
      plan.rows.push_back(i);
    const bool does = d.op[0] || d.op[1];
    if (d.parked)
      plan.notes.push_back({i, Result::parked, name_of(d.note)});
    else if (d.conflict && !does)
      plan.notes.push_back({i, Result::conflict, name_of(d.verdict == Reason::none ? d.skipped : d.verdict)});
    else if (d.skipped != Reason::none)
      plan.notes.push_back({i, Result::skipped, name_of(d.skipped)});
  }
  std::sort(plan.ops.begin(), plan.ops.end(), [&](const PlannedOp& x, const PlannedOp& y) {
    if (x.type != y.type) return x.type < y.type;
    if (x.side != y.side) return x.side < y.side;
    return x.group != y.group && scene.before(groups[x.group], groups[y.group]);
  });
  std::sort(plan.notes.begin(), plan.notes.end(), [&](const Note& x, const Note& y) {
    if (x.result != y.result) return x.result < y.result;
    return x.group != y.group && scene.before(groups[x.group], groups[y.group]);
  });
  return plan;
}

void guard_listings(Plan& plan, const SafetyConfig& safety, const std::array<std::string, 2>& names) {
  if (plan.ops.empty()) return;  // there is nothing that could be held, or approved
  for (const Side s : sides) {
    const SideCounts& c = plan.counts[at(s)];
    const std::string& name = names[at(s)];
    // A handful is believed after each of them was looked up.
    if (c.listed == 0 && c.gone > 5)
      return block(plan, "listing_empty",
                   name + " lists nothing, and listed " + std::to_string(c.known) + " before. Nothing was changed.");
    if (c.known >= static_cast<std::uint64_t>(safety.min_base) && ratio(c.gone, c.known) > safety.turnover_ratio &&
        ratio(c.fresh, c.listed) > safety.turnover_ratio)
      return block(plan, "other_content",
                   name + " shows mostly other items than before: " + part_of(c.gone, c.known) + " are gone, " +
                       part_of(c.fresh, c.listed) +
                       " are new. It may be another account or library. Nothing was changed.");
  }
}

void guard_updates(Plan& plan, const SafetyConfig& safety, bool mirror_ok) {
  for (PlannedOp& op : plan.ops) {
    const SideCounts& c = plan.counts[at(other(op.side))];
    if (op.type == OpType::update && c.known >= static_cast<std::uint64_t>(safety.min_base) &&
        ratio(c.changed, c.known) > safety.changed_ratio && op.hold == Hold::none)
      op.hold = Hold::all_changed;
    if (op.reason == Reason::mirror && !mirror_ok && op.hold == Hold::none) op.hold = Hold::mirror;
  }
}

void guard_guesses(Plan& plan) {
  for (PlannedOp& op : plan.ops)
    if (const Guess* guess = guess_of(plan, op); guess && !guess->ref.empty() && op.hold == Hold::none)
      op.hold = Hold::title_guess;
}

void guard_removes(Plan& plan, const SafetyConfig& safety, Side side, bool proven) {
  const auto counts = [&](const PlannedOp& op) {
    return op.type == OpType::remove && op.side == side && op.hold == Hold::none && !op.title_gone && !op.dropped;
  };
  const auto n = std::count_if(plan.ops.begin(), plan.ops.end(), counts);
  const double share = proven ? safety.confirmed_ratio : safety.delete_ratio;
  const std::int64_t least = proven ? safety.confirmed_min : safety.delete_min;
  const auto known = static_cast<double>(std::max(plan.counts[0].known, plan.counts[1].known));
  if (n <= least || static_cast<double>(n) <= share * known) return;
  for (PlannedOp& op : plan.ops)
    if (counts(op)) op.hold = Hold::budget;
}

Item make_item(const std::string& pair, Feature feature, const PlannedOp& op, const Fact& fact) {
  Item item;
  item.pair = pair;
  item.feature = feature;
  item.side = op.side;
  item.op = op.type;
  item.result = op.hold == Hold::none ? Result::planned : Result::held;
  item.kind = fact.kind;
  item.year = fact.year;
  item.season = fact.season;
  item.episode = fact.episode;
  item.title = fact.title;
  item.series_title = fact.series_title;
  item.ids = fact.ids;
  item.show_ids = fact.show_ids;
  if (op.had) item.before = to_raw(feature, op.before);
  if (op.type != OpType::remove) item.after = to_raw(feature, op.value);
  item.reason = op.hold == Hold::none ? name_of(op.reason) : name_of(op.hold);
  if (op.conflict && op.hold != Hold::none) item.reason += ": " + std::string(name_of(op.reason));
  return item;
}

std::string digest_of(const Scene& scene, const Plan& plan, const std::string& pair) {
  std::uint64_t sum = 0;
  bool any = false;
  for (const PlannedOp& op : plan.ops) {
    if (op.hold == Hold::none || op.dropped || op.title_gone) continue;
    any = true;
    std::string text = pair + '\n' + std::string(crosswatch::name_of(scene.rules().feature)) + '\n' +
                       std::string(name_of(op.side)) + '\n' + std::string(name_of(op.type)) + '\n' +
                       scene.key(scene.groups()[op.group]) + '\n' + std::to_string(op.value.n);
    if (const Guess* guess = guess_of(plan, op)) text += '\n' + guess->ref;
    sum += hash(text);
  }
  return any ? hex(mix(sum)) : std::string();
}

std::string joined_digest(const std::vector<std::string>& digests) {
  std::uint64_t sum = 0;
  bool any = false;
  for (const std::string& d : digests)
    if (!d.empty()) {
      any = true;
      sum += hash(d);
    }
  return any ? hex(mix(sum)) : std::string();
}

std::string_view name_of(Hold h) noexcept {
  switch (h) {
    case Hold::none:
      return "";
    case Hold::blocked:
      return "lane_blocked";
    case Hold::all_changed:
      return "nearly_all_changed";
    case Hold::budget:
      return "too_many_removes";
    case Hold::unproven:
      return "removal_unproven";
    case Hold::mirror:
      return "only_on_target";
    case Hold::title_guess:
      return "title_guess";
  }
  return "";
}

}  // namespace crosswatch::host::engine
