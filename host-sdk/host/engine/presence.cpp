#include "engine/presence.hpp"

#include <algorithm>

namespace crosswatch::host::engine {
namespace {

bool moved(const LaneRules& rules, const Value& before, const Value& now) noexcept {
  return changed(rules.feature, before, now, rules.progress.delta_ms);
}

// Whether what is seen is the effect of our own write: as written, up to rounding; a play that the side stamps with
// its own time.
bool ours(const LaneRules& rules, const SideRules& side, const Value& now, const Value& wrote,
          std::int64_t when) noexcept {
  if (same(rules.feature, wrote, now, side.rating_step, side.rating_step, rules.progress.delta_ms)) return true;
  return rules.feature == Feature::history && (side.can & CW_BACKDATE) == 0 && now.n <= std::max(wrote.n, 1) &&
         now.at != time_unknown && now.at >= when - clock_skew_s && now.at <= when + clock_skew_s;
}

// Whether what is seen is what was there before our write.
bool stale(const LaneRules& rules, const Value& now, const Intent* intent, std::int64_t when) noexcept {
  // The same value under another date was set anew by the user.
  if (intent && intent->done) return !moved(rules, intent->was, now) && intent->was.at == now.at;
  return now.at != time_unknown && now.at < when - clock_skew_s;
}

Presence of_absent(const LaneRules& rules, bool complete, std::uint8_t tries, const RowSide& side) noexcept {
  if (!complete) return Presence::unknown;
  if (side.state == SideState::sighted || side.state == SideState::refuses) return Presence::gone;
  if (side.state == SideState::kept) return rules.now < side.when ? Presence::resting : Presence::gone;
  if (side.state == SideState::left) return rules.now < side.when ? Presence::resting : Presence::left;
  if (side.state != SideState::written) return Presence::absent;
  return rules.now < side.when + patience_s(tries) ? Presence::waiting : Presence::lost;
}

}  // namespace

void recover(const LaneRules& rules, const std::array<Seen, 2>& seen, const Intent& intent, Row& row) noexcept {
  const Seen& here = seen[static_cast<std::size_t>(intent.side)];
  RowSide& side = row.at(intent.side);
  if (intent.done) return;
  if (intent.op == OpType::remove) {  // nobody else took it away: what is on the other side stays
    if (!here.present && rules.at(intent.side).complete) side = {{}, intent.at, SideState::removed};
    return;
  }
  if (!here.present) return;
  const bool known =
      side.state == SideState::sighted || side.state == SideState::written || side.state == SideState::refuses;
  if (known && !moved(rules, side.value, here.value)) return;
  if (!ours(rules, rules.at(intent.side), here.value, intent.value, intent.at)) return;
  side = {here.value, 0, SideState::sighted};
  row.at(other(intent.side)) = {intent.other, 0, SideState::sighted};
}

Presence classify(const LaneRules& rules, Side s, const Seen& seen, const Intent* intent, std::uint8_t tries,
                  RowSide& side) noexcept {
  if (!seen.present) return of_absent(rules, rules.at(s).complete, tries, side);
  const Value& now = seen.value;
  switch (side.state) {
    case SideState::none:
    case SideState::parked:
    case SideState::kept:  // it was gone, and has come back
      return Presence::fresh;
    case SideState::removed:
      if (now.at != time_unknown && now.at > side.when) return Presence::fresh;
      if (rules.now < side.when + patience_s(tries)) return Presence::waiting;
      return now.at != time_unknown ? Presence::stuck : Presence::fresh;
    case SideState::written:
      // Dated after our write, which no listing has shown: the user put it there, whatever became of ours.
      if (now.at != time_unknown && now.at > side.when + clock_skew_s) return Presence::fresh;
      break;
    case SideState::refuses:
      if (moved(rules, side.value, now)) break;
      return rules.now < side.when ? Presence::refused : Presence::behind;
    case SideState::left:  // back with its fact, as it was or not
    case SideState::sighted:
      break;
  }
  if (side.state == SideState::refuses || side.state == SideState::left) side.when = 0;
  side.state = SideState::sighted;
  if (side.when != 0) {
    if (ours(rules, rules.at(s), now, side.value, side.when)) {
      side = {now, 0, SideState::sighted};
      return Presence::same;
    }
    if (stale(rules, now, intent, side.when))
      return rules.now < side.when + patience_s(tries) ? Presence::waiting : Presence::behind;
  }
  if (moved(rules, side.value, now)) return Presence::changed;
  // A play that was taken away is no change to pass on, but the next one must be seen as one.
  if (rules.feature == Feature::history && (now.n < side.value.n || now.at < side.value.at)) side.value = now;
  side.when = 0;
  return Presence::same;
}

std::int64_t patience_s(std::uint8_t tries) noexcept {
  constexpr std::int64_t first = 10 * 60;
  return first << std::min<std::uint8_t>(tries, 6);
}

}  // namespace crosswatch::host::engine
