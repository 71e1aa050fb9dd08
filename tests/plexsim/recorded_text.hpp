// What a recorded row says, and how it is written again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "media.hpp"

namespace plexsim {

std::string plain_text(std::string_view json);  // of a string or number; "" for anything else
std::string recorded_field(const Recorded& row, std::string_view name);
std::vector<std::string> recorded_ids(const Recorded& row);  // Guid[]
State recorded_state(const Recorded& row);
std::string valid_utf8(std::string_view text);  // what is not UTF-8 becomes U+FFFD

}  // namespace plexsim
