#include "route/deliver.hpp"

#include <algorithm>
#include <cstdlib>

#include "engine/value.hpp"

namespace crosswatch::host::route {
namespace {

constexpr std::uint32_t most_tries = 12;  // a good half hour

// What to do about the event, given what the target has.
struct Step {
  std::uint32_t op = 0;  // CW_OP_ADD ..; 0: nothing
  const char* reason = "";
  cw_value expect = no_value;
};

// A target that keeps no times of ours has stamped the play with its own, later one.
Step play(const cw_capability& can, const cw_answer& there, std::int64_t at) {
  if (there.state != CW_PRESENT) return {CW_OP_ADD};
  const bool keeps_plays = (can.can & CW_EVENTS) != 0 && (can.can & CW_BACKDATE) != 0;
  const std::int64_t slack = std::max<std::int64_t>(can.time_precision_s, engine::clock_skew_s);
  if (there.value.at == time_unknown || at == time_unknown) return {0, "already_watched"};
  if (keeps_plays ? std::abs(there.value.at - at) <= slack : there.value.at >= at - slack)
    return {0, "already_watched"};
  return {CW_OP_ADD};  // one play more: what a target knows of earlier ones is its own to keep
}

Step rating(const cw_capability& can, const cw_answer& there, const cw_value& told) {
  if (there.state != CW_PRESENT) return {told.rating < 0 ? 0u : std::uint32_t{CW_OP_ADD}, "not_rated"};
  if (there.value.at != time_unknown && told.at != time_unknown && there.value.at > told.at + engine::clock_skew_s)
    return {0, "newer_rating"};
  if (told.rating < 0) return {CW_OP_REMOVE, "", there.value};
  engine::Value a, b;
  const bool both = engine::to_value(Feature::ratings, there.value, a) && engine::to_value(Feature::ratings, told, b);
  if (both && engine::same(Feature::ratings, a, b, can.rating_step, 1)) return {0, "already_rated"};
  return {CW_OP_UPDATE, "", there.value};
}

// Listed after it was watched: wanted once more.
Step finished(const cw_answer& there, std::int64_t at) {
  if (there.state != CW_PRESENT) return {0, "not_listed"};
  if (there.value.at != time_unknown && at != time_unknown && there.value.at > at) return {0, "listed_later"};
  return {CW_OP_REMOVE, "", there.value};
}

Step step_for(const Delivery& d, const cw_capability& can, const cw_answer& there) {
  if (d.feature == Feature::history) return play(can, there, d.item.value.at);
  if (d.feature == Feature::ratings) return rating(can, there, d.item.value);
  return finished(there, d.item.value.at);
}

// The item under names that mean the same everywhere, with the value that the feature stores.
Fact to_write(const Delivery& d) {
  Fact f = d.item;
  f.ref.clear();
  f.library_id.clear();
  f.value = no_value;
  f.value.at = d.item.value.at;
  if (d.feature == Feature::ratings) f.value.rating = d.item.value.rating;
  if (d.feature == Feature::history) {
    f.value.plays = 1;
    if (f.value.at != time_unknown) f.plays_at = {f.value.at};
  }
  return f;
}

void settle(Delivery& d, DeliveryState state, std::string reason) {
  d.state = state;
  d.reason = std::move(reason);
}

void try_later(Delivery& d, std::string reason, std::uint32_t retry_after_ms, std::int64_t now) {
  ++d.tries;
  if (d.tries >= most_tries) return settle(d, DeliveryState::parked, "gave_up: " + reason);
  d.reason = std::move(reason);
  d.next_try = now + std::max<std::int64_t>(pause_s(d.tries - 1), (retry_after_ms + 999) / 1000);
}

}  // namespace

std::int64_t pause_s(std::uint32_t tries) noexcept {
  return tries > 8 ? 300 : std::min<std::int64_t>(300, std::int64_t{1} << tries);
}

void deliver(Session& target, Operation& op, Delivery& d, std::int64_t now) {
  const cw_capability can = target.capability(d.feature);
  if ((can.kinds & bit(d.item.kind)) == 0 || (can.can & CW_READ) == 0)
    return settle(d, DeliveryState::parked,
                  "not_offered: the target keeps no " + std::string(name_of(d.feature)) + " of a " +
                      std::string(name_of(d.item.kind)));
  const Fact fact = to_write(d);
  FactLender lender;
  const cw_fact& lent = lender.lend(fact);
  cw_answer there{};
  there.state = CW_UNKNOWN;
  there.value = no_value;
  try {
    there = target.lookup(op, d.feature, {}, {lent}).at(0);
  } catch (const Error& e) {
    if (e.status != CW_UNSUPPORTED) throw;
    // It cannot say: then what would change or remove something has no proof.
    if (d.feature != Feature::history) return settle(d, DeliveryState::parked, "no_lookup: " + std::string(e.what()));
    there.state = CW_NO_FACT;
  }
  if (there.state == CW_UNKNOWN) return try_later(d, "not_known: the target cannot say what it has", 0, now);
  if (there.state == CW_AMBIGUOUS_TITLE)
    return settle(d, DeliveryState::parked, "ambiguous: several titles of the target fit");
  const Step step = step_for(d, can, there);
  if (step.op == 0) return settle(d, DeliveryState::nothing_to_do, step.reason);

  const ApplyResult result = target.apply(op, d.feature, {}, {{sizeof(cw_op), step.op, &lent, step.expect}});
  const cw_outcome& out = result.outcomes.at(0);
  switch (out.result) {
    case CW_APPLIED:
      return settle(d, DeliveryState::done, out.reason);
    case CW_ALREADY:
    case CW_ABSENT:
      return settle(d, DeliveryState::nothing_to_do, out.reason);
    case CW_NO_ENTITY:
    case CW_AMBIGUOUS:
    case CW_CANNOT:
    case CW_REJECTED:
      return settle(d, DeliveryState::parked, out.reason[0] ? out.reason : "refused: the target cannot take it");
    default:  // stale, transient, in doubt, not attempted: the next try looks again
      if (result.error) throw *result.error;
      return try_later(d, out.reason[0] ? out.reason : "no_answer", out.retry_after_ms, now);
  }
}

}  // namespace crosswatch::host::route
