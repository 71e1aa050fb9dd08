// Each request of a full run in both directions meets each kind of trouble, once and for the whole run. Whatever it is,
// nothing may be lost or counted twice, the run must not claim a success that it was not, and once the trouble is over
// both sides must come to where they come without it.
//   CROSSWATCH_SWEEP=full   every request with every fault; else a sample
//   fault_sweep N           only case N, with all that it does
#include <algorithm>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "world.hpp"

namespace {

using namespace sweep;
using plexsim::FaultKind;
using plexsim::FaultRule;

constexpr std::int64_t minute = 60, day = 86'400;

struct Fault {
  const char* name;
  FaultKind kind;
  int status = 0;
  int retry_after = -1;
  int amount = 1;
  bool of_pages = false;                                       // only lists can show it
  bool lies() const { return kind == FaultKind::short_list; }  // a list that says it is whole
};
constexpr Fault faults[] = {{"timeout", FaultKind::hang},
                            {"reset", FaultKind::reset_before},
                            {"unanswered", FaultKind::reset_after},
                            {"401", FaultKind::status, 401},
                            {"403", FaultKind::status, 403},
                            {"404", FaultKind::status, 404},
                            {"429", FaultKind::status, 429},
                            {"429+RA", FaultKind::status, 429, 2},
                            {"500", FaultKind::status, 500},
                            {"503", FaultKind::status, 503},
                            {"truncated", FaultKind::truncated},
                            {"empty", FaultKind::empty},
                            {"HTML", FaultKind::html},
                            {"total+", FaultKind::wrong_total, 0, -1, 1, true},
                            {"total-", FaultKind::wrong_total, 0, -1, -1, true},
                            {"same page", FaultKind::repeat_page, 0, -1, 1, true},
                            {"no rows", FaultKind::short_list, 0, -1, 0, true}};

struct Position {
  std::string host{}, method{}, path{};
  int nth = 1;  // of the requests that look the same
  bool first_of_kind = false;
  bool paged = false;
  std::string name() const {
    return host + " " + method + " " + path + (nth > 1 ? " #" + std::to_string(nth) : std::string());
  }
};

struct Case {
  std::size_t number = 0;
  std::size_t position = 0;
  const Fault* fault = nullptr;
  bool lasting = false;
};

// What came of a case: '.' all well, else what was wrong.
struct Verdict {
  char mark = '.';
  int runs_to_mend = 0;
  std::string story{};
};

// Numbers and ids in a path do not make another kind of request.
std::string kind_of(const Position& p) {
  std::string out = p.host + p.method;
  for (const char c : p.path)
    if (!((c >= '0' && c <= '9') || c == ',')) out += c;
  return out.substr(0, 60);
}

std::vector<Position> positions_of(const std::vector<plexsim::LogEntry>& log) {
  std::vector<Position> out;
  std::map<std::string, int> seen;
  std::set<std::string> kinds;
  for (const auto& e : log) {
    Position p{e.host, e.method, e.path, 1, false, e.start >= 0};
    p.nth = ++seen[p.name()];
    p.first_of_kind = kinds.insert(kind_of(p)).second;
    out.push_back(std::move(p));
  }
  return out;
}

// "plex ratings movie 12" -> "ratings movie"
std::string sort_of(const std::string& key) {
  const std::size_t from = key.find(' ') + 1;
  return key.substr(from, key.rfind(' ') - from);
}

// Whether nothing differs but that what was taken back on one side is still on the other, or on both again.
bool only_kept(const Facts& before, const Facts& now, const Facts& end) {
  Facts rest = now;
  std::multiset<std::string> still, again;
  std::erase_if(rest, [&](const auto& fact) {
    if (end.count(fact.first) != 0) return false;
    const auto was = before.find(fact.first);
    const bool stayed = was != before.end() && was->second == fact.second;
    (stayed ? still : again).insert(sort_of(fact.first) + ' ' + fact.second);
    return true;
  });
  return rest == end && std::includes(still.begin(), still.end(), again.begin(), again.end());
}

// What a list leaves out although it says that it is whole, and the other side has taken back, looks as if both had:
// then it comes back with the next list.
bool as_it_should(const Case& c, const Facts& before, const Facts& now, const Facts& end) {
  return now == end || (c.fault->lies() && only_kept(before, now, end));
}

// A count that is one too high hides that one was taken back, and nobody can tell; the next read shows it.
bool hidden(const Case& c, const Facts& before, const Facts& now, const Facts& end) {
  return c.fault->kind == FaultKind::wrong_total && c.fault->amount > 0 && only_kept(before, now, end);
}

Verdict verdict_of(const Case& c, const Position& position, const Facts& end) {
  World world;
  const Facts before = world.facts();
  FaultRule rule;
  rule.host = position.host;
  rule.method = position.method;
  rule.path = position.path;
  rule.nth = position.nth;
  rule.count = c.lasting ? 0 : 1;
  rule.kind = c.fault->kind;
  rule.status = c.fault->status;
  rule.amount = c.fault->amount;
  if (c.fault->retry_after >= 0) rule.retry_after = c.lasting ? 3600 : c.fault->retry_after;
  world.sim.add_fault(rule);

  Verdict verdict;
  std::ostringstream story;
  const auto wrong = [&](char mark, const std::string& what) {
    if (verdict.mark == '.') verdict.mark = mark;
    story << "  " << what << "\n";
  };
  const auto check = [&](const std::string& when) {
    const Facts now = world.facts();
    for (const std::string& what : lost(before, now, end)) wrong('L', when + " lost " + what);
    for (const std::string& what : doubled(now, end)) wrong('D', when + " doubled " + what);
    return now;
  };
  const auto run = world.sync();
  story << "  run: exit " << static_cast<int>(run.exit) << ", failed " << run.totals.failed << ", held "
        << run.totals.held << ", parked " << run.totals.parked << "\n";
  for (const auto& pair : run.pairs)
    for (const auto& lane : pair.lanes)
      if (!lane.message.empty()) story << "    " << name_of(lane.feature) << ": " << lane.message << "\n";
  Facts now = check("the run");
  if (run.exit == host::ExitCode::ok && run.totals.parked == 0 && !as_it_should(c, before, now, end) &&
      !hidden(c, before, now, end))
    wrong('S', "the run claimed a success that it was not:\n" + difference(now, end));
  world.sim.clear_faults();
  // What a server has said not to have is parked, a removal for a week: then a second run has to do.
  for (const std::int64_t wait : {minute, 8 * day}) {
    const bool mended = as_it_should(c, before, now, end);
    if (mended && !c.fault->lies()) break;
    world.pass(wait);
    if (!mended) verdict.runs_to_mend = wait == minute ? 1 : 2;
    const auto again = world.sync();
    story << "  later: exit " << static_cast<int>(again.exit) << ", held " << again.totals.held << ", parked "
          << again.totals.parked << "\n";
    now = check("a later run");
  }
  if (!as_it_should(c, before, now, end)) wrong('X', "the trouble is over, and yet:\n" + difference(now, end));
  const auto idle = world.sync(true);
  if (idle.exit != host::ExitCode::ok || idle.planned.added + idle.planned.updated + idle.planned.removed > 0)
    wrong('X', "there is still something to do, or exit " + std::to_string(static_cast<int>(idle.exit)));
  if (verdict.mark == 'X')
    for (const std::string& item : world.told) story << "    " << item << "\n";
  verdict.story = story.str();
  return verdict;
}

std::vector<Case> cases_of(const std::vector<Position>& positions) {
  std::vector<Case> all;
  for (std::size_t p = 0; p < positions.size(); ++p)
    for (const Fault& fault : faults)
      for (const bool lasting : {false, true})
        if ((!fault.of_pages || positions[p].paged) && (!lasting || positions[p].first_of_kind))
          all.push_back({all.size(), p, &fault, lasting});
  return all;
}

void print_table(const std::vector<Position>& positions, const std::vector<Case>& cases,
                 const std::vector<Verdict>& verdicts) {
  std::map<std::pair<std::size_t, std::string>, std::string> cells;
  for (std::size_t i = 0; i < cases.size(); ++i) cells[{cases[i].position, cases[i].fault->name}] += verdicts[i].mark;
  std::cout << std::setw(64) << std::left << "request";
  for (const Fault& f : faults) std::cout << std::setw(11) << f.name;
  std::cout << "\n";
  for (std::size_t p = 0; p < positions.size(); ++p) {
    std::cout << std::setw(64) << positions[p].name().substr(0, 62);
    for (const Fault& f : faults) {
      const auto at = cells.find({p, f.name});
      std::cout << std::setw(11) << (at == cells.end() ? "" : at->second);
    }
    std::cout << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) try {
  trust_only_the_simulation();
  World clean;
  if (clean.sync().exit != host::ExitCode::ok) throw std::runtime_error("a run without trouble failed");
  const auto positions = positions_of(clean.sim.requests());
  const Facts end = clean.facts();
  std::vector<Case> cases = cases_of(positions);
  if (argc > 1) {
    const Case c = cases.at(std::stoul(argv[1]));
    const Verdict v = verdict_of(c, positions[c.position], end);
    std::cout << positions[c.position].name() << ", " << c.fault->name << (c.lasting ? ", lasting: " : ": ") << v.mark
              << "\n"
              << v.story;
    return v.mark == '.' ? 0 : 1;
  }
  if (!full_sweep()) {  // a stride that has no factor in common with the number of faults meets all of both
    std::vector<Case> sample;
    for (std::size_t i = 0; i < cases.size(); i += 29) sample.push_back(cases[i]);
    cases = std::move(sample);
  }

  std::vector<Verdict> verdicts(cases.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  const auto tell = [&](const Case& c, const Verdict& v) {
    const std::lock_guard lock(mutex);
    std::cout << "case " << c.number << ": " << positions[c.position].name() << ", " << c.fault->name
              << (c.lasting ? ", lasting: " : ": ") << v.mark << "\n"
              << v.story << std::endl;
  };
  const auto work = [&] {
    for (std::size_t i = 0; (i = next++) < cases.size();) {
      try {
        verdicts[i] = verdict_of(cases[i], positions[cases[i].position], end);
      } catch (const std::exception& e) {
        verdicts[i] = {'!', 0, std::string("  ") + e.what() + "\n"};
      }
      if (verdicts[i].mark != '.') tell(cases[i], verdicts[i]);
    }
  };
  std::vector<std::thread> threads;  // most of them wait
  for (unsigned i = 0; i < 4 * std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (auto& t : threads) t.join();

  print_table(positions, cases, verdicts);
  std::map<char, int> counts;
  std::map<int, int> runs;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ++counts[verdicts[i].mark];
    ++runs[verdicts[i].runs_to_mend];
  }
  std::cout << "\n"
            << positions.size() << " requests x " << std::size(faults) << " faults, " << cases.size() << " runs ("
            << runs[0] << " were not disturbed, " << runs[1] << " were mended by the next one, " << runs[2]
            << " a week later): lost " << counts['L'] << ", doubled " << counts['D'] << ", success claimed wrongly "
            << counts['S'] << ", not mended later " << counts['X'] << ", broken off " << counts['!'] << "\n";
  return counts['.'] == static_cast<int>(cases.size()) ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "fault_sweep: " << e.what() << "\n";
  return 1;
}
