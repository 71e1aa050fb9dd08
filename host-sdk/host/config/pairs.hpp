// What the configuration says about pairs, safety limits and running.
#pragma once

#include <array>
#include <crosswatch/item.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"
#include "json/json.hpp"

namespace crosswatch::host {

struct ProfileRef {
  std::string provider{};  // lower case, "tracker" also for CrossWatch's own name of it
  std::string profile{"default"};
  friend bool operator==(const ProfileRef&, const ProfileRef&) = default;
};
std::string to_string(const ProfileRef& ref);  // "acme", "acme@friend"
// What a person types to have `verb` done there: "crosswatch connect acme --profile friend".
std::string command(std::string_view verb, const ProfileRef& ref);
ProfileRef parse_profile_ref(std::string_view text);  // the same; Error "usage"
std::string normal_provider(std::string_view name);
std::uint32_t kinds_of(const std::vector<std::string>& types);  // bits of "movies", ..; all for an empty list

enum class PairMode { one_way, two_way };
enum class ConflictRule { newest, source, target, none };
enum class RemovalRule { observed, managed, mirror };

struct FeatureConfig {
  bool enable = false;
  bool add = true;
  bool remove = false;                          // from the target (one-way), from both sides (two-way)
  std::vector<std::string> source_libraries{};  // empty: what the profile allows
  std::vector<std::string> target_libraries{};
  std::uint32_t kinds = ~std::uint32_t{0};  // bits of Kind; others do not take part
  std::int64_t from = time_unknown;         // epoch seconds; ratings of before are left alone
  std::uint32_t write = 0;                  // CW_ALL_COPIES | ..
  std::optional<RemovalRule> removal{};     // instead of the pair's
  json::Value options{};  // an object of all options, with defaults (names: config/tables.cpp); null: not mentioned
};

struct PairConfig {
  std::string id{};
  bool enabled = true;
  ProfileRef source{};
  ProfileRef target{};
  PairMode mode = PairMode::one_way;
  ConflictRule conflict = ConflictRule::newest;
  RemovalRule removal = RemovalRule::observed;
  std::string schedule{};  // "6h", "30m", "03:30", "03:30 Europe/Berlin"; empty: runs only when asked to
  std::array<FeatureConfig, CW_FEATURE_COUNT> features{};

  const FeatureConfig& feature(Feature f) const noexcept { return features[static_cast<std::size_t>(f)]; }
};

// Every pair that can be made out, in the order of the file; what is wrong goes to `problems`.
std::vector<PairConfig> read_pairs(const json::Value& config, std::vector<Problem>& problems);
// In the order of the file, which is the order of running. Error CONFIG "bad_config" that lists everything wrong with
// them.
std::vector<PairConfig> read_pairs(const json::Value& config);
// Error NOT_FOUND "pair_unknown" names the pairs there are.
PairConfig find_pair(const json::Value& config, std::string_view id);

struct SafetyConfig {
  double delete_ratio = 0.10;  // of what a lane agreed on: more removes than that are held
  std::int64_t delete_min = 10;
  double confirmed_ratio = 0.50;  // the same for removes that a look-up confirmed
  std::int64_t confirmed_min = 50;
  double turnover_ratio = 0.5;
  double changed_ratio = 0.9;
  std::int64_t min_base = 20;
  std::int64_t probe_limit = 500;
  bool auto_capture = true;
};
SafetyConfig read_safety(const json::Value& config, std::vector<Problem>& problems);
SafetyConfig read_safety(const json::Value& config);

struct RuntimeConfig {
  std::int64_t chunk = 100;  // operations handed to a plugin at once
  std::int64_t pause_ms = 0;
  std::int64_t retries = 4;
  std::int64_t full_compare_hours = 24;  // a pair whose sides say "unchanged" is compared all the same; 0: always
  std::string log_file{};
};
RuntimeConfig read_runtime(const json::Value& config, std::vector<Problem>& problems);
RuntimeConfig read_runtime(const json::Value& config);

}  // namespace crosswatch::host
