// The floor of parsing: RapidJSON as it comes, with the flags of the product's reader and a handler that does nothing.
#pragma once

#include <string>

namespace crosswatch::bench {

// Destroys `body`; false when it is no JSON.
bool parse_for_nobody(std::string& body);

}  // namespace crosswatch::bench
