#include "config/pairs.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>

#include "config/block.hpp"
#include "config/profile.hpp"
#include "config/schedule.hpp"
#include "config/tables.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

ProfileRef split_ref(std::string_view text) {
  const auto at = text.find('@');
  return {normal_provider(text.substr(0, at)),
          normal_profile(at == std::string_view::npos ? std::string_view() : text.substr(at + 1))};
}

// Options of CrossWatch that would make this one do something else than they promise. Saying no to them is right.
struct Refused {
  const char* key;
  const char* why;
};
constexpr Refused refused[] = {
    {"use_anime_mapping", "Numbers of anime services are not mapped by this version; leave it out"},
    {"anime_only_sync", "Anime cannot be told from other shows by this version; choose libraries instead"},
    {"clear_below_min", "A position that falls below min_seconds is left alone on the other side; leave it out"},
    {"propagate_timestamp_updates", "Positions that differ in their date alone are the same; leave it out"},
};

// Reads one pair; what is wrong goes to the problems.
class PairReader {
public:
  PairReader(const Value& raw, std::string path, std::vector<Problem>& problems)
      : raw_(raw), path_(std::move(path)), problems_(problems) {}

  PairConfig read() {
    const Block block(&raw_, path_, pair_keys(), problems_, {"features", "providers", "profile_id"});
    if (!raw_.is_object()) return std::move(pair_);
    pair_.id = trimmed(block.text("id"));
    if (pair_.id.empty()) fail("id", "A pair needs a name of its own");
    pair_.enabled = block.flag("enabled");
    pair_.source = side(block, "source");
    pair_.target = side(block, "target");
    if (!pair_.source.provider.empty() && pair_.source == pair_.target)
      fail("target", "Both sides are " + to_string(pair_.source) + "; a pair needs two different profiles");
    pair_.mode = block.text("mode") == "two-way" ? PairMode::two_way : PairMode::one_way;
    const std::string conflict = block.text("conflict");
    pair_.conflict = conflict == "source"   ? ConflictRule::source
                     : conflict == "target" ? ConflictRule::target
                     : conflict == "none"   ? ConflictRule::none
                                            : ConflictRule::newest;
    const std::string removal = block.text("removal");
    pair_.removal = removal == "managed"  ? RemovalRule::managed
                    : removal == "mirror" ? RemovalRule::mirror
                                          : RemovalRule::observed;
    pair_.schedule = trimmed(block.text("schedule"));
    if (!pair_.schedule.empty() && !parse_schedule(pair_.schedule))
      fail("schedule", "\"" + pair_.schedule +
                           "\" is not \"6h\", \"30m\" or a time of day such as \"03:30\" or \"03:30 Europe/Berlin\"");
    if (const Value* const own = raw_.find("providers"); own && !own->is_null()) own_settings(*own);
    if (const Value* const owner = raw_.find("profile_id"); owner && !owner->is_null() && *owner != Value(""))
      report(false, "profile_id", "Whoever may open the page sees every pair; it is kept and has no effect");
    features();
    if (const auto only = feature_named(block.text("feature")))  // the older form: one feature, whatever the map says
      for (const Feature f : all_features) at(f).enable = f == *only;
    return std::move(pair_);
  }

private:
  FeatureConfig& at(Feature f) { return pair_.features[static_cast<std::size_t>(f)]; }

  void report(bool error, const std::string& key, const std::string& what) {
    const std::string path = path_ + "." + key;
    problems_.push_back({error, path, {}, path + ": " + what + "."});
  }
  void fail(const std::string& key, const std::string& what) { report(true, key, what); }

  ProfileRef side(const Block& block, const std::string& name) {
    ProfileRef ref;
    ref.provider = normal_provider(block.text(name));
    ref.profile = normal_profile(block.text(name + "_instance"));
    if (ref.provider.empty()) fail(name, "A pair needs a " + name + ", the name of a provider");
    return ref;
  }

  // {"acme": {"key": ..}}: settings of a provider for this pair alone. A profile has one set of settings, whoever uses
  // it; only what is so for every pair may stand here.
  void own_settings(const Value& map) {
    if (!map.is_object())
      return fail("providers", "It is " + std::string(kind_of(map)) + "; allowed is an object {..}");
    for (const json::Member& m : *map.as<Value::Object>()) {
      const std::string provider = normal_provider(m.key), name = "providers." + m.key;
      const ProfileRef& side = provider == pair_.source.provider ? pair_.source : pair_.target;
      if (provider != side.provider) {
        report(false, name, "This is neither side of the pair; it is kept and has no effect");
        continue;
      }
      if (!m.value.is_object()) {
        if (!m.value.is_null()) fail(name, "It is " + std::string(kind_of(m.value)) + "; allowed is an object {..}");
        continue;
      }
      for (const json::Member& option : *m.value.as<Value::Object>()) {
        if (option.value.is_null()) continue;
        if (option.key != "strict_id_matching")
          fail(name + "." + option.key,
               "A pair has no settings of a provider of its own. Make a profile with them: crosswatch profile add " +
                   provider + " NAME --copy-from " + side.profile + "; leave them out here");
        else if (read_boolean(option.value) != true)
          report(false, name + "." + option.key,
                 "Items are matched by their ids alone, never by title; it has no effect");
      }
    }
  }

