#include "server/run_job.hpp"

#include "exit_code.hpp"
#include "server/message.hpp"
#include "service/report_json.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;
using Time = std::chrono::steady_clock;

constexpr std::chrono::milliseconds interval{200};  // between two reports of progress

}  // namespace

class RunJob::Watcher : public engine::Events {
public:
  Watcher(RunJob& job, std::shared_ptr<Rows> rows) : job_(job), rows_(std::move(rows)) {}

  void run_start(std::int64_t run, bool) override {
    change([&](Value& s) { s["run"] = run; });
  }
  void pair_start(const std::string& pair) override {
    change([&](Value& s) {
      s["pair"] = pair;
      step(s, "checking", {});
    });
  }
  void lane_start(const std::string& pair, Feature feature) override {
    change([&](Value& s) {
      s["pair"] = pair;
      s["feature"] = std::string(name_of(feature));
      step(s, "checking", {});
    });
  }
  void snapshot_progress(const std::string&, Feature, engine::Side side, std::uint64_t done,
                         std::uint64_t total) override {
    progress("reading", std::string(engine::name_of(side)), done, total);
  }
  void plan_ready(const engine::LaneReport& lane) override {
    change([&](Value& s) { s["planned"] = totals_json(lane.planned); });
  }
  void apply_progress(const std::string&, Feature, std::uint64_t done, std::uint64_t total) override {
    progress("writing", {}, done, total);
  }
  bool wants_items() const override { return rows_ != nullptr; }
  void item(const engine::Item& item) override {
    if (rows_) rows_->add(item);
  }
  void lane_end(const engine::LaneReport& lane) override {
    change([&](Value& s) { s["lanes"].push_back(lane_json(lane)); });
  }

private:
  template <class F>
  void change(F&& body) {
    {
      const std::lock_guard lock(job_.mutex_);
      body(job_.state_);
    }
    job_.tell();
  }
  void step(Value& s, const std::string& phase, const std::string& side) {
    phase_ = phase + side;
    phase_began_ = Time::now();
    s["phase"] = phase;
    s["side"] = side;
    s["done"] = 0;
    s["total"] = 0;
    s["rate"] = 0;
  }
  void progress(const std::string& phase, const std::string& side, std::uint64_t done, std::uint64_t total) {
    const auto now = Time::now();
    const bool next_phase = phase + side != phase_;
    if (!next_phase && done != total && now - told_ < interval) return;
    told_ = now;
    change([&](Value& s) {
      if (next_phase) step(s, phase, side);
      s["done"] = done;
      s["total"] = total;
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_began_).count();
      if (ms > 0) s["rate"] = static_cast<std::int64_t>(done) * 1000 / ms;
    });
  }

  RunJob& job_;
  std::shared_ptr<Rows> rows_;
  std::string phase_{};
  Time::time_point phase_began_{}, told_{};
};

Value outcome(const engine::RunReport& report) {
  return object({{"report", run_json(report)}});
}

RunTask sync_task(Workspace& ws, const std::vector<std::string>& pairs, const engine::RunOptions& options) {
  RunTask task;
  for (const PairConfig& pair : wanted_pairs(ws, pairs)) task.pairs.push_back(pair.id);
  task.dry = options.dry;
  task.carry_out = [&ws, ids = task.pairs, options](engine::Events& events, const Cancellation& cancel) {
    engine::RunOptions o = options;
    o.cancel = cancel;
    return outcome(run_sync(ws, ids, events, o));
  };
  return task;
}

void RunJob::start(RunTask task) {
  const std::lock_guard one(start_mutex_);
  if (running()) throw Error(CW_UNSUPPORTED, code_busy, "A run is going on already.", "Wait for it, or cancel it.");
  if (thread_.joinable()) thread_.join();
  Value names = json::array();
  for (const std::string& id : task.pairs) names.push_back(id);
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
    cancel_ = Cancellation();
    state_ = object({{"running", true},
                     {"n", ++told_},
                     {"what", task.what},
                     {"of", task.of},
                     {"exact", task.exact},
                     {"dry_run", task.dry},
                     {"pairs", std::move(names)},
                     {"phase", "starting"},
                     {"lanes", json::array()}});
  }
  tell();
  thread_ = std::thread([this, task = std::move(task), cancel = cancel_] { work(task, cancel); });
}

void RunJob::work(const RunTask& task, const Cancellation& cancel) {
  Value ended, error;
  const auto cancelled = [] { return error_json("cancelled", "It was cancelled."); };
  std::shared_ptr<Rows> rows;
  try {
    if (task.dry) rows = std::make_shared<Rows>(ws_.at.state / "serve");
    Watcher watcher(*this, rows);
    ended = task.carry_out(watcher, cancel);
  } catch (const Error& e) {
    error = e.status == CW_CANCELLED ? cancelled() : error_json(e);
  } catch (const Stopped&) {
    error = cancelled();
  } catch (const std::exception& e) {
    error = error_json("defect", std::string("A defect of CrossWatch: ") + e.what());
  }
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    state_["running"] = false;
    state_["phase"] = "ended";
    if (Value::Object* const members = ended.as<Value::Object>())
      for (json::Member& m : *members) state_[m.key] = std::move(m.value);
    if (!error.is_null()) state_["error"] = std::move(error);
    if (rows) plan_ = std::move(rows);
  }
  tell();
}

void RunJob::tell() {
  {
    const std::lock_guard lock(mutex_);
    state_["n"] = ++told_;
  }
  feed_.publish("run", state());
}

bool RunJob::running() {
  const std::lock_guard lock(mutex_);
  return running_;
}

Value RunJob::state() {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<Rows> RunJob::plan() {
  const std::lock_guard lock(mutex_);
  return plan_;
}

void RunJob::cancel() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    state_["cancelling"] = true;
    cancel_.request();
  }
  tell();
}

void RunJob::stop() {
  cancel();
  const std::lock_guard one(start_mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace crosswatch::host::server
