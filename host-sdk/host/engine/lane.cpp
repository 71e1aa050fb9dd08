#include "engine/lane.hpp"

#include <algorithm>

#include "engine/apply.hpp"
#include "engine/plan.hpp"
#include "engine/question.hpp"
#include "state/records.hpp"
#include "time.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};

// What the pair's own options leave out, as a part of the scope: who narrows or widens them has removed nothing.
std::string narrowed(const LaneRules& rules) {
  std::string out;
  if (rules.kinds != ~std::uint32_t{0}) out += "; kinds " + std::to_string(rules.kinds);
  if (rules.from != time_unknown) out += "; from " + iso(rules.from);
  return out;
}

class Lane {
public:
  Lane(RunContext& ctx, const PairConfig& pair, Feature feature, std::array<Port, 2>& ports)
      : ctx_(ctx), pair_(pair), feature_(feature), ports_(ports), rules_(rules_of(pair, feature)) {
    report_.pair = pair.id;
    report_.feature = feature;
    for (const Side s : sides) report_.sides[index(s)].name = port(s).name;
  }

  LaneReport run() {
    try {
      if (!skip()) body();
    } catch (const Error& e) {
      fail(e);
    }
    finish();
    return std::move(report_);
  }

private:
  static std::size_t index(Side s) noexcept { return static_cast<std::size_t>(s); }
  Port& port(Side s) noexcept { return ports_[index(s)]; }

  bool skip();
  void body();
  Snapshot read(Side side);
  void note(std::string code, std::string message, std::string remedy = {});
  void fail(const Error& e);
  void finish();
  void decide(const Scene& scene, Plan& plan, bool mirror_ok);
  void keep(const std::array<Snapshot, 2>& seen, const Plan& plan);
  void postpone(const Scene& scene, Plan& plan);
  void discard(const Scene& scene, const Plan& plan, LaneRow& lane);
  bool probe(const Scene& scene, Plan& plan, Side evidence);
  void tell(const Scene& scene, const Plan& plan);
  void note_items(const Scene& scene, const Plan& plan, std::vector<Item>& kept);

  RunContext& ctx_;
  const PairConfig& pair_;
  Feature feature_;
  std::array<Port, 2>& ports_;
  LaneRules rules_;
  LaneReport report_{};
  bool approved_ = false;
  bool degraded_ = false;
  bool failed_ = false;
};

bool Lane::skip() {
  for (const Side s : sides) {
    SideRules& side = rules_.side[index(s)];
    const cw_capability& cap = port(s).capability;
    side.can = cap.can;
    side.kinds = cap.kinds;
    side.rating_step = std::max(cap.rating_step, 1u);
    side.writable = s == Side::target || pair_.mode == PairMode::two_way;
    if ((cap.can & CW_READ) == 0) {
      report_.status = Status::skipped;
      note("not_offered", port(s).name + " does not offer " + std::string(crosswatch::name_of(feature_)) + ".");
      return true;
    }
  }
  rules_.now = ctx_.now();
  return false;
}

// What went wrong first is what is told.
void Lane::note(std::string code, std::string message, std::string remedy) {
  if (!report_.code.empty()) return;
  report_.code = std::move(code);
  report_.message = std::move(message);
  report_.remedy = std::move(remedy);
}

void Lane::fail(const Error& e) {
  report_.fail(e);
  failed_ = true;
}

Snapshot Lane::read(Side s) {
  Port& p = port(s);
  const RunContext::SnapshotKey key{p.name, feature_, p.libraries};
  Snapshot snapshot;
  if (const auto cached = ctx_.cache.find(key); cached != ctx_.cache.end()) {
    snapshot = cached->second;
  } else {
    const auto facts = std::make_shared<Facts>(*ctx_.texts, feature_);
    Operation op = make_operation(ctx_, [&](std::uint64_t done, std::uint64_t total) {
      ctx_.events.snapshot_progress(pair_.id, feature_, s, done, total);
    });
    const SnapshotResult end =
        p.session->snapshot(op, feature_, p.libraries, [&](const cw_facts& page) { facts->accept(page); });
    const std::uint64_t received = facts->size() + facts->malformed() + facts->repeated();
    snapshot = {facts, end.complete, end.reason, end.scope};
    const auto doubt = [&](bool wrong, const std::string& why) {
      if (!wrong || !snapshot.complete) return;
      snapshot.complete = false;
      snapshot.reason = why;
    };
    doubt(received != end.count, "it sent " + std::to_string(received) + " of " + std::to_string(end.count) + " items");
    doubt(facts->repeated() != 0, std::to_string(facts->repeated()) + " items were sent twice");
    doubt(facts->malformed() != 0, std::to_string(facts->malformed()) + " items made no sense");
  }
  const bool again = --ctx_.wanted[key] > 0;
  ctx_.cache.erase(key);
  if (again) ctx_.cache[key] = snapshot;
  report_.sides[index(s)].facts = snapshot.facts->size();
  report_.sides[index(s)].complete = snapshot.complete;
  if (!snapshot.complete) {
    degraded_ = true;
    note("incomplete",
         p.name + " could not list everything: " + snapshot.reason + ". What it did not list was left alone.");
  }
  return snapshot;
}

