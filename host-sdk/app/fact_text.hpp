// One fact as a line for a person.
#pragma once

#include <crosswatch/item.hpp>
#include <string>

namespace crosswatch::app {

// "Dark (2017) S01E02 - Lies"
std::string title_text(const cw_fact& f);
// "watched 2024-03-01 20:15, 2 plays", "7.5", "at 31 of 120 min"
std::string value_text(Feature feature, const cw_value& v);

}  // namespace crosswatch::app
