// Finds everything that is wrong with a configuration at once.
#pragma once

#include <string>
#include <vector>

#include "json/json.hpp"
#include "manifest/manifest.hpp"

namespace crosswatch::host {

struct Problem {
  bool error = true;      // false: a warning, such as a key that nobody knows
  std::string key{};      // full dotted path
  std::string value{};    // as JSON; "***" for a secret
  std::string message{};  // a sentence with key, value and what is allowed
};

// In the order of the file.
std::vector<Problem> check_config(const json::Value& config, const std::vector<Manifest>& manifests);

}  // namespace crosswatch::host
