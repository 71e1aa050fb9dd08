// The second half of Applier: what the outcomes mean, and the record of it.
#include <algorithm>

#include "engine/apply.hpp"
#include "engine/guess.hpp"
#include "engine/tell.hpp"
#include "state/records.hpp"

namespace crosswatch::host::engine {
namespace {

// A provider may leave the value out, or not know all of it.
Value stored_value(Feature feature, const cw_outcome& outcome, const Value& sent) {
  Value v;
  if (!to_value(feature, outcome.value, v)) return sent;
  if (feature == Feature::history && v.n == 0 && v.at == time_unknown) return sent;
  return v;
}

}  // namespace

// From here the row says what is known; record() makes it durable.
void Applier::settle(Pending& p) {
  const PlannedOp& op = *p.op;
  RowSide& side = p.row.at(op.side);
  RowSide& there = p.row.at(other(op.side));
  const Seen seen = scene_.seen(scene_.groups()[op.group], other(op.side));
  const Guess* const guess = guess_of(plan_, op);
  p.reason = p.outcome.reason[0] ? std::string(p.outcome.reason)
             : guess             ? reason_of(*guess)
                                 : std::string(name_of(op.reason));
  if (op.conflict && p.outcome.reason[0]) p.reason = std::string(name_of(op.reason)) + ": " + p.outcome.reason;
  const auto agree = [&] {
    if (seen.present) there = {seen.value, 0, SideState::sighted};
  };
  const auto park = [&] {
    side.state = SideState::parked;
    side.when = ctx_.now() + pause_s(p.row.tries);
    if (p.row.tries < max_tries) ++p.row.tries;
    agree();
    p.note = p.reason;
    p.store_row = true;
  };
  const bool again = op.reason == Reason::not_sticking || op.reason == Reason::removal_lost;
  switch (p.outcome.result) {
    case CW_APPLIED:
    case CW_ALREADY:
    case CW_ABSENT:
      if (p.outcome.result == CW_ABSENT && op.type != OpType::remove) {
        p.result = Result::failed;
        break;
      }
      p.result = p.outcome.result == CW_APPLIED ? Result::applied : Result::already;
      p.store_row = true;
      if (guess && guess->present) {  // nothing was sent; the next run compares what both sides say
        p.row.side = {};
        break;
      }
      ctx_.written.add(report_.feature, p.fact, op.type == OpType::remove ? std::nullopt : std::optional(op.value));
      p.row.tries = static_cast<std::uint8_t>(again ? std::min(p.row.tries + 1, int{max_tries}) : 0);
      if (op.type == OpType::remove) {
        side.state = SideState::removed;
        side.when = ctx_.now();
        there = {};
        break;
      }
      if (op.type == OpType::add && (op.reason == Reason::only_here || op.reason == Reason::retry))
        p.row.origin = op.side == Side::target ? Origin::added_to_target : Origin::added_to_source;
      side = {stored_value(report_.feature, p.outcome, op.value), ctx_.now(),
              op.type == OpType::add ? SideState::written : SideState::sighted};
      agree();
      p.keep_intent = op.type == OpType::update;  // to know a listing that lags by the value it shows
      p.intent.done = true;
      break;
    case CW_NO_ENTITY:
    case CW_AMBIGUOUS:
    case CW_CANNOT:
      if (op.type == OpType::add) {
        p.result = Result::parked;
        park();
      } else if (op.type == OpType::remove) {
        // It stays where it is, and is not copied back to where the user removed it.
        p.result = Result::parked;
        there.state = SideState::kept;
        there.when = ctx_.now() + pause_s(max_tries);
        p.note = p.reason;
        p.store_row = true;
      } else if (p.outcome.result != CW_NO_ENTITY) {
        p.result = Result::skipped;
        side = {op.before, 0, SideState::sighted};
        agree();
        p.store_row = true;
      }
      break;
    case CW_REJECTED:
      p.result = Result::failed;
      if (op.type == OpType::add) park();
      break;
    case CW_STALE:
      p.result = Result::skipped;
      break;
    case CW_IN_DOUBT:
      p.result = Result::failed;
      p.keep_intent = true;
      break;
    default:
      p.result = Result::failed;
      // A provider that stopped in the middle may have done more than it could tell.
      p.keep_intent = p.announced && p.outcome.result == CW_NOT_ATTEMPTED;
      if (!p.outcome.reason[0]) p.reason = stop_ ? "not_attempted" : "transient";
      break;
  }
  --to_come_[op.group];
  if (p.store_row) remember(op.group, p.row);
  if (to_come_[op.group] == 0) live_.erase(op.group);
}

void Applier::record(SQLite::Database& db, std::vector<Pending>& chunk) {
  if (chunk.empty()) return;
  BaseWriter writer(db, lane_.id);
  ItemWriter items(db);
  for (Pending& p : chunk) {
    if (p.store_row) store_outcome(writer, p);
    if (p.keep_intent)
      writer.intend(p.row.id, p.intent);
    else if (p.announced)
      writer.close(p.row.id, p.op->side);
    const Item item = to_item(p);
    items.put(ctx_.run, ctx_.items++, item);
    count(p);
    if (ctx_.events.wants_items()) ctx_.events.item(item);
  }
  save_lane(db, report_.pair, report_.feature, lane_);
  chunk.clear();
}

// Where the provider said under which ref it keeps the item, that is remembered: an item without ids is known again by
// nothing else.
void Applier::store_outcome(BaseWriter& writer, const Pending& p) {
  const Group& g = scene_.groups()[p.op->group];
  const std::string_view ref = p.outcome.ref;
  const bool there = p.op->type != OpType::remove && (p.result == Result::applied || p.result == Result::already);
  if (!there || ref.empty() || scene_.knows_ref(g, p.op->side, ref)) {
    writer.change(p.row, p.note, ctx_.now());
    return;
  }
  RowText text = scene_.row_text(g);
  IdentText::put_ref(text.idents, ref, p.op->side);
  writer.put(p.row, text, p.note, ctx_.now());
  // What was found by its title had a row of its own, which would contradict this one.
  if (const Guess* guess = guess_of(plan_, *p.op); guess && guess->group != Guess::unlisted) {
    const Group& found = scene_.groups()[guess->group];
    for (const std::int64_t id : scene_.row_ids(found)) writer.drop(id);
    lane_.rows -= found.rows;
  }
}

void Applier::count(const Pending& p) {
  Totals& t = report_.totals;
  if (p.result != Result::applied && undated(report_.feature, scene_, *p.op)) --report_.undated;
  switch (p.result) {
    case Result::applied:
      ++t.of(p.op->type);
      break;
    case Result::already:
    case Result::skipped:
      ++t.skipped;
      break;
    case Result::parked:
      ++t.parked;
      break;
    default:
      ++t.failed;
      break;
  }
}

Item Applier::to_item(const Pending& p) const {
  Item item = make_item(report_.pair, report_.feature, *p.op, p.fact);
  item.result = p.result;
  item.reason = p.reason;
  if (p.result == Result::applied && p.op->type != OpType::remove)
    item.after = to_raw(report_.feature, p.row.at(p.op->side).value);
  return item;
}

}  // namespace crosswatch::host::engine
