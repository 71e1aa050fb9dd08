// JSON Schema (Draft 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/json.hpp"

namespace crosswatch::host::json {

// The first violation as a sentence without subject ("at capabilities.history.kinds: has to be a list, not a text"),
// nullopt when the document conforms. A schema may hold "description" at any place; it ends the sentence.
std::optional<std::string> violation(const Value& document, const Value& schema);

}  // namespace crosswatch::host::json
