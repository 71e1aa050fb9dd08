// Profiles of a provider: the block of the provider is the profile "default", its "instances.<id>" are the others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"
#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

inline constexpr std::string_view default_profile = "default";

// Trimmed; empty and any spelling of "default" are the default profile; a trailing ":<digits>" is cut.
std::string normal_profile(std::string_view id);

// "default" and then the others in the order of the file. Reading makes none.
std::vector<std::string> profiles_of(const json::Value& config, std::string_view provider);

enum class Origin { own, base, fallback };
struct Setting {
  json::Value value{};  // in the type of the key; a secret as it stands in the file
  Origin from = Origin::own;
};

// The settings of one profile as they count: own, else inherited where the key allows it, else the default.
// Copies what it needs of the configuration; the manifest must outlive it. [any]
class ProfileView {
public:
  // Error NOT_FOUND "profile_unknown" (exit code 5): an unknown profile never becomes the default one.
  ProfileView(const json::Value& config, const Manifest& manifest, std::string_view profile);

  const std::string& profile() const noexcept { return profile_; }
  // Nullopt: no value and no default. Error CONFIG "bad_config" when what stands there is not allowed;
  // INTERNAL "undeclared_setting" for a key that the manifest does not have.
  std::optional<Setting> find(std::string_view key) const;
  // Under which path of the configuration the setting counts for this profile: where it stands, which may be the base
  // profile, or where it would be set. "" for a key that the manifest does not have.
  std::string place(std::string_view key) const;
  // As find, and throws for every bad setting at once.
  void validate() const;

private:
  std::optional<Setting> find(const ConfigKey& key, std::vector<Problem>& problems) const;
  const json::Value* raw(const ConfigKey& key, Origin& from) const;
  std::string path_of(const ConfigKey& key, Origin from) const;

  const Manifest* manifest_;
  std::string profile_{};
  json::Value own_{};
  json::Value base_{};  // null for the default profile
};

// Where the profile's block stands: "acme", "acme.instances.friend".
std::string profile_path(std::string_view provider, std::string_view profile);

// As json::erase_path; a profile stays a profile when its last setting goes.
bool unset(json::Value& config, std::string_view path);

// The profile's block, made when missing for the default profile only; for writers inside ConfigStore::update.
json::Value& profile_block(json::Value& config, std::string_view provider, std::string_view profile);

}  // namespace crosswatch::host