  void features() {
    const Value* const map = raw_.find("features");
    if (!map || map->is_null()) {
      for (const Feature f : all_features) feature(f, Value(true));
      return;
    }
    if (!map->is_object()) {
      fail("features",
           "It is " + std::string(kind_of(*map)) + "; allowed is an object such as {\"history\":{\"enable\":true}}");
      return;
    }
    for (const json::Member& m : *map->as<Value::Object>())
      if (const auto f = feature_named(m.key))
        feature(*f, m.value);
      else if (m.key == "playlists")
        report(false, "features.playlists", "Playlists are not synced by this version; it is kept and has no effect");
      else
        fail("features." + m.key, "There is no such feature; allowed are watchlist, ratings, history, progress");
  }

  void feature(Feature f, const Value& raw) {
    const std::string name = "features." + std::string(name_of(f));
    const auto on = read_boolean(raw);
    const Value options = on ? json::object({{"enable", *on}}) : raw;
    std::vector<std::string_view> known{"libraries"};
    for (const Refused& r : refused) known.push_back(r.key);
    const Block block(&options, path_ + "." + name, feature_keys(f), problems_, known);
    for (const Refused& r : refused)
      if (const Value* const v = options.find(r.key); v && !v->is_null() && read_boolean(*v) != false)
        fail(name + "." + r.key, r.why);
    FeatureConfig& out = at(f);
    out.enable = block.flag("enable");
    out.add = block.flag("add");
    out.remove = block.flag("remove");
    out.options = block.all();
    if (const std::string mode = block.text("remove_mode"); !mode.empty())
      out.removal = mode == "mirror" ? RemovalRule::mirror : RemovalRule::observed;
    if (block.text("copies") != "first") out.write |= CW_ALL_COPIES;
    if (block.text("copies") == "editions") out.write |= CW_EDITIONS;
    if (f == Feature::progress && block.flag("replay_enabled")) out.write |= CW_REPLAY;
    if (f == Feature::ratings) ratings(out, block, name);
    if (const Value* const l = options.find("libraries"); l && !l->is_null()) libraries(out, *l, name + ".libraries");
  }

  void ratings(FeatureConfig& out, const Block& block, const std::string& name) {
    if (const Value* const types = out.options.find("types")) out.kinds = kinds_of(to_texts(*types));
    const std::string mode = block.text("mode");
    const std::string date = trimmed(block.text("from_date"));
    if (mode == "from_date" && date.empty()) fail(name + ".from_date", "The mode from_date needs a date");
    if (date.empty()) return;
    const auto from = parse_iso(date.find('T') == std::string::npos ? date + "T00:00:00Z" : date);
    if (!from) return fail(name + ".from_date", "\"" + date + "\" is no date such as 2024-03-31");
    if (mode != "all") out.from = *from;
  }

  // {"acme": ["1"], "acme@friend": ["2"]}: of a provider, or, where that matters, of one profile.
  void libraries(FeatureConfig& out, const Value& map, const std::string& name) {
    if (!map.is_object()) {
      fail(name, "It is " + std::string(kind_of(map)) + "; allowed is an object such as {\"" + pair_.source.provider +
                     "\":[\"1\"]}");
      return;
    }
    ConfigKey list;
    list.type = ValueType::list;
    for (const bool exact : {false, true})  // what names the profile counts more
      for (const json::Member& m : *map.as<Value::Object>()) {
        if ((m.key.find('@') != std::string::npos) != exact) continue;
        const auto typed = read_value(list, m.value);
        if (!typed) {
          problems_.push_back(bad_value(list, path_ + "." + name + "." + m.key, m.value));
          continue;
        }
        const ProfileRef ref = split_ref(m.key);
        const auto meant = [&](const ProfileRef& s) { return exact ? ref == s : ref.provider == s.provider; };
        if (meant(pair_.source)) out.source_libraries = to_texts(*typed);
        if (meant(pair_.target)) out.target_libraries = to_texts(*typed);
        if (!meant(pair_.source) && !meant(pair_.target))
          report(false, name + "." + m.key, "This is neither side of the pair; it is kept and has no effect");
      }
  }

  const Value& raw_;
  std::string path_;
  std::vector<Problem>& problems_;
  PairConfig pair_{};
};

