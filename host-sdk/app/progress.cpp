#include "service/progress.hpp"

#include <charconv>
#include <cstdio>

#include "commands.hpp"
#include "fact_text.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::ProgressList;
using host::ProgressOutcome;
using host::ResumeTitle;
using host::json::Value;

constexpr std::int64_t ms_a_second = 1000;

std::string clock_text(std::int64_t ms) {
  if (ms < 0) return "nothing";
  const long long s = ms / ms_a_second;
  char text[32];
  if (s >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
  return text;
}

std::string position_text(const cw_value& v) {
  if (v.duration_ms <= 0) return clock_text(v.progress_ms);
  return clock_text(v.progress_ms) + " of " + clock_text(v.duration_ms) + " (" +
         std::to_string(v.progress_ms * 100 / v.duration_ms) + " %)";
}

std::string title_of(const Fact& item) {
  FactLender lender;
  return title_text(lender.lend(item));
}

// "41:30", "1:02:03" or "45%".
void read_position(const std::string& text, host::ProgressChange& to) {
  const auto wrong = [&] {
    return Error(CW_CONFIG, host::code_usage, "\"" + text + "\" is no position; 41:30, 1:02:03 and 45% are.",
                 "crosswatch progress set --help");
  };
  std::int64_t total = 0;
  int parts = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (;;) {
    std::int64_t n = 0;
    const auto [after, error] = std::from_chars(at, end, n);
    if (error != std::errc{} || n < 0 || n > 10'000 || (parts > 0 && (n > 59 || after - at != 2))) throw wrong();
    ++parts;
    if (parts == 1 && after + 1 == end && *after == '%') {
      if (n > 100) throw wrong();
      to.percent = static_cast<int>(n);
      return;
    }
    total = total * 60 + n;
    if (after == end) break;
    if (*after != ':' || parts == 3) throw wrong();
    at = after + 1;
  }
  if (parts < 2) throw wrong();
  to.position_ms = total * ms_a_second;
}

std::vector<ProfileRef> refs(const std::vector<std::string>& names) {
  std::vector<ProfileRef> out;
  for (const std::string& name : names) out.push_back(host::parse_profile_ref(name));
  return out;
}

// After everything else was told: the worst of what kept profiles from being read.
void throw_worst(Context& c, const ProgressList& list) {
  const Error* worst = nullptr;
  for (const auto& [ref, problem] : list.problems) {
    if (!worst || host::worst(host::exit_code(*worst), host::exit_code(problem)) != host::exit_code(*worst))
      worst = &problem;
    if (list.problems.size() > 1) c.out.note(to_string(ref) + ": " + problem.what());
  }
  if (worst) throw *worst;
}

ExitCode change(Context& c, const host::ProgressChange& wanted) {
  const ProgressList now = host::read_progress(c.ws);
  const ResumeTitle& title = host::find_title(now, wanted.key);
  const auto outcomes = host::change_progress(c.ws, now, wanted);
  ExitCode exit = ExitCode::ok;
  if (!c.out.json()) c.out.line(title_of(title.item));
  Value list = host::json::array();
  for (const ProgressOutcome& o : outcomes) {
    exit = host::worst(exit, o.exit);
    list.push_back(host::outcome_json(o));
    if (!c.out.json())
      c.out.line("  " + to_string(o.where) + ": " + o.result +
                 (o.result == "done" ? ", " + clock_text(o.before_ms) + " -> " + clock_text(o.after_ms) : "") +
                 (o.reason.empty() ? "" : ": " + o.reason));
  }
  if (c.out.json()) c.out.value(list);
  return exit;
}

}  // namespace

ExitCode progress_list(Context& c, const std::vector<std::string>& profiles) {
  const ProgressList list = host::read_progress(c.ws, refs(profiles));
  if (c.out.json()) {
    Value out = host::json::array();
    for (const ResumeTitle& t : list.titles) out.push_back(host::title_json(t));
    c.out.value(out);
  } else {
    std::vector<std::vector<std::string>> table;
    for (const ResumeTitle& t : list.titles)
      for (const host::ResumePoint& p : t.points) {
        const bool first = &p == &t.points.front();
        table.push_back({first ? title_of(t.item) : "", to_string(p.where), position_text(p.fact.value),
                         p.fact.value.at == time_unknown ? "unknown" : host::iso(p.fact.value.at),
                         first ? (t.ambiguous ? "ids contradict"
                                  : t.differs ? "differs"
                                              : "")
                               : "",
                         first ? t.key : ""});
      }
    c.out.table({"TITLE", "WHERE", "AT", "SINCE", "", "KEY"}, table);
    if (list.titles.empty() && list.problems.empty()) c.out.note("Nothing is unfinished.");
    if (list.profiles.empty()) c.out.note("No enabled plugin keeps positions: crosswatch plugins list");
  }
  throw_worst(c, list);
  return ExitCode::ok;
}

ExitCode progress_set(Context& c, const ProgressOptions& o) {
  host::ProgressChange wanted;
  wanted.key = o.key;
  wanted.at = refs(o.profiles);
  wanted.replay = o.replay;
  read_position(o.position, wanted);
  return change(c, wanted);
}

ExitCode progress_clear(Context& c, const ProgressOptions& o) {
  host::ProgressChange wanted;
  wanted.key = o.key;
  wanted.at = refs(o.profiles);
  wanted.clear = true;
  return change(c, wanted);
}

}  // namespace crosswatch::app
