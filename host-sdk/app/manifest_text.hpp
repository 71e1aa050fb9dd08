// A plugin's manifest for a person and for a program.
#pragma once

#include <string>

#include "manifest/manifest.hpp"

namespace crosswatch::app {

std::string manifest_text(const host::Manifest& m);
host::json::Value manifest_json(const host::Manifest& m);

}  // namespace crosswatch::app
