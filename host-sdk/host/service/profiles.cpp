#include "service/profiles.hpp"

#include <algorithm>

#include "capture/capture.hpp"
#include "config/named_list.hpp"
#include "config/profile.hpp"
#include "config/routes.hpp"
#include "config/values.hpp"
#include "files/files.hpp"
#include "service/sync.hpp"

namespace crosswatch::host {
namespace {

void expect_good_id(const std::string& id) {
  expect_good_name(id, "profile");
  if (normal_profile(id) == default_profile)
    throw Error(CW_CONFIG, code_usage, "The profile \"" + id + "\" is there always; a new one needs another name.",
                "Choose another name.");
}

// What uses the profile, for people: "pair p1".
std::vector<std::string> uses_of(const json::Value& config, const ProfileRef& ref) {
  std::vector<std::string> out;
  for (const PairConfig& pair : read_pairs(config))
    if (pair.source == ref || pair.target == ref) out.push_back("pair " + pair.id);
  for (const RouteConfig& route : read_routes(config))
    if (route.source == ref || route.target == ref) out.push_back("route " + route.id);
  return out;
}

// Of a pair or a route.
void rename_sides(json::Value& one, const ProfileRef& ref, const std::string& new_id) {
  for (const char* side : {"source", "target"}) {
    const std::string profile_key = std::string(side) + "_instance";
    if (normal_provider(name_at(one, side)) == ref.provider && normal_profile(name_at(one, profile_key)) == ref.profile)
      one[profile_key] = new_id;
  }
}

std::string text_of(const ProfileView& view, const Manifest& manifest, std::string_view key) {
  if (!manifest.find(key)) return {};
  const auto setting = view.find(key);
  if (!setting) return {};
  const auto texts = to_texts(setting->value);
  return texts.empty() ? std::string() : texts.front();
}

// Belongs to the profile itself, whatever settings its provider has.
std::string label_of(const json::Value& config, const ProfileRef& ref) {
  const json::Value* const label = json::find_path(config, profile_path(ref.provider, ref.profile) + ".label");
  const auto* const text = label ? label->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

bool is_linked(const ProfileView& view, const Manifest& manifest) {
  const std::string login = manifest.login_key();
  return manifest.auth_flow.empty() || (!login.empty() && !text_of(view, manifest, login).empty());
}

// What the state folder holds of a profile; a new one of the same name must not find it.
std::vector<std::filesystem::path> state_of(const Workspace& ws, const ProfileRef& ref) {
  const std::string provider = file_name_for(ref.provider), profile = file_name_for(ref.profile);
  return {ws.at.state / "data" / provider / profile, ws.at.state / "kv" / provider / profile,
          ws.at.state / "link" / (provider + "@" + profile + ".json")};
}

void move_state(const Workspace& ws, const ProfileRef& from, const ProfileRef& to) {
  const auto places = state_of(ws, from), new_places = state_of(ws, to);
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::error_code failed;
    if (!std::filesystem::exists(places[i], failed)) continue;
    std::filesystem::rename(places[i], new_places[i], failed);
    if (failed) throw storage_error("rename", places[i], failed.value());
  }
}

void remove_state(const Workspace& ws, const ProfileRef& ref) {
  for (const auto& place : state_of(ws, ref)) {
    std::error_code failed;
    std::filesystem::remove_all(place, failed);
    if (failed) throw storage_error("remove", place, failed.value());
  }
}

}  // namespace

std::vector<ProfileRow> list_profiles(const Workspace& ws, const std::string& provider) {
  if (!provider.empty()) static_cast<void>(ws.plugins.manifest(normal_provider(provider)));  // says that it is unknown
  const json::Value config = ws.config.read();
  std::vector<ProfileRow> out;
  for (const Manifest& m : ws.plugins.manifests()) {
    if (!provider.empty() && normal_provider(provider) != m.id) continue;
    for (const std::string& id : profiles_of(config, m.id)) {
      const ProfileView view(config, m, id);
      out.push_back({{m.id, id},
                     label_of(config, {m.id, id}),
                     is_linked(view, m),
                     text_of(view, m, "username"),
                     text_of(view, m, "user_id"),
                     text_of(view, m, "server_id")});
    }
  }
  return out;
}

void add_profile(Workspace& ws, const ProfileRef& ref, const std::string& label, const std::string& copy_from) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  expect_good_id(ref.profile);
  ws.config.update([&](json::Value& config) {
    const auto there = profiles_of(config, ref.provider);
    if (std::find(there.begin(), there.end(), ref.profile) != there.end())
      throw Error(CW_CONFIG, "profile_exists", "There is a profile " + to_string(ref) + " already.",
                  "crosswatch profile list");
    json::Value block = json::object();
    if (!copy_from.empty()) {
      const ProfileView from(config, *manifest, copy_from);
      for (const ConfigKey& key : manifest->config)
        if (!key.secret && !key.per_profile && key.inherits && key.inherits_with.empty())
          if (const auto setting = from.find(key.key); setting && setting->from == Origin::own)
            json::set_path(block, key.key, setting->value);
    }
    if (!label.empty()) block["label"] = label;
    json::set_path(config, profile_path(ref.provider, ref.profile), std::move(block));
  });
}

