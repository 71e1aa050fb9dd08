#include "engine/rules.hpp"

#include <algorithm>

#include "time.hpp"

namespace crosswatch::host::engine {
namespace {

std::int32_t option(const json::Value& options, const char* key, std::int32_t fallback) {
  const json::Value* v = options.find(key);
  const auto* n = v ? v->as<std::int64_t>() : nullptr;
  return n ? static_cast<std::int32_t>(std::clamp<std::int64_t>(*n, 0, 1'000'000)) : fallback;
}

}  // namespace

LaneRules rules_of(const PairConfig& pair, Feature feature) {
  const FeatureConfig& f = pair.feature(feature);
  LaneRules rules;
  rules.feature = feature;
  rules.mode = pair.mode;
  rules.conflict = pair.conflict;
  rules.removal = f.removal.value_or(pair.removal);
  if (pair.mode == PairMode::two_way && rules.removal == RemovalRule::mirror) rules.removal = RemovalRule::observed;
  rules.add = f.add;
  rules.remove = f.remove;
  rules.progress.min_ms = option(f.options, "min_seconds", 60) * 1000;
  rules.progress.max_percent = option(f.options, "max_percent", 95);
  rules.progress.delta_ms = std::int64_t{1000} * option(f.options, "delta_seconds", 30);
  rules.progress.tolerance_s = option(f.options, "timestamp_tolerance_seconds", 30);
  rules.kinds = f.kinds;
  rules.from = f.from;
  const auto is = [&](const char* key, bool value) {
    const json::Value* const v = f.options.find(key);
    return v && *v == json::Value(value);
  };
  rules.rewatches = !is("rewatches", false);
  rules.match_titles = is("match_titles", true);
  return rules;
}

std::string narrowed(const LaneRules& rules) {
  std::string out;
  if (rules.kinds != ~std::uint32_t{0}) out += "; kinds " + std::to_string(rules.kinds);
  if (rules.from != time_unknown) out += "; from " + iso(rules.from);
  return out;
}

}  // namespace crosswatch::host::engine
