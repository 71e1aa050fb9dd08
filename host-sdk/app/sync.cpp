#include "service/sync.hpp"

#include <chrono>

#include "commands.hpp"
#include "report_json.hpp"

namespace crosswatch::app {
namespace {

using namespace host::engine;
using host::json::object;
using host::json::Value;

constexpr std::size_t shown_items = 20;  // of one lane, for a person; the rest is in `runs show`

Value event(const char* name) {
  return object({{"event", name}});
}
std::string text(std::string_view s) {
  return std::string(s);
}

std::string undated_text(std::uint64_t n) {
  return std::to_string(n) + (n == 1 ? " play bears" : " plays bear") +
         " the date of the sync: the other side keeps no date of the past.";
}

// Tells what goes on: events as JSON lines, or bars and a report.
class Narrator : public Events {
public:
  Narrator(Context& c, bool dry) : c_(c), dry_(dry) {}

  void run_start(std::int64_t run, bool dry) override {
    if (!c_.out.json()) return;
    Value e = event("run_start");
    e["run"] = run;
    e["dry_run"] = dry;
    c_.out.value(e);
  }
  void lane_start(const std::string& pair, Feature feature) override {
    items_.clear();
    hidden_ = 0;
    if (!c_.out.json()) return;
    Value e = lane_event("lane_start", pair, feature);
    c_.out.value(e);
  }
  void snapshot_progress(const std::string& pair, Feature feature, Side side, std::uint64_t done,
                         std::uint64_t total) override {
    if (!c_.out.json()) {
      c_.out.progress(
          pair + ": reading " + text(host::engine::name_of(side)) + " " + text(crosswatch::name_of(feature)), done,
          total);
      return;
    }
    if (!due(done, total)) return;
    Value e = lane_event("snapshot_progress", pair, feature);
    e["side"] = text(host::engine::name_of(side));
    e["done"] = done;
    e["total"] = total == 0 ? Value() : Value(total);
    c_.out.value(e);
  }
  void plan_ready(const LaneReport& lane) override {
    if (!c_.out.json()) return;
    Value e = lane_event("plan_ready", lane.pair, lane.feature);
    e["planned"] = totals_json(lane.planned);
    e["undated"] = static_cast<std::int64_t>(lane.undated);
    c_.out.value(e);
  }
  void apply_progress(const std::string& pair, Feature feature, std::uint64_t done, std::uint64_t total) override {
    if (!c_.out.json()) {
      c_.out.progress(pair + ": writing " + text(crosswatch::name_of(feature)), done, total);
      return;
    }
    if (!due(done, total)) return;
    Value e = lane_event("apply_progress", pair, feature);
    e["done"] = done;
    e["total"] = total;
    c_.out.value(e);
  }
  bool wants_items() const override { return true; }
  void item(const Item& item) override {
    if (!dry_ && item.result == Result::planned) return;  // what became of it comes later
    if (c_.out.json()) {
      if (!dry_) return;  // `runs show` has them
      Value e = event("item");
      merge_members(e, item_json(item));
      c_.out.value(e);
    } else if (items_.size() < shown_items) {
      items_.push_back(item);
    } else {
      ++hidden_;
    }
  }
  void lane_end(const LaneReport& lane) override {
    c_.out.end_progress();
    if (c_.out.json()) {
      Value e = event("lane_end");
      merge_members(e, lane_json(lane));
      c_.out.value(e);
      return;
    }
    const std::string outcome =
        dry_ ? planned_text(lane.status, lane.planned, lane.totals.held) : outcome_text(lane.status, lane.totals);
    const std::string status = text(host::engine::name_of(lane.status));
    const bool told = outcome == status;
    const bool some = lane.planned.added + lane.planned.updated + lane.planned.removed != 0;
    std::string counts;  // of what was read
    for (const SideReport& side : lane.sides)
      if (side.complete || side.facts != 0)
        counts += (counts.empty() ? "" : ", ") + std::to_string(side.facts) + " on " + side.name;
    c_.out.line(lane.pair + "  " + text(crosswatch::name_of(lane.feature)) + ": " + counts +
                (counts.empty() ? "" : "; ") + (dry_ && some ? "would be " : "") + outcome);
    if (lane.unchanged_since != 0) c_.out.line("    " + unchanged_text(lane));
    for (const Item& i : items_) c_.out.line("    " + item_text(i, lane.sides[static_cast<std::size_t>(i.side)].name));
    if (hidden_ != 0) c_.out.line("    and " + std::to_string(hidden_) + " more");
    if (lane.undated != 0) c_.out.line("    " + undated_text(lane.undated));
    if (!lane.message.empty()) c_.out.line("    " + (told ? "" : status + ": ") + lane.message);
    if (!lane.remedy.empty()) c_.out.line("      " + lane.remedy);
  }
  void run_end(const RunReport& run) override {
    if (c_.out.json()) {
      Value e = event("run_end");
      e["run"] = run.id;
      e["status"] = text(host::engine::name_of(run.status));
      e["digest"] = run.digest;
      e["totals"] = totals_json(run.totals);
      c_.out.value(e);
      return;
    }
    c_.out.line("");
    c_.out.line((run.dry ? "Nothing was changed. Planned: " + planned_text(run.status, run.planned, run.totals.held)
                         : (run.status < Status::blocked ? "Done: " : "Not all was done: ") +
                               outcome_text(run.status, run.totals)) +
                ".");
    if (!run.digest.empty()) c_.out.line("Held operations wait for approval: crosswatch sync --approve " + run.digest);
    if (!run.dry) c_.out.note("Details: crosswatch runs show " + std::to_string(run.id));
  }

private:
  static Value lane_event(const char* name, const std::string& pair, Feature feature) {
    Value e = event(name);
    e["pair"] = pair;
    e["feature"] = text(crosswatch::name_of(feature));
    return e;
  }
  // Events of progress: at most five a second, and always the last.
  bool due(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (done != total && now - last_ < std::chrono::milliseconds(200)) return false;
    last_ = now;
    return true;
  }

