#include "server/api.hpp"
#include "service/report_json.hpp"
#include "state/runs.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

constexpr std::size_t rows_a_page = 200;

std::int64_t run_id(const Call& c) {
  const std::string& id = c.param("id");
  if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
    throw Error(CW_NOT_FOUND, "run_unknown", "There is no run \"" + id + "\".");
  return std::stoll(id);
}

// The operations of a run, which stay as they are once it has ended.
std::shared_ptr<Rows> items_of(Workspace& ws, LastRows& last, std::int64_t run) {
  return last.of(std::to_string(run), ws.at.state / "serve", [&](Rows& rows) {
    const StateStore state(ws.at.state);
    const bool finished = find_run(state, run).finished != 0;
    each_item(state, run, [&](const engine::Item& item) { rows.add(item); });
    return finished;
  });
}

Value runs_json(Workspace& ws) {
  Value list = json::array();
  const StateStore state(ws.at.state);
  for (const RunRow& row : list_runs(state, 200)) list.push_back(run_row_json(row));
  return object({{"runs", std::move(list)}});
}

Value start(Parts& parts, const Call& c) {
  engine::RunOptions options;
  options.dry = c.flag("dry_run");
  options.approve = c.text("approve");
  options.trigger = "page";
  parts.run.start(sync_task(parts.ws, c.texts("pairs"), options));
  return parts.run.state();
}

Value undo(Parts& parts, const Call& c) {
  const std::int64_t run = run_id(c);
  static_cast<void>(find_run(StateStore(parts.ws.at.state), run));  // an unknown one is said at once
  RunTask task;
  task.what = "undo";
  task.of = std::to_string(run);
  task.dry = c.flag("dry_run");
  task.carry_out = [&ws = parts.ws, run, dry = task.dry](engine::Events& events, const Cancellation& cancel) {
    engine::RunOptions options;
    options.dry = dry;
    options.cancel = cancel;
    return outcome(undo_sync(ws, run, events, options));
  };
  parts.run.start(std::move(task));
  return parts.run.state();
}

Value decide_held(Parts& parts, const Call& c) {
  engine::RunOptions options;
  options.approve = c.text("digest");
  options.discard = c.text("change") == "discard";
  options.trigger = "page";
  const auto pairs = pairs_of_digest(StateStore(parts.ws.at.state), options.approve, system_clock()() / 1000);
  parts.run.start(sync_task(parts.ws, pairs, options));
  return parts.run.state();
}

Value held_pairs(Workspace& ws) {
  return object({{"pairs", held_json(StateStore(ws.at.state), read_pairs(ws.config.read()))}});
}

Value parked_items(Workspace& ws) {
  Value items = json::array();
  for (const ParkedItem& p : list_parked(StateStore(ws.at.state))) items.push_back(parked_json(p));
  return object({{"items", std::move(items)}});
}

Value park(Workspace& ws, const Call& c) {
  const std::string change = c.text("change");
  {
    const FileLock lock = lock_state(ws);
    StateStore state(ws.at.state);
    change_parked(state, c.text("key"),
                  change == "retry"    ? ParkChange::retry
                  : change == "ignore" ? ParkChange::ignore
                                       : ParkChange::unignore);
  }
  return parked_items(ws);
}

}  // namespace

const std::vector<std::string> page_query{"offset", "limit", "q", "op", "feature", "pair", "result"};

Value page_of(Rows& rows, const Call& c) {
  const RowFilter filter{c.query("q"), c.query("op"), c.query("feature"), c.query("pair"), c.query("result")};
  return rows.page(filter, c.number("offset", 0), c.number("limit", rows_a_page));
}

void add_run_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  router.add({"GET",
              "/api/run",
              "What goes on, or how the last run of this server ended",
              {},
              "RunState",
              {},
              [&parts](const Call&) { return parts.run.state(); }});
  router.add({"POST", "/api/run", "Begins a run", "NewRun", "RunState", {}, [&parts](const Call& c) {
                return start(parts, c);
              }});
  router.add(
      {"DELETE", "/api/run", "Cancels the run; what it has confirmed stays", {}, "RunState", {}, [&parts](const Call&) {
         parts.run.cancel();
         return parts.run.state();
       }});
  router.add({"GET", "/api/plan", "What the last dry run would do", {}, "Rows", page_query, [&parts](const Call& c) {
                const auto plan = parts.run.plan();
                if (!plan) throw Error(CW_NOT_FOUND, "no_plan", "There was no dry run yet.");
                return page_of(*plan, c);
              }});
  router.add(
      {"GET", "/api/runs", "Past runs, newest first", {}, "Runs", {}, [&ws](const Call&) { return runs_json(ws); }});
  router.add({"GET", "/api/runs/{id}", "A run with its lanes", {}, "Run", {}, [&ws](const Call& c) {
                const StateStore state(ws.at.state);
                return run_json(find_run(state, run_id(c)));
              }});
  router.add({"GET",
              "/api/runs/{id}/items",
              "The operations of a run",
              {},
              "Rows",
              page_query,
              [&ws, last = std::make_shared<LastRows>()](const Call& c) {
                return page_of(*items_of(ws, *last, run_id(c)), c);
              }});
  router.add({"POST",
              "/api/runs/{id}/undo",
              "Takes back what a run wrote, as far as it is still so",
              "Undo",
              "RunState",
              {},
              [&parts](const Call& c) { return undo(parts, c); }});
  router.add(
      {"GET", "/api/held", "What waits for approval", {}, "Held", {}, [&ws](const Call&) { return held_pairs(ws); }});
  router.add({"POST",
              "/api/held",
              "Approves or discards what is held under a digest",
              "HeldDecision",
              "RunState",
              {},
              [&parts](const Call& c) { return decide_held(parts, c); }});
  router.add({"GET", "/api/parked", "What a side cannot take now", {}, "Parked", {}, [&ws](const Call&) {
                return parked_items(ws);
              }});
  router.add(
      {"POST", "/api/parked", "Retries or ignores a parked item", "ParkChange", "Parked", {}, [&ws](const Call& c) {
         return park(ws, c);
       }});
}

}  // namespace crosswatch::host::server
