// Finds everything that is wrong with a configuration at once.
#pragma once

#include <string>
#include <vector>

#include "config/values.hpp"
#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

// In the order of the file.
std::vector<Problem> check_config(const json::Value& config, const std::vector<Manifest>& manifests);

}  // namespace crosswatch::host
