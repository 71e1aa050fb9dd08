// Carrying out a plan: in small batches, each announced in the journal before and recorded after, so that a process
// killed at any moment loses nothing and doubles nothing.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/lane.hpp"
#include "engine/plan.hpp"

namespace crosswatch::host::engine {

class Applier {
public:
  Applier(RunContext& ctx, LaneReport& report, const Scene& scene, const Plan& plan, LaneRow& lane,
          std::array<Port, 2>& ports);
  // Stores what rows change anyway, then does the operations. Throws the error that ended it; what was done before is
  // recorded and counted.
  void run();
  // Drops the rows of what is held instead.
  void forget_held();

private:
  struct Pending {
    const PlannedOp* op = nullptr;
    Row row{};
    bool new_row = false;
    bool announced = false;
    Fact fact{};
    Intent intent{};
    cw_outcome outcome{};
    // What settle() made of it.
    Result result = Result::failed;
    bool drop_row = false, keep_intent = false, store_row = false;
    std::string note{}, reason{};
  };

  void store_rows();
  void store_row(BaseWriter& writer, std::uint32_t group);
  void store_gone_titles();
  void remember(std::uint32_t group, const Row& row);
  Row current_row(std::uint32_t group, bool& is_new);
  Pending prepare(const PlannedOp& op);
  void last_look(std::vector<Pending>& chunk);
  void attempt(std::vector<Pending>& chunk);
  void settle(Pending& p);
  void record(SQLite::Database& db, std::vector<Pending>& chunk);
  void store_outcome(BaseWriter& writer, const Pending& p);
  void park_for_good(BaseWriter& writer, const PlannedOp& op, const std::string& note);
  void announce(SQLite::Database& db, std::vector<Pending>& chunk);
  void count(const Pending& p);
  Item to_item(const Pending& p) const;

  RunContext& ctx_;
  LaneReport& report_;
  const Scene& scene_;
  const Plan& plan_;
  LaneRow& lane_;
  std::array<Port, 2>& ports_;
  std::int64_t next_id_ = 1;
  std::vector<std::uint8_t> to_come_{};            // by group: operations that are not settled
  std::unordered_map<std::uint32_t, Row> live_{};  // changed rows, by group, while it has operations to come
  std::optional<Error> stop_{};
};

}  // namespace crosswatch::host::engine
