#include "engine/merge.hpp"

#include <algorithm>

namespace crosswatch::host::engine {
namespace {

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;

class Merger {
public:
  Merger(const LaneRules& rules, Kind kind, const std::array<Seen, 2>& seen, const Row* row,
         const std::array<const Intent*, 2>& intents)
      : rules_(rules), kind_(kind), seen_(seen) {
    if (row) row_ = *row;
    for (const Intent* intent : intents)
      if (row && intent) recover(rules, seen, *intent, row_);
    out_.tries = row_.tries;
    for (const Side s : {Side::source, Side::target}) {
      at(out_.side, s) = row_.at(s);
      at(is_, s) = classify(rules, s, at(seen, s), at(intents, s), row_.tries, at(out_.side, s));
      at(out_.gone, s) = is(s) == Presence::gone;
      at(out_.changed, s) = is(s) == Presence::changed;
      at(out_.fresh, s) = is(s) == Presence::fresh;
    }
  }

  Decision run(const Row* original) {
    const bool a = present(is(Side::source));
    const bool b = present(is(Side::target));
    if (is(Side::source) == Presence::behind || is(Side::target) == Presence::behind)
      write_again(is(Side::target) == Presence::behind ? Side::target : Side::source);
    else if (a && b)
      rules_.feature == Feature::history ? both_watched() : both();
    else if (a)
      one(Side::source);
    else if (b)
      one(Side::target);
    else
      neither();
    if (original && out_.row == Decision::RowChange::keep && differs(*original)) out_.row = Decision::RowChange::store;
    return out_;
  }

private:
  template <class T>
  static T& at(std::array<T, 2>& v, Side s) noexcept {
    return v[static_cast<std::size_t>(s)];
  }
  template <class T>
  static const T& at(const std::array<T, 2>& v, Side s) noexcept {
    return v[static_cast<std::size_t>(s)];
  }
  Presence is(Side s) const noexcept { return at(is_, s); }
  const Value& value(Side s) const noexcept { return at(seen_, s).value; }
  bool alike() const noexcept {
    return same(rules_.feature, value(Side::source), value(Side::target), rules_.at(Side::source).rating_step,
                rules_.at(Side::target).rating_step, rules_.progress.delta_ms);
  }
  bool two_way() const noexcept { return rules_.mode == PairMode::two_way; }

  bool differs(const Row& row) const noexcept {
    for (const Side s : {Side::source, Side::target}) {
      const RowSide& x = at(out_.side, s);
      const RowSide& y = row.at(s);
      if (x.state != y.state || x.when != y.when || !(x.value == y.value)) return true;
    }
    return out_.tries != row.tries;
  }

  void both() {
    const bool fresh = is(Side::source) == Presence::fresh || is(Side::target) == Presence::fresh;
    const bool a = is(Side::source) == Presence::changed;
    const bool b = is(Side::target) == Presence::changed;
    if (!fresh && !a && !b) return at_rest();
    if (alike()) return adopt();
    if (fresh || (a && b)) return conflict();
    if (a) return flow(Side::source, Reason::changed);
    if (two_way()) return flow(Side::target, Reason::changed);
    // One-way, and the target was changed by somebody else: a rating follows the source, a position is left alone.
    return rules_.feature == Feature::ratings ? flow(Side::source, Reason::enforced) : adopt();
  }

  // An update that was confirmed and yet does not show: not a change of the user's, so it must not travel back.
  void write_again(Side s) {
    if (!present(is(other(s)))) {
      at(is_, s) = Presence::same;
      return one(s);
    }
    const RowSide& was = row_.at(s);
    const bool due = was.state == SideState::refuses && rules_.now >= was.when;
    if ((out_.tries >= max_tries && !due) || !rules_.at(s).writable) {
      adopt();
      at(out_.side, s).state = SideState::refuses;
      at(out_.side, s).when = rules_.now + pause_s(row_.tries);
      out_.tries = row_.tries;
      out_.note = Reason::not_sticking;
      out_.parked = true;
      return;
    }
    update(s, rules_.feature == Feature::history ? joined(value(s), value(other(s))) : value(other(s)),
           Reason::not_sticking);
  }

