#include "sequence.hpp"

#include <memory>

#include "oracle.hpp"

namespace crosswatch::test {
namespace {

using host::ConflictRule;
using host::PairConfig;
using host::PairMode;
using host::engine::RunOptions;
using host::engine::RunReport;
using host::engine::Status;

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;

// Reads choices from one number.
class Dice {
public:
  explicit Dice(std::uint64_t n) : n_(n) {}
  std::uint64_t take(std::uint64_t sides) {
    const std::uint64_t r = n_ % sides;
    n_ /= sides;
    return r;
  }
  bool one_in(std::uint64_t sides) { return take(sides) == sides - 1; }
  template <class T, std::size_t N>
  const T& of(const T (&list)[N]) {
    return list[take(N)];
  }

private:
  std::uint64_t n_;
};

class Player {
public:
  explicit Player(std::vector<std::string>* told) : told_(told) {}

  std::string play(const Numbers& numbers) {
    const auto number = [&](std::size_t i) { return i < numbers.size() ? numbers[i] : 0; };
    set_up(Dice(number(0)), Dice(number(1)), Dice(number(2)), Dice(number(3)));
    for (std::size_t i = 4; i < numbers.size() && wrong_.empty(); ++i) step(Dice(numbers[i]));
    if (wrong_.empty()) settle();
    return wrong_;
  }

private:
  void set_up(Dice general, Dice first, Dice second, Dice third);
  void set_up(Model& m, Dice dice, KnownIds ids);
  void add_pair(Model& a, Model& b, Dice& dice, bool ring);
  void step(Dice dice);
  void edit(Dice& dice);
  void file(Dice& dice, bool leaves);
  void run(std::vector<PairConfig> pairs, bool faulty, RunOptions options = {});
  void run_faulty(Dice& dice);
  void dry_run(Dice& dice);
  void switch_account(Dice& dice);
  void approve();
  void settle();
  void tell(const std::string& what) {
    if (told_) told_->push_back(what);
  }
  void complain(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }
  Model& any_model(Dice& dice) { return *models_[dice.take(models_.size())]; }
  KnownIds ids_of(const Model& m) const { return ids_.at(m.name); }

  World world_{};
  Universe universe_{};
  Feature feature_ = Feature::ratings;
  std::vector<Model*> models_{};
  std::map<std::string, KnownIds> ids_{};
  std::vector<PairConfig> pairs_{};
  std::unique_ptr<Oracle> oracle_{};
  bool removes_ = true;
  std::string digest_{};
  std::set<std::string> liars_{};
  std::string wrong_{};
  std::vector<std::string>* told_;
};

void Player::set_up(Dice general, Dice first, Dice second, Dice third) {
  feature_ = all_features[general.take(4)];
  const std::uint64_t topology = general.take(4);
  removes_ = !general.one_in(4);
  // Small limits, because the histories are small.
  world_.safety.min_base = general.one_in(3) ? 20 : 4;
  world_.safety.confirmed_min = 3;
  world_.safety.delete_min = 2;
  world_.runtime.chunk = general.one_in(3) ? 100 : 2;
  const bool mixed_ids = general.one_in(4);
  for (const char* name : {"a", "b", "c"}) {
    if (name[0] == 'c' && topology == 0) break;
    models_.push_back(&world_.add(name));
  }
  // Whoever knows few ids is paired with somebody who knows them all.
  const std::size_t center = topology == 1 ? 0 : 1;
  Dice dice[] = {first, second, third};
  set_up(*models_[center], dice[center], KnownIds::all);
  const bool knows_ids = !models_[center]->keeps_titles;  // else it knows what others told it
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (i == center) continue;
    KnownIds ids = KnownIds::all;
    if (mixed_ids && knows_ids && topology != 3) ids = i == 2 ? KnownIds::imdb : KnownIds::tmdb;
    set_up(*models_[i], dice[i], ids);
  }
  add_pair(*models_[0], *models_[1], general, topology == 3);
  if (topology == 1) add_pair(*models_[0], *models_[2], general, false);
  if (topology >= 2) add_pair(*models_[1], *models_[2], general, topology == 3);
  if (topology == 3) add_pair(*models_[2], *models_[0], general, true);
  oracle_ = std::make_unique<Oracle>(world_, universe_, pairs_, feature_);
}

void Player::set_up(Model& m, Dice dice, KnownIds ids) {
  ids_[m.name] = ids;
  m.keeps_titles = dice.take(2) == 0;
  m.rating_step = dice.of({1u, 5u, 10u});
  m.page = dice.of({7u, 1u, 3u, 100u});
  m.keeps_time = !dice.one_in(4);
  if (dice.one_in(3)) m.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS};
  if (dice.one_in(8)) m.can &= ~std::uint32_t{CW_REMOVE};
  if (dice.one_in(8)) m.can &= ~std::uint32_t{CW_UPDATE};
  if (dice.one_in(12)) m.can = CW_READ;
  if (dice.one_in(5)) m.lag_s = 120;
  if (dice.one_in(5)) m.can_look_up = false;
  const std::uint64_t missing = dice.take(1 << 12);
  const bool some_missing = dice.one_in(3);
  const std::uint64_t copies = dice.take(1 << 12);
  const bool some_copies = dice.one_in(4);
  if (m.keeps_titles) return;
  for (std::size_t e = 0; e < universe_.size(); ++e) {
    if (some_missing && (missing >> e & 3) == 3) continue;
    m.add_title(universe_.as_known(e, ids));
    if (some_copies && (copies >> e & 3) == 3) m.add_title(universe_.as_known(e, ids));
  }
}

