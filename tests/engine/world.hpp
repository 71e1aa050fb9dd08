// A folder with a state, a clock, models, and a power switch: everything a run of the engine touches.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "engine/undo.hpp"
#include "model.hpp"
#include "state/runs.hpp"

namespace crosswatch::test {

// Everything that a run said.
struct Heard : host::engine::Events {
  bool wants_items() const override { return true; }
  void item(const host::engine::Item& i) override { items.push_back(i); }
  void lane_end(const host::engine::LaneReport& l) override {
    lanes.push_back(l);
    if (done) done(l);
  }
  std::function<void(const host::engine::LaneReport&)> done{};
  std::vector<host::engine::Item> items{};
  std::vector<host::engine::LaneReport> lanes{};
};

class World {
public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Model& add(const std::string& name);
  Model& model(const std::string& name) { return *models_.at(name); }
  host::StateStore& state();

  // Throw what run_pairs and undo_run throw; nullopt when the power went off.
  std::optional<host::engine::RunReport> run(const std::vector<host::PairConfig>& pairs,
                                             host::engine::RunOptions options = {});
  std::optional<host::engine::RunReport> undo(std::int64_t run, host::engine::RunOptions options = {});
  host::engine::RunReport run_once(const host::PairConfig& pair) { return *run({pair}); }

  // The power goes off at the n-th effect from now (commits of the state and effects at providers), and comes back
  // after the run.
  void cut_power_after(int effects) { power_left_ = effects; }
  int effects() const noexcept { return effects_; }  // of the last run
  void wipe_state();
  const std::filesystem::path& folder() const noexcept { return folder_; }
  std::string dump(bool with_runs) const;  // every table as text

  std::int64_t now = 1'750'000'000;  // epoch seconds
  host::SafetyConfig safety{};
  host::RuntimeConfig runtime{};
  Heard heard{};                                                     // of the last run
  std::function<void(const host::engine::LaneReport&)> lane_done{};  // called at the end of each lane

private:
  bool step();
  std::optional<host::engine::RunReport> under_power(
      host::engine::RunOptions& options,
      const std::function<host::engine::RunReport(const host::engine::OpenSession&)>& body);
  std::filesystem::path folder_;
  std::map<std::string, std::unique_ptr<Model>> models_{};
  std::unique_ptr<host::StateStore> state_{};
  int power_left_ = -1;
  int effects_ = 0;
  bool dead_ = false;
};

host::PairConfig pair_of(const std::string& source, const std::string& target, Feature feature,
                         host::PairMode mode = host::PairMode::one_way, bool remove = false);

}  // namespace crosswatch::test
