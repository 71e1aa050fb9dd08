#include "engine/lane.hpp"

#include <algorithm>

#include "engine/apply.hpp"
#include "engine/at_rest.hpp"
#include "engine/guess.hpp"
#include "engine/plan.hpp"
#include "engine/proof.hpp"
#include "engine/question.hpp"
#include "engine/tell.hpp"
#include "state/agreement.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};

std::map<Result, std::size_t> tally(const Plan& plan) {
  std::map<Result, std::size_t> out;
  for (const Note& n : plan.notes) ++out[n.result];
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
      report_.fail(e);
    }
    report_.conclude(ctx_.options.dry);
    return std::move(report_);
  }

private:
  static std::size_t index(Side s) noexcept { return static_cast<std::size_t>(s); }
  Port& port(Side s) noexcept { return ports_[index(s)]; }

  bool skip();
  void body();
  RunContext::SnapshotKey key_of(Side s) { return {port(s).name, feature_, port(s).libraries}; }
  std::optional<Agreement> agreement(SQLite::Database& db, const LaneRow& lane);
  bool rests(const LaneRow& lane, const Agreement& agreed, std::array<Snapshot, 2>& seen);
  Snapshot read(Side side, const std::string& since = {});
  void decide(const Scene& scene, Plan& plan, bool mirror_ok);
  void keep(const std::array<Snapshot, 2>& seen, const Plan& plan);
  void postpone(const Scene& scene, Plan& plan);
  Base baseline(const LaneRow& lane);
  void agree(const LaneRow& lane, const std::array<Snapshot, 2>& seen, std::optional<Scene> scene, Plan plan);
  void discard(const Scene& scene, const Plan& plan, LaneRow& lane);

  RunContext& ctx_;
  const PairConfig& pair_;
  Feature feature_;
  std::array<Port, 2>& ports_;
  LaneRules rules_;
  LaneReport report_{};
  bool approved_ = false;
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
      report_.note("not_offered", port(s).name + " does not offer " + std::string(crosswatch::name_of(feature_)) + ".");
      return true;
    }
  }
  rules_.same_refs = ctx_.options.same_refs;
  rules_.now = ctx_.now();
  return false;
}

// With `since`, the snapshot has no facts when it is what that names.
Snapshot Lane::read(Side s, const std::string& since) {
  Port& p = port(s);
  const RunContext::SnapshotKey key = key_of(s);
  Snapshot snapshot;
  const auto cached = ctx_.cache.find(key);
  if (cached != ctx_.cache.end() && (cached->second.facts || cached->second.state == since)) {
    snapshot = cached->second;
  } else {
    const auto facts = std::make_shared<Facts>(*ctx_.texts, feature_);
    Operation op = make_operation(ctx_, [&](std::uint64_t done, std::uint64_t total) {
      ctx_.events.snapshot_progress(pair_.id, feature_, s, done, total);
    });
    const SnapshotResult end = p.session->snapshot(
        op, feature_, p.libraries, [&](const cw_facts& page) { facts->accept(page); }, since);
    const std::uint64_t received = facts->size() + facts->malformed() + facts->repeated();
    snapshot = {facts, end.complete, end.reason, end.scope, end.state};
    const auto doubt = [&](bool wrong, const std::string& why) {
      if (!wrong || !snapshot.complete) return;
      snapshot.complete = false;
      snapshot.reason = why;
    };
    doubt(received != end.count, "it sent " + std::to_string(received) + " of " + std::to_string(end.count) + " items");
    doubt(facts->repeated() != 0, std::to_string(facts->repeated()) + " items were sent twice");
    doubt(facts->malformed() != 0, std::to_string(facts->malformed()) + " items made no sense");
    doubt(end.unchanged && received != 0, "it sent items, and said that it sends none");
    if (end.unchanged && snapshot.complete) snapshot.facts = nullptr;
  }
  const bool again = --ctx_.wanted[key] > 0;
  ctx_.cache.erase(key);
  if (again) ctx_.cache[key] = snapshot;
  if (snapshot.facts) report_.sides[index(s)].facts = snapshot.facts->size();
  report_.sides[index(s)].complete = snapshot.complete;
  if (!snapshot.complete) {
    report_.degraded = true;
    report_.note("incomplete",
                 p.name + " could not list everything: " + snapshot.reason + ". What it did not list was left alone.");
  }
  return snapshot;
}

// That nothing was to be done when this pair last compared, if all that counts besides the facts is as it was then.
std::optional<Agreement> Lane::agreement(SQLite::Database& db, const LaneRow& lane) {
  const std::int64_t most_s = ctx_.runtime.full_compare_hours * 3600;
  if (ctx_.options.dry || ctx_.options.discard || !ctx_.options.approve.empty() || lane.id == 0) return std::nullopt;
  std::optional<Agreement> agreed = find_agreement(db, lane.id);
  if (agreed && (agreed->terms != terms_of(ctx_, pair_, feature_, ports_) || rules_.now < agreed->at ||
                 rules_.now - agreed->at >= most_s || rules_.now >= agreed->until))
    agreed.reset();
  return agreed;
}

