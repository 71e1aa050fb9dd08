#include "engine/undo.hpp"

#include <algorithm>
#include <crosswatch/batch.hpp>
#include <span>

#include "engine/lane.hpp"
#include "engine/question.hpp"
#include "engine/set_aside.hpp"
#include "state/records.hpp"
#include "state/runs.hpp"

namespace crosswatch::host::engine {
namespace {

OpType reverse(OpType t) noexcept {
  return t == OpType::add ? OpType::remove : t == OpType::remove ? OpType::add : OpType::update;
}

constexpr const char* as_before = "as_before: it is as it was before that run";

class Undoer {
public:
  Undoer(RunContext& ctx, const OpenSession& open, std::int64_t run) : ctx_(ctx), open_(open), undone_(run) {}
  RunReport run();

private:
  using Items = std::vector<Item>;
  void lanes(const RunReport& was);
  void lane(const LaneReport& was, Items items);
  void batch(Port& port, LaneReport& report, SetAside& aside, std::span<Item> items);
  // Empty: go on. Else why not.
  std::string objection(const Port& port, const Item& item, const cw_answer* now, Result& result) const;
  static std::string date_lost(const Port& port);
  static std::string loss(const Port& port, const Item& item);
  void tell(LaneReport& report, const Item& item);
  void record(SetAside& aside, const LaneReport& report, std::span<const Item> items);

