// Plays a random history: reads what happens from numbers, does it, and asks the oracles after every step.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "oracle.hpp"
#include "sequence.hpp"

namespace crosswatch::test {

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
  void compare_in_full(const host::engine::RunReport& report);
  void run(std::vector<host::PairConfig> pairs, bool faulty, host::engine::RunOptions options = {});
  void fault(Dice& dice);
  void run_faulty();
  void more(Dice& dice);
  void mute_run(Model& m);
  void apart(Dice& dice);
  std::string plan_of(const std::vector<host::PairConfig>& pairs);
  void dry_run(Dice& dice);
  void switch_account(Dice& dice);
  void approve();
  void settle(int again = 12);  // at most so often, because of what was parked meanwhile
  void tell(const std::string& what) {
    if (told_) told_->push_back(what);
  }
  void complain(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }
  Model& any_model(Dice& dice) { return *models_[dice.take(models_.size())]; }
  KnownIds ids_of(const Model& m) const { return ids_.at(m.name); }
  void before() {
    for (auto& [f, oracle] : oracles_) oracle->before();
  }
  void untouched() {
    for (const auto& [f, oracle] : oracles_) complain(oracle->untouched());
  }

  World world_{};
  Universe universe_{};
  std::vector<Feature> features_{};
  std::vector<Model*> models_{};
  std::map<std::string, KnownIds> ids_{};
  std::vector<host::PairConfig> pairs_{};
  std::map<Feature, std::unique_ptr<Oracle>> oracles_{};
  bool removes_ = true;
  std::string digest_{};
  std::set<std::string> liars_{}, mute_{};
  std::string wrong_{};
  std::vector<std::string>* told_;
};

}  // namespace crosswatch::test