  Context& c_;
  const bool dry_;
  std::vector<Item> items_{};
  std::size_t hidden_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

// Prints the plan only: one line an operation, then the end.
class PlanPrinter : public Events {
public:
  explicit PlanPrinter(Context& c) : c_(c) {}
  void plan_ready(const LaneReport& lane) override { sides_ = lane.sides; }
  bool wants_items() const override { return true; }
  void item(const Item& item) override {
    if (c_.out.json())
      c_.out.value(item_json(item));
    else
      c_.out.line(item.pair + "  " + text(crosswatch::name_of(item.feature)) + "  " +
                  item_text(item, sides_[static_cast<std::size_t>(item.side)].name));
  }
  void snapshot_progress(const std::string& pair, Feature feature, Side side, std::uint64_t done,
                         std::uint64_t total) override {
    c_.out.progress(pair + ": reading " + text(host::engine::name_of(side)) + " " + text(crosswatch::name_of(feature)),
                    done, total);
  }
  void lane_end(const LaneReport& lane) override {
    c_.out.end_progress();
    undated_ += lane.undated;
    if (!lane.message.empty())
      c_.out.note(lane.pair + "  " + text(crosswatch::name_of(lane.feature)) + ": " + lane.message);
  }
  void run_end(const RunReport& run) override {
    if (c_.out.json())
      c_.out.value(object({{"end", true},
                           {"status", text(host::engine::name_of(run.status))},
                           {"counts", totals_json(run.planned)},
                           {"undated", static_cast<std::int64_t>(undated_)},
                           {"digest", run.digest}}));
    else
      c_.out.line("Planned: " + planned_text(run.status, run.planned, run.totals.held) + ".");
    if (undated_ != 0 && !c_.out.json()) c_.out.line(undated_text(undated_));
  }

private:
  Context& c_;
  std::array<SideReport, 2> sides_{};
  std::uint64_t undated_ = 0;
};

}  // namespace

std::unique_ptr<Events> make_narrator(Context& c, bool dry_run) {
  return std::make_unique<Narrator>(c, dry_run);
}

ExitCode sync(Context& c, const SyncOptions& o) {
  Narrator narrator(c, o.dry_run);
  RunOptions options;
  options.cancel = c.ws.cancel;
  options.dry = o.dry_run;
  options.approve = o.approve;
  options.discard = o.discard;
  return host::run_sync(c.ws, o.pairs, narrator, options).exit;
}

ExitCode plan(Context& c, const std::vector<std::string>& pairs) {
  PlanPrinter printer(c);
  RunOptions options;
  options.cancel = c.ws.cancel;
  options.dry = true;
  options.trigger = "plan";
  return host::run_sync(c.ws, pairs, printer, options).exit;
}

}  // namespace crosswatch::app
