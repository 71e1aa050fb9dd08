#include <algorithm>

#include "config/schedule.hpp"
#include "server/api.hpp"
#include "service/answers.hpp"
#include "service/pairs.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

Value list_pairs(Workspace& ws) {
  Value list = json::array();
  const auto states = pair_states(ws);
  const std::int64_t now = system_clock()() / 1000;
  for (const PairConfig& pair : read_pairs(ws.config.read())) {
    Value row = pair_json(pair);
    const auto state = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.id == pair.id; });
    if (state != states.end()) {
      row["status"] = status_json(*state);
      row["status"]["run"] = state->state.last_run;  // 0: none yet
      if (const auto schedule = parse_schedule(pair.schedule); schedule && pair.enabled)
        row["next_run"] = iso(next_run(*schedule, state->state.last_run_at, now));
    }
    list.push_back(std::move(row));
  }
  return object({{"pairs", std::move(list)}});
}

Value add(Workspace& ws, const Call& c) {
  NewPair pair;
  pair.id = c.text("id");
  pair.source = parse_profile_ref(c.text("source"));
  pair.target = parse_profile_ref(c.text("target"));
  pair.two_way = c.text("mode") == "two-way";
  pair.remove = c.flag("remove");
  for (const std::string& name : c.texts("features")) pair.features.push_back(*feature_named(name));
  static_cast<void>(add_pair(ws, pair));
  return list_pairs(ws);
}

}  // namespace

void add_pair_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  router.add({"GET", "/api/pairs", "The pairs and how each stands", {}, "Pairs", {}, [&ws](const Call&) {
                return list_pairs(ws);
              }});
  router.add(
      {"POST", "/api/pairs", "Makes a pair", "NewPair", "Pairs", {}, [&ws](const Call& c) { return add(ws, c); }});
  router.add({"PATCH", "/api/pairs/{id}", "Changes a pair", "PairChanges", "Pairs", {}, [&ws](const Call& c) {
                change_pair(ws, c.param("id"), c.body);
                return list_pairs(ws);
              }});
  router.add({"DELETE",
              "/api/pairs/{id}",
              "Removes a pair; what it has synced stays where it is",
              {},
              "Pairs",
              {},
              [&ws](const Call& c) {
                remove_pair(ws, c.param("id"));
                return list_pairs(ws);
              }});
}

}  // namespace crosswatch::host::server
