#include "oracle.hpp"

#include <algorithm>
#include <cstdlib>

namespace crosswatch::test {

using host::ConflictRule;
using host::PairConfig;
using host::PairMode;
using host::RemovalRule;
using host::engine::Item;
using host::engine::OpType;
using host::engine::Result;
using host::engine::Side;
using host::engine::Status;

namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};
constexpr std::uint32_t all_writes = CW_ADD | CW_UPDATE | CW_REMOVE;

Side opposite(Side s) {
  return s == Side::source ? Side::target : Side::source;
}

// Whether each play of `b` has one of `a` on about the same day.
bool covers(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  return std::all_of(b.begin(), b.end(), [&](std::int64_t t) {
    return std::any_of(a.begin(), a.end(), [&](std::int64_t u) { return std::abs(u - t) <= 24 * 3600; });
  });
}

}  // namespace

Oracle::Oracle(World& world, const Universe& universe, std::vector<PairConfig> pairs, Feature feature)
    : world_(world), universe_(universe), pairs_(std::move(pairs)), feature_(feature) {
  state_lost();
  wiped_ = false;
}

Oracle::Cells Oracle::look() const {
  Cells out;
  for (const PairConfig& p : pairs_)
    for (const Side s : sides) {
      const std::string& model = model_of(p, s);
      if (out.count(model)) continue;
      for (std::size_t e = 0; e < universe_.size(); ++e)
        out[model].push_back(universe_.cell(world_.model(model), feature_, e));
    }
  return out;
}

void Oracle::user_set(const std::string& model, std::size_t entity) {
  ever_.insert(entity);
  gone_[model].erase(entity);
}

void Oracle::state_lost() {
  for (const PairConfig& p : pairs_)
    for (auto& side : agreed_[p.id]) side.assign(universe_.size(), {});
  mirrors_.clear();
  wiped_ = true;
}

void Oracle::scope_changed(const std::string& model) {
  for (const PairConfig& p : pairs_)
    if (p.source.provider == model || p.target.provider == model) {
      for (auto& side : agreed_[p.id])
        for (Agreed& a : side) {  // of what, is not sure any more
          const bool added = a.added;
          a = {true};
          a.added = added;
        }
      mirrors_.erase(p.id);
    }
}

void Oracle::before() {
  before_ = look();
  writes_.clear();
  for (const auto& [model, cells] : before_) writes_[model] = world_.model(model).writes;
}

bool Oracle::same(const Cell& a, const Cell& b, std::uint32_t step) const {
  if (a.present != b.present) return false;
  if (!a.present) return true;
  switch (feature_) {
    case Feature::watchlist:
      return true;
    case Feature::history:
      return a.plays == b.plays;
    case Feature::ratings:
      return 2 * std::abs(a.value.rating - b.value.rating) <= static_cast<std::int32_t>(step);
    case Feature::progress:
      return std::abs(a.value.progress_ms - b.value.progress_ms) <= 36'000;
  }
  return false;
}

bool Oracle::unchanged(const Agreed& then, const Cell& now) const {
  return then.known && then.cell.present == now.present && same(then.cell, now, 0);
}