  // Plays only add up: the side that knows fewer learns the rest.
  void both_watched() {
    bool news = false;
    bool pending = false;
    for (const Side from : {Side::source, Side::target}) {
      const Side to = other(from);
      news = news || !quiet(is(from));
      // At the first contact a date is believed only where it cannot be the date of our own write.
      const bool first = is(from) == Presence::fresh || is(to) == Presence::fresh;
      const bool dated = (rules_.at(from).can & CW_BACKDATE) != 0 || !two_way();
      if (!(is(from) == Presence::changed || (first && dated))) continue;
      if (rules_.rewatches && rules_.at(to).writable && (knows_more(value(from), value(to)) || at(seen_, to).behind) &&
          update(to, joined(value(from), value(to)), first ? Reason::only_here : Reason::changed))
        pending = true;
    }
    if (pending) return;
    if (news) return adopt();
    at_rest();
  }

  // Nothing is new on either side.
  void at_rest() {
    const bool refused = is(Side::source) == Presence::refused || is(Side::target) == Presence::refused;
    if (refused && alike()) return adopt();
    out_.parked = refused;
    if (!refused) out_.tries = 0;
  }

  void conflict() {
    out_.conflict = true;
    const Value& a = value(Side::source);
    const Value& b = value(Side::target);
    Side winner = Side::source;
    Reason reason = Reason::conflict_source;
    if (rules_.conflict == ConflictRule::none) {
      out_.skipped = Reason::conflict_open;
      return;
    }
    if (rules_.conflict == ConflictRule::target) {
      winner = Side::target;
    } else if (rules_.conflict == ConflictRule::newest) {
      const std::int64_t slack = rules_.feature == Feature::progress ? rules_.progress.tolerance_s : minute;
      const bool known = a.at != time_unknown && b.at != time_unknown && (a.at > b.at + slack || b.at > a.at + slack);
      if (known || (rules_.feature == Feature::progress && a.n != b.n)) {
        winner = (known ? a.at > b.at : a.n > b.n) ? Side::source : Side::target;
        reason = Reason::conflict_newest;
      }
    }
    if (reason != Reason::conflict_newest && winner == Side::target) reason = Reason::conflict_target;
    out_.verdict = reason;
    rules_.at(other(winner)).writable ? flow(winner, reason) : adopt();
  }

  void flow(Side from, Reason reason) {
    if (!worth_writing(value(from)) || !update(other(from), value(from), reason)) adopt();
  }

  // False: the side has no way to say that.
  bool update(Side to, const Value& v, Reason reason) {
    if (!rules_.add) return true;
    if ((rules_.at(to).can & CW_UPDATE) == 0) {
      out_.skipped = Reason::cannot_update;
      return false;
    }
    out_.at(to) = {OpType::update, reason, v};
    return true;
  }

  void adopt() {
    for (const Side s : {Side::source, Side::target}) at(out_.side, s) = {value(s), 0, SideState::sighted};
    out_.tries = 0;
    out_.row = Decision::RowChange::store;
  }

  void one(Side here) {
    const Side there = other(here);
    switch (is(there)) {
      case Presence::unknown:
      case Presence::waiting:
        return;
      case Presence::stuck:  // what we removed there is still there, and here it has come back
        at(is_, there) = Presence::fresh;
        return rules_.feature == Feature::history ? both_watched() : both();
      case Presence::resting:
        out_.parked = true;
        return;
      case Presence::lost:
        return repeat(here, there);
      case Presence::gone:
      case Presence::left:
        return removed_there(here, there);
      default:
        break;
    }
    if (rules_.at(there).writable) return add(here, there, Reason::only_here);
    const bool never_there = row_.at(there).state == SideState::none;
    if (never_there && rules_.removal == RemovalRule::mirror && rules_.remove) remove(here, Reason::mirror);
  }

  void repeat(Side here, Side there) {
    if (out_.tries < max_tries) return add(here, there, Reason::not_sticking);
    at(out_.side, there) = {value(here), rules_.now + pause_s(out_.tries), SideState::parked};
    out_.note = Reason::not_sticking;
    out_.parked = true;
  }