void rename_profile(Workspace& ws, const ProfileRef& ref, const std::string& new_id) {
  static_cast<void>(ws.plugins.manifest(ref.provider));
  if (ref.profile == default_profile)
    throw Error(CW_CONFIG, "default_profile", "The default profile of " + ref.provider + " cannot be renamed.",
                "crosswatch profile add " + ref.provider + " ID makes another one.");
  expect_good_id(new_id);
  const ProfileRef renamed{ref.provider, new_id};
  const FileLock lock = lock_state(ws);
  StateStore state(ws.at.state);
  // Before the configuration is: who follows that, such as routes that run, finds everything under the new name.
  bool known_anew = false;
  const auto rename = [&](json::Value& config) {
    static_cast<void>(ProfileView(config, *ws.plugins.manifest(ref.provider), ref.profile));
    json::Value* instances =
        json::find_path(config, ref.provider + ".instances") ? config[ref.provider].find("instances") : nullptr;
    if (instances->find(new_id))
      throw Error(CW_CONFIG, "profile_exists", "There is a profile " + to_string(renamed) + " already.",
                  "crosswatch profile list");
    for (json::Member& member : *instances->as<json::Value::Object>())
      if (member.key == ref.profile) member.key = new_id;
    for (const char* list : {"pairs", "routes"})
      if (json::Value* all = config.find(list); all && all->as<json::Value::Array>())
        for (json::Value& one : *all->as<json::Value::Array>()) rename_sides(one, ref, new_id);
    state.rename_profile(ref, renamed);
    known_anew = true;
  };
  try {
    ws.config.update(rename);
  } catch (...) {
    if (known_anew) state.rename_profile(renamed, ref);
    throw;
  }
  move_state(ws, ref, renamed);
  Captures(ws.at.state).rename_profile(ref, renamed);
}

void remove_profile(Workspace& ws, const ProfileRef& ref) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  if (ref.profile == default_profile)
    throw Error(CW_CONFIG, "default_profile", "The default profile of " + ref.provider + " cannot be removed.",
                "crosswatch disconnect " + ref.provider);
  const FileLock lock = lock_state(ws);
  ws.config.update([&](json::Value& config) {
    static_cast<void>(ProfileView(config, *manifest, ref.profile));
    std::string places;
    for (const std::string& use : uses_of(config, ref)) places += (places.empty() ? "" : ", ") + use;
    if (!places.empty())
      throw Error(CW_CONFIG, "profile_in_use", to_string(ref) + " is used by " + places + ".",
                  "crosswatch pair remove ID or crosswatch route remove ID, then try again");
    json::erase_path(config, profile_path(ref.provider, ref.profile));
  });
  StateStore(ws.at.state).forget_profile(ref);
  remove_state(ws, ref);
}

SettingList select_user(Workspace& ws, const ProfileRef& ref, const std::string& user, const std::string& pin,
                        const std::string& server) {
  if (!pin.empty()) ws.redactor.add(pin);
  OpenProfile profile = ws.plugins.open(ref.provider, ref.profile);
  Operation op(ws.cancel);
  SettingList settings = profile.session->select(op, user, pin, server);
  profile.services->apply_settings(settings);
  const auto hidden = [&](const auto& setting) {
    const ConfigKey* key = profile.manifest->find(setting.first);
    return !key || key->secret || setting.second.empty();
  };
  settings.erase(std::remove_if(settings.begin(), settings.end(), hidden), settings.end());
  return settings;
}

}  // namespace crosswatch::host
