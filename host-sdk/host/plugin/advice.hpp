// What a provider says to a person, made right for one profile.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/pairs.hpp"

namespace crosswatch::host {

// A provider speaks as if its profile were the only one: "crosswatch connect acme", "set acme.address". Of another than
// the default profile that would change the wrong login. The commands that take --profile get it; a setting is named
// by the place where it counts, which `place` knows ("" for what is no setting).
std::string advice_for(const ProfileRef& ref, std::string text,
                       const std::function<std::string(std::string_view key)>& place);

}  // namespace crosswatch::host
