#include "report_json.hpp"

#include "fact_text.hpp"

namespace crosswatch::app {
namespace {

using host::engine::Item;
using host::engine::Totals;

struct Count {
  const char* name;
  std::uint64_t Totals::*member;
};
constexpr Count counts[] = {{"added", &Totals::added},         {"updated", &Totals::updated},
                            {"removed", &Totals::removed},     {"skipped", &Totals::skipped},
                            {"held", &Totals::held},           {"parked", &Totals::parked},
                            {"conflicts", &Totals::conflicts}, {"failed", &Totals::failed}};

}  // namespace

std::string totals_text(const Totals& t) {
  std::string out;
  for (const Count& c : counts)
    if (t.*c.member != 0) out += (out.empty() ? "" : ", ") + std::to_string(t.*c.member) + " " + c.name;
  return out.empty() ? "nothing to do" : out;
}

std::string item_text(const Item& item) {
  Fact f;
  f.kind = item.kind;
  f.year = item.year;
  f.season = item.season;
  f.episode = item.episode;
  f.title = item.title;
  f.series_title = item.series_title;
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
