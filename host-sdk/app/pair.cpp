#include "commands.hpp"
#include "service/answers.hpp"

namespace crosswatch::app {
namespace {

using host::pair_json;
using host::json::object;
using host::json::Value;

std::string features_of(const host::PairConfig& p, bool removing) {
  std::string out;
  for (const Feature f : all_features) {
    const host::FeatureConfig& lane = p.feature(f);
    if (lane.enable && (!removing || lane.remove)) out += (out.empty() ? "" : ",") + std::string(name_of(f));
  }
  return out;
}

std::string arrow(const host::PairConfig& p) {
  return to_string(p.source) + (p.mode == host::PairMode::two_way ? " <-> " : " -> ") + to_string(p.target);
}

}  // namespace

ExitCode pair_add(Context& c, const host::NewPair& pair) {
  const std::string id = host::add_pair(c.ws, pair);
  const host::PairConfig made = host::find_pair(c.ws.config.read(), id);
  if (c.out.json()) {
    c.out.value(pair_json(made));
  } else {
    c.out.line("Pair " + id + ": " + arrow(made) + ", " + features_of(made, false) + ".");
    c.out.note("Next: crosswatch sync " + id + " --dry-run");
  }
  return ExitCode::ok;
}

ExitCode pair_list(Context& c) {
  const auto pairs = host::read_pairs(c.ws.config.read());
  if (c.out.json()) {
    Value list = host::json::array();
    for (const auto& p : pairs) list.push_back(pair_json(p));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& p : pairs) table.push_back({p.id, p.enabled ? "on" : "off", arrow(p), features_of(p, false)});
  c.out.table({"ID", "", "PAIR", "FEATURES"}, table);
  if (pairs.empty()) c.out.note("No pairs yet: crosswatch pair add --source PROVIDER --target PROVIDER");
  return ExitCode::ok;
}

ExitCode pair_show(Context& c, const std::string& id) {
  const host::PairConfig p = host::find_pair(c.ws.config.read(), id);
  if (c.out.json()) {
    c.out.value(pair_json(p));
    return ExitCode::ok;
  }
  c.out.line("Pair " + p.id + (p.enabled ? "" : " (off)"));
  c.out.line("  " + arrow(p));
  c.out.line("  features: " + features_of(p, false));
  const std::string removing = features_of(p, true);
  c.out.line("  removes: " + (removing.empty() ? std::string("off") : removing));
  return ExitCode::ok;
}

ExitCode pair_enable(Context& c, const std::string& id, bool enabled) {
  host::enable_pair(c.ws, id, enabled);
  if (c.out.json())
    c.out.value(object({{"id", id}, {"enabled", enabled}}));
  else
    c.out.line("Pair " + id + " is " + (enabled ? "on." : "off."));
  return ExitCode::ok;
}

ExitCode pair_remove(Context& c, const std::string& id) {
  host::remove_pair(c.ws, id);
  if (c.out.json())
    c.out.value(object({{"id", id}, {"removed", true}}));
  else
    c.out.line("Pair " + id + " is removed. What it has synced stays where it is.");
  return ExitCode::ok;
}

}  // namespace crosswatch::app
