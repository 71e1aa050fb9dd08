#include "service/progress.hpp"

#include <algorithm>
#include <crosswatch/batch.hpp>
#include <cstdlib>
#include <future>

#include "config/profile.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

constexpr Feature progress = Feature::progress;

bool has_progress(const Manifest& m) {
  return (m.capability(progress).can & CW_READ) != 0;
}

std::vector<ProfileRef> all_with_progress(Workspace& ws) {
  const json::Value config = ws.config.read();
  std::vector<ProfileRef> out;
  for (const PluginRow& plugin : ws.plugins.list())
    if (plugin.enabled && plugin.state == "ok" && has_progress(*ws.plugins.manifest(plugin.id)))
      for (const std::string& p : profiles_of(config, plugin.id)) out.push_back({plugin.id, p});
  return out;
}

void expect_progress(Workspace& ws, const ProfileRef& ref) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  static_cast<void>(ProfileView(ws.config.read(), *manifest, ref.profile));  // Error NOT_FOUND
  if (!has_progress(*manifest))
    throw Error(CW_UNSUPPORTED, "not_offered", manifest->label + " keeps no positions.",
                "crosswatch plugins info " + ref.provider + " shows what it offers.");
}

struct Reading {
  std::vector<Fact> facts{};
  bool complete = false;
  std::optional<Error> problem{};
};

Reading read_one(Workspace& ws, const ProfileRef& ref) {
  Reading out;
  try {
    const OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
    Operation op(ws.cancel);
    const SnapshotResult end = profile.session->snapshot(op, progress, {}, [&](const cw_facts& page) {
      for_each<cw_fact>(page.first, page.count, page.stride,
                        [&](const cw_fact& f) { out.facts.push_back(to_fact(f)); });
    });
    out.complete = end.complete;
    if (!end.complete)
      out.problem = Error(CW_UNREACHABLE, "incomplete", to_string(ref) + " told only a part: " + end.reason + ".",
                          "Try again later.");
  } catch (const Error& e) {
    if (e.status == CW_CANCELLED) throw;
    out.problem = e;
  }
  return out;
}

engine::Facts to_facts(engine::Texts& texts, const std::vector<Fact>& list) {
  engine::Facts out(texts, progress);
  const FactBatch batch(list);
  out.accept({sizeof(cw_facts), sizeof(cw_fact), batch.facts().size(), batch.facts().data()});
  return out;
}

// What is to be written in one profile.
struct Step {
  std::uint32_t op = 0;
  Fact fact{};
  cw_value expect = no_value;
};

Step step_at(const ResumeTitle& title, const ProgressChange& change, const ProfileRef& where) {
  const auto there =
      std::find_if(title.points.begin(), title.points.end(), [&](const ResumePoint& p) { return p.where == where; });
  Step out;
  if (there == title.points.end()) {
    out.op = change.clear ? 0u : std::uint32_t{CW_OP_ADD};
    out.fact = title.item;  // without a ref, which counts for one profile only
  } else {
    out.op = change.clear ? CW_OP_REMOVE : CW_OP_UPDATE;
    out.fact = there->fact;
    out.expect = there->fact.value;
    if (const auto seen = change.seen.find(to_string(where)); seen != change.seen.end())
      out.expect.progress_ms = seen->second;
  }
  if (change.clear) return out;
  const std::int64_t length = std::max(out.fact.value.duration_ms, title.item.value.duration_ms);
  std::int64_t wanted = change.position_ms.value_or(0);
  if (change.percent) {
    if (length <= 0)
      throw Error(CW_CONFIG, code_usage, "The length of this title is not known, so a percentage says nothing.",
                  "Give the position as minutes and seconds, such as 41:30.");
    wanted = length * *change.percent / 100;
  }
  if (wanted <= 0 || (length > 0 && wanted >= length))
    throw Error(CW_CONFIG, code_usage, "The position has to lie between the beginning and the end of the title.",
                "crosswatch progress clear takes a position away.");
  out.fact.value.progress_ms = wanted;
  out.fact.value.duration_ms = length > 0 ? length : -1;
  out.fact.value.at = system_clock()() / 1000;
  return out;
}

void settle(ProgressOutcome& out, const cw_outcome& told) {
  out.reason = told.reason;
  switch (told.result) {
    case CW_APPLIED:
      out.result = "done";
      return;
    case CW_ALREADY:
    case CW_ABSENT:
      out.result = "nothing_to_do";
      return;
    case CW_STALE:
    case CW_NO_ENTITY:
    case CW_AMBIGUOUS:
    case CW_CANNOT:
    case CW_REJECTED:
      out.result = "refused";
      if (out.reason.empty())
        out.reason = told.result == CW_NO_ENTITY   ? "no_entity: this profile does not have the title"
                     : told.result == CW_STALE     ? "changed_meanwhile: the position is another one by now"
                     : told.result == CW_AMBIGUOUS ? "ambiguous: several titles of this profile fit"
                                                   : "refused: the provider cannot store it";
      break;
    default:
      out.result = "failed";
      if (out.reason.empty()) out.reason = "no_answer: it is not known whether it was stored";
  }
  out.exit = ExitCode::failed;
}