  RunContext& ctx_;
  const OpenSession& open_;
  std::int64_t undone_;
  RunReport report_{};
};

RunReport Undoer::run() {
  const RunReport was = find_run(ctx_.state, undone_);
  report_.started = ctx_.now();
  report_.dry = ctx_.options.dry;
  ctx_.state.write([&](SQLite::Database& db) {
    ctx_.run = begin_run(db, "undo " + std::to_string(undone_), report_.started, report_.dry);
  });
  report_.id = ctx_.run;
  complete_run(ctx_, report_, [&] { lanes(was); });
  return std::move(report_);
}

void Undoer::lanes(const RunReport& was) {
  ctx_.events.run_start(report_.id, report_.dry);
  Items applied;
  each_item(ctx_.state, undone_, [&](const Item& i) {
    if (i.result == Result::applied) applied.push_back(i);
  });
  std::reverse(applied.begin(), applied.end());  // what was done last goes first
  for (const PairReport& pair : was.pairs)
    for (const LaneReport& l : pair.lanes) {
      Items items;
      std::copy_if(applied.begin(), applied.end(), std::back_inserter(items),
                   [&](const Item& i) { return i.pair == l.pair && i.feature == l.feature; });
      if (!items.empty()) lane(l, std::move(items));
    }
}

void Undoer::lane(const LaneReport& was, Items items) {
  LaneReport out;
  out.pair = was.pair;
  out.feature = was.feature;
  for (std::size_t s = 0; s < out.sides.size(); ++s) out.sides[s].name = was.sides[s].name;  // nothing is listed
  ++ctx_.lane;
  ctx_.events.lane_start(out.pair, out.feature);
  try {
    const auto on_target =
        std::stable_partition(items.begin(), items.end(), [](const Item& i) { return i.side == Side::source; });
    SetAside aside(out.pair, out.feature, items);
    for (const Side s : {Side::source, Side::target}) {
      const std::span<Item> here =
          s == Side::source ? std::span(items.begin(), on_target) : std::span(on_target, items.end());
      if (here.empty()) continue;
      std::optional<Binding> bound;
      ctx_.state.read([&](SQLite::Database& db) { bound = find_binding(db, out.pair, s); });
      const ProfileRef ref = parse_profile_ref(was.sides[static_cast<std::size_t>(s)].name);
      const auto session = open_(ref);
      Operation op = make_operation(ctx_);
      const std::string identity = session->check(op, bit(out.feature)).identity;
      if (bound && bound->identity != identity)
        throw Error(CW_SCOPE, "identity_changed",
                    to_string(ref) + " belongs to another account or server now. Nothing was undone there.",
                    "Link or select the former one again.");
      Port port{to_string(ref), ref, identity, session.get(), {}, session->capability(out.feature)};
      const auto chunk = static_cast<std::size_t>(std::clamp<std::int64_t>(ctx_.runtime.chunk, 1, 100));
      for (std::size_t i = 0; i < here.size() && !ctx_.cancelled(); i += chunk)
        batch(port, out, aside, here.subspan(i, std::min(chunk, here.size() - i)));
    }
    if (ctx_.cancelled()) throw Error(CW_CANCELLED, "cancelled", "The undo was cancelled.");
  } catch (const Error& e) {
    out.fail(e);
  }
  out.conclude(ctx_.options.dry);
  ctx_.state.write([&](SQLite::Database& db) { record_lane(db, ctx_.run, ctx_.lane, out); });
  ctx_.events.lane_end(out);
  report_.status = std::max(report_.status, out.status);
  report_.exit = worst(report_.exit, out.exit);
  report_.planned += out.planned;
  report_.totals += out.totals;
  report_.pairs.push_back({out.pair, out.status, {out}});
}

std::string Undoer::objection(const Port& port, const Item& item, const cw_answer* now, Result& result) const {
  result = Result::skipped;
  const std::uint32_t needs = item.op == OpType::add ? CW_ADD : item.op == OpType::remove ? CW_REMOVE : CW_UPDATE;
  if ((port.capability.can & needs) == 0)
    return std::string("cannot_") + std::string(name_of(item.op)) + ": " + port.name + " has no way to do that";
  if (item.feature == Feature::history && item.op == OpType::update)
    return "single_plays_not_restored: " + port.name + " cannot take single plays back; a capture from before has them";
  if (!now || now->state == CW_UNKNOWN) return {};
  if (now->state == CW_AMBIGUOUS_TITLE || now->state == CW_NO_TITLE) {
    result = Result::failed;
    return now->state == CW_NO_TITLE ? "not_there: the title is gone" : "ambiguous: several titles fit";
  }
  const bool there = now->state == CW_PRESENT;
  // item.before is what the run left behind, item.after what shall be there again.
  if (there != item.before.has_value()) {
    result = there == item.after.has_value() ? Result::already : Result::skipped;
    return result == Result::already ? as_before : "changed_since: it was left alone";
  }
  Value seen, left;
  if (there && to_value(item.feature, now->value, seen) && to_value(item.feature, *item.before, left) &&
      (changed(item.feature, left, seen) || changed(item.feature, seen, left)))
    return "changed_since: it was left alone";
  return {};
}

std::string Undoer::date_lost(const Port& port) {
  return "date_not_restored: " + port.name + " dates it now";
}

std::string Undoer::loss(const Port& port, const Item& item) {
  if (!item.after) return "undone";
  if (item.feature == Feature::history && item.after->plays > 1)
    return "single_plays_not_restored: only the newest play gets its date; a capture taken before that run has them "
           "all";
  Value v;
  if (to_value(item.feature, *item.after, v) && loses_date(item.feature, port.capability.can, v))
    return date_lost(port);
  return "undone";
}

void Undoer::batch(Port& port, LaneReport& report, SetAside& aside, std::span<Item> items) {
  std::vector<Fact> facts;
  for (Item& i : items) {
    i.op = reverse(i.op);
    std::swap(i.before, i.after);
    Fact f = fact_of(i);
    f.value = i.after ? *i.after : i.before ? *i.before : no_value;
    if (i.feature == Feature::history && i.after && i.after->at != time_unknown) f.plays_at = {i.after->at};
    facts.push_back(std::move(f));
  }
  const auto answers = ask(ctx_, port, report.feature, facts);
  std::vector<std::size_t> todo;
  OpBatch ops;
  for (std::size_t k = 0; k < items.size(); ++k) {
    Result result = Result::planned;
    items[k].reason = objection(port, items[k], answers ? &(*answers)[k] : nullptr, result);
    if (!items[k].reason.empty()) {
      items[k].result = result;
      tell(report, items[k]);
      continue;
    }
    ++report.planned.of(items[k].op);
    items[k].reason = loss(port, items[k]);
    items[k].result = Result::planned;
    todo.push_back(k);
    ops.add(static_cast<std::uint32_t>(items[k].op), facts[k], items[k].before ? *items[k].before : no_value);
  }
  if (ctx_.options.dry)
    for (const std::size_t k : todo) tell(report, items[k]);
  if (ctx_.options.dry || todo.empty()) return record(aside, report, items);
  ctx_.state.write([&](SQLite::Database& db) { aside.announce(db, items, ctx_.now()); });
  Operation operation = make_operation(ctx_);
  const ApplyResult done = port.session->apply(operation, report.feature, {}, ops.ops());
  for (std::size_t i = 0; i < todo.size(); ++i) {
    Item& item = items[todo[i]];
    const cw_outcome& o = done.outcomes[i];
    item.result = o.result == CW_APPLIED                            ? Result::applied
                  : o.result == CW_ALREADY || o.result == CW_ABSENT ? Result::already
                  : o.result == CW_STALE || o.result == CW_CANNOT   ? Result::skipped
                                                                    : Result::failed;
    if (item.result == Result::applied && item.after) {
      Value now;
      if (item.reason == "undone" && o.value.at != time_unknown && item.after->at != time_unknown &&
          o.value.at != item.after->at)
        item.reason = date_lost(port);
      if (to_value(item.feature, o.value, now)) item.after = o.value;
    }
    if (item.result != Result::applied)
      item.reason = o.reason[0]                      ? o.reason
                    : item.result == Result::already ? as_before
                    : done.error                     ? done.error->code
                                                     : "refused";
    tell(report, item);
  }
  record(aside, report, items);
  if (done.error) throw Error(*done.error);
}

void Undoer::tell(LaneReport& report, const Item& item) {
  Totals& t = report.totals;
  if (item.result == Result::applied)
    ++t.of(item.op);
  else if (item.result == Result::failed)
    ++t.failed;
  else if (item.result != Result::planned)
    ++t.skipped;
  if (ctx_.events.wants_items()) ctx_.events.item(item);
}

// A batch in one transaction.
void Undoer::record(SetAside& aside, const LaneReport& report, std::span<const Item> items) {
  ctx_.state.write([&](SQLite::Database& db) {
    ItemWriter writer(db);
    for (const Item& item : items)
      if (item.result != Result::planned) writer.put(ctx_.run, ctx_.items++, item);
    aside.put(db, items, ctx_.now());
    record_so_far(db, ctx_, report);
  });
}

}  // namespace

RunReport undo_run(StateStore& state, std::int64_t run, const OpenSession& open, Events& events,
                   const RuntimeConfig& runtime, const RunOptions& options) {
  const SafetyConfig safety;
  RunContext ctx{safety, runtime, state, events, options, options.now ? options.now : system_clock()};
  return Undoer(ctx, open, run).run();
}

}  // namespace crosswatch::host::engine
