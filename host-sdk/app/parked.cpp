#include "commands.hpp"
#include "report_json.hpp"
#include "service/sync.hpp"
#include "state/runs.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::ParkChange;
using host::ParkedItem;

std::string next_try(const ParkedItem& p) {
  return p.ignored ? "ignored" : p.next_try == 0 ? "next sync" : host::iso(p.next_try);
}

ExitCode change(Context& c, const ParkOptions& o, ParkChange what, const char* done) {
  if (o.keys.empty() && o.pair.empty() && !o.all)
    throw Error(CW_CONFIG, host::code_usage, "No item is named.",
                "Name keys that crosswatch parked list prints, or --pair, or --all.");
  if (!o.pair.empty()) static_cast<void>(host::find_pair(c.ws.config.read(), o.pair));
  const auto lock = host::lock_state(c.ws);
  host::StateStore state(c.ws.at.state);
  std::vector<std::string> keys = o.keys;
  if (o.all || !o.pair.empty())
    for (const ParkedItem& p : host::list_parked(state, o.pair)) keys.push_back(p.key);
  for (const std::string& key : keys) host::change_parked(state, key, what);
  if (c.out.json())
    c.out.value(host::json::object({{"changed", static_cast<std::int64_t>(keys.size())}}));
  else
    c.out.line(std::to_string(keys.size()) + done);
  return ExitCode::ok;
}

}  // namespace

ExitCode parked_list(Context& c, const std::string& pair) {
  if (!pair.empty()) static_cast<void>(host::find_pair(c.ws.config.read(), pair));
  const auto parked = host::list_parked(host::StateStore(c.ws.at.state), pair);
  if (c.out.json()) {
    host::json::Value list = host::json::array();
    for (const ParkedItem& p : parked) list.push_back(host::parked_json(p));
    c.out.value(list);
    return ExitCode::ok;
  }
  std::vector<std::vector<std::string>> table;
  for (const ParkedItem& p : parked) {
    host::engine::Item item = p.item;
    item.result = host::engine::Result::planned;
    item.reason.clear();  // it has a column of its own
    table.push_back({p.key, item_text(item), p.item.reason, next_try(p)});
  }
  c.out.table({"KEY", "ITEM", "REASON", "NEXT TRY"}, table);
  if (parked.empty()) c.out.note("Nothing is parked.");
  return ExitCode::ok;
}

ExitCode parked_retry(Context& c, const ParkOptions& o) {
  return change(c, o, ParkChange::retry, " will be tried by the next sync.");
}
ExitCode parked_ignore(Context& c, const ParkOptions& o) {
  return change(c, o, ParkChange::ignore, " will not be tried any more.");
}
ExitCode parked_unignore(Context& c, const ParkOptions& o) {
  return change(c, o, ParkChange::unignore, " will be tried by the next sync.");
}

}  // namespace crosswatch::app
