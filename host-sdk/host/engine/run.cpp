#include "engine/run.hpp"

#include <algorithm>

#include "engine/lane.hpp"
#include "engine/plan.hpp"
#include "engine/question.hpp"
#include "plugin/in_time.hpp"
#include "state/records.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};
// What was watched comes first: it decides whether a position that is gone was cleared or finished.
constexpr std::array<Feature, CW_FEATURE_COUNT> order{Feature::history, Feature::progress, Feature::ratings,
                                                      Feature::watchlist};
constexpr std::chrono::milliseconds why_limit{6'000};  // a provider ends its parts after five seconds itself
constexpr std::int64_t keep_runs_s = 90 * 24 * 3600;

const ProfileRef& ref_of(const PairConfig& pair, Side s) noexcept {
  return s == Side::source ? pair.source : pair.target;
}
const std::vector<std::string>& libraries_of(const FeatureConfig& f, Side s) noexcept {
  return s == Side::source ? f.source_libraries : f.target_libraries;
}

// One login of a provider, opened and checked once a run.
struct Profile {
  std::shared_ptr<Session> session{};
  cw_health health{};
  std::optional<Error> error{};
  // What it says of itself when a feature cannot be used; asked for once a run.
  bool was_asked = false;
  std::vector<ReportLine> report{};
  std::optional<Error> complaint{};
};

class Runner {
public:
  Runner(const std::vector<PairConfig>& pairs, RunContext& ctx, const OpenSession& open)
      : pairs_(pairs), ctx_(ctx), open_(open) {}

  RunReport run();

private:
  std::vector<Feature> features_of(const PairConfig& pair) const;
  void run_pair(const PairConfig& pair);
  void bind(const PairConfig& pair, const std::array<Profile*, 2>& profiles, std::optional<Error>& why);
  void ask_why(const ProfileRef& ref, Profile& p);
  Error why(const ProfileRef& ref, Profile& p, const cw_feature_health& h, const std::string& what);
  std::optional<LaneReport> unusable(const PairConfig& pair, Feature feature, const std::array<Profile*, 2>& profiles);
  Profile& profile(const ProfileRef& ref);
  void add(PairReport& pair, LaneReport lane);
  LaneReport blank(const PairConfig& pair, Feature feature) const;
  static LaneReport failed(LaneReport lane, const Error& e);

  const std::vector<PairConfig>& pairs_;
  RunContext& ctx_;
  const OpenSession& open_;
  std::map<std::string, Profile> profiles_{};
  std::uint32_t wanted_features_ = 0;
  RunReport report_{};
};

std::vector<Feature> Runner::features_of(const PairConfig& pair) const {
  const auto& only = ctx_.options.features;
  std::vector<Feature> out;
  for (const Feature f : order)
    if (pair.feature(f).enable && (only.empty() || std::find(only.begin(), only.end(), f) != only.end()) &&
        (!ctx_.options.discard || ctx_.approved.count({pair.id, f}) != 0))
      out.push_back(f);
  return out;
}

RunReport Runner::run() {
  report_.started = ctx_.now();
  report_.dry = ctx_.options.dry;
  ctx_.state.write([&](SQLite::Database& db) {
    if (!ctx_.options.approve.empty()) ctx_.approved = find_approval(db, ctx_.options.approve, report_.started);
    prune_runs(db, report_.started - keep_runs_s);
    ctx_.run = begin_run(db, ctx_.options.trigger, report_.started, report_.dry);
    if (!ctx_.options.approve.empty() && !report_.dry) use_approval(db, ctx_.options.approve, ctx_.run);
  });
  for (const PairConfig& pair : pairs_)
    for (const Feature f : features_of(pair)) {
      wanted_features_ |= bit(f);
      ctx_.written.expect(f);
      for (const Side s : sides) ++ctx_.wanted[{to_string(ref_of(pair, s)), f, libraries_of(pair.feature(f), s)}];
    }
  report_.id = ctx_.run;
  complete_run(ctx_, report_, [&] {
    ctx_.events.run_start(report_.id, report_.dry);
    for (const PairConfig& pair : pairs_) {
      if (ctx_.cancelled()) break;
      run_pair(pair);
    }
  });
  return std::move(report_);
}

Profile& Runner::profile(const ProfileRef& ref) {
  const auto [it, is_new] = profiles_.try_emplace(to_string(ref));
  Profile& p = it->second;
  if (!is_new) return p;
  try {
    p.session = open_(ref);
    Operation op = make_operation(ctx_);
    p.health = p.session->check(op, wanted_features_);
  } catch (const Error& e) {
    p.error = e;
  }
  return p;
}

// The pair belongs to two accounts. The first run writes down which; another one never continues its baseline.
void Runner::bind(const PairConfig& pair, const std::array<Profile*, 2>& profiles, std::optional<Error>& why) {
  std::array<std::optional<Binding>, 2> known;
  ctx_.state.read([&](SQLite::Database& db) {
    for (const Side s : sides) known[static_cast<std::size_t>(s)] = find_binding(db, pair.id, s);
  });
  for (const Side s : sides) {
    const auto i = static_cast<std::size_t>(s);
    const Binding now{ref_of(pair, s), profiles[i]->health.identity};
    if (!known[i]) {
      if (!ctx_.options.dry)
        ctx_.state.write([&](SQLite::Database& db) { save_binding(db, pair.id, s, now, ctx_.now()); });
    } else if (!why && !(known[i]->ref == now.ref && known[i]->identity == now.identity)) {
      const bool other_profile = !(known[i]->ref == now.ref);
      why = Error(CW_SCOPE, "identity_changed",
                  "The " + std::string(name_of(s)) + " of pair " + pair.id + " is not what it was: " +
                      (other_profile ? "it was " + to_string(known[i]->ref) + " and is " + to_string(now.ref)
                                     : to_string(now.ref) + " belongs to another account or server now") +
                      ". Nothing was compared.",
                  "Link or select the former one again; or start anew: crosswatch pair remove " + pair.id +
                      ", then crosswatch pair add.");
    }
  }
}

void Runner::run_pair(const PairConfig& pair) {
  PairReport out;
  out.id = pair.id;
  ctx_.events.pair_start(pair.id);
  const std::vector<Feature> features = features_of(pair);
  const std::array<Profile*, 2> profiles{&profile(pair.source), &profile(pair.target)};
  std::optional<Error> blocked;
  if (!profiles[0]->error && !profiles[1]->error && !features.empty()) bind(pair, profiles, blocked);
  for (const Feature f : features) {
    if (ctx_.cancelled()) break;
    ++ctx_.lane;
    ctx_.events.lane_start(pair.id, f);
    if (blocked) {
      LaneReport lane = failed(blank(pair, f), *blocked);
      lane.status = Status::blocked;
      lane.exit = ExitCode::held;
      add(out, std::move(lane));
    } else if (auto lane = unusable(pair, f, profiles)) {
      add(out, std::move(*lane));
    } else {
      std::array<Port, 2> ports;
      for (const Side s : sides) {
        const auto i = static_cast<std::size_t>(s);
        ports[i] = {to_string(ref_of(pair, s)),
                    ref_of(pair, s),
                    profiles[i]->health.identity,
                    profiles[i]->session.get(),
                    libraries_of(pair.feature(f), s),
                    profiles[i]->session->capability(f),
                    pair.feature(f).write,
                    profiles[i]->health.features[static_cast<std::size_t>(f)].state == CW_READY};
      }
      add(out, run_lane(ctx_, pair, f, ports));
    }
    // Nobody refers to it any more, and the next lane may be about other items.
    if (ctx_.cache.empty()) ctx_.texts = std::make_unique<Texts>();
  }
  report_.pairs.push_back(std::move(out));
}

LaneReport Runner::blank(const PairConfig& pair, Feature feature) const {
  LaneReport lane;
  lane.pair = pair.id;
  lane.feature = feature;
  for (const Side s : sides) lane.sides[static_cast<std::size_t>(s)].name = to_string(ref_of(pair, s));
  return lane;
}

LaneReport Runner::failed(LaneReport lane, const Error& e) {
  lane.fail(e);
  return lane;
}

void Runner::ask_why(const ProfileRef& ref, Profile& p) {
  if (std::exchange(p.was_asked, true) || !p.session->offers_auth()) return;
  try {
    in_time(ctx_.options.cancel, why_limit, to_string(ref), [&](Operation& op) { p.session->status(op, p.report); });
  } catch (const Error& e) {
    p.complaint = e;
  } catch (const Stopped&) {
    // The run is cancelled, which its next step says.
  }
}

// Why the feature cannot be used: in the provider's own words where it has some, which also say what to do.
Error Runner::why(const ProfileRef& ref, Profile& p, const cw_feature_health& h, const std::string& what) {
  const std::string code = h.code[0] ? h.code : "not_usable";
  ask_why(ref, p);
  if (p.complaint && p.complaint->code == code) return *p.complaint;
  const std::string told = why_in(p.report, code);
  const std::string message = "The " + what + ": " + (told.empty() ? code + "." : told);
  if (h.state == CW_NEEDS_LOGIN) return Error(CW_NOT_LINKED, code, message, command("status", ref));
  if (h.state == CW_DOWN) return Error(CW_UNREACHABLE, code, message, command("status", ref));
  return Error(CW_UNSUPPORTED, code, message);
}

// A lane that cannot run, because of what its profiles say about themselves.
std::optional<LaneReport> Runner::unusable(const PairConfig& pair, Feature feature,
                                           const std::array<Profile*, 2>& profiles) {
  for (const Profile* p : profiles)
    if (p->error) return failed(blank(pair, feature), *p->error);
  for (const Side s : sides) {
    Profile& p = *profiles[static_cast<std::size_t>(s)];
    const cw_feature_health& h = p.health.features[static_cast<std::size_t>(feature)];
    if (h.state != CW_NOT_OFFERED && h.state != CW_NEEDS_LOGIN && h.state != CW_DOWN) continue;
    const Error e = why(ref_of(pair, s), p, h,
                        std::string(crosswatch::name_of(feature)) + " of " + to_string(ref_of(pair, s)) +
                            (h.state == CW_NOT_OFFERED ? " cannot be synced" : " cannot be used now"));
    LaneReport lane = failed(blank(pair, feature), e);
    if (h.state == CW_NOT_OFFERED) {
      lane.status = Status::skipped;
      lane.exit = ExitCode::ok;
    }
    return lane;
  }
  return std::nullopt;
}

void Runner::add(PairReport& pair, LaneReport lane) {
  ctx_.state.write([&](SQLite::Database& db) { record_lane(db, ctx_.run, ctx_.lane, lane); });
  ctx_.events.lane_end(lane);
  pair.status = std::max(pair.status, lane.status);
  report_.status = std::max(report_.status, lane.status);
  report_.exit = worst(report_.exit, lane.exit);
  report_.planned += lane.planned;
  report_.totals += lane.totals;
  pair.lanes.push_back(std::move(lane));
}

}  // namespace

