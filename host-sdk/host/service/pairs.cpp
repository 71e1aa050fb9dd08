#include "service/pairs.hpp"

#include <algorithm>
#include <map>

#include "config/named_list.hpp"
#include "config/profile.hpp"
#include "exit_code.hpp"
#include "service/settings.hpp"
#include "service/sync.hpp"

namespace crosswatch::host {
namespace {

json::Value::Array& pair_list(json::Value& config) {
  return list_under(config, "pairs");
}

// Whether facts can flow that way: the source is read, the target is added to.
bool can_flow(const Manifest& source, const Manifest& target, Feature f) {
  return (source.capability(f).can & CW_READ) != 0 && (target.capability(f).can & CW_ADD) != 0 &&
         (target.capability(f).can & CW_READ) != 0;
}

std::vector<Feature> features_for(const Workspace& ws, const NewPair& pair) {
  const auto source = ws.plugins.manifest(pair.source.provider);
  const auto target = ws.plugins.manifest(pair.target.provider);
  const auto fits = [&](Feature f) {
    return can_flow(*source, *target, f) && (!pair.two_way || can_flow(*target, *source, f));
  };
  std::vector<Feature> out;
  if (pair.features.empty()) {
    std::copy_if(all_features.begin(), all_features.end(), std::back_inserter(out), fits);
    if (out.empty())
      throw Error(CW_UNSUPPORTED, "no_feature",
                  "Nothing can be synced from " + to_string(pair.source) + " to " + to_string(pair.target) + ".",
                  "crosswatch plugins info PROVIDER shows what it can do.");
    return out;
  }
  for (const Feature f : pair.features)
    if (!fits(f))
      throw Error(CW_UNSUPPORTED, "feature_unsupported",
                  std::string(name_of(f)) + " cannot be synced " + (pair.two_way ? "between " : "from ") +
                      to_string(pair.source) + (pair.two_way ? " and " : " to ") + to_string(pair.target) + ".",
                  "crosswatch plugins info " + pair.target.provider);
  return pair.features;
}

void expect_profile(const Workspace& ws, const json::Value& config, const ProfileRef& ref) {
  static_cast<void>(ProfileView(config, *ws.plugins.manifest(ref.provider), ref.profile));
}

constexpr std::string_view of_libraries = ".libraries";

// One text an element of a list.
std::vector<std::string> setting(ProfileServices& services, const std::string& key) {
  std::vector<std::string> out;
  services.config(key, [&](std::string_view value) { out.emplace_back(value); });
  return out;
}

// A list that is not chosen anew and means, by its number, a library that is gone, shall not mean the one that has its
// number now: from here on it names the lost one by its uuid.
// The profile was opened without those that are.
SettingList lists_of_lost_libraries(const OpenProfile& profile, const std::map<std::string, std::string>& uuids) {
  SettingList out;
  for (const ConfigKey& key : profile.manifest->config) {
    if (!key.key.ends_with(of_libraries)) continue;
    std::string entries;
    bool lost_one = false;
    for (const std::string& entry : setting(*profile.services, key.key)) {
      const auto before = setting(*profile.services, "library_uuids." + entry);
      const auto now = uuids.find(entry);
      const bool lost = now != uuids.end() && !before.empty() && lower_case(before[0]) != lower_case(now->second);
      lost_one = lost_one || lost;
      entries += (entries.empty() ? "" : ",") + (lost ? before[0] : entry);
    }
    if (lost_one) out.emplace_back(key.key, entries);
  }
  return out;
}

// Applies `change` to the pair, or says that there is none.
template <class F>
void with_pair(Workspace& ws, const std::string& id, F&& change) {
  ws.config.update([&](json::Value& config) {
    static_cast<void>(find_pair(config, id));
    auto& pairs = pair_list(config);
    change(pairs, find_named(pairs, id));
  });
}

}  // namespace

std::string add_pair(Workspace& ws, const NewPair& pair) {
  if (pair.source == pair.target)
    throw Error(CW_CONFIG, code_usage, "A pair needs two different profiles, not " + to_string(pair.source) + " twice.",
                "crosswatch profile list");
  const std::vector<Feature> features = features_for(ws, pair);
  std::string id = pair.id;
  ws.config.update([&](json::Value& config) {
    expect_profile(ws, config, pair.source);
    expect_profile(ws, config, pair.target);
    auto& pairs = pair_list(config);
    if (id.empty()) id = free_id(pairs, "p");
    expect_good_name(id, "pair");
    if (find_named(pairs, id) != pairs.end())
      throw Error(CW_CONFIG, "pair_exists", "There is a pair \"" + id + "\" already.", "crosswatch pair show " + id);
    json::Value lanes = json::object();
    for (const Feature f : features)
      lanes[name_of(f)] = json::object({{"enable", true}, {"add", true}, {"remove", pair.remove}});
    pairs.push_back(json::object({{"id", id},
                                  {"enabled", true},
                                  {"source", pair.source.provider},
                                  {"source_instance", pair.source.profile},
                                  {"target", pair.target.provider},
                                  {"target_instance", pair.target.profile},
                                  {"mode", pair.two_way ? "two-way" : "one-way"},
                                  {"features", std::move(lanes)}}));
  });
  return id;
}

void change_pair(Workspace& ws, const std::string& id, const json::Value& changes) {
  const auto manifests = ws.plugins.manifests();
  ws.config.update([&](json::Value& config) {
    static_cast<void>(find_pair(config, id));
    json::Value changed = config;
    auto& pairs = pair_list(changed);
    json::Value& pair = *find_named(pairs, id);
    for (const json::Member& m : *changes.as<json::Value::Object>()) {
      if (m.key != "features") {
        pair[m.key] = m.value;
        continue;
      }
      for (const json::Member& lane : *m.value.as<json::Value::Object>())
        for (const json::Member& option : *lane.value.as<json::Value::Object>())
          pair["features"][lane.key][option.key] = option.value;
    }
    static_cast<void>(expect_no_new_error(config, changed, manifests));
    const PairConfig result = find_pair(changed, id);
    NewPair wanted{id, result.source, result.target, result.mode == PairMode::two_way, {}, false};
    for (const Feature f : all_features)
      if (result.feature(f).enable) wanted.features.push_back(f);
    if (!wanted.features.empty()) static_cast<void>(features_for(ws, wanted));
    config = std::move(changed);
  });
}

void enable_pair(Workspace& ws, const std::string& id, bool enabled) {
  with_pair(ws, id, [&](auto&, auto at) { (*at)["enabled"] = enabled; });
}

void remove_pair(Workspace& ws, const std::string& id) {
  const FileLock lock = lock_state(ws);
  with_pair(ws, id, [](auto& pairs, auto at) { pairs.erase(at); });
  // A pair of the same name is another one, perhaps of other accounts: it must not go on from here.
  StateStore(ws.at.state).forget_pair(id);
}

void choose_libraries(Workspace& ws, const ProfileRef& ref, const std::vector<LibraryChoice>& choices) {
  // Seen without the choice that stands now, which may exclude them or not hold any more.
  std::vector<std::string> chosen_now;
  for (const LibraryChoice& choice : choices) chosen_now.push_back(std::string(choice.use.name).append(of_libraries));
  OpenProfile profile = ws.plugins.open(ref.provider, ref.profile, std::move(chosen_now));
  Operation op(ws.cancel);
  const std::vector<Library> libraries = profile.session->libraries(op);
  SettingList settings;
  std::map<std::string, std::string> uuids;
  for (const LibraryChoice& choice : choices) {
    const std::string name(choice.use.name), key = name + std::string(of_libraries);
    if (!profile.manifest->find(key))
      throw Error(CW_UNSUPPORTED, "no_library_choice", to_string(ref) + " has no choice of libraries for " + name + ".",
                  "crosswatch plugins info " + ref.provider);
    std::string ids;
    for (const std::string& wanted : choice.wanted) {
      const auto at = std::find_if(libraries.begin(), libraries.end(), [&](const Library& l) {
        return l.id == wanted || l.uuid == wanted || l.title == wanted;
      });
      if (at == libraries.end() || (at->features & choice.use.bit) == 0)
        throw Error(CW_CONFIG, "library_unknown",
                    "The library \"" + wanted + "\" " +
                        (at == libraries.end() ? "is not there" : "does not take part in " + name) +
                        ". Nothing was changed.",
                    command("libraries", ref));
      ids += (ids.empty() ? "" : ",") + at->id;
      // The uuid tells a library that was deleted and made anew under the same number from the one that was chosen.
      if (!at->uuid.empty() && profile.manifest->find("library_uuids")) uuids[at->id] = at->uuid;
    }
    settings.emplace_back(key, ids);
  }
  for (const auto& [id, uuid] : uuids) settings.emplace_back("library_uuids." + id, uuid);
  for (auto& list : lists_of_lost_libraries(profile, uuids)) settings.push_back(std::move(list));
  profile.services->apply_settings(settings);
}

}  // namespace crosswatch::host
