// `crosswatch sync` is killed at random moments of a full run in both directions: while a request is under way, after
// it has taken effect and before its answer, and as a file changes, which is each step of the journal. Whatever it left
// behind, the next run finishes the job; nothing is lost or counted twice.
//   CROSSWATCH_SWEEP=full   200 moments, else 20
//   CROSSWATCH_SEED=N       which ones (1)
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "killed_command.hpp"
#include "world.hpp"

namespace {

using namespace sweep;

enum class At { request, effect, file };
struct Moment {
  At at = At::request;
  int nth = 1;
  std::string name() const {
    const char* const names[] = {"at request ", "after the effect of request ", "at file change "};
    return names[static_cast<int>(at)] + std::to_string(nth);
  }
};

std::vector<std::string> sync_of(const World& world) {
  return {CROSSWATCH, "--config", world.config, "--state", world.state, "--json", "sync"};
}

// False: the command ended before that moment.
bool kill_at(World& world, const Moment& moment) {
  if (moment.at == At::file) return run_killed_at_file_change(moment.nth, sync_of(world)).killed;
  plexsim::FaultRule hold;
  hold.kind = moment.at == At::request ? plexsim::FaultKind::hang : plexsim::FaultKind::hang_after;
  hold.nth = moment.nth;
  world.sim.add_fault(hold);
  return run_killed_when([&](int ms) { return world.sim.wait_until_one_hangs(ms); }, sync_of(world));
}

// Empty: all is well.
std::string trouble_after(const Moment& moment, const Facts& end, std::atomic<int>& kills) {
  World world;
  const Facts before = world.facts();
  if (kill_at(world, moment)) ++kills;
  world.sim.clear_faults();
  std::ostringstream wrong;
  const auto check = [&](const std::string& when) {
    const Facts now = world.facts();
    for (const std::string& what : lost(before, now, end)) wrong << "  " << when << " lost " << what << "\n";
    for (const std::string& what : doubled(now, end)) wrong << "  " << when << " doubled " << what << "\n";
    return now;
  };
  check("the killed run");
  world.pass(60);
  const auto run = world.sync();
  if (run.exit != host::ExitCode::ok) wrong << "  the next run ended with exit " << static_cast<int>(run.exit) << "\n";
  const Facts now = check("the next run");
  if (now != end) wrong << "  the next run did not finish the job:\n" << difference(now, end);
  const auto idle = world.sync(true);
  if (idle.exit != host::ExitCode::ok || idle.planned.added + idle.planned.updated + idle.planned.removed > 0)
    wrong << "  there is still something to do\n";
  return wrong.str();
}

}  // namespace

int main() try {
  trust_only_the_simulation();
  World clean;
  if (clean.sync().exit != host::ExitCode::ok) throw std::runtime_error("a run without trouble failed");
  const int requests = static_cast<int>(clean.sim.requests().size());
  const Facts end = clean.facts();
  int changes = 0;
  {
    World counted;
    const auto whole = run_killed_at_file_change(0, sync_of(counted));
    if (whole.exit != 0) throw std::runtime_error("the command failed: exit " + std::to_string(whole.exit));
    if (counted.facts() != end)
      throw std::runtime_error("the command came to another end:\n" + difference(counted.facts(), end));
    changes = whole.changes;
  }

  const char* const seed = std::getenv("CROSSWATCH_SEED");
  std::mt19937 random(seed && *seed ? static_cast<unsigned>(std::strtoul(seed, nullptr, 10)) : 1U);
  std::vector<Moment> moments;
  for (int i = 0; i < (full_sweep() ? 200 : 20); ++i) {
    const At at = changes > 0 ? static_cast<At>(i % 3) : static_cast<At>(i % 2);
    std::uniform_int_distribution<int> any(1, at == At::file ? changes : requests);
    moments.push_back({at, any(random)});
  }

  std::atomic<std::size_t> next{0};
  std::atomic<int> kills{0};
  int failed = 0;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = 0; (i = next++) < moments.size();) {
      std::string wrong;
      try {
        wrong = trouble_after(moments[i], end, kills);
      } catch (const std::exception& e) {
        wrong = std::string("  ") + e.what() + "\n";
      }
      if (wrong.empty()) continue;
      const std::lock_guard lock(mutex);
      ++failed;
      std::cout << "killed " << moments[i].name() << ":\n" << wrong;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2 * std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (auto& t : threads) t.join();
  std::cout << moments.size() << " moments of " << requests << " requests and " << changes
            << " changes of files, killed " << kills << " times: wrong " << failed << "\n";
  return failed == 0 && kills > static_cast<int>(moments.size() * 9 / 10) ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "kill_sweep: " << e.what() << "\n";
  return 1;
}
