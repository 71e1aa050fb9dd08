#include "report_json.hpp"

#include <algorithm>
#include <iterator>

#include "fact_text.hpp"
#include "time.hpp"

namespace crosswatch::app {

using host::engine::Item;
using host::engine::Status;
using host::engine::Totals;

std::string totals_text(const Totals& t) {
  std::string out;
  for (const auto& c : host::engine::totals_fields)
    if (t.*c.member != 0) {
      const bool one_conflict = t.*c.member == 1 && c.member == &Totals::conflicts;
      out += (out.empty() ? "" : ", ") + std::to_string(t.*c.member) + " " + (one_conflict ? "conflict" : c.name);
    }
  return out.empty() ? "nothing to do" : out;
}

std::string outcome_text(Status status, const Totals& t) {
  const bool nothing = std::none_of(std::begin(host::engine::totals_fields), std::end(host::engine::totals_fields),
                                    [&](const auto& c) { return t.*c.member != 0; });
  return nothing && status > Status::ok ? std::string(name_of(status)) : totals_text(t);
}

std::string planned_text(Status status, const Totals& planned, std::uint64_t held) {
  return outcome_text(status, planned) + (held == 0 ? "" : " (" + std::to_string(held) + " of them held)");
}

std::string unchanged_text(const host::engine::LaneReport& lane) {
  return "Unchanged on both sides since " + host::iso(lane.unchanged_since) + ", when they were compared.";
}

namespace {

// What there is to say beside an operation: who won, and what the side cannot keep.
std::string remark(const std::string& reason) {
  constexpr std::string_view conflict = "conflict_";
  const std::size_t end = reason.find(": ");
  std::string out;
  if (reason.starts_with(conflict)) {
    out = "conflict: " + reason.substr(conflict.size(), end == reason.npos ? end : end - conflict.size());
    std::replace(out.begin(), out.end(), '_', ' ');
  }
  if (end != reason.npos) out += (out.empty() ? "" : "; ") + reason.substr(end + 2);
  return out;
}

}  // namespace

std::string item_text(const Item& item, const std::string& profile) {
  const Fact f = fact_of(item);
  FactLender lender;
  const char* const signs[] = {"?", "+", "~", "-"};
  std::string out = profile + (profile.empty() ? "" : "  ") + signs[static_cast<std::size_t>(item.op)] + " " +
                    title_text(lender.lend(f));
  if (item.op == host::engine::OpType::remove && item.before)
    out += "  was " + value_text(item.feature, *item.before);
  else if (item.after)
    out += "  " + value_text(item.feature, *item.after);
  if (item.op == host::engine::OpType::update && item.before)
    out += " (was " + value_text(item.feature, *item.before) + ")";
  if (item.result == host::engine::Result::planned || item.result == host::engine::Result::applied ||
      item.result == host::engine::Result::conflict) {
    if (const std::string more = remark(item.reason); !more.empty()) out += "  [" + more + "]";
    return out;
  }
  out += "  [" + std::string(name_of(item.result)) + (item.reason.empty() ? "" : ": " + item.reason) + "]";
  return out;
}

}  // namespace crosswatch::app
