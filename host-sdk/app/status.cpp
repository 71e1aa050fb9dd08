#include "service/status.hpp"

#include "commands.hpp"
#include "service/answers.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::json::object;
using host::json::Value;

void print_profile(Output& out, const host::ProfileStatus& p) {
  out.line(to_string(p.ref) + ": " + p.state);
  std::string section;
  for (const host::ReportLine& line : p.report) {
    if (line.section != section) out.line("  " + line.section);
    section = line.section;
    out.line("    " + line.key + ": " + line.value);
  }
  std::string features;
  for (const auto& f : p.features)
    features += (features.empty() ? "" : ", ") + std::string(name_of(f.feature)) +
                (f.read ? (f.write ? "" : " (read only)") : " (" + f.code + ")");
  if (!features.empty()) out.line("  features: " + features);
  if (!p.message.empty()) out.line("  " + p.message);
  if (!p.remedy.empty()) out.line("    " + p.remedy);
}

}  // namespace

ExitCode status(Context& c, const std::string& provider, const std::string& profile) {
  const auto profiles = host::profile_states(c.ws, provider, profile);
  const auto pairs = host::pair_states(c.ws);
  const auto routes = host::route_states(c.ws);
  ExitCode exit = ExitCode::ok;
  for (const auto& p : profiles) exit = host::worst(exit, p.exit);
  if (c.out.json()) {
    Value profile_list = host::json::array();
    for (const auto& p : profiles) profile_list.push_back(host::status_json(p));
    Value pair_list = host::json::array();
    for (const auto& p : pairs) pair_list.push_back(host::status_json(p));
    Value all = object({{"profiles", std::move(profile_list)}, {"pairs", std::move(pair_list)}});
    if (!routes.empty()) all["routes"] = host::json::array();
    for (const auto& r : routes) all["routes"].push_back(host::route_json(r));
    c.out.value(all);
    return exit;
  }
  for (const auto& p : profiles) print_profile(c.out, p);
  if (profiles.empty()) c.out.note("No plugin is enabled: crosswatch plugins list");
  std::vector<std::vector<std::string>> table;
  for (const auto& p : pairs)
    table.push_back({p.id,
                     p.enabled ? std::string(p.state.last_run == 0 ? "never ran" : name_of(p.state.status)) : "off",
                     p.state.last_run == 0 ? "" : host::iso(p.state.last_run_at), std::to_string(p.state.held),
                     std::to_string(p.state.parked)});
  if (!table.empty()) c.out.line("");
  c.out.table({"PAIR", "STATUS", "LAST RUN", "HELD", "PARKED"}, table);
  table.clear();
  for (const auto& r : routes)
    table.push_back({r.route.id, r.route.enabled ? "on" : "off", std::to_string(r.waiting), std::to_string(r.parked)});
  if (!table.empty()) c.out.line("");
  c.out.table({"ROUTE", "", "WAITING", "PARKED"}, table);
  return exit;
}

}  // namespace crosswatch::app
