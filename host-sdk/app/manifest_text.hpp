// A plugin's manifest for a person.
#pragma once

#include <string>

#include "manifest/manifest.hpp"

namespace crosswatch::app {

std::string manifest_text(const host::Manifest& m);

}  // namespace crosswatch::app
