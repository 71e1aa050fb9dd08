// Names that nobody can guess.
#pragma once

#include <string>

namespace crosswatch::host {

std::string random_hex();  // 256 bits as 64 digits; Error INTERNAL "no_randomness"

}  // namespace crosswatch::host
