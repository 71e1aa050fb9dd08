// What may and what must not happen to the facts of the model test, said without looking at how the engine works: it
// knows only what users did, and what both sides showed when they last agreed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "universe.hpp"

namespace crosswatch::test {

struct RunNotes {
  std::vector<host::PairConfig> pairs{};             // one lane, or all of a run that died
  std::optional<host::engine::LaneReport> report{};  // none: the process died
  bool faulty = false;                               // something went wrong, or may have
  bool approved = false;
  std::set<std::string> liars{};  // whose listing claimed to be complete and was not
  std::set<std::string> mute{};   // who said nothing in this run from which a removal may follow
};

class Oracle {
public:
  Oracle(World& world, const Universe& universe, std::vector<host::PairConfig> pairs, Feature feature);

  // Users and accidents.
  void user_set(const std::string& model, std::size_t entity);
  void user_played(std::size_t entity) { ++played_[entity]; }
  void file_gone(const std::string& model, std::size_t entity) { gone_[model].insert(entity); }
  void state_lost();
  void scope_changed(const std::string& model);

  void before();                                   // a run
  std::string after(const RunNotes& notes);        // what it did wrong; empty: nothing
  std::string untouched() const;                   // what a dry run did
  std::string settled(bool removes_are_on) const;  // what keeps both sides apart although nothing is going on

private:
  struct Agreed {
    bool known = false;
    bool sure = false;  // by an undisturbed run
    bool sighted = false;
    bool tried = false;    // a write was begun, and nobody knows what came of it
    bool added = false;    // by this pair
    bool removed = false;  // by this pair, and both sides have not had it since
    Cell cell{};
  };
  using Side = host::engine::Side;
  using Cells = std::map<std::string, std::vector<Cell>>;

  Cells look() const;
  Agreed& agreed(const host::PairConfig& p, Side s, std::size_t e) {
    return agreed_[p.id][static_cast<std::size_t>(s)][e];
  }
  const Agreed& agreed(const host::PairConfig& p, Side s, std::size_t e) const {
    return agreed_.at(p.id)[static_cast<std::size_t>(s)][e];
  }
  bool same(const Cell& a, const Cell& b, std::uint32_t step) const;
  bool unchanged(const Agreed& then, const Cell& now) const;
  bool may_remove(const RunNotes& notes, const std::string& model, std::size_t e, const Cells& now) const;
  std::string removes(const RunNotes& notes, const Cells& now) const;
  std::string changes(const RunNotes& notes, const Cells& now) const;
  std::string plays(const Cells& now) const;
  std::string conflicts(const RunNotes& notes, const Cells& now) const;
  std::string resurrections(const RunNotes& notes, const Cells& now) const;
  std::string report(const RunNotes& notes) const;
  bool worth_it(const Cell& c) const;
  std::string name(const std::string& model, std::size_t e) const { return model + "/" + universe_.title(e); }

  World& world_;
  const Universe& universe_;
  std::vector<host::PairConfig> pairs_;
  Feature feature_;
  std::map<std::string, std::array<std::vector<Agreed>, 2>> agreed_{};
  std::map<std::string, std::set<std::size_t>> gone_{};
  std::set<std::size_t> ever_{};
  std::set<std::string> mirrors_{};  // pairs whose user agreed that what only the target has is removed
  std::map<std::size_t, std::size_t> played_{};
  Cells before_{};
  std::map<std::string, std::uint64_t> writes_{};
  bool wiped_ = false;
};

// The sides of a pair.
inline const std::string& model_of(const host::PairConfig& p, host::engine::Side s) {
  return (s == host::engine::Side::source ? p.source : p.target).provider;
}
inline bool writable(const host::PairConfig& p, host::engine::Side s) {
  return s == host::engine::Side::target || p.mode == host::PairMode::two_way;
}

}  // namespace crosswatch::test
