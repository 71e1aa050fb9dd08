#include "state/runs.hpp"

#include <array>
#include <map>

#include "commands.hpp"
#include "report_json.hpp"
#include "service/sync.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::json::Value;

std::int64_t parse_run(const std::string& id) {
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos || id.size() > 18)
    throw Error(CW_NOT_FOUND, "run_unknown", "There is no run \"" + id + "\".", "crosswatch runs list");
  return std::stoll(id);
}

}  // namespace

ExitCode runs_list(Context& c) {
  const host::StateStore state(c.ws.at.state);
  const auto rows = host::list_runs(state);
  if (c.out.json()) {
    Value list = host::json::array();
    for (const auto& r : rows) list.push_back(host::run_row_json(r));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& r : rows) {
    host::engine::Totals told = r.totals;
    if (r.dry) {  // it did nothing, so what it would have done is what there is to tell
      told.held = 0;
      told += r.planned;
    }
    const std::string status = r.finished == 0 ? "not ended" : std::string(name_of(r.status));
    const std::string outcome = planned_text(r.status, told, r.dry ? r.totals.held : 0);
    table.push_back({std::to_string(r.id), host::iso(r.started),
                     r.finished == 0 ? "?" : std::to_string(r.finished - r.started) + " s",
                     status + (r.dry ? " (dry run)" : ""), outcome == name_of(r.status) ? "" : outcome});
  }
  c.out.table({"RUN", "STARTED", "TOOK", "STATUS", ""}, table);
  if (rows.empty()) c.out.note("Nothing was synced yet.");
  return ExitCode::ok;
}

ExitCode runs_show(Context& c, const std::string& id) {
  const host::StateStore state(c.ws.at.state);
  const host::engine::RunReport run = host::find_run(state, parse_run(id));
  if (c.out.json()) {
    Value out = run_json(run);
    Value items = host::json::array();
    host::each_item(state, run.id, [&](const host::engine::Item& item) { items.push_back(item_json(item)); });
    out["items"] = std::move(items);
    c.out.value(out);
    return ExitCode::ok;
  }
  c.out.line("Run " + std::to_string(run.id) + (run.dry ? " (dry run)" : "") + ", " + host::iso(run.started) + ": " +
             (run.finished == 0 ? "not ended" : std::string(name_of(run.status))));
  std::map<std::pair<std::string, Feature>, std::array<host::engine::SideReport, 2>> profiles;
  for (const auto& pair : run.pairs)
    for (const auto& lane : pair.lanes) {
      profiles[{lane.pair, lane.feature}] = lane.sides;
      c.out.line("  " + lane.pair + "  " + std::string(crosswatch::name_of(lane.feature)) + ": " +
                 (run.dry ? planned_text(lane.status, lane.planned, lane.totals.held)
                          : outcome_text(lane.status, lane.totals)));
      if (lane.unchanged_since != 0) c.out.line("      " + unchanged_text(lane));
      if (!lane.message.empty()) c.out.line("      " + lane.message);
      if (!lane.remedy.empty()) c.out.line("      " + lane.remedy);
    }
  host::each_item(state, run.id, [&](const host::engine::Item& item) {
    c.out.line("  " + item.pair + "  " + std::string(crosswatch::name_of(item.feature)) + "  " +
               item_text(item, profiles[{item.pair, item.feature}][static_cast<std::size_t>(item.side)].name));
  });
  return ExitCode::ok;
}

ExitCode runs_undo(Context& c, const std::string& id, bool dry_run) {
  const auto narrator = make_narrator(c, dry_run);
  host::engine::RunOptions options;
  options.dry = dry_run;
  options.cancel = c.ws.cancel;
  return host::undo_sync(c.ws, parse_run(id), *narrator, options).exit;
}

}  // namespace crosswatch::app
