#include "report_json.hpp"

#include "fact_text.hpp"
#include "time.hpp"

namespace crosswatch::app {
namespace {

using host::engine::Item;
using host::engine::Totals;
using host::json::object;
using host::json::Value;

struct Count {
  const char* name;
  std::uint64_t Totals::*member;
};
constexpr Count counts[] = {{"added", &Totals::added},         {"updated", &Totals::updated},
                            {"removed", &Totals::removed},     {"skipped", &Totals::skipped},
                            {"held", &Totals::held},           {"parked", &Totals::parked},
                            {"conflicts", &Totals::conflicts}, {"failed", &Totals::failed}};

Value time_json(std::int64_t at) {
  return at == time_unknown ? Value() : Value(host::iso(at));
}

Value value_json(Feature feature, const std::optional<cw_value>& v) {
  if (!v) return {};
  switch (feature) {
    case Feature::history:
      return object({{"watched_at", time_json(v->at)}, {"plays", static_cast<std::int64_t>(v->plays)}});
    case Feature::ratings:
      return object({{"rating", v->rating / 10.0}, {"rated_at", time_json(v->at)}});
    case Feature::progress:
      return object(
          {{"progress_ms", v->progress_ms}, {"duration_ms", v->duration_ms}, {"progress_at", time_json(v->at)}});
    case Feature::watchlist:
      return object({{"listed_at", time_json(v->at)}});
  }
  return {};
}

Value ids_json(const std::vector<Token>& ids) {
  Value out = object();
  for (const Token& t : ids) out[t.scheme] = t.value;
  return out;
}

}  // namespace

Value totals_json(const Totals& t) {
  Value out = object();
  for (const Count& c : counts) out[c.name] = static_cast<std::int64_t>(t.*c.member);
  return out;
}

Value item_json(const Item& item) {
  Value out = object({{"op", std::string(name_of(item.op))},
                      {"pair", item.pair},
                      {"side", std::string(name_of(item.side))},
                      {"feature", std::string(name_of(item.feature))},
                      {"type", std::string(name_of(item.kind))},
                      {"ids", ids_json(item.ids)}});
  if (!item.show_ids.empty()) out["show_ids"] = ids_json(item.show_ids);
  out["title"] = item.title;
  if (!item.series_title.empty()) out["series_title"] = item.series_title;
  if (item.season >= 0) out["season"] = item.season;
  if (item.episode >= 0) out["episode"] = item.episode;
  out["before"] = value_json(item.feature, item.before);
  out["after"] = value_json(item.feature, item.after);
  out["reason"] = item.reason;
  out["result"] = std::string(name_of(item.result));
  return out;
}

Value lane_json(const host::engine::LaneReport& lane) {
  Value sides = object();
  for (std::size_t i = 0; i < lane.sides.size(); ++i)
    sides[name_of(static_cast<host::engine::Side>(i))] =
        object({{"name", lane.sides[i].name},
                {"facts", static_cast<std::int64_t>(lane.sides[i].facts)},
                {"complete", lane.sides[i].complete}});
  Value out = object({{"pair", lane.pair},
                      {"feature", std::string(name_of(lane.feature))},
                      {"status", std::string(name_of(lane.status))}});
  if (!lane.code.empty()) {
    out["code"] = lane.code;
    out["message"] = lane.message;
    out["remedy"] = lane.remedy;
  }
  out["sides"] = std::move(sides);
  out["planned"] = totals_json(lane.planned);
  out["totals"] = totals_json(lane.totals);
  return out;
}

Value run_json(const host::engine::RunReport& run) {
  Value pairs = host::json::array();
  for (const auto& p : run.pairs) {
    Value lanes = host::json::array();
    for (const auto& lane : p.lanes) lanes.push_back(lane_json(lane));
    pairs.push_back(object({{"id", p.id}, {"status", std::string(name_of(p.status))}, {"lanes", std::move(lanes)}}));
  }
  return object({{"id", run.id},
                 {"started", host::iso(run.started)},
                 {"finished", run.finished == 0 ? Value() : Value(host::iso(run.finished))},
                 {"dry_run", run.dry},
                 {"status", std::string(name_of(run.status))},
                 {"digest", run.digest},
                 {"totals", totals_json(run.totals)},
                 {"pairs", std::move(pairs)}});
}

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