template <class Config>
Config strictly(const Value& config, Config (*read)(const Value&, std::vector<Problem>&)) {
  std::vector<Problem> problems;
  Config out = read(config, problems);
  throw_errors(problems);
  return out;
}

}  // namespace

std::uint32_t kinds_of(const std::vector<std::string>& types) {
  constexpr std::array<std::pair<std::string_view, Kind>, 4> names{
      {{"movies", Kind::movie}, {"shows", Kind::show}, {"seasons", Kind::season}, {"episodes", Kind::episode}}};
  std::uint32_t out = 0;
  for (const std::string& type : types)
    for (const auto& [name, kind] : names)
      if (type == name || type == "all") out |= bit(kind);
  constexpr std::uint32_t all = bit(Kind::movie) | bit(Kind::show) | bit(Kind::season) | bit(Kind::episode);
  return out != 0 && out != all ? out : ~std::uint32_t{0};
}

std::string normal_provider(std::string_view name) {
  std::string out = lower_case(trimmed(name));
  return out == "crosswatch" ? "tracker" : out;
}

std::string to_string(const ProfileRef& ref) {
  return ref.profile == default_profile ? ref.provider : ref.provider + "@" + ref.profile;
}

std::string command(std::string_view verb, const ProfileRef& ref) {
  return "crosswatch " + std::string(verb) + " " + ref.provider +
         (ref.profile == default_profile ? "" : " --profile " + ref.profile);
}

ProfileRef parse_profile_ref(std::string_view text) {
  ProfileRef ref = split_ref(text);
  if (ref.provider.empty())
    throw Error(CW_CONFIG, "usage", "\"" + std::string(text) + "\" names no provider.",
                "Write PROVIDER or PROVIDER@PROFILE.");
  return ref;
}

std::vector<PairConfig> read_pairs(const Value& config, std::vector<Problem>& problems) {
  std::vector<PairConfig> out;
  const Value* const raw = config.find("pairs");
  if (!raw || raw->is_null()) return out;
  const auto* const list = raw->as<Value::Array>();
  if (!list) {
    problems.push_back({true, "pairs", std::string(kind_of(*raw)),
                        "pairs is " + std::string(kind_of(*raw)) + "; allowed is a list [..]."});
    return out;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = "pairs." + std::to_string(i);
    PairConfig pair = PairReader((*list)[i], path, problems).read();
    if (!pair.id.empty() && std::any_of(out.begin(), out.end(), [&](const PairConfig& p) { return p.id == pair.id; }))
      problems.push_back(
          {true, path + ".id", json::dump(Value(pair.id)), path + ".id: There are two pairs \"" + pair.id + "\"."});
    out.push_back(std::move(pair));
  }
  return out;
}

std::vector<PairConfig> read_pairs(const Value& config) {
  return strictly<std::vector<PairConfig>>(config, &read_pairs);
}

PairConfig find_pair(const Value& config, std::string_view id) {
  std::string names;
  for (PairConfig& pair : read_pairs(config)) {
    if (pair.id == id) return std::move(pair);
    names += (names.empty() ? "" : ", ") + pair.id;
  }
  throw Error(CW_NOT_FOUND, "pair_unknown",
              "There is no pair \"" + std::string(id) + "\"" +
                  (names.empty() ? "; there are none yet." : "; there are: " + names + "."),
              "crosswatch pair list shows them, crosswatch pair add makes one.");
}

SafetyConfig read_safety(const Value& config, std::vector<Problem>& problems) {
  const Block block(config.find("safety"), "safety", safety_keys(), problems);
  SafetyConfig out;
  out.delete_ratio = block.number("delete_ratio");
  out.delete_min = block.integer("delete_min");
  out.confirmed_ratio = block.number("confirmed_ratio");
  out.confirmed_min = block.integer("confirmed_min");
  out.turnover_ratio = block.number("turnover_ratio");
  out.changed_ratio = block.number("changed_ratio");
  out.min_base = block.integer("min_base");
  out.probe_limit = block.integer("probe_limit");
  out.auto_capture = block.flag("auto_capture");
  return out;
}

SafetyConfig read_safety(const Value& config) {
  return strictly<SafetyConfig>(config, &read_safety);
}

RuntimeConfig read_runtime(const Value& config, std::vector<Problem>& problems) {
  const Block block(config.find("runtime"), "runtime", runtime_keys(), problems);
  RuntimeConfig out;
  out.chunk = block.integer("chunk");
  out.pause_ms = block.integer("pause_ms");
  out.retries = block.integer("retries");
  out.full_compare_hours = block.integer("full_compare_hours");
  out.log_file = block.text("log_file");
  return out;
}

RuntimeConfig read_runtime(const Value& config) {
  return strictly<RuntimeConfig>(config, &read_runtime);
}

}  // namespace crosswatch::host