void complete_run(RunContext& ctx, RunReport& report, const std::function<void()>& work) {
  const auto finish = [&](Status status, ExitCode exit) {
    report.status = std::max(report.status, status);
    report.exit = worst(report.exit, exit);
    std::vector<std::string> digests;
    for (const PairReport& pair : report.pairs)
      for (const LaneReport& lane : pair.lanes) digests.push_back(lane.digest);
    report.digest = joined_digest(digests);
    report.finished = ctx.now();
    ctx.state.write([&](SQLite::Database& db) { finish_run(db, report); });
  };
  try {
    work();
  } catch (const Error& e) {
    finish(e.status == CW_CANCELLED ? Status::cancelled : Status::failed, exit_code(e));
    throw;
  } catch (...) {
    finish(Status::failed, ExitCode::error);
    throw;
  }
  if (ctx.cancelled()) report.exit = ExitCode::cancelled;
  finish(ctx.cancelled() ? Status::cancelled : Status::nothing_to_do, report.exit);
  ctx.events.run_end(report);
}

void record_so_far(SQLite::Database& db, const RunContext& ctx, LaneReport report) {
  report.status = Status::cancelled;
  report.exit = ExitCode::cancelled;
  record_lane(db, ctx.run, ctx.lane, report);
}

RunReport run_pairs(const std::vector<PairConfig>& pairs, const SafetyConfig& safety, const RuntimeConfig& runtime,
                    StateStore& state, const OpenSession& open, Events& events, const RunOptions& options) {
  RunContext ctx{safety, runtime, state, events, options, options.now ? options.now : system_clock()};
  return Runner(pairs, ctx, open).run();
}

}  // namespace crosswatch::host::engine
