#include <crosswatch/item.hpp>

#include "commands.hpp"
#include "fact_text.hpp"
#include "json/fact_line.hpp"
#include "service/captures.hpp"
#include "service/report_json.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::CaptureHead;
using host::Captures;
using host::Difference;
using host::json::object;
using host::json::Value;

std::string fact_text(Feature feature, const Fact& f) {
  FactLender lender;
  return title_text(lender.lend(f)) + "  " + value_text(feature, f.value);
}

}  // namespace

ExitCode capture_take(Context& c, const ProfileRef& ref, Feature feature) {
  const CaptureHead head = host::take_capture(c.ws, ref, feature, c.ws.cancel);
  if (c.out.json())
    c.out.value(capture_json(head));
  else
    c.out.line("Capture " + head.id + ": " + std::to_string(head.count) + " facts of " + to_string(ref) + ".");
  return ExitCode::ok;
}

ExitCode capture_list(Context& c, const std::string& provider) {
  std::vector<CaptureHead> heads = Captures(c.ws.at.state).list();
  if (!provider.empty()) {
    const std::string wanted = host::normal_provider(provider);
    std::erase_if(heads, [&](const CaptureHead& h) { return h.ref.provider != wanted; });
  }
  if (c.out.json()) {
    Value list = host::json::array();
    for (const CaptureHead& h : heads) list.push_back(capture_json(h));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const CaptureHead& h : heads)
    table.push_back({h.id, host::iso(h.taken_at), std::to_string(h.count) + (h.complete ? "" : " (not all)"),
                     h.run == 0 ? "by hand" : "before run " + std::to_string(h.run)});
  c.out.table({"ID", "TAKEN", "FACTS", ""}, table);
  if (heads.empty()) c.out.note("No captures yet: crosswatch capture take PROVIDER FEATURE");
  return ExitCode::ok;
}

ExitCode capture_show(Context& c, const std::string& id) {
  const Captures captures(c.ws.at.state);
  const CaptureHead head = captures.find(id);
  if (!c.out.json())
    c.out.note(id + ": " + std::string(name_of(head.feature)) + " of " + to_string(head.ref) + ", " +
               host::iso(head.taken_at));
  std::string lines;
  static_cast<void>(captures.read(id, [&](const Fact& f) {
    if (!c.out.json()) return c.out.line(fact_text(head.feature, f));
    FactLender lender;
    lines.clear();
    host::json::append_fact_line(lines, head.feature, lender.lend(f));
    c.out.raw(lines);
  }));
  if (c.out.json()) {
    lines.clear();
    host::json::append_end_line(lines, head.complete, head.count, {});
    c.out.raw(lines);
  }
  return ExitCode::ok;
}

ExitCode capture_diff(Context& c, const std::string& from, const std::string& to) {
  const Feature feature = Captures(c.ws.at.state).find(from).feature;
  std::size_t n[3] = {0, 0, 0};
  host::diff_capture(c.ws, from, to, c.ws.cancel, [&](Difference d, const Fact& before, const Fact& after) {
    ++n[static_cast<std::size_t>(d)];
    const Fact& f = d == Difference::removed ? before : after;
    if (c.out.json()) {
      std::string line;
      FactLender lender;
      host::json::append_fact_line(line, feature, lender.lend(f));
      line.pop_back();
      c.out.raw(std::string("{\"difference\":\"") + std::string(name_of(d)) + "\",\"fact\":" + line + "}\n");
    } else {
      const char* const signs[] = {"+ ", "- ", "~ "};
      c.out.line(signs[static_cast<std::size_t>(d)] + fact_text(feature, f) +
                 (d == Difference::changed ? " (was " + value_text(feature, before.value) + ")" : ""));
    }
  });
  if (c.out.json())
    c.out.value(object({{"end", true},
                        {"added", static_cast<std::int64_t>(n[0])},
                        {"removed", static_cast<std::int64_t>(n[1])},
                        {"changed", static_cast<std::int64_t>(n[2])}}));
  else
    c.out.line(std::to_string(n[0]) + " added, " + std::to_string(n[1]) + " removed, " + std::to_string(n[2]) +
               " changed since.");
  return ExitCode::ok;
}

ExitCode capture_remove(Context& c, const std::string& id) {
  Captures(c.ws.at.state).remove(id);
  if (c.out.json())
    c.out.value(object({{"id", id}, {"removed", true}}));
  else
    c.out.line("Capture " + id + " is deleted.");
  return ExitCode::ok;
}

ExitCode capture_restore(Context& c, const std::string& id, const RestoreCommand& o) {
  const auto narrator = make_narrator(c, o.dry_run);
  const auto report = host::restore_capture(c.ws, id, *narrator, {o.dry_run, o.exact, o.approve, c.ws.cancel});
  if (!report.digest.empty() && !c.out.json())
    c.out.note("Here that means: crosswatch capture restore " + id + (o.exact ? " --exact" : "") + " --approve " +
               report.digest);
  return report.exit;
}

}  // namespace crosswatch::app
