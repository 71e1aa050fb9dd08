#include "service/report_json.hpp"

#include "time.hpp"

namespace crosswatch::host {
namespace {

using engine::Item;
using engine::Totals;
using json::object;
using json::Value;

Value time_json(std::int64_t at) {
  return at == time_unknown ? Value() : Value(iso(at));
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
  for (const auto& c : engine::totals_fields) out[c.name] = static_cast<std::int64_t>(t.*c.member);
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
  if (item.year > 0) out["year"] = item.year;
  if (item.season >= 0) out["season"] = item.season;
  if (item.episode >= 0) out["episode"] = item.episode;
  out["before"] = value_json(item.feature, item.before);
  out["after"] = value_json(item.feature, item.after);
  out["reason"] = item.reason;
  out["result"] = std::string(name_of(item.result));
  return out;
}

Value lane_json(const engine::LaneReport& lane) {
  Value sides = object();
  for (std::size_t i = 0; i < lane.sides.size(); ++i)
    sides[name_of(static_cast<engine::Side>(i))] = object({{"name", lane.sides[i].name},
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
  out["unchanged_since"] = lane.unchanged_since == 0 ? Value() : time_json(lane.unchanged_since);
  out["sides"] = std::move(sides);
  out["planned"] = totals_json(lane.planned);
  out["totals"] = totals_json(lane.totals);
  return out;
}

Value run_json(const engine::RunReport& run) {
  Value pairs = json::array();
  for (const auto& p : run.pairs) {
    Value lanes = json::array();
    for (const auto& lane : p.lanes) lanes.push_back(lane_json(lane));
    pairs.push_back(object({{"id", p.id}, {"status", std::string(name_of(p.status))}, {"lanes", std::move(lanes)}}));
  }
  return object({{"id", run.id},
                 {"started", iso(run.started)},
                 {"finished", run.finished == 0 ? Value() : Value(iso(run.finished))},
                 {"dry_run", run.dry},
                 {"status", std::string(name_of(run.status))},
                 {"digest", run.digest},
                 {"totals", totals_json(run.totals)},
                 {"pairs", std::move(pairs)}});
}

Value run_row_json(const RunRow& r) {
  return object({{"id", r.id},
                 {"started", iso(r.started)},
                 {"finished", r.finished == 0 ? Value() : Value(iso(r.finished))},
                 {"dry_run", r.dry},
                 {"trigger", r.trigger},
                 {"status", std::string(name_of(r.status))},
                 {"digest", r.digest},
                 {"totals", totals_json(r.totals)}});
}

Value capture_json(const CaptureHead& h) {
  return object({{"id", h.id},
                 {"provider", h.ref.provider},
                 {"profile", h.ref.profile},
                 {"feature", std::string(name_of(h.feature))},
                 {"taken_at", iso(h.taken_at)},
                 {"run", h.run == 0 ? Value() : Value(h.run)},
                 {"complete", h.complete},
                 {"count", static_cast<std::int64_t>(h.count)}});
}

Value parked_json(const ParkedItem& p) {
  Value row = item_json(p.item);
  row["key"] = p.key;
  row["ignored"] = p.ignored;
  row["tries"] = static_cast<std::int64_t>(p.tries);
  row["since"] = iso(p.since);
  row["next_try"] = p.next_try == 0 || p.ignored ? Value() : Value(iso(p.next_try));
  return row;
}

Value held_json(const StateStore& state, const std::vector<PairConfig>& pairs) {
  Value list = json::array();
  for (const PairConfig& pair : pairs) {
    Value items = json::array();
    for (const engine::Item& item : list_held(state, pair.id)) items.push_back(item_json(item));
    if (items.as<Value::Array>()->empty()) continue;
    list.push_back(
        object({{"pair", pair.id}, {"digest", pair_state(state, pair.id).digest}, {"items", std::move(items)}}));
  }
  return list;
}

}  // namespace crosswatch::host