bool Oracle::worth_it(const Cell& c) const {
  return feature_ != Feature::progress ||
         (c.value.progress_ms >= 60'000 && c.value.progress_ms * 100 < c.value.duration_ms * 95);
}

// P3, P4, P5, P7, P11, P13, P23: a fact goes only when somebody took it back on the other side of a pair that agreed on
// it, and it was not changed here since.
bool Oracle::may_remove(const RunNotes& notes, const std::string& model, std::size_t e, const Cells& now) const {
  for (const PairConfig& p : notes.pairs)
    for (const Side s : sides) {
      if (model_of(p, s) != model || !writable(p, s) || !p.feature(feature_).remove) continue;
      const Side o = opposite(s);
      const std::string& peer = model_of(p, o);
      if (notes.mute.count(peer)) continue;
      if (p.removal == RemovalRule::managed && !agreed(p, s, e).added) continue;
      if (p.removal == RemovalRule::mirror && p.mode == PairMode::one_way && (mirrors_.count(p.id) || notes.approved) &&
          (!before_.at(peer)[e].present || !now.at(peer)[e].present || before_.at(peer)[e].outside))
        return true;
      const Model& there = world_.model(peer);
      const auto gone = gone_.find(peer);
      const bool only_title = gone != gone_.end() && gone->second.count(e) != 0;
      // Without look-ups the word of a listing is all there is.
      if (!there.can_look_up && (feature_ == Feature::watchlist || notes.approved) &&
          (only_title || notes.liars.count(peer) || there.lag_s != 0))
        return true;
      const Cell& was = before_.at(peer)[e];
      const Cell& is = now.at(peer)[e];
      if (was.outside || is.outside) continue;
      if (agreed(p, s, e).removed && (!was.present || !is.present)) return true;  // the same removal once more
      const bool late = there.lag_s != 0;  // the engine may have seen it for the first time after it was gone
      const bool taken_back = (was.title || is.title || there.keeps_titles) && (!was.present || !is.present);
      const Model& here = world_.model(model);
      const bool blind = here.lag_s != 0;  // it may never have shown what was there before
      if (taken_back && (!only_title || late) &&
          (late || ((agreed(p, s, e).cell.present && agreed(p, o, e).sighted) || agreed(p, s, e).tried)) &&
          (blind || late || agreed(p, s, e).tried || unchanged(agreed(p, s, e), before_.at(model)[e])))
        return true;
    }
  return false;
}

// P6, and each for itself.
std::string Oracle::removes(const RunNotes& notes, const Cells& now) const {
  for (const auto& [model, cells] : now) {
    std::int64_t removed = 0;
    for (std::size_t e = 0; e < cells.size(); ++e) {
      const Cell& was = before_.at(model)[e];
      if (!was.present || cells[e].present || !cells[e].title) continue;
      ++removed;
      if (!may_remove(notes, model, e, now)) return name(model, e) + " was removed, and nobody took it back";
    }
    std::int64_t budget = 0;
    for (const PairConfig& p : notes.pairs)
      for (const Side s : sides)
        if (model_of(p, s) == model)
          budget += std::max(world_.safety.confirmed_min, static_cast<std::int64_t>(world_.safety.confirmed_ratio *
                                                                                    static_cast<double>(ever_.size())));
    if (!notes.approved && removed > budget)
      return model + " lost " + std::to_string(removed) + " facts in one run, the limit is " + std::to_string(budget);
  }
  return {};
}

// P8, P13, P17, P18, P22, and that no play is ever lost.
std::string Oracle::changes(const RunNotes& notes, const Cells& now) const {
  for (const auto& [model, cells] : now) {
    bool target = false;
    for (const PairConfig& p : notes.pairs)
      for (const Side s : sides) target = target || (model_of(p, s) == model && writable(p, s));
    if (!target && world_.model(model).writes != writes_.at(model)) return model + " was written, and is read only";
    for (std::size_t e = 0; e < cells.size(); ++e) {
      const Cell& was = before_.at(model)[e];
      const Cell& is = cells[e];
      if (was.outside && !same(was, is, 0))
        return name(model, e) + " was written, and is in no library that takes part";
      if (!is.present) continue;
      if (!ever_.count(e)) return name(model, e) + " appeared, and no user did that";
      if (!was.present) continue;
      if (feature_ == Feature::history &&
          !std::includes(is.plays.begin(), is.plays.end(), was.plays.begin(), was.plays.end()))
        return name(model, e) + " lost a play";
      if (feature_ == Feature::history || same(was, is, 0)) continue;
      bool only_here = true;  // the user changed it, on this side and on no other
      for (const PairConfig& p : notes.pairs)
        for (const Side s : sides) {
          const Agreed& a = agreed(p, s, e);
          const bool edited = a.sure && a.cell.present && !unchanged(a, before_.at(model_of(p, s))[e]);
          if (model_of(p, s) == model)
            only_here = only_here && edited && (writable(p, opposite(s)) || feature_ != Feature::ratings);
          else
            only_here = only_here && a.sure && unchanged(a, before_.at(model_of(p, s))[e]);
        }
      if (only_here) return name(model, e) + " was changed by its user only, and overwritten";
    }
  }
  return {};
}

// P16: whatever was tried again, lost or doubled, nobody has more plays than were played.
std::string Oracle::plays(const Cells& now) const {
  if (feature_ != Feature::history) return {};
  // In a ring a play comes back by another way: under a second date, if one of the providers gave it that.
  const bool ring = pairs_.size() == now.size();
  for (const auto& [model, cells] : now)
    if (ring && (world_.model(model).can & CW_BACKDATE) == 0) return {};
  for (const auto& [model, cells] : now)
    for (std::size_t e = 0; e < cells.size(); ++e) {
      const auto played = played_.find(e);
      if (cells[e].plays.size() > (played == played_.end() ? 0 : played->second))
        return name(model, e) + " has more plays than were played";
    }
  return {};
}

// P9
std::string Oracle::conflicts(const RunNotes& notes, const Cells& now) const {
  if (notes.pairs.size() != 1 || feature_ == Feature::history) return {};
  const PairConfig& p = notes.pairs[0];
  if (p.mode != PairMode::two_way) return {};
  for (std::size_t e = 0; e < universe_.size(); ++e) {
    bool both = true;
    for (const Side s : sides) {
      const Cell& c = before_.at(model_of(p, s))[e];
      const Model& m = world_.model(model_of(p, s));
      both = both && c.present && !c.outside && worth_it(c) && m.lag_s == 0 && (m.can & all_writes) == all_writes &&
             (!agreed(p, s, e).known || agreed(p, s, e).sure) && !unchanged(agreed(p, s, e), c);
    }
    if (!both) continue;
    for (const Side s : sides) {
      const bool keeps = p.conflict == ConflictRule::none ||
                         (p.conflict == ConflictRule::source && s == Side::source) ||
                         (p.conflict == ConflictRule::target && s == Side::target);
      if (keeps && !same(before_.at(model_of(p, s))[e], now.at(model_of(p, s))[e], 0))
        return name(model_of(p, s), e) + " lost a conflict against the rule of the pair";
    }
  }
  for (const Item& i : world_.heard.items)
    if (i.feature == feature_ && i.reason.rfind("conflict_", 0) == 0 && i.result == Result::applied &&
        (!i.before || !i.after))
      return i.title + ": a conflict was decided without a record of both values";
  return {};
}

// P10: what a user took back on one side is not put back there, unless the other side changed it since.
std::string Oracle::resurrections(const RunNotes& notes, const Cells& now) const {
  for (const auto& [model, cells] : now)
    for (std::size_t e = 0; e < cells.size(); ++e) {
      const Cell& was = before_.at(model)[e];
      if (was.present || was.outside || !was.title || !cells[e].present) continue;
      const auto gone = gone_.find(model);
      if (gone != gone_.end() && gone->second.count(e)) continue;
      bool taken_back = true;
      for (const PairConfig& p : notes.pairs)
        for (const Side s : sides) {
          const Agreed& a = agreed(p, s, e);
          const Cell& c = before_.at(model_of(p, s))[e];
          if (model_of(p, s) != model)
            taken_back = taken_back && a.sure && a.cell.present && unchanged(a, c);
          else
            taken_back = taken_back && a.sure && a.cell.present && writable(p, opposite(s));
        }
      if (taken_back) return name(model, e) + " was taken back by its user, and put back";
    }
  return {};
}

// P20, P11
std::string Oracle::report(const RunNotes& notes) const {
  if (!notes.report) return {};
  const host::engine::LaneReport& r = *notes.report;
  const bool fine = r.exit == host::ExitCode::ok;
  if (r.totals.failed != 0 && (fine || r.status < Status::degraded))
    return "failed operations, and the run says it is fine";
  if (r.totals.held != 0 && (fine || r.status < Status::degraded))
    return "held operations, and the run says it is fine";
  if (wiped_ && feature_ != Feature::history)
    for (const Item& i : world_.heard.items)
      if (i.feature == feature_ && i.op == OpType::update && i.result == Result::applied &&
          i.reason.rfind("conflict_", 0) != 0)
        return i.title + " was overwritten without a rule, after the state was lost";
  return {};
}

// P15: also of a run that died, which the next one has to make good.
std::string Oracle::after(const RunNotes& notes) {
  const Cells now = look();
  std::string wrong = removes(notes, now);
  if (wrong.empty()) wrong = changes(notes, now);
  if (wrong.empty()) wrong = plays(now);
  if (wrong.empty() && !notes.faulty) wrong = conflicts(notes, now);
  if (wrong.empty() && notes.liars.empty()) wrong = resurrections(notes, now);
  if (wrong.empty()) wrong = report(notes);
  if (notes.report) wiped_ = false;
  if (notes.faulty)  // what changed meanwhile was no user's wish, and what a liar hid is forgotten
    for (const PairConfig& p : pairs_)
      for (const Side s : sides)
        for (std::size_t e = 0; e < universe_.size(); ++e)
          if (!notes.liars.empty() || !same(now.at(model_of(p, s))[e], before_.at(model_of(p, s))[e], 0))
            agreed(p, s, e).sure = false;
  // What was called removed and is still there may as well have been put there again.
  for (const Item& i : world_.heard.items)
    if (i.feature == feature_ && i.op == OpType::remove && i.result == Result::applied)
      for (const PairConfig& p : pairs_)
        for (std::size_t e = 0; e < universe_.size(); ++e)
          if (p.id == i.pair && universe_.title(e) == i.title) {
            agreed(p, i.side, e).removed = true;
            const bool there = now.at(model_of(p, i.side))[e].present;
            for (const Side s : sides) agreed(p, s, e).sure = agreed(p, s, e).sure && !there;
          }
  for (const PairConfig& p : notes.pairs) {
    if (notes.approved) mirrors_.insert(p.id);
    const bool calm = notes.report && !notes.faulty && notes.report->status <= Status::ok;
    const bool lagging = world_.model(p.source.provider).lag_s != 0 || world_.model(p.target.provider).lag_s != 0;
    const std::uint32_t step =
        std::max(world_.model(p.source.provider).rating_step, world_.model(p.target.provider).rating_step);
    for (std::size_t e = 0; e < universe_.size(); ++e) {
      const Cell& a = now.at(p.source.provider)[e];
      const Cell& b = now.at(p.target.provider)[e];
      // One play may have a date on each side.
      const bool alike = feature_ == Feature::history ? a.present == b.present : same(a, b, step);
      for (const Side s : sides) {
        if (!calm && before_.at(model_of(p, opposite(s)))[e].present) agreed(p, s, e).tried = true;
        if (!before_.at(model_of(p, s))[e].present && now.at(model_of(p, s))[e].present) agreed(p, s, e).added = true;
      }
      if (a.outside || b.outside) continue;
      if ((!calm || lagging) && !alike) continue;
      // A listing has shown it only if it was there when the run began.
      const auto remember = [&](Side s, const Cell& c) {
        Agreed& then = agreed(p, s, e);
        const bool sighted = before_.at(model_of(p, s))[e].present;
        const bool removed = then.removed && !(a.present && b.present);
        then = {true,
                calm && !lagging && sighted,
                c.present && (sighted || then.sighted),
                !calm && then.tried,
                then.added,
                removed,
                c};
      };
      remember(Side::source, a);
      remember(Side::target, b);
    }
  }
  return wrong;
}

std::string Oracle::untouched() const {
  const Cells now = look();
  for (const auto& [model, cells] : now) {
    if (world_.model(model).writes != writes_.at(model)) return model + " was written by a dry run";
    for (std::size_t e = 0; e < cells.size(); ++e)
      if (!same(cells[e], before_.at(model)[e], 0)) return name(model, e) + " was changed by a dry run";
  }
  return {};
}

// P2
std::string Oracle::settled(bool removes_are_on) const {
  const Cells now = look();
  std::set<std::string> follows;
  for (const PairConfig& p : pairs_)
    if (p.mode == PairMode::one_way) follows.insert(p.target.provider);
  bool dates_are_kept = true;  // else one play may have two dates
  for (const auto& [model, cells] : now)
    dates_are_kept = dates_are_kept && (world_.model(model).can & CW_BACKDATE) != 0 && world_.model(model).keeps_time;
  for (const PairConfig& p : pairs_) {
    const Model& a = world_.model(p.source.provider);
    const Model& b = world_.model(p.target.provider);
    std::set<std::string> parked;
    for (const auto& item : host::list_parked(world_.state(), p.id)) parked.insert(item.item.title);
    const bool two_way = p.mode == PairMode::two_way;
    if ((b.can & all_writes) != all_writes || (two_way && (a.can & all_writes) != all_writes)) continue;
    for (std::size_t e = 0; e < universe_.size(); ++e) {
      const Cell& x = now.at(a.name)[e];
      const Cell& y = now.at(b.name)[e];
      if (x.outside || y.outside || parked.count(universe_.title(e)) || !worth_it(x) || !worth_it(y)) continue;
      if (!two_way && !x.present) continue;  // the source says nothing
      if (x.present != y.present) {
        if (two_way && (!removes_are_on || p.removal == RemovalRule::managed)) continue;  // taken back on one side
        return name(a.name, e) + " and " + name(b.name, e) + " differ: " + (x.present ? "there" : "not there") + ", " +
               (y.present ? "there" : "not there");
      }
      if (p.conflict == ConflictRule::none) continue;
      if (two_way && (follows.count(a.name) || follows.count(b.name))) continue;  // another pair rules over it
      if (!two_way && (feature_ != Feature::ratings || p.conflict != ConflictRule::source)) continue;
      if (feature_ == Feature::history && !dates_are_kept) continue;
      const bool alike = feature_ == Feature::history ? covers(x.plays, y.plays) && covers(y.plays, x.plays)
                                                      : same(x, y, std::max(a.rating_step, b.rating_step));
      if (!alike) return name(a.name, e) + " and " + name(b.name, e) + " have different values";
    }
  }
  return {};
}

}  // namespace crosswatch::test
