#include "service/settings.hpp"

#include <algorithm>

#include "config/check.hpp"
#include "config/profile.hpp"
#include "config/tables.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

bool stands_elsewhere(const Value& v) {
  const std::string* text = v.as<std::string>();
  return text && is_reference(*text);
}

Value setting_json(const ConfigKey& key, const std::optional<Setting>& setting) {
  static constexpr const char* origins[] = {"own", "base", "default"};
  Value out = json::object({{"key", key.key},
                            {"value", setting && !key.secret ? setting->value : Value()},
                            {"set", setting.has_value() && setting->from != Origin::fallback},
                            {"from", setting ? origins[static_cast<std::size_t>(setting->from)] : "none"}});
  if (key.secret && setting && stands_elsewhere(setting->value))
    out["source"] = reference_source(*setting->value.as<std::string>());
  return out;
}

// The value as it is to be stored; what is wrong with it goes to `problems`.
Value stored_value(const ConfigKey& key, const std::string& path, const Value& v, std::vector<Problem>& problems) {
  const auto typed = read_value(key, v);
  if (!typed) problems.push_back(bad_value(key, path, v));
  return typed.value_or(Value());
}

}  // namespace

std::vector<Problem> expect_no_new_error(const Value& before, const Value& after,
                                         const std::vector<Manifest>& manifests) {
  const auto old = check_config(before, manifests);
  std::vector<Problem> warnings;
  for (Problem& p : check_config(after, manifests)) {
    if (std::any_of(old.begin(), old.end(), [&](const Problem& o) { return o.message == p.message; })) continue;
    if (p.error)
      throw Error(CW_CONFIG, "bad_setting", p.message + " Nothing was changed.", "Give a value that is allowed.");
    warnings.push_back(std::move(p));
  }
  return warnings;
}

Value settings_json(const Workspace& ws, const ProfileRef& ref) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  const ProfileView view(ws.config.read(), *manifest, ref.profile);
  Value out = json::array();
  for (const ConfigKey& key : manifest->config) {
    std::optional<Setting> setting;
    std::string problem;
    try {
      setting = view.find(key.key);
    } catch (const Error& e) {
      problem = e.what();  // the form is where it can be mended
    }
    Value row = setting_json(key, setting);
    if (!problem.empty()) row["problem"] = problem;
    out.push_back(std::move(row));
  }
  return out;
}

void change_settings(Workspace& ws, const ProfileRef& ref, const Value& changes) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  const auto manifests = ws.plugins.manifests();
  ws.config.update([&](Value& config) {
    const ProfileView now(config, *manifest, ref.profile);
    Value changed = config;
    Value& block = profile_block(changed, manifest->id, ref.profile);
    std::vector<Problem> problems;
    for (const json::Member& m : *changes.as<Value::Object>()) {
      const auto key = manifest->setting(m.key);
      if (!key)
        throw Error(CW_CONFIG, "unknown_setting", manifest->label + " has no setting \"" + m.key + "\".",
                    "crosswatch plugins info " + manifest->id);
      if (key->secret) {
        const auto old = now.find(m.key);
        if (old && old->from == Origin::own && stands_elsewhere(old->value))
          throw Error(CW_CONFIG, "secret_is_reference",
                      key->label + " comes from " + reference_source(*old->value.as<std::string>()) +
                          ", which CrossWatch does not write to. Nothing was changed.",
                      "Change it there, or take " + m.key + " out of the configuration first.");
        if (const std::string* text = m.value.as<std::string>()) ws.redactor.add(*text);
      }
      const Value value = stored_value(*key, manifest->id + "." + m.key, m.value, problems);
      for (const std::string& alias : key->aliases) json::erase_path(block, alias);
      if (value.is_null())
        json::erase_path(block, m.key);
      else
        json::set_path(block, m.key, value);
    }
    throw_errors(problems);
    static_cast<void>(expect_no_new_error(config, changed, manifests));
    config = std::move(changed);
  });
}

}  // namespace crosswatch::host
