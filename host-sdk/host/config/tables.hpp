// The settings of the host's own blocks, in the same form as those of a plugin's manifest.
#pragma once

#include <crosswatch/item.hpp>
#include <vector>

#include "manifest/manifest.hpp"

namespace crosswatch::host {

const std::vector<ConfigKey>& plugin_keys();  // of plugins.<id>
const std::vector<ConfigKey>& pair_keys();
const std::vector<ConfigKey>& feature_keys(Feature f);  // of pairs.<n>.features.<feature>
const std::vector<ConfigKey>& route_keys();
const std::vector<ConfigKey>& safety_keys();
const std::vector<ConfigKey>& runtime_keys();
const std::vector<ConfigKey>& server_keys();
std::vector<ConfigKey> provider_keys(const Manifest& manifest);  // the manifest's, and what every profile has

}  // namespace crosswatch::host