void Lane::body() {
  std::array<Snapshot, 2> seen;
  for (const Side s : sides) seen[index(s)] = read(s);
  if (!seen[0].complete && !seen[1].complete)
    throw Error(CW_PROTOCOL, "incomplete",
                "Neither " + port(Side::source).name + " nor " + port(Side::target).name +
                    " could list everything, so nothing was compared.",
                "Run again later.");
  LaneRow lane;
  Base base;
  ctx_.state.read([&](SQLite::Database& db) {
    lane = find_lane(db, pair_.id, feature_);
    if (lane.id != 0) base = load_base(db, lane, *ctx_.texts);
  });
  bool stored = lane.id != 0;
  for (const Side s : sides) {
    const Snapshot& x = seen[index(s)];
    rules_.side[index(s)].complete = x.complete && port(s).trusted;
    const std::string scope = x.scope + narrowed(rules_);
    if (!x.complete || scope == lane.scope[index(s)]) continue;
    rules_.adopting = rules_.adopting || lane.id != 0;
    lane.scope[index(s)] = scope;
    lane.mirror_ok = false;  // what it leaves out would now be removed as well
    stored = false;
  }
  if (lane.mode != pair_.mode) {
    rules_.adopting = rules_.adopting || lane.id != 0;
    lane.mode = pair_.mode;
    stored = false;
  }

  const Scene scene(*ctx_.texts, seen[0].facts, seen[1].facts, std::move(base), rules_);
  Plan plan = make_plan(scene);
  decide(scene, plan, lane.mirror_ok);
  postpone(scene, plan);
  if (ctx_.options.discard) return discard(scene, plan, lane);
  tell(scene, plan);
  if (ctx_.options.dry || !plan.block.empty()) return;
  if (approved_ && !lane.mirror_ok &&
      std::any_of(plan.ops.begin(), plan.ops.end(), [](const PlannedOp& op) { return op.reason == Reason::mirror; })) {
    lane.mirror_ok = true;
    stored = false;
  }
  if (!stored) ctx_.state.write([&](SQLite::Database& db) { save_lane(db, pair_.id, feature_, lane); });
  keep(seen, plan);
  Applier(ctx_, report_, scene, plan, lane, ports_).run();
}

// What this run has already written elsewhere, and differently, waits for the next one.
void Lane::postpone(const Scene& scene, Plan& plan) {
  constexpr std::uint32_t coarse = 10;  // tenths: another pair may have rounded it
  if (ctx_.written.empty()) return;
  for (PlannedOp& op : plan.ops) {
    if (op.type == OpType::remove) continue;
    for (const std::string& name : RunContext::names_of(feature_, scene.compose(scene.groups()[op.group], op.side))) {
      const auto it = ctx_.written.find(name);
      if (it == ctx_.written.end()) continue;
      const bool other_value =
          it->second && feature_ != Feature::history && !same(feature_, *it->second, op.value, coarse, coarse);
      op.dropped = op.dropped || other_value || (!it->second && op.type == OpType::add);
    }
  }
}

// Before anything is overwritten or removed, what is there is put aside.
void Lane::keep(const std::array<Snapshot, 2>& seen, const Plan& plan) {
  if (!ctx_.options.keep || !ctx_.safety.auto_capture) return;
  for (const Side s : sides) {
    const bool endangered = std::any_of(plan.ops.begin(), plan.ops.end(), [&](const PlannedOp& op) {
      return op.side == s && op.type != OpType::add && op.hold == Hold::none && !op.dropped && !op.title_gone;
    });
    if (!endangered) continue;
    const Snapshot& x = seen[index(s)];
    ctx_.options.keep({port(s).ref, feature_, port(s).identity, x.scope, ctx_.run, ctx_.now(), x.complete,
                       [&](const std::function<void(const cw_fact&)>& visit) {
                         FactLender lender;
                         for (std::uint32_t i = 0; i < x.facts->size(); ++i) visit(lender.lend(x.facts->fact(i)));
                       }});
  }
}

