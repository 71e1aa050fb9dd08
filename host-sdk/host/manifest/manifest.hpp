// What a plugin says about itself before any of its code is loaded.
#pragma once

#include <array>
#include <crosswatch/watcher.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"

namespace crosswatch::host {

enum class ValueType { text, integer, number, boolean, list, map };  // map: texts by names that nobody declared

// One setting: how it is read, checked, drawn and hidden.
struct ConfigKey {
  std::string key{};                   // dotted, within the provider's block: "endpoints.api"
  std::vector<std::string> aliases{};  // older names: read when `key` is absent, never written
  ValueType type = ValueType::text;
  json::Value fallback{};  // null: none
  std::string label{};
  std::string help{};
  std::optional<double> min{};
  std::optional<double> max{};
  std::vector<std::string> choices{};
  bool secret = false;
  bool per_profile = false;     // every profile has its own; so it never inherits
  bool inherits = true;         // a profile without its own value uses the base profile's
  std::string inherits_with{};  // ... only when both have the same value of that key
  bool advanced = false;
  bool obsolete = false;  // read for old configurations, without effect; `help` says why
};

struct Manifest {
  std::string id{};
  std::string label{};
  std::string version{};
  int abi = 0;
  std::filesystem::path library{};  // absolute
  // What it can do with each feature; `can` is 0 for a feature that it does not name.
  std::array<cw_capability, CW_FEATURE_COUNT> capabilities{};
  bool sync = false;                       // names any feature
  bool directory = false;                  // users, servers, libraries
  std::uint32_t watcher = 0;               // bits of what it tells live, and can_receive; 0: nothing
  std::string auth_flow{};                 // "device_pin"; empty: needs no login
  std::vector<std::string> auth_writes{};  // settings that a login replaces
  std::string login_key() const;           // the login itself: the first secret among them; empty: there is none
  std::vector<ConfigKey> config{};

  const cw_capability& capability(Feature f) const noexcept { return capabilities[static_cast<std::size_t>(f)]; }
  const ConfigKey* find(std::string_view key) const noexcept;  // by name, not by alias
  // As find, and of a member of a map ("uuids.3" of "uuids") how that one is read: as a text.
  std::optional<ConfigKey> setting(std::string_view key) const;
};

// The Draft 4 schema as it is installed with the SDK.
std::string_view manifest_schema() noexcept;

// `file` is the manifest's path: for messages, and the library lies beside it. Throws Error CONFIG "bad_manifest".
Manifest parse_manifest(std::string_view text, const std::filesystem::path& file);
Manifest load_manifest(const std::filesystem::path& file);

}  // namespace crosswatch::host
