// What the host does for one profile of a provider.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_store.hpp"
#include "config/pairs.hpp"
#include "config/profile.hpp"
#include "config/secrets.hpp"
#include "log/log.hpp"
#include "plugin/session.hpp"
#include "time.hpp"

namespace crosswatch::host {

// What all profiles share. The references must outlive everything made with it.
struct HostContext {
  ConfigStore& config;
  Log& log;
  Redactor& redactor;
  std::filesystem::path state{};  // folder
  Environment env = process_environment();
  Clock clock = system_clock();
};

// Settings are those of the moment it was made, and what was stored through it since. [any]
class ProfileServices : public Services {
public:
  // Error NOT_FOUND for an unknown profile, CONFIG that lists every setting that is not allowed.
  // `unset` are keys that shall look as if nothing was set.
  ProfileServices(HostContext context, const Manifest& manifest, std::string_view profile,
                  std::vector<std::string> unset = {});

  void log(LogLevel level, std::string_view message) override;
  bool config(std::string_view key, const Visit& visit) override;
  bool secret(std::string_view key, const Visit& visit) override;  // the redactor learns it first
  bool kv_get(std::string_view key, const Visit& visit) override;
  void kv_set(std::string_view key, std::string_view value) override;
  // Only what a login may write; else Error UNSUPPORTED.
  void store(std::string_view key, std::string_view value) override;
  std::string data_dir() override;
  std::int64_t now_ms() override;
  std::string advice(std::string text) override;

  ProfileRef ref() const { return {manifest_.id, profile()}; }
  const std::string& profile() const noexcept { return profile_; }

  // Stores what a provider asked to store, in one write, in this profile's block and nowhere else. An empty value
  // removes the setting. Error CONFIG "secret_is_reference" when a secret stands elsewhere, and nothing is written.
  void apply_settings(const SettingList& settings);
  // What apply_settings would refuse of a login; to be asked before the user is sent to enter a code.
  void expect_writable(const std::vector<std::string>& keys) const;

private:
  std::optional<Setting> find(std::string_view name) const;
  std::string place_of(std::string_view name) const;
  void expect_writable(const ProfileView& now, std::string_view key) const;
  std::filesystem::path kv_file(std::string_view key) const;

  HostContext context_;
  const Manifest& manifest_;
  const std::string profile_;
  mutable std::mutex view_mutex_{};
  ProfileView view_;
  std::vector<std::string> unset_{};
};

}  // namespace crosswatch::host