// Guards and look-ups. When what they hold is exactly what the user approved, once more without the limits.
void Lane::decide(const Scene& scene, Plan& plan, bool mirror_ok) {
  const auto wanted = ctx_.approved.find({pair_.id, feature_});
  while (true) {
    for (PlannedOp& op : plan.ops) {
      op.hold = Hold::none;
      op.title_gone = op.title_anew = op.dropped = false;
    }
    plan.block.clear();
    if (!approved_) {
      guard_listings(plan, ctx_.safety, {port(Side::source).name, port(Side::target).name});
      guard_updates(plan, ctx_.safety, mirror_ok);
    }
    if (plan.block.empty())
      for (const Side s : sides) {
        const bool proven = probe(scene, plan, s);
        if (!approved_) guard_removes(plan, ctx_.safety, other(s), proven);
      }
    report_.digest = digest_of(scene, plan, pair_.id);
    if (ctx_.options.discard || approved_ || report_.digest.empty() || wanted == ctx_.approved.end() ||
        wanted->second != report_.digest)
      return;
    approved_ = true;
  }
}

// What is held shall not be done: the pair forgets these items, and its next run compares them anew.
void Lane::discard(const Scene& scene, const Plan& plan, LaneRow& lane) {
  const auto wanted = ctx_.approved.find({pair_.id, feature_});
  if (wanted == ctx_.approved.end()) return;
  if (wanted->second != report_.digest)
    throw Error(CW_NOT_FOUND, "held_changed",
                "What is held of " + std::string(crosswatch::name_of(feature_)) + " in " + pair_.id +
                    " is not what it was. Nothing was discarded.",
                "crosswatch sync " + pair_.id + ", then crosswatch held list");
  report_.digest.clear();
  if (!ctx_.options.dry) Applier(ctx_, report_, scene, plan, lane, ports_).forget_held();
}

// Asks the side that does not list something any more whether it is really gone. False: the side cannot tell.
bool Lane::probe(const Scene& scene, Plan& plan, Side evidence) {
  std::vector<PlannedOp*> candidates;
  for (PlannedOp& op : plan.ops)
    if (op.type == OpType::remove && op.side == other(evidence) && op.hold == Hold::none &&
        op.reason != Reason::removal_lost)
      candidates.push_back(&op);
  if (candidates.empty()) return true;
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(ctx_.safety.probe_limit, 0));
  if (!approved_ && candidates.size() > limit) {
    for (std::size_t i = limit; i < candidates.size(); ++i) candidates[i]->hold = Hold::unproven;
    candidates.resize(limit);
  }
  std::vector<Fact> items;
  for (const PlannedOp* op : candidates) items.push_back(scene.compose(scene.groups()[op->group], evidence));
  std::optional<std::vector<cw_answer>> answers;
  try {
    answers = ask(ctx_, port(evidence), feature_, items);
  } catch (const Error& e) {
    if (e.status == CW_CANCELLED || e.status == CW_HOST_STOPPED) throw;
    for (PlannedOp* op : candidates) op->dropped = true;
    degraded_ = true;
    note("removal_unproven",
         port(evidence).name + " could not confirm what was removed there: " + e.what() +
             " Nothing was removed because of it.",
         e.remedy);
    return true;
  }
  if (!answers) {
    // Where items live in libraries, a title that left would look like a fact that was taken back.
    // A list that is empty all of a sudden is no proof for anything, however short it was.
    const bool empty = plan.counts[index(evidence)].listed == 0;
    for (PlannedOp* op : candidates)
      if ((feature_ != Feature::watchlist || empty) && !approved_) op->hold = Hold::unproven;
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
    degraded_ = true;
    note("listing_inconsistent",
         port(evidence).name +
             " did not list items that it has when asked for them. "
             "Nothing was removed because of it.",
         "Run again later.");
  }
  return true;
}

void Lane::tell(const Scene& scene, const Plan& plan) {
  for (const PlannedOp& op : plan.ops) {
    if (op.dropped) continue;
    if (op.title_gone) {
      ++report_.totals.parked;
      continue;
    }
    ++report_.planned.of(op.type);
    if (op.conflict) ++report_.totals.conflicts;
    if (op.hold != Hold::none) ++report_.totals.held;
  }
  for (const Note& n : plan.notes)
    ++(n.result == Result::skipped  ? report_.totals.skipped
       : n.result == Result::parked ? report_.totals.parked
                                    : report_.totals.conflicts);
  if (!plan.block.empty()) {
    report_.status = Status::blocked;
    note(plan.block, plan.block_message,
         "If that is right: crosswatch sync --approve " + report_.digest + ". Otherwise look at that profile first.");
  } else if (report_.totals.held != 0) {
    note("held", std::to_string(report_.totals.held) + " operations wait for approval.",
         "crosswatch held list, then crosswatch sync --approve DIGEST");
  }
  ctx_.events.plan_ready(report_);
  std::vector<Item> kept;  // what is counted now, and not when an operation is over
  for (const PlannedOp& op : plan.ops) {
    if (op.dropped) continue;
    const bool counts = op.title_gone || op.hold != Hold::none;
    if (!ctx_.events.wants_items() && !counts) continue;
    Item item = make_item(pair_.id, feature_, op, scene.compose(scene.groups()[op.group], op.side));
    if (op.title_gone) {
      item.result = Result::parked;
      item.reason = "title_gone: nothing is removed because a title left";
    }
    if (ctx_.events.wants_items()) ctx_.events.item(item);
    if (counts) kept.push_back(std::move(item));
  }
  note_items(scene, plan, kept);
  if (kept.empty()) return;
  ctx_.state.write([&](SQLite::Database& db) {
    ItemWriter writer(db);
    for (const Item& item : kept) writer.put(ctx_.run, ctx_.items++, item);
  });
}

