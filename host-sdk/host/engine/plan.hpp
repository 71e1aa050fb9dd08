// What a lane is going to do, and what it must not do without being asked. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/scene.hpp"

namespace crosswatch::host::engine {

// Why an operation is not carried out now.
enum class Hold : std::uint8_t {
  none,
  blocked,      // the whole lane is: see Plan::block
  all_changed,  // nearly everything changed at once
  budget,       // more removes than one run may do
  unproven,     // the provider could not confirm that the fact is gone
  mirror,       // removes what only the target has: asked once
  title_guess   // only its title says which item is meant
};
std::string_view name_of(Hold h) noexcept;

struct PlannedOp {
  Value value{};   // to be stored
  Value before{};  // on the written side
  std::uint32_t group = 0;
  Side side = Side::target;
  OpType type = OpType::add;
  Reason reason = Reason::none;
  Hold hold = Hold::none;
  bool had = false;  // `before` counts
  bool conflict = false;
  bool title_gone = false;  // a remove that is none: the title left, not the fact. Nothing is removed
  bool title_anew = false;  // and it came back as another one, to which the fact may be given again
  bool dropped = false;     // the evidence turned out to be wrong: forgotten for this run
  std::uint32_t guess = 0;  // number in Plan::guesses, from 1
};

// What the written side has under the title of an item that it does not know by any id.
struct Guess {
  static constexpr std::uint32_t unlisted = ~std::uint32_t{0};
  std::string ref{};               // empty: several items fit
  std::string found{};             // in words
  bool present = false;            // it has the fact: both are to be known as one item, and the next run compares them
  std::uint32_t group = unlisted;  // that has this ref on the written side
};

// What is told of an item for which nothing is done.
struct Note {
  std::uint32_t group = 0;
  Result result = Result::skipped;  // skipped, parked or conflict
  std::string_view reason{};        // empty: parked earlier, for the reason its row has
};

struct SideCounts {
  std::uint64_t known = 0;   // rows that say it was sighted there
  std::uint64_t listed = 0;  // items
  std::uint64_t gone = 0, fresh = 0, changed = 0;
};

struct Plan {
  std::vector<PlannedOp> ops{};       // adds, updates, removes; each source first; then as a person would sort
  std::vector<std::uint32_t> rows{};  // groups whose row changes whatever becomes of operations
  std::vector<Note> notes{};
  std::vector<Guess> guesses{};
  std::array<SideCounts, 2> counts{};
  std::string block{}, block_message{};  // code and sentence, when the lane must not run
};

Plan make_plan(const Scene& scene);

inline const Guess* guess_of(const Plan& plan, const PlannedOp& op) noexcept {
  return op.guess == 0 ? nullptr : &plan.guesses[op.guess - 1];
}

// G2 and G3: whether a side shows something so different that it may be another account, another library, or nothing at
// all. Sets Plan::block and holds every operation.
void guard_listings(Plan& plan, const SafetyConfig& safety, const std::array<std::string, 2>& names);
// G4, and mirror removes unless the user agreed to them before.
void guard_updates(Plan& plan, const SafetyConfig& safety, bool mirror_ok);
// What is only a guess waits until somebody has looked at it.
void guard_guesses(Plan& plan);
// G7: the number of removes on one side. `proven`: each was confirmed by a look-up.
void guard_removes(Plan& plan, const SafetyConfig& safety, Side side, bool proven);

Item make_item(const std::string& pair, Feature feature, const PlannedOp& op, const Fact& fact);

// A name of exactly the operations that are held, whatever their order; empty when none is.
std::string digest_of(const Scene& scene, const Plan& plan, const std::string& pair);
std::string joined_digest(const std::vector<std::string>& digests);

}  // namespace crosswatch::host::engine
