// What the service layer knows as JSON: what --json prints and what the server answers. No secret is in any of it.
#pragma once

#include <crosswatch/provider.hpp>

#include "config/pairs.hpp"
#include "json/json.hpp"
#include "plugin/plugin_manager.hpp"
#include "service/profiles.hpp"
#include "service/status.hpp"

namespace crosswatch::host {

json::Value manifest_json(const Manifest& m);
json::Value plugin_json(const PluginRow& row);
json::Value profile_json(const ProfileRow& row);
json::Value user_json(const User& user);
json::Value server_json(const Server& server);
json::Value library_json(const Library& library);
json::Value status_json(const ProfileStatus& status);
json::Value status_json(const PairStatus& status);
json::Value pair_json(const PairConfig& pair);

}  // namespace crosswatch::host
