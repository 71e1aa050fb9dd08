#include "service/captures.hpp"

#include <map>

#include "capture/source.hpp"
#include "engine/value.hpp"
#include "service/sync.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

// Whose facts the profile holds now.
std::string identity_of(const Cancellation& cancel, OpenProfile& profile, Feature feature) {
  Operation op(cancel);
  return profile.session->check(op, bit(feature)).identity;
}

// Visits what the profile says now: all of it, else an error.
SnapshotResult read_profile(const Cancellation& cancel, OpenProfile& profile, Feature feature,
                            const std::function<void(const cw_fact&)>& visit,
                            const Operation::Progress& progress = {}) {
  Operation op(cancel, progress);
  SnapshotResult end = profile.session->snapshot(
      op, feature, {}, [&](const cw_facts& page) { for_each<cw_fact>(page.first, page.count, page.stride, visit); });
  if (!end.complete)
    throw Error(CW_PROTOCOL, "incomplete", to_string(profile.ref) + " could not list everything: " + end.reason + ".",
                "Try again later.");
  return end;
}

// What names an item in both lists: its ref where the server is the same, else its smallest id.
std::string key_of(const Fact& f) {
  if (!f.ref.empty()) return f.ref;
  std::string key = std::string(name_of(f.kind));
  for (const Token& t : f.ids) key += "|" + t.scheme + ":" + t.value;
  for (const Token& t : f.show_ids) key += "|show " + t.scheme + ":" + t.value;
  return key + "|" + std::to_string(f.season) + "|" + std::to_string(f.episode) + (f.ids.empty() ? "|" + f.title : "");
}

bool same_value(Feature feature, const Fact& a, const Fact& b) {
  engine::Value x, y;
  if (!engine::to_value(feature, a.value, x) || !engine::to_value(feature, b.value, y)) return false;
  return x.n == y.n && (feature != Feature::history || (x.at == y.at && a.plays_at == b.plays_at));
}

}  // namespace

CaptureHead take_capture(Workspace& ws, const ProfileRef& ref, Feature feature, const Cancellation& cancel,
                         const Operation::Progress& progress) {
  CaptureHead head;
  head.ref = ref;
  head.feature = feature;
  head.taken_at = system_clock()() / 1000;
  OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
  // The identity stands in the first line, before anything is read, and is asked again when everything is.
  head.identity = identity_of(cancel, profile, feature);
  CaptureWriter writer(Captures(ws.at.state), head);
  const SnapshotResult end = read_profile(
      cancel, profile, feature, [&](const cw_fact& f) { writer.add(f); }, progress);
  if (identity_of(cancel, profile, feature) != head.identity)
    throw Error(CW_SCOPE, "identity_changed", to_string(ref) + " became another account meanwhile. Nothing was kept.");
  return writer.finish(end.complete, end.reason);
}

std::function<void(const engine::Endangered&)> keep_before_writes(const Workspace& ws) {
  return [folder = ws.at.state](const engine::Endangered& e) {
    Captures captures(folder);
    CaptureHead head{{}, e.ref, e.feature, e.identity, e.scope, e.at, e.run, false, 0};
    CaptureWriter writer(captures, head);
    e.each([&](const cw_fact& f) { writer.add(f); });
    static_cast<void>(writer.finish(e.complete, e.complete ? "" : "the list was not complete"));
    captures.prune(e.at);
  };
}

engine::RunReport restore_capture(Workspace& ws, const std::string& id, engine::Events& events,
                                  const RestoreOptions& options) {
  const Captures captures(ws.at.state);
  const CaptureHead head = captures.find(id);
  if (options.exact && !head.complete)
    throw Error(
        CW_CONFIG, "capture_incomplete",
        "The capture " + id + " was taken from a list that was not complete: what it lacks may have been there.",
        "Restore it without --exact.");
  PairConfig pair;
  pair.id = "restore " + id;
  pair.source.provider = "capture";
  pair.target = head.ref;
  pair.conflict = ConflictRule::source;
  pair.removal = options.exact ? RemovalRule::mirror : RemovalRule::observed;
  FeatureConfig& f = pair.features[static_cast<std::size_t>(head.feature)];
  f.enable = true;
  f.remove = options.exact;
  const json::Value config = ws.config.read();
  const FileLock lock = lock_state(ws);
  StateStore state(ws.at.state);
  std::shared_ptr<OpenProfile> profile =
      std::make_shared<OpenProfile>(ws.plugins.open(head.ref.provider, head.ref.profile));
  if (identity_of(options.cancel, *profile, head.feature) != head.identity)
    throw Error(CW_SCOPE, "identity_changed",
                "The capture " + id + " is of another account or server than " + to_string(head.ref) +
                    " is now. Nothing was restored.",
                "Link or select the one it was taken from.");
  const auto open = [&](const ProfileRef& ref) {
    if (ref.provider == "capture") return open_capture(captures, id);
    Session* const session = profile->session.get();
    return std::shared_ptr<Session>(profile, session);
  };
  engine::RunOptions run;
  run.dry = options.dry;
  run.approve = options.approve;
  run.same_refs = true;
  run.trigger = "restore";
  run.cancel = options.cancel;
  run.keep = keep_before_writes(ws);
  // It compares with nothing that was: the capture is what shall be.
  if (!options.dry) state.forget_pair(pair.id);
  engine::RunReport report =
      engine::run_pairs({pair}, read_safety(config), read_runtime(config), state, open, events, run);
  if (!options.dry) state.forget_pair(pair.id);
  return report;
}

std::string_view name_of(Difference d) noexcept {
  return d == Difference::added ? "added" : d == Difference::removed ? "removed" : "changed";
}

void diff_capture(Workspace& ws, const std::string& from, const std::string& to, const Cancellation& cancel,
                  const std::function<void(Difference, const Fact&, const Fact&)>& visit,
                  const Operation::Progress& progress) {
  const Captures captures(ws.at.state);
  const CaptureHead head = captures.find(from);
  std::map<std::string, Fact> before;
  static_cast<void>(captures.read(from, [&](const Fact& f) { before[key_of(f)] = f; }));
  const Fact nothing;
  const auto compare = [&](const Fact& now) {
    const auto it = before.find(key_of(now));
    if (it == before.end()) return visit(Difference::added, nothing, now);
    if (!same_value(head.feature, it->second, now)) visit(Difference::changed, it->second, now);
    before.erase(it);
  };
  if (!to.empty()) {
    if (captures.find(to).feature != head.feature)
      throw Error(CW_CONFIG, "other_feature", "The captures " + from + " and " + to + " hold different features.");
    static_cast<void>(captures.read(to, compare));
  } else {
    OpenProfile profile = ws.plugins.open(head.ref.provider, head.ref.profile);
    static_cast<void>(read_profile(
        cancel, profile, head.feature, [&](const cw_fact& f) { compare(to_fact(f)); }, progress));
  }
  for (const auto& [key, fact] : before) visit(Difference::removed, fact, nothing);
}

}  // namespace crosswatch::host