  void removed_there(Side here, Side there) {
    if (rules_.adopting) {
      out_.row = Decision::RowChange::drop;
      return;
    }
    const bool can_add = rules_.at(there).writable;
    if (!quiet(is(here))) {
      if (can_add) add(here, there, is(here) == Presence::changed ? Reason::changed_again : Reason::only_here);
      return;
    }
    if (!rules_.at(here).writable) {  // one-way, and the target lost it
      if (can_add) add(here, there, Reason::enforced);
      return;
    }
    const Origin ours = here == Side::target ? Origin::added_to_target : Origin::added_to_source;
    if (rules_.remove && (rules_.removal != RemovalRule::managed || row_.origin == ours)) remove(here, Reason::gone);
  }

  void add(Side from, Side to, Reason reason) {
    if (!rules_.add || !worth_writing(value(from))) return;
    const SideRules& side = rules_.at(to);
    Value v = value(from);
    if (rules_.feature == Feature::history && !rules_.rewatches) v.n = std::min(v.n, 1);
    if ((side.kinds & bit(kind_)) == 0) {
      out_.skipped = Reason::kind_unsupported;
    } else if ((side.can & CW_ADD) == 0) {
      out_.skipped = Reason::cannot_add;
    } else if (row_.at(to).state == SideState::parked) {
      if (rules_.now < row_.at(to).when)
        out_.parked = true;
      else
        out_.at(to) = {OpType::add, Reason::retry, v};
    } else {
      out_.at(to) = {OpType::add, reason, v};
    }
  }

  void remove(Side s, Reason reason) {
    if (at(seen_, s).present && too_old(value(s))) {
      out_.row = Decision::RowChange::drop;
      return;
    }
    if ((rules_.at(s).can & CW_REMOVE) != 0) {
      out_.at(s) = {OpType::remove, reason, {}};
      return;
    }
    out_.skipped = Reason::cannot_remove;
    if (reason != Reason::gone) return;
    // That it is gone there must not be forgotten: when it comes back, its user has put it back.
    RowSide& there = at(out_.side, other(s));
    there.state = SideState::kept;
    there.when = rules_.now + pause_s(max_tries);
    out_.note = Reason::cannot_remove;
  }

  void neither() {
    bool settled = true;
    for (const Side s : {Side::source, Side::target}) {
      if (is(s) == Presence::unknown || is(s) == Presence::waiting) settled = false;
      if (is(s) != Presence::stuck) continue;
      settled = false;
      if (!rules_.at(other(s)).complete) continue;  // it may have come back there
      if (out_.tries < max_tries && rules_.remove)
        remove(s, Reason::removal_lost);
      else
        out_.parked = true;
    }
    if (settled) out_.row = Decision::RowChange::drop;
  }

  bool too_old(const Value& v) const noexcept {
    return rules_.from != time_unknown && (v.at == time_unknown || v.at < rules_.from);
  }
  bool worth_writing(const Value& v) const noexcept {
    if (too_old(v)) return false;
    if (rules_.feature != Feature::progress) return true;
    const bool finished = v.d > 0 && std::int64_t{v.n} * 100 >= std::int64_t{v.d} * rules_.progress.max_percent;
    return v.n >= rules_.progress.min_ms && !finished;
  }

  const LaneRules& rules_;
  Kind kind_;
  const std::array<Seen, 2>& seen_;
  Row row_{};
  std::array<Presence, 2> is_{};
  Decision out_{};
};

}  // namespace

Decision merge(const LaneRules& rules, Kind kind, const std::array<Seen, 2>& seen, const Row* row,
               const std::array<const Intent*, 2>& intents) {
  return Merger(rules, kind, seen, row, intents).run(row);
}

std::int64_t pause_s(std::uint8_t tries) noexcept {
  constexpr std::array<std::int64_t, 4> steps{6 * hour, day, 3 * day, 7 * day};
  return steps[std::min<std::size_t>(tries, steps.size() - 1)];
}

}  // namespace crosswatch::host::engine
