#include "engine/tell.hpp"

#include "engine/guess.hpp"
#include "state/records.hpp"

namespace crosswatch::host::engine {
namespace {

// What the side cannot keep of it, as a part of the reason.
std::string losses(const LaneReport& report, const Scene& scene, const PlannedOp& op) {
  if (op.type == OpType::remove) return {};
  const std::int32_t plays = lost_plays(report.feature, scene.rules().at(op.side).can, op.value);
  std::string out;
  if (undated(report.feature, scene, op)) out = ": its date is not kept there";
  if (plays != 0)
    out += (out.empty() ? ": " : ", and ") + std::to_string(plays) + " of " + std::to_string(op.value.n) +
           " plays are not";
  return out;
}

void count(LaneReport& report, const Scene& scene, const Plan& plan) {
  for (const PlannedOp& op : plan.ops) {
    if (op.dropped) continue;
    if (op.title_gone) {
      ++report.totals.parked;
      continue;
    }
    ++report.planned.of(op.type);
    if (op.conflict) ++report.totals.conflicts;
    if (op.hold != Hold::none)
      ++report.totals.held;
    else if (undated(report.feature, scene, op))
      ++report.undated;
  }
  for (const Note& n : plan.notes)
    ++(n.result == Result::skipped  ? report.totals.skipped
       : n.result == Result::parked ? report.totals.parked
                                    : report.totals.conflicts);
  if (!plan.block.empty()) {
    report.status = Status::blocked;
    report.note(
        plan.block, plan.block_message,
        "If that is right: crosswatch sync --approve " + report.digest + ". Otherwise look at that profile first.");
  } else if (report.totals.held != 0) {
    report.note("held",
                std::to_string(report.totals.held) +
                    (report.totals.held == 1 ? " operation waits" : " operations wait") + " for approval.",
                "crosswatch held list, then crosswatch sync --approve DIGEST");
  }
}

// What there is to say of items for which nothing is done.
void note_items(RunContext& ctx, const LaneReport& report, const Scene& scene, const Plan& plan,
                std::vector<Item>& kept) {
  if (plan.notes.empty()) return;
  std::map<std::int64_t, std::string> earlier;
  ctx.state.read([&](SQLite::Database& db) { earlier = find_notes(db, report.pair, report.feature); });
  for (const Note& n : plan.notes) {
    const Group& g = scene.groups()[n.group];
    PlannedOp op;
    const Seen target = scene.seen(g, Side::target);
    op.side = target.present && !scene.seen(g, Side::source).present ? Side::source : Side::target;
    op.type = target.present && op.side == Side::target ? OpType::update : OpType::add;
    const Seen before = scene.seen(g, op.side);
    op.had = before.present;
    op.before = before.value;
    op.value = scene.seen(g, other(op.side)).value;
    Item item = make_item(report.pair, report.feature, op, scene.compose(g, op.side));
    item.result = n.result;
    item.reason = n.reason;
    if (const Row* row = scene.row(g); row && item.reason.empty()) item.reason = earlier[row->id];
    if (item.reason.empty()) item.reason = "waiting: it is tried again later";
    // Again and again the same would hide what is new; a plan and the record of the run have it all.
    if (ctx.events.wants_items() && (ctx.options.dry || n.result == Result::conflict || g.ambiguous))
      ctx.events.item(item);
    kept.push_back(std::move(item));
  }
}

}  // namespace

bool undated(Feature feature, const Scene& scene, const PlannedOp& op) noexcept {
  return op.type != OpType::remove && loses_date(feature, scene.rules().at(op.side).can, op.value);
}

void tell_plan(RunContext& ctx, LaneReport& report, const Scene& scene, const Plan& plan) {
  count(report, scene, plan);
  ctx.events.plan_ready(report);
  std::vector<Item> kept;  // what is counted now, and not when an operation is over
  for (const PlannedOp& op : plan.ops) {
    if (op.dropped) continue;
    const bool counts = op.title_gone || op.hold != Hold::none;
    if (!ctx.events.wants_items() && !counts) continue;
    Item item = make_item(report.pair, report.feature, op, scene.compose(scene.groups()[op.group], op.side));
    if (op.hold == Hold::title_guess) item.reason = reason_of(*guess_of(plan, op));
    item.reason += losses(report, scene, op);
    if (op.title_gone) {
      item.result = Result::parked;
      item.reason = "title_gone: nothing is removed because a title left";
    }
    if (ctx.events.wants_items()) ctx.events.item(item);
    if (counts) kept.push_back(std::move(item));
  }
  note_items(ctx, report, scene, plan, kept);
  if (kept.empty()) return;
  ctx.state.write([&](SQLite::Database& db) {
    ItemWriter writer(db);
    for (const Item& item : kept) writer.put(ctx.run, ctx.items++, item);
  });
}

}  // namespace crosswatch::host::engine
