#include <mutex>

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

Value page_of(Rows& rows, const Call& c) {
  const RowFilter filter{c.query("q"), c.query("op"), c.query("feature"), c.query("pair"), c.query("result")};
  return rows.page(filter, c.number("offset", 0), c.number("limit", rows_a_page));
}

// The items of the run that was looked at last, so that paging through it does not read it anew.
class RunItems {
public:
  explicit RunItems(Workspace& ws) : ws_(ws) {}
  std::shared_ptr<Rows> of(std::int64_t run) {
    const std::lock_guard lock(mutex_);
    if (rows_ && run_ == run) return rows_;
    const StateStore state(ws_.at.state);
    const bool finished = find_run(state, run).finished != 0;
    auto rows = std::make_shared<Rows>(ws_.at.state / "serve");
    each_item(state, run, [&](const engine::Item& item) { rows->add(item); });
    if (finished) {
      run_ = run;
      rows_ = rows;
    }
    return rows;
  }

private:
  Workspace& ws_;
  std::mutex mutex_{};
  std::int64_t run_ = 0;
  std::shared_ptr<Rows> rows_{};
};

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
  parts.run.start(c.texts("pairs"), options);
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

void add_run_routes(Router& router, Parts& parts) {
  Workspace& ws = parts.ws;
  const std::vector<std::string> rows{"offset", "limit", "q", "op", "feature", "pair", "result"};
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
  router.add({"GET", "/api/plan", "What the last dry run would do", {}, "Rows", rows, [&parts](const Call& c) {
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
              rows,
              [items = std::make_shared<RunItems>(ws)](const Call& c) { return page_of(*items->of(run_id(c)), c); }});
  router.add(
      {"GET", "/api/held", "What waits for approval", {}, "Held", {}, [&ws](const Call&) { return held_pairs(ws); }});
  router.add({"GET", "/api/parked", "What a side cannot take now", {}, "Parked", {}, [&ws](const Call&) {
                return parked_items(ws);
              }});
  router.add(
      {"POST", "/api/parked", "Retries or ignores a parked item", "ParkChange", "Parked", {}, [&ws](const Call& c) {
         return park(ws, c);
       }});
}

}  // namespace crosswatch::host::server
