#include "plugin/profile_services.hpp"

#include <string.h>

#include <algorithm>

#include "files/files.hpp"
#include "plugin/advice.hpp"

namespace crosswatch::host {
namespace {

constexpr std::size_t max_value = 64 * 1024;

// Keeps a secret out of freed memory.
struct Wipe {
  std::string& text;
  ~Wipe() { ::explicit_bzero(text.data(), text.size()); }
};

void require(bool secret, const std::optional<ConfigKey>& key, std::string_view name) {
  if (key && key->secret != secret)
    throw Error(CW_INTERNAL, "undeclared_setting",
                "The plugin asks for \"" + std::string(name) + "\" as a " + (secret ? "secret" : "setting") +
                    ", and its manifest says the contrary.",
                "Tell the plugin's author.");
}

}  // namespace

ProfileServices::ProfileServices(HostContext context, const Manifest& manifest, std::string_view profile,
                                 std::vector<std::string> unset)
    : context_(std::move(context)),
      manifest_(manifest),
      profile_(normal_profile(profile)),
      view_(context_.config.read(), manifest, profile),
      unset_(std::move(unset)) {
  view_.validate();
}

void ProfileServices::log(LogLevel level, std::string_view message) {
  context_.log.write(level, to_string(ref()) + ": " + advice(std::string(message)));
}

std::optional<Setting> ProfileServices::find(std::string_view name) const {
  const std::lock_guard lock(view_mutex_);
  return view_.find(name);
}

std::string ProfileServices::place_of(std::string_view name) const {
  const std::lock_guard lock(view_mutex_);
  return view_.place(name);
}

bool ProfileServices::config(std::string_view name, const Visit& visit) {
  require(false, manifest_.setting(name), name);
  if (std::find(unset_.begin(), unset_.end(), name) != unset_.end()) return false;
  const auto setting = find(name);
  if (!setting) return false;
  for (const std::string& text : to_texts(setting->value)) visit(text);
  return true;
}

bool ProfileServices::secret(std::string_view name, const Visit& visit) {
  require(true, manifest_.setting(name), name);
  const auto setting = find(name);
  const auto* const stored = setting ? setting->value.as<std::string>() : nullptr;
  if (!stored || stored->empty()) return false;
  ResolvedSecret resolved = resolve_secret(place_of(name), *stored, context_.env);
  const Wipe wipe{resolved.value};
  context_.redactor.add(resolved.value);
  if (!resolved.warning.empty()) log(LogLevel::warning, resolved.warning);
  visit(resolved.value);
  return true;
}

std::filesystem::path ProfileServices::kv_file(std::string_view key) const {
  const std::string name = file_name_for(key);
  if (name.empty() || name.size() > 200)
    throw Error(CW_INTERNAL, "bad_key",
                "The plugin uses the storage key \"" + std::string(key) + "\", which is empty or too long.",
                "Tell the plugin's author.");
  return context_.state / "kv" / file_name_for(manifest_.id) / file_name_for(profile()) / name;
}

bool ProfileServices::kv_get(std::string_view key, const Visit& visit) {
  const auto text = read_file(kv_file(key), max_value);
  if (text) visit(*text);
  return text.has_value();
}

void ProfileServices::kv_set(std::string_view key, std::string_view value) {
  if (value.size() > max_value)
    throw Error(CW_STORAGE, "value_too_large",
                "The value \"" + std::string(key) + "\" is larger than 64 KiB and was not stored.",
                "Tell the plugin's author.");
  const std::filesystem::path file = kv_file(key);
  if (!value.empty()) return write_atomically(file, value);
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) throw storage_error("remove", file, error.value());
}

void ProfileServices::store(std::string_view key, std::string_view value) {
  const auto& own = manifest_.auth_writes;
  if (std::find(own.begin(), own.end(), key) == own.end())
    throw Error(CW_UNSUPPORTED, "undeclared_setting",
                "The plugin " + manifest_.id + " stores the setting \"" + std::string(key) +
                    "\", which its manifest does not name under auth.writes.",
                "Tell the plugin's author.");
  if (const auto declared = manifest_.find(key); declared->secret) context_.redactor.add(value);
  apply_settings({{std::string(key), std::string(value)}});
  ProfileView now(context_.config.read(), manifest_, profile_);
  const std::lock_guard lock(view_mutex_);
  view_ = std::move(now);
}

std::string ProfileServices::data_dir() {
  const auto folder = context_.state / "data" / file_name_for(manifest_.id) / file_name_for(profile());
  make_private_folder(folder);
  return folder.string();
}

std::int64_t ProfileServices::now_ms() {
  return context_.clock();
}

std::string ProfileServices::advice(std::string text) {
  if (profile_ == default_profile) return text;
  const std::lock_guard lock(view_mutex_);
  return advice_for(ref(), std::move(text), [&](std::string_view key) { return view_.place(key); });
}

void ProfileServices::expect_writable(const std::vector<std::string>& keys) const {
  const json::Value config = context_.config.read();
  const ProfileView now(config, manifest_, profile());
  for (const std::string& name : keys) expect_writable(now, name);
}

void ProfileServices::expect_writable(const ProfileView& now, std::string_view name) const {
  const ConfigKey* const key = manifest_.find(name);
  if (!key || !key->secret) return;
  const auto setting = now.find(name);
  const auto* const stored = setting && setting->from == Origin::own ? setting->value.as<std::string>() : nullptr;
  if (stored && is_reference(*stored))
    throw Error(CW_CONFIG, "secret_is_reference",
                "The secret " + std::string(name) + " of " + to_string(ref()) + " comes from " +
                    reference_source(*stored) + ", which CrossWatch does not write to. Nothing was changed.",
                "Change it there, or remove it here first: crosswatch config unset " + now.place(name));
}

void ProfileServices::apply_settings(const SettingList& settings) {
  if (settings.empty()) return;
  context_.config.update([&](json::Value& config) {
    const ProfileView now(config, manifest_, profile());
    for (const auto& [name, text] : settings) {
      const auto key = manifest_.setting(name);
      if (!key) static_cast<void>(now.find(name));  // says that it is undeclared
      expect_writable(now, name);
      const auto typed = from_text(*key, text);
      json::Value& block = profile_block(config, manifest_.id, profile());
      if (!typed) throw_errors({bad_value(*key, manifest_.id + "." + name, text)});
      for (const std::string& alias : key->aliases) erase_path(block, alias);
      if (typed->is_null())
        erase_path(block, name);
      else
        set_path(block, name, *typed);
    }
  });
}

}  // namespace crosswatch::host
