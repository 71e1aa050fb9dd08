// A person who is kept the same on a simulated Plex and in the tracker, in both directions. Runs happen in this process
// through the installed plugins, with a clock and a sleep of their own, so that waiting takes no time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/report.hpp"
#include "plexsim/plexsim.hpp"
#include "service/workspace.hpp"

namespace sweep {

namespace host = crosswatch::host;

// What both sides hold: "plex ratings 12" -> "8.5", "tracker history movie plex://movie/.." -> "1". Times are left out:
// they tell when a test ran.
using Facts = std::map<std::string, std::string>;

class World {
public:
  // One managed user of one server. `life` has been synced until nothing was left to do, then things have changed on
  // both sides: of every feature something was added, changed and taken back.
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  plexsim::Simulator sim;
  const std::filesystem::path folder, config, state;

  host::engine::RunReport sync(bool dry = false);
  std::vector<std::string> told{};                                   // by the latest sync: a line for each item
  void pass(std::int64_t seconds) { passed_ms_ += 1000 * seconds; }  // of the host's time
  Facts facts() const;

private:
  void configure();
  void live();
  void go_on();
  void edit_tracker();

  std::int64_t passed_ms_ = 0;
  std::unique_ptr<host::Workspace> here_;
};

// What was taken away although nobody did: there `before`, there in the `end` of a run without trouble, not there
// `now`.
std::vector<std::string> lost(const Facts& before, const Facts& now, const Facts& end);
// What counts more than once `now` though it did not at the `end` of a run without trouble.
std::vector<std::string> doubled(const Facts& now, const Facts& end);
// "- plex ratings 12: 8" / "+ ...", one line a difference.
std::string difference(const Facts& is, const Facts& should);

// To be called first. Reading the system's certificates would be half of the work.
void trust_only_the_simulation();

// CROSSWATCH_SWEEP=full: everything; else a sample.
bool full_sweep();

}  // namespace sweep
