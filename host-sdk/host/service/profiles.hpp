// Profiles: several logins of one provider side by side.
#pragma once

#include <string>
#include <vector>

#include "service/workspace.hpp"

namespace crosswatch::host {

struct ProfileRow {
  ProfileRef ref{};
  std::string label{};
  bool linked = false;  // also when the provider needs no login
  std::string username{}, user_id{}, server_id{};
};
// Empty provider: of all plugins with a valid manifest. Error NOT_FOUND "plugin_unknown".
std::vector<ProfileRow> list_profiles(const Workspace& ws, const std::string& provider);

// `copy_from`: a profile whose own tuning is copied; credentials, identity and server never are.
// Error CONFIG "profile_exists", "usage".
void add_profile(Workspace& ws, const ProfileRef& ref, const std::string& label, const std::string& copy_from);
// Pairs and routes that use the profile follow, and so does all that is known of it. Error "busy" while a sync runs.
void rename_profile(Workspace& ws, const ProfileRef& ref, const std::string& new_id);
// Error CONFIG "profile_in_use" that names the places, "busy" while a sync runs; the default profile cannot be removed,
// only disconnected.
void remove_profile(Workspace& ws, const ProfileRef& ref);

// Chooses user and server of a profile; empty: as they are. Proven by the provider before anything is stored.
SettingList select_user(Workspace& ws, const ProfileRef& ref, const std::string& user, const std::string& pin,
                        const std::string& server);

}  // namespace crosswatch::host
