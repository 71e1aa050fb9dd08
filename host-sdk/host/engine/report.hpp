// What a run tells while it goes on, and when it is over.
#pragma once

#include <array>
#include <crosswatch/call.hpp>
#include <crosswatch/item.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exit_code.hpp"

namespace crosswatch::host::engine {

enum class Side : std::uint8_t { source = 0, target = 1 };
enum class OpType : std::uint8_t { add = CW_OP_ADD, update = CW_OP_UPDATE, remove = CW_OP_REMOVE };
// In the order of severity. Numbers are stored.
enum class Status : std::uint8_t { nothing_to_do, skipped, planned, ok, degraded, held, blocked, failed, cancelled };

// What became of an operation, or of an item that has none.
enum class Result : std::uint8_t {
  planned,
  applied,
  already,   // it was so before
  skipped,   // stale, or the side cannot represent it
  held,      // waits for approval
  parked,    // the side cannot take it now; retried later
  conflict,  // both sides changed; `reason` says who won
  failed
};

std::string_view name_of(Side s) noexcept;
std::string_view name_of(OpType t) noexcept;
std::string_view name_of(Status s) noexcept;
std::string_view name_of(Result r) noexcept;

// Confirmed operations only. Parked and conflicts count what is in that state after the run.
struct Totals {
  std::uint64_t added = 0, updated = 0, removed = 0, skipped = 0, held = 0, parked = 0, conflicts = 0, failed = 0;
  Totals& operator+=(const Totals& o) noexcept;
  std::uint64_t& of(OpType t) noexcept { return t == OpType::add ? added : t == OpType::update ? updated : removed; }
};
struct TotalsField {
  const char* name;
  std::uint64_t Totals::*member;
};
inline constexpr TotalsField totals_fields[] = {{"added", &Totals::added},         {"updated", &Totals::updated},
                                                {"removed", &Totals::removed},     {"skipped", &Totals::skipped},
                                                {"held", &Totals::held},           {"parked", &Totals::parked},
                                                {"conflicts", &Totals::conflicts}, {"failed", &Totals::failed}};

// One line of a plan or of a report.
struct Item {
  std::string pair{};
  Feature feature = Feature::history;
  Side side = Side::target;  // that is, or would be, written
  OpType op = OpType::add;
  Result result = Result::planned;
  Kind kind = Kind::movie;
  std::int32_t year = 0, season = -1, episode = -1;
  std::string title{}, series_title{};
  std::vector<Token> ids{}, show_ids{};
  std::optional<cw_value> before{}, after{};  // on `side`
  std::string reason{};                       // code, or "code: what to tell"
};

// What the item is, without a value.
Fact fact_of(const Item& item);
// The item that the fact is about, with its value as `after`.
Item item_of(Feature feature, const Fact& fact);

struct SideReport {
  std::string name{};  // "tracker", "tracker@friend"
  std::uint64_t facts = 0;
  bool complete = false;
};

struct LaneReport {
  std::string pair{};
  Feature feature = Feature::history;
  Status status = Status::nothing_to_do;
  ExitCode exit = ExitCode::ok;
  std::string code{}, message{}, remedy{};  // why it is not ok
  std::string digest{};                     // over what is held
  std::array<SideReport, 2> sides{};
  Totals planned{};  // added, updated, removed: what was planned
  Totals totals{};
  std::uint64_t undated = 0;  // plays that bear, or will, the date of the writing
  bool degraded = false;      // a side could not say everything
  // Epoch seconds; not 0: nothing was compared, because both sides are as they were at that comparison.
  std::int64_t unchanged_since = 0;

  // What went wrong first is what is told.
  void note(std::string why, std::string what, std::string then = {});
  void fail(const Error& e);  // the error ended the lane
  void conclude(bool dry);    // status and exit code, from what was done, or only planned
};

struct PairReport {
  std::string id{};
  Status status = Status::nothing_to_do;
  std::vector<LaneReport> lanes{};
};

struct RunReport {
  std::int64_t id = 0;
  std::int64_t started = 0, finished = 0;  // epoch seconds
  bool dry = false;
  Status status = Status::nothing_to_do;
  ExitCode exit = ExitCode::ok;
  std::string digest{};  // over all that was held; empty when nothing was
  Totals planned{};
  Totals totals{};
  std::vector<PairReport> pairs{};
};

// Called on the thread of the run. What they throw ends the run as an error would.
class Events {
public:
  virtual ~Events() = default;
  virtual void run_start(std::int64_t /*run*/, bool /*dry*/) {}
  virtual void pair_start(const std::string& /*pair*/) {}
  virtual void lane_start(const std::string& /*pair*/, Feature) {}
  virtual void snapshot_progress(const std::string& /*pair*/, Feature, Side, std::uint64_t /*done*/,
                                 std::uint64_t /*total, 0: unknown*/) {}
  virtual void plan_ready(const LaneReport&) {}  // planned counts and what is held are known
  virtual void apply_progress(const std::string& /*pair*/, Feature, std::uint64_t /*done*/, std::uint64_t /*total*/) {}
  // Every planned operation (result planned or held), then, unless dry, what became of it. Only if wants_items().
  virtual bool wants_items() const { return false; }
  virtual void item(const Item&) {}
  virtual void lane_end(const LaneReport&) {}
  virtual void run_end(const RunReport&) {}
};

}  // namespace crosswatch::host::engine
