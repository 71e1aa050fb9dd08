// Finds, checks and loads plugins, and opens sessions on them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/pairs.hpp"
#include "manifest/manifest.hpp"
#include "plugin/plugin.hpp"
#include "plugin/profile_services.hpp"
#include "plugin/session.hpp"

namespace crosswatch::host {

struct PluginRow {
  std::string id{};
  std::string version{};
  std::string label{};
  bool enabled = false;
  std::string state{};  // "ok" "disabled" "broken"
  std::string why{};    // of a broken one, a sentence
  std::filesystem::path path{};
};

// A session and what it stands on.
struct OpenProfile {
  OpenProfile() = default;
  OpenProfile(OpenProfile&&) = default;
  OpenProfile& operator=(OpenProfile&&) = delete;  // would end the services before their session

  ProfileRef ref{};
  std::shared_ptr<const Manifest> manifest{};
  std::unique_ptr<ProfileServices> services{};
  std::unique_ptr<Session> session{};  // last: goes first
};

// [any]. Plugins stay loaded as long as the manager or one of their sessions lives.
class PluginManager {
public:
  // `folder` holds <id>/manifest.json. A missing folder means no plugins.
  PluginManager(std::filesystem::path folder, HostContext context);

  // One row a folder, sorted by id. Runs code of enabled plugins only. Never throws because of a plugin.
  std::vector<PluginRow> list();
  // Of every plugin whose manifest is valid, enabled or not.
  std::vector<Manifest> manifests() const;
  // Error NOT_FOUND "plugin_unknown" (exit code 5) names the plugins there are; CONFIG when its manifest is bad.
  std::shared_ptr<const Manifest> manifest(std::string_view id) const;

  // Kept in the configuration. Enabling loads and checks the plugin first and throws what is wrong with it.
  void enable(std::string_view id);
  void disable(std::string_view id);

  // Error CONFIG "plugin_disabled" with the remedy, "plugin_broken" with the reason; NOT_FOUND for plugin or profile.
  // `unset`: see ProfileServices.
  OpenProfile open(std::string_view provider, std::string_view profile, std::vector<std::string> unset = {});

private:
  std::shared_ptr<Plugin> load(const std::shared_ptr<const Manifest>& manifest);
  std::vector<std::string> folders() const;
  static bool enabled(const json::Value& config, std::string_view id);

  std::filesystem::path folder_;
  HostContext context_;
  mutable std::mutex mutex_{};
  std::map<std::string, std::shared_ptr<Plugin>, std::less<>> loaded_{};
};

}  // namespace crosswatch::host