void Player::add_pair(Model& a, Model& b, Dice& dice, bool ring) {
  const PairMode mode = ring || dice.take(3) != 0 ? PairMode::two_way : PairMode::one_way;
  PairConfig pair = pair_of(a.name, b.name, feature_, mode, removes_);
  pair.conflict = ring
                      ? ConflictRule::newest
                      : dice.of({ConflictRule::newest, ConflictRule::source, ConflictRule::target, ConflictRule::none});
  pairs_.push_back(pair);
}

void Player::step(Dice dice) {
  switch (dice.take(20)) {
    case 0:
      return;
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
      return run_faulty(dice);
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
          return oracle_->state_lost();
        case 1: {
          Model& m = any_model(dice);
          tell("scope of " + m.name + " changes");
          m.scope += "+";
          return oracle_->scope_changed(m.name);
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

void Player::edit(Dice& dice) {
  Model& m = any_model(dice);
  const std::uint64_t kind = dice.take(4);
  std::size_t e = dice.take(universe_.size());
  if (feature_ == Feature::watchlist) e %= 8;  // movies and shows
  if ((feature_ == Feature::history || feature_ == Feature::progress) && (e == 6 || e == 7)) e = 0;
  world_.now += 61;
  auto titles = universe_.titles(m, e);
  if (kind == 3) {
    tell(m.name + ": take back " + universe_.title(e));
    for (const std::size_t t : titles) m.clear(feature_, t);
    return;
  }
  if (titles.empty()) {
    if (!m.keeps_titles) return;
    titles.push_back(m.add_title(universe_.as_known(e, ids_of(m))));
  }
  const std::int64_t at = m.keeps_time ? world_.now : time_unknown;
  cw_value v = listed(at);
  if (feature_ == Feature::ratings)
    v = rated(static_cast<std::int32_t>(m.rounded(dice.of({80, 10, 35, 55, 73, 100, 0}))), at);
  if (feature_ == Feature::progress)
    v = stopped(dice.of({600'000, 1'200'000, 1'800'000, 3'000'000, 30'000, 3'590'000}), 3'600'000, at);
  tell(m.name + ": set " + universe_.title(e) + " to " + std::to_string(v.rating) + "/" +
       std::to_string(v.progress_ms));
  if (feature_ == Feature::history)
    m.play(titles[dice.take(titles.size())], world_.now);
  else
    for (const std::size_t t : titles) m.set(feature_, t, v);
  oracle_->user_set(m.name, e);
}

void Player::file(Dice& dice, bool leaves) {
  Model& m = any_model(dice);
  const std::size_t e = dice.take(universe_.size());
  if (m.keeps_titles) return;
  for (const std::size_t t : universe_.titles(m, e, true)) {
    if (m.titles[t].exists != leaves) continue;
    if (leaves) {
      tell(m.name + ": file of " + universe_.title(e) + " leaves");
      m.remove_file(t);
      oracle_->file_gone(m.name, e);
    } else {
      const bool with_facts = dice.take(2) == 0;
      tell(m.name + ": file of " + universe_.title(e) + " returns " + (with_facts ? "with" : "without") + " facts");
      m.return_file(t, with_facts);
    }
  }
}

void Player::run(std::vector<PairConfig> pairs, bool faulty, RunOptions options) {
  RunNotes notes;
  notes.faulty = faulty;
  notes.approved = !options.approve.empty();
  notes.liars = liars_;
  oracle_->before();
  world_.lane_done = [&](const host::engine::LaneReport& lane) {
    for (const PairConfig& p : pairs)
      if (p.id == lane.pair) notes.pairs = {p};
    notes.report = lane;
    complain(oracle_->after(notes));
    oracle_->before();
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
  } else {
    tell("  -> died");
    notes.pairs = pairs;
    notes.report.reset();
    complain(oracle_->after(notes));
  }
}

void Player::run_faulty(Dice& dice) {
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
  tell("run, with fault " + std::to_string(static_cast<int>(f)) + " in call " + std::to_string(call) + " of " + m.name);
  run(pairs_, true);
  for (auto* faults : {&m.check_faults, &m.snapshot_faults, &m.apply_faults, &m.lookup_faults}) faults->clear();
  liars_.clear();
}

// P14, P21
void Player::dry_run(Dice& dice) {
  tell("dry run");
  RunOptions dry;
  dry.dry = true;
  oracle_->before();
  const std::string before = world_.dump(false);
  const auto lines = [&] {
    const RunReport r = *world_.run(pairs_, dry);
    std::string text = r.digest + "\n";
    for (const auto& i : world_.heard.items)
      text += i.pair + std::string(name_of(i.side)) + std::string(name_of(i.op)) + i.title + i.reason +
              (i.after ? std::to_string(i.after->rating) + "/" + std::to_string(i.after->plays) : "") + "\n";
    return text;
  };
  const std::string first = lines();
  for (Model* m : models_) {
    m->order = static_cast<std::uint32_t>(1 + dice.take(1000));
    m->page = static_cast<std::uint32_t>(1 + dice.take(20));
  }
  const std::string second = lines();
  if (second != first) complain("another order of the listings made another plan:\n" + first + "and\n" + second);
  if (world_.dump(false) != before) complain("a dry run changed the state");
  complain(oracle_->untouched());
}

void Player::switch_account(Dice& dice) {
  Model& m = any_model(dice);
  tell("account of " + m.name + " is another one");
  run(pairs_, false);  // so that it is known whose facts they were
  const std::string mine = m.identity;
  m.identity = "somebody else@server";
  oracle_->before();
  for (const PairConfig& p : pairs_) {
    if (p.source.provider != m.name && p.target.provider != m.name) continue;
    const auto r = world_.run({p});
    if (r->status != Status::blocked || r->exit != host::ExitCode::held)
      complain("a pair went on with another account");
  }
  complain(oracle_->untouched());
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

// P1, P2: undisturbed, both sides come to agree, and then nothing is written any more.
void Player::settle() {
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
  for (const auto& i : world_.heard.items)
    if (i.result == host::engine::Result::applied) complain("at rest, and " + i.title + " is written again");
  complain(oracle_->settled(removes_));
}

}  // namespace

std::string play(const Numbers& numbers, std::vector<std::string>* told) {
  return Player(told).play(numbers);
}

}  // namespace crosswatch::test