// What there is to say of items for which nothing is done.
void Lane::note_items(const Scene& scene, const Plan& plan, std::vector<Item>& kept) {
  if (plan.notes.empty()) return;
  std::map<std::int64_t, std::string> earlier;
  ctx_.state.read([&](SQLite::Database& db) { earlier = find_notes(db, pair_.id, feature_); });
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
    Item item = make_item(pair_.id, feature_, op, scene.compose(g, op.side));
    item.result = n.result;
    item.reason = n.reason;
    if (const Row* row = scene.row(g); row && item.reason.empty()) item.reason = earlier[row->id];
    if (item.reason.empty()) item.reason = "waiting: it is tried again later";
    // Again and again the same would hide what is new; a plan and the record of the run have it all.
    if (ctx_.events.wants_items() && (ctx_.options.dry || n.result == Result::conflict || g.ambiguous))
      ctx_.events.item(item);
    kept.push_back(std::move(item));
  }
}

void Lane::finish() {
  const Totals& t = report_.totals;
  const std::uint64_t done = t.added + t.updated + t.removed;
  if (!failed_ && report_.status == Status::nothing_to_do) {
    if (t.failed != 0 && done == 0)
      report_.status = Status::failed;
    else if (t.held != 0)
      report_.status = Status::held;
    else if (t.failed != 0 || degraded_)
      report_.status = Status::degraded;
    else if (done != 0)
      report_.status = Status::ok;
  }
  if (t.failed != 0) {
    note("operations_failed", std::to_string(t.failed) + " operations failed.", "crosswatch runs show RUN lists them.");
    if (!failed_) report_.exit = worst(report_.exit, ExitCode::failed);
  }
  if (degraded_) report_.exit = worst(report_.exit, ExitCode::failed);
  if (t.held != 0 || report_.status == Status::blocked) report_.exit = worst(report_.exit, ExitCode::held);
}

std::int32_t option(const json::Value& options, const char* key, std::int32_t fallback) {
  const json::Value* v = options.find(key);
  const auto* n = v ? v->as<std::int64_t>() : nullptr;
  return n ? static_cast<std::int32_t>(std::clamp<std::int64_t>(*n, 0, 1'000'000)) : fallback;
}

}  // namespace

std::vector<std::string> RunContext::names_of(Feature feature, const Fact& item) {
  const std::string start =
      std::string(crosswatch::name_of(feature)) + "/" + std::string(crosswatch::name_of(item.kind)) + "/";
  std::vector<std::string> out;
  for (const Token& t : item.ids) out.push_back(start + t.scheme + ":" + t.value);
  for (const Token& t : item.show_ids)
    out.push_back(start + t.scheme + ":" + t.value + "/" + std::to_string(item.season) + "x" +
                  std::to_string(item.episode));
  return out;
}

LaneRules rules_of(const PairConfig& pair, Feature feature) {
  const FeatureConfig& f = pair.feature(feature);
  LaneRules rules;
  rules.feature = feature;
  rules.mode = pair.mode;
  rules.conflict = pair.conflict;
  rules.removal = f.removal.value_or(pair.removal);
  if (pair.mode == PairMode::two_way && rules.removal == RemovalRule::mirror) rules.removal = RemovalRule::observed;
  rules.add = f.add;
  rules.remove = f.remove;
  rules.progress.min_ms = option(f.options, "min_seconds", 60) * 1000;
  rules.progress.max_percent = option(f.options, "max_percent", 95);
  rules.progress.delta_ms = std::int64_t{1000} * option(f.options, "delta_seconds", 30);
  rules.progress.tolerance_s = option(f.options, "timestamp_tolerance_seconds", 30);
  rules.kinds = f.kinds;
  rules.from = f.from;
  const json::Value* const rewatches = f.options.find("rewatches");
  rules.rewatches = !rewatches || *rewatches != json::Value(false);
  return rules;
}

LaneReport run_lane(RunContext& ctx, const PairConfig& pair, Feature feature, std::array<Port, 2>& ports) {
  return Lane(ctx, pair, feature, ports).run();
}

}  // namespace crosswatch::host::engine