// Whether both sides are as they were when they agreed. Else `seen` has what was read to find out, and everything is
// compared.
bool Lane::rests(const LaneRow& lane, const Agreement& agreed, std::array<Snapshot, 2>& seen) {
  for (const Side s : sides) {
    const std::string& since = agreed.state[index(s)];
    const Snapshot x = seen[index(s)] = read(s, since);
    if (x.complete && x.state == since && x.scope + narrowed(rules_) == lane.scope[index(s)]) continue;
    // Those that sent no facts are read once more.
    for (const Side as_before : sides)
      if (seen[index(as_before)].complete && !seen[index(as_before)].facts) {
        seen[index(as_before)] = {};
        ++ctx_.wanted[key_of(as_before)];
      }
    return false;
  }
  bool known = false;
  ctx_.state.write([&](SQLite::Database& db) { known = repeat_report(db, agreed, ctx_.run, ctx_.items, report_); });
  if (!known) return false;
  report_.unchanged_since = agreed.at;
  ctx_.events.plan_ready(report_);
  return true;
}

void Lane::body() {
  ctx_.written.begin(feature_);
  LaneRow lane;
  std::optional<Agreement> agreed;
  ctx_.state.read([&](SQLite::Database& db) {
    lane = find_lane(db, pair_.id, feature_);
    agreed = agreement(db, lane);
  });
  std::array<Snapshot, 2> seen;
  if (agreed && rests(lane, *agreed, seen)) return;
  for (const Side s : sides)
    if (!seen[index(s)].facts) seen[index(s)] = read(s);
  if (!seen[0].complete && !seen[1].complete)
    throw Error(CW_PROTOCOL, "incomplete",
                "Neither " + port(Side::source).name + " nor " + port(Side::target).name +
                    " could list everything, so nothing was compared.",
                "Run again later.");
  Base base = baseline(lane);
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

  std::optional<Scene> scene(std::in_place, *ctx_.texts, seen[0].facts, seen[1].facts, std::move(base), rules_);
  Plan plan = make_plan(*scene);
  decide(*scene, plan, lane.mirror_ok);
  postpone(*scene, plan);
  if (ctx_.options.discard) return discard(*scene, plan, lane);
  tell_plan(ctx_, report_, *scene, plan);
  if (ctx_.options.dry || !plan.block.empty()) return;
  if (approved_ && !lane.mirror_ok &&
      std::any_of(plan.ops.begin(), plan.ops.end(), [](const PlannedOp& op) { return op.reason == Reason::mirror; })) {
    lane.mirror_ok = true;
    stored = false;
  }
  if (!stored) ctx_.state.write([&](SQLite::Database& db) { save_lane(db, pair_.id, feature_, lane); });
  keep(seen, plan);
  Applier(ctx_, report_, *scene, plan, lane, ports_).run();
  agree(lane, seen, std::move(scene), std::move(plan));
}

Base Lane::baseline(const LaneRow& lane) {
  Base base;
  if (lane.id != 0) ctx_.state.read([&](SQLite::Database& db) { base = load_base(db, lane, *ctx_.texts); });
  return base;
}

// When there was nothing to do, remembers what it was that led to nothing.
void Lane::agree(const LaneRow& lane, const std::array<Snapshot, 2>& seen, std::optional<Scene> scene, Plan plan) {
  for (const Side s : sides)
    if (!rules_.at(s).complete || seen[index(s)].state.empty()) return;
  if (!plan.ops.empty()) return;
  // Often the baseline has only now learned what the run before had written. Whether that was all is seen by comparing
  // the same facts with it once more, which spares the next run to read and compare everything.
  if (!plan.rows.empty() || rules_.adopting) {
    rules_.adopting = false;
    scene.reset();  // there is room for one at a time
    scene.emplace(*ctx_.texts, seen[0].facts, seen[1].facts, baseline(lane), rules_);
    Plan again = make_plan(*scene);
    if (tally(again) != tally(plan)) return;  // what this run reported would not be what the next one has to repeat
    plan = std::move(again);
  }
  const auto until = rests_until(*scene, plan);
  if (!until) return;
  const Agreement agreed{
      terms_of(ctx_, pair_, feature_, ports_), {seen[0].state, seen[1].state}, ctx_.run, rules_.now, *until};
  ctx_.state.write([&](SQLite::Database& db) { save_agreement(db, lane.id, agreed); });
}

// What this run has already written elsewhere, and differently, waits for the next one.
void Lane::postpone(const Scene& scene, Plan& plan) {
  if (ctx_.written.empty()) return;
  for (PlannedOp& op : plan.ops)
    if (ctx_.written.contradicts(feature_, scene.compose(scene.groups()[op.group], op.side), op.type, op.value))
      op.dropped = true;
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
  guess_titles(ctx_, ports_, scene, plan);
  while (true) {
    for (PlannedOp& op : plan.ops) {
      op.hold = Hold::none;
      op.title_gone = op.title_anew = op.dropped = false;
    }
    plan.block.clear();
    if (!approved_) {
      // Where the user chose other libraries, what is not listed any more is not gone.
      if (!rules_.adopting) guard_listings(plan, ctx_.safety, {port(Side::source).name, port(Side::target).name});
      guard_updates(plan, ctx_.safety, mirror_ok);
      guard_guesses(plan);
    }
    if (plan.block.empty())
      for (const Side s : sides) {
        const bool proven = probe(ctx_, report_, port(s), scene, plan, s, approved_);
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

}  // namespace

LaneReport run_lane(RunContext& ctx, const PairConfig& pair, Feature feature, std::array<Port, 2>& ports) {
  return Lane(ctx, pair, feature, ports).run();
}

}  // namespace crosswatch::host::engine