// What the profile says now; -1 for nothing, nullopt when it cannot say.
std::optional<std::int64_t> look_up(Session& session, Operation& op, const cw_fact& item) {
  try {
    const cw_answer answer = session.lookup(op, progress, {}, {item}).at(0);
    if (answer.state == CW_PRESENT) return answer.value.progress_ms;
    if (answer.state == CW_NO_FACT || answer.state == CW_NO_TITLE) return -1;
  } catch (const Error& e) {
    if (e.status != CW_UNSUPPORTED) throw;
  }
  return std::nullopt;
}

ProgressOutcome carry_out(Workspace& ws, const Step& step, const ProfileRef& where, bool replay) {
  ProgressOutcome out{where, {}, {}, step.expect.progress_ms, step.expect.progress_ms, ExitCode::ok};
  if (step.op == 0) {
    out.result = "nothing_to_do";
    return out;
  }
  try {
    const OpenProfile profile = ws.plugins.open(where.provider, where.profile);
    Operation op(ws.cancel);
    FactLender lender;
    const cw_fact& lent = lender.lend(step.fact);
    const ApplyResult result = profile.session->apply(op, progress, {}, {{sizeof(cw_op), step.op, &lent, step.expect}},
                                                      replay ? std::uint32_t{CW_REPLAY} : 0u);
    settle(out, result.outcomes.at(0));
    if (result.error && out.result == "failed") throw *result.error;
    if (const auto now = look_up(*profile.session, op, lent)) {
      out.after_ms = *now;
      const std::int64_t wanted = step.op == CW_OP_REMOVE ? -1 : step.fact.value.progress_ms;
      const bool there = wanted < 0 ? *now <= 0 : *now >= 0 && std::abs(*now - wanted) <= engine::usual_delta_ms;
      if (out.result == "done" && !there) {
        out.result = "failed";
        out.reason = "not_confirmed: the profile says something else afterwards";
        out.exit = ExitCode::failed;
      }
    }
  } catch (const Error& e) {
    if (e.status == CW_CANCELLED) throw;
    out.result = "failed";
    out.reason = e.code + ": " + e.what() + (e.remedy.empty() ? "" : " " + e.remedy);
    out.exit = exit_code(e);
  }
  return out;
}

}  // namespace

ProgressList read_progress(Workspace& ws, const std::vector<ProfileRef>& only) {
  for (const ProfileRef& ref : only) expect_progress(ws, ref);
  ProgressList out;
  out.profiles = only.empty() ? all_with_progress(ws) : only;
  std::vector<std::future<Reading>> asked;
  for (const ProfileRef& ref : out.profiles)
    asked.push_back(std::async(std::launch::async, [&ws, ref] { return read_one(ws, ref); }));
  engine::Texts texts;
  std::vector<ProfileFacts> all;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Reading reading = asked[i].get();
    if (reading.problem) out.problems.emplace_back(out.profiles[i], *reading.problem);
    all.push_back({out.profiles[i], to_facts(texts, reading.facts), reading.complete});
  }
  out.titles = group_titles(texts, all);
  return out;
}

const ResumeTitle& find_title(const ProgressList& list, const std::string& key) {
  const ResumeTitle* found = nullptr;
  for (const ResumeTitle& t : list.titles) {
    const bool by_id = std::any_of(t.item.ids.begin(), t.item.ids.end(),
                                   [&](const Token& id) { return id.scheme + ":" + id.value == key; });
    if (t.key == key) return t;
    if (!by_id) continue;
    if (found)
      throw Error(CW_CONFIG, code_usage, "\"" + key + "\" means several titles: " + found->key + " and " + t.key + ".",
                  "Name one of them by its key.");
    found = &t;
  }
  if (!found)
    throw Error(CW_NOT_FOUND, "title_unknown", "Nothing that is unfinished has the key \"" + key + "\".",
                "crosswatch progress list shows the keys.");
  return *found;
}

std::vector<ProgressOutcome> change_progress(Workspace& ws, const ProgressList& now, const ProgressChange& change) {
  const ResumeTitle& title = find_title(now, change.key);
  if (title.ambiguous)
    throw Error(CW_UNSUPPORTED, "ambiguous",
                "The ids of this title contradict each other, so it may be two titles; nothing was written.",
                "Correct the match of the title where it is wrong.");
  std::vector<ProfileRef> where = change.at;
  if (where.empty())
    for (const ResumePoint& p : title.points) where.push_back(p.where);
  std::vector<std::pair<ProfileRef, Step>> steps;  // all of them are sound before the first is carried out
  for (const ProfileRef& ref : where) {
    expect_progress(ws, ref);
    steps.emplace_back(ref, step_at(title, change, ref));
  }
  std::vector<ProgressOutcome> out;
  for (const auto& [ref, step] : steps) out.push_back(carry_out(ws, step, ref, change.replay));
  return out;
}

}  // namespace crosswatch::host
