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
    if (t.*c.member != 0) out += (out.empty() ? "" : ", ") + std::to_string(t.*c.member) + " " + c.name;
  return out.empty() ? "nothing to do" : out;
}

std::string outcome_text(Status status, const Totals& t) {
  const bool nothing = std::none_of(std::begin(host::engine::totals_fields), std::end(host::engine::totals_fields),
                                    [&](const auto& c) { return t.*c.member != 0; });
  return nothing && status > Status::ok ? std::string(name_of(status)) : totals_text(t);
}

std::string unchanged_text(const host::engine::LaneReport& lane) {
  return "Unchanged on both sides since " + host::iso(lane.unchanged_since) + ", when they were compared.";
}

std::string item_text(const Item& item) {
  const Fact f = fact_of(item);
  FactLender lender;
  const char* const signs[] = {"?", "+", "~", "-"};
  std::string out = std::string(signs[static_cast<std::size_t>(item.op)]) + " " + title_text(lender.lend(f));
  if (item.op == host::engine::OpType::remove && item.before)
    out += "  was " + value_text(item.feature, *item.before);
  else if (item.after)
    out += "  " + value_text(item.feature, *item.after);
  if (item.op == host::engine::OpType::update && item.before)
    out += " (was " + value_text(item.feature, *item.before) + ")";
  if (item.result != host::engine::Result::planned && item.result != host::engine::Result::applied)
    out += "  [" + std::string(name_of(item.result)) + (item.reason.empty() ? "" : ": " + item.reason) + "]";
  return out;
}

}  // namespace crosswatch::app
