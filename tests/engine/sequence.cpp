#include "sequence.hpp"

#include "player.hpp"

namespace crosswatch::test {
namespace {

using host::PairConfig;
using host::engine::RunOptions;
using host::engine::RunReport;
using host::engine::Status;

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;

}  // namespace

void Player::step(Dice dice) {
  switch (dice.take(20)) {
    case 0:
      return more(dice);
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return edit(dice);
    case 7:
    case 8:
    case 9:
      tell("run");
      return run(pairs_, false);
    case 10:
      tell("run one pair");
      return run({pairs_[dice.take(pairs_.size())]}, false);
    case 11:
    case 12:
      fault(dice);
      return run_faulty();
    case 13: {
      const int effects = static_cast<int>(dice.take(40));
      tell("run, power goes off after " + std::to_string(effects) + " effects");
      world_.cut_power_after(effects);
      return run(pairs_, true);
    }
    case 14:
      return dry_run(dice);
    case 15: {
      const std::int64_t s = dice.of({minute, 20 * minute, 3 * hour, day, 8 * day});
      tell("wait " + std::to_string(s) + " s");
      world_.now += s;
      return;
    }
    case 16:
      return file(dice, true);
    case 17:
      return file(dice, false);
    case 18:
      switch (dice.take(4)) {
        case 0:
          tell("state is lost");
          world_.wipe_state();
          for (auto& [f, oracle] : oracles_) oracle->state_lost();
          return;
        case 1: {
          Model& m = any_model(dice);
          tell("scope of " + m.name + " changes");
          m.scope += "+";
          for (auto& [f, oracle] : oracles_) oracle->scope_changed(m.name);
          return;
        }
        case 2:
          return switch_account(dice);
        default:
          return approve();
      }
    default:
      tell("settle");
      return settle();
  }
}

void Player::run(std::vector<PairConfig> pairs, bool faulty, RunOptions options) {
  RunNotes notes;
  notes.faulty = faulty;
  notes.approved = !options.approve.empty();
  notes.liars = liars_;
  notes.mute = mute_;
  const auto writes = [&] {
    std::uint64_t n = 0;
    for (const Model* m : models_) n += m->writes;
    return n;
  };
  const auto written = writes();
  before();
  world_.lane_done = [&](const host::engine::LaneReport& lane) {
    for (const PairConfig& p : pairs)
      if (p.id == lane.pair) notes.pairs = {p};
    notes.report = lane;
    complain(oracles_.at(lane.feature)->after(notes));
    before();
  };
  const auto report = world_.run(pairs, options);
  world_.lane_done = {};
  if (report) {
    digest_ = report->digest;
    std::string text = "  -> " + std::string(name_of(report->status));
    for (const auto& i : world_.heard.items)
      if (i.result != host::engine::Result::planned)
        text += "; " + i.pair + " " + std::string(name_of(i.op)) + " " + i.title + " on " +
                std::string(name_of(i.side)) + " " + std::string(name_of(i.result)) + " (" + i.reason + ")";
    tell(text);
    if (!faulty && writes() == written) compare_in_full(*report);
  } else {
    tell("  -> died");
    notes.pairs = pairs;
    notes.report.reset();
    for (auto& [f, oracle] : oracles_) complain(oracle->after(notes));
  }
}

// What was not compared because nothing had changed would have come to nothing. A plan always compares.
void Player::compare_in_full(const RunReport& report) {
  const Heard heard = world_.heard;  // settle() looks at it
  for (const auto& pair : report.pairs)
    for (const auto& lane : pair.lanes) {
      if (lane.unchanged_since == 0) continue;
      ++spared_comparisons;
      RunOptions dry;
      dry.dry = true;
      dry.features = {lane.feature};
      for (const PairConfig& p : pairs_) {
        if (p.id != lane.pair) continue;
        const host::engine::LaneReport full = world_.run({p}, dry)->pairs.at(0).lanes.at(0);
        bool same = full.status == lane.status && full.exit == lane.exit;
        for (const auto& c : host::engine::totals_fields)
          same = same && full.planned.*c.member == 0 && full.totals.*c.member == lane.totals.*c.member;
        for (std::size_t i = 0; i < lane.sides.size(); ++i)
          same = same && full.sides[i].facts == lane.sides[i].facts && lane.sides[i].complete;
        if (!same) complain(lane.pair + " was said to be unchanged, and its comparison says something else");
      }
    }
  world_.heard = heard;
}

void Player::fault(Dice& dice) {
  Model& m = any_model(dice);
  const std::uint64_t call = dice.take(4);
  const Fault reading[] = {Fault::error,      Fault::auth,     Fault::incomplete, Fault::short_list,
                           Fault::empty_list, Fault::repeated, Fault::short_list};
  const Fault writing[] = {Fault::error,     Fault::auth,     Fault::cut_before, Fault::cut_after, Fault::lost,
                           Fault::transient, Fault::in_doubt, Fault::rejected,   Fault::throttled, Fault::doubled};
  Fault f = Fault::none;
  if (call == 0) {
    f = dice.of(reading);
    m.snapshot_faults.push_back(f);
  } else if (call == 1) {
    f = dice.take(2) == 0 ? Fault::error : Fault::auth;
    (dice.take(2) == 0 ? m.check_faults : m.lookup_faults).push_back(f);
  } else {
    f = dice.of(writing);
    m.apply_faults.push_back(f);
  }
  if (f == Fault::short_list || f == Fault::empty_list) liars_.insert(m.name);
  tell("fault " + std::to_string(static_cast<int>(f)) + " in call " + std::to_string(call) + " of " + m.name);
}

void Player::run_faulty() {
  tell("run with it");
  run(pairs_, true);
  for (Model* m : models_)
    for (auto* faults : {&m->check_faults, &m->snapshot_faults, &m->apply_faults, &m->lookup_faults}) faults->clear();
  liars_.clear();
  mute_.clear();
}

void Player::more(Dice& dice) {
  const std::uint64_t what = dice.take(11);
  if (what == 0) return;
  if (what == 1) return apart(dice);
  Model& m = any_model(dice);
  switch (what) {
    case 2: {
      tell("the login of " + m.name + " is revoked");
      m.revoked = true;
      const auto writes = m.writes;
      mute_run(m);
      m.revoked = false;
      if (m.writes != writes) complain(m.name + " was written without a login");
      return;
    }
    case 3:
    case 4: {
      const Fault f = dice.of({Fault::empty_list, Fault::incomplete, Fault::error});
      tell("every list of " + m.name + " has fault " + std::to_string(static_cast<int>(f)));
      m.snapshot_faults.assign(100, f);
      if (f == Fault::empty_list) liars_.insert(m.name);
      if (f != Fault::empty_list || !m.can_look_up) return mute_run(m);
      return run_faulty();  // a handful that was asked for one by one is believed
    }
    case 5:
      tell(m.name + " is not well");
      m.health = dice.of({CW_DEGRADED, CW_DOWN, CW_NEEDS_LOGIN});
      mute_run(m);
      m.health = CW_READY;
      return;
    case 6:
      fault(dice);
      fault(dice);
      return run_faulty();
    case 10:
      tell(m.name + " denies every title it is asked for");
      m.lookup_faults.assign(100, Fault::denied);
      return mute_run(m);
    default:
      m.narrow = !m.narrow;
      m.scope += "+";
      tell(m.name + (m.narrow ? ": fewer libraries" : ": more libraries"));
      for (auto& [f, oracle] : oracles_) oracle->scope_changed(m.name);
  }
}

// P4, P5
void Player::mute_run(Model& m) {
  mute_.insert(m.name);
  run_faulty();
}

// What would be done now, as text.
std::string Player::plan_of(const std::vector<PairConfig>& pairs) {
  RunOptions dry;
  dry.dry = true;
  const RunReport r = *world_.run(pairs, dry);
  std::string text = r.digest + "\n";
  for (const auto& i : world_.heard.items)
    text += i.pair + std::string(name_of(i.feature)) + std::string(name_of(i.side)) + std::string(name_of(i.op)) +
            i.title + i.reason +
            (i.after ? std::to_string(i.after->rating) + "/" + std::to_string(i.after->plays) : "") + "\n";
  return text;
}

// P12: what one pair does changes nothing of what another one plans, unless it wrote to a side of it.
void Player::apart(Dice& dice) {
  if (pairs_.size() < 2) return;
  const auto one = dice.take(pairs_.size());
  const PairConfig& other = pairs_[(one + 1 + dice.take(pairs_.size() - 1)) % pairs_.size()];
  tell("run " + pairs_[one].id + " only, between two plans of " + other.id);
  const auto writes = [&] {
    return world_.model(other.source.provider).writes + world_.model(other.target.provider).writes;
  };
  const std::string plan = plan_of({other});
  const auto written = writes();
  run({pairs_[one]}, false);
  if (writes() != written) return;
  const std::string then = plan_of({other});
  if (then != plan) complain(pairs_[one].id + " changed the plan of " + other.id + ":\n" + plan + "and\n" + then);
}

// P14, P21
void Player::dry_run(Dice& dice) {
  tell("dry run");
  before();
  const std::string state = world_.dump(false);
  const std::string first = plan_of(pairs_);
  for (Model* m : models_) {
    m->order = static_cast<std::uint32_t>(1 + dice.take(1000));
    m->page = static_cast<std::uint32_t>(1 + dice.take(20));
  }
  const std::string second = plan_of(pairs_);
  if (second != first) complain("another order of the listings made another plan:\n" + first + "and\n" + second);
  if (world_.dump(false) != state) complain("a dry run changed the state");
  untouched();
}

void Player::switch_account(Dice& dice) {
  Model& m = any_model(dice);
  tell("account of " + m.name + " is another one");
  run(pairs_, false);  // so that it is known whose facts they were
  const std::string mine = m.identity;
  m.identity = "somebody else@server";
  before();
  for (const PairConfig& p : pairs_) {
    if (p.source.provider != m.name && p.target.provider != m.name) continue;
    const auto r = world_.run({p});
    if (r->status != Status::blocked || r->exit != host::ExitCode::held)
      complain("a pair went on with another account");
  }
  untouched();
  m.identity = mine;
}

void Player::approve() {
  if (digest_.empty()) return;
  tell("approve");
  RunOptions options;
  options.approve = std::exchange(digest_, {});
  try {
    run(pairs_, false, options);
  } catch (const Error& e) {
    if (e.code != "digest_expired" && e.code != "digest_unknown" && e.code != "digest_used") throw;
  }
}

// P1, P2, P19: undisturbed, both sides come to agree, and then nothing is written any more, however they round.
void Player::settle(int again) {
  for (Model* m : models_) m->order = 0;
  int left = 14;
  for (bool busy = true; busy && wrong_.empty(); --left) {
    if (left == 0) return complain("it never comes to rest");
    world_.now += 3 * hour;
    run(pairs_, false);
    if (!wrong_.empty()) return;
    std::uint64_t writes = 0;
    for (const auto& i : world_.heard.items) writes += i.result == host::engine::Result::applied;
    busy = writes != 0 || !digest_.empty() || left > 12;
    if (!digest_.empty()) approve();
  }
  if (!wrong_.empty()) return;
  world_.now += 3 * hour;
  run(pairs_, false);
  for (const auto& i : world_.heard.items) {
    if (i.result != host::engine::Result::applied) continue;
    if (i.reason == "retry" && again > 0) return settle(again - 1);  // it was parked until now
    complain("at rest, and " + i.title + " is written again");
  }
  for (const auto& [f, oracle] : oracles_) complain(oracle->settled(removes_));
}

std::string play(const Numbers& numbers, std::vector<std::string>* told) {
  return Player(told).play(numbers);
}

}  // namespace crosswatch::test
