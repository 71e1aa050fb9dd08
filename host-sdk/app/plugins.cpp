#include "commands.hpp"
#include "manifest_text.hpp"
#include "service/answers.hpp"

namespace crosswatch::app {

using host::json::object;

ExitCode plugins_list(Context& c) {
  const auto rows = c.ws.plugins.list();
  if (c.out.json()) {
    host::json::Value list = host::json::array();
    for (const auto& r : rows) list.push_back(host::plugin_json(r));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& r : rows) table.push_back({r.id, r.version, r.label, r.state, r.why});
  c.out.table({"ID", "VERSION", "NAME", "STATE", ""}, table);
  if (rows.empty()) c.out.note("No plugins in " + c.ws.at.plugins.string() + ".");
  return ExitCode::ok;
}

ExitCode plugins_info(Context& c, const std::string& id) {
  const auto manifest = c.ws.plugins.manifest(id);
  if (c.out.json())
    c.out.value(host::manifest_json(*manifest));
  else
    c.out.raw(manifest_text(*manifest));
  return ExitCode::ok;
}

ExitCode plugins_enable(Context& c, const std::string& id) {
  c.ws.plugins.enable(id);
  const auto manifest = c.ws.plugins.manifest(id);
  if (c.out.json())
    c.out.value(object({{"id", id}, {"enabled", true}}));
  else
    c.out.line(manifest->label + " is enabled.");
  if (!c.out.json() && !manifest->auth_flow.empty()) c.out.note("Next: crosswatch connect " + id);
  return ExitCode::ok;
}

ExitCode plugins_disable(Context& c, const std::string& id) {
  c.ws.plugins.disable(id);
  if (c.out.json())
    c.out.value(object({{"id", id}, {"enabled", false}}));
  else
    c.out.line(id + " is disabled.");
  return ExitCode::ok;
}

}  // namespace crosswatch::app
