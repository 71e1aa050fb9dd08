#include "config/tables.hpp"

#include "config/pairs.hpp"

namespace crosswatch::host {
namespace {

ConfigKey key(const char* name, ValueType type, json::Value fallback = {}) {
  ConfigKey k;
  k.key = name;
  k.type = type;
  k.fallback = std::move(fallback);
  return k;
}
ConfigKey text(const char* name, const char* fallback = "") {
  return key(name, ValueType::text, fallback);
}
ConfigKey flag(const char* name, bool fallback) {
  return key(name, ValueType::boolean, fallback);
}
ConfigKey choice(const char* name, const char* fallback, std::vector<std::string> choices) {
  ConfigKey k = text(name, fallback);
  k.choices = std::move(choices);
  return k;
}
ConfigKey integer(const char* name, std::int64_t fallback, double min, double max) {
  ConfigKey k = key(name, ValueType::integer, fallback);
  k.min = min;
  k.max = max;
  return k;
}
ConfigKey ratio(const char* name, double fallback) {
  ConfigKey k = key(name, ValueType::number, fallback);
  k.min = 0;
  k.max = 1;
  return k;
}

std::vector<ConfigKey> with_common(std::vector<ConfigKey> own) {
  std::vector<ConfigKey> out{flag("enable", true), flag("add", true), flag("remove", false),
                             choice("remove_mode", "", {"source_deletes", "mirror"}),
                             choice("copies", "first", {"first", "all", "editions"})};
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

}  // namespace

const std::vector<ConfigKey>& plugin_keys() {
  static const std::vector<ConfigKey> keys{flag("enabled", false)};
  return keys;
}

const std::vector<ConfigKey>& pair_keys() {
  static const std::vector<ConfigKey> keys{
      text("id"),
      flag("enabled", true),
      text("source"),
      text("source_instance", "default"),
      text("target"),
      text("target_instance", "default"),
      choice("mode", "one-way", {"one-way", "two-way"}),
      choice("conflict", "newest", {"newest", "source", "target", "none"}),
      choice("removal", "observed", {"observed", "managed", "mirror"}),
      text("schedule"),
      choice("feature", "multi", {"multi", "watchlist", "ratings", "history", "progress"})};
  return keys;
}

// CrossWatch's names, and match_titles of ours: a watchlist is of titles that have ids. What it has beyond these is
// refused in pairs.cpp.
const std::vector<ConfigKey>& feature_keys(Feature f) {
  static const std::vector<ConfigKey> watchlist = with_common({});
  static const std::vector<ConfigKey> ratings = [] {
    ConfigKey types = key("types", ValueType::list);
    types.choices = {"movies", "shows", "seasons", "episodes", "all"};
    return with_common(
        {types, choice("mode", "", {"from_date", "all"}), text("from_date"), flag("match_titles", false)});
  }();
  static const std::vector<ConfigKey> history = with_common({flag("rewatches", true), flag("match_titles", false)});
  static const std::vector<ConfigKey> progress =
      with_common({integer("min_seconds", 60, 0, 86400), flag("replay_enabled", false),
                   integer("delta_seconds", 30, 0, 86400), integer("max_percent", 95, 1, 100),
                   integer("timestamp_tolerance_seconds", 30, 0, 300), flag("match_titles", false)});
  switch (f) {
    case Feature::watchlist:
      return watchlist;
    case Feature::ratings:
      return ratings;
    case Feature::history:
      return history;
    case Feature::progress:
      return progress;
  }
  return watchlist;
}

const std::vector<ConfigKey>& route_keys() {
  static const std::vector<ConfigKey> keys = [] {
    ConfigKey events = key("events", ValueType::list, json::array({"plays"}));
    events.choices = {"plays", "ratings", "finished"};
    ConfigKey types = key("filters.types", ValueType::list);
    types.choices = {"movies", "shows", "seasons", "episodes", "all"};
    return std::vector<ConfigKey>{text("id"),
                                  flag("enabled", true),
                                  text("source"),
                                  text("source_instance", "default"),
                                  text("target"),
                                  text("target_instance", "default"),
                                  events,
                                  flag("remove", false),
                                  key("filters.users", ValueType::list),
                                  key("filters.libraries", ValueType::list),
                                  types};
  }();
  return keys;
}

const std::vector<ConfigKey>& safety_keys() {
  static const std::vector<ConfigKey> keys = [] {
    const SafetyConfig d;
    constexpr double many = 1e9;
    return std::vector<ConfigKey>{
        ratio("delete_ratio", d.delete_ratio),       integer("delete_min", d.delete_min, 0, many),
        ratio("confirmed_ratio", d.confirmed_ratio), integer("confirmed_min", d.confirmed_min, 0, many),
        ratio("turnover_ratio", d.turnover_ratio),   ratio("changed_ratio", d.changed_ratio),
        integer("min_base", d.min_base, 0, many),    integer("probe_limit", d.probe_limit, 0, many),
        flag("auto_capture", d.auto_capture)};
  }();
  return keys;
}

const std::vector<ConfigKey>& runtime_keys() {
  static const std::vector<ConfigKey> keys = [] {
    const RuntimeConfig d;
    return std::vector<ConfigKey>{integer("chunk", d.chunk, 1, 10000), integer("pause_ms", d.pause_ms, 0, 600000),
                                  integer("retries", d.retries, 0, 20),
                                  integer("full_compare_hours", d.full_compare_hours, 0, 24 * 30), text("log_file")};
  }();
  return keys;
}

const std::vector<ConfigKey>& server_keys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all{text("listen", "127.0.0.1:8787"), text("password"),    text("token"),
                               key("hosts", ValueType::list),    text("certificate"), text("private_key"),
                               flag("plain_http", false)};
    for (ConfigKey& k : all) k.secret = k.key == "password" || k.key == "token";
    return all;
  }();
  return keys;
}

std::vector<ConfigKey> provider_keys(const Manifest& manifest) {
  std::vector<ConfigKey> keys = manifest.config;
  if (!manifest.find("label")) keys.push_back(text("label"));
  ConfigKey webhook = text("webhook_secret");  // the host's own, for providers that read webhooks
  webhook.secret = true;
  keys.push_back(std::move(webhook));
  return keys;
}

}  // namespace crosswatch::host
