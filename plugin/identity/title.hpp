// Titles as people write them, so that two spellings of one title are equal.
#pragma once

#include <string>
#include <string_view>

namespace crosswatch::plex::identity {

// Lower case, without accents, punctuation and a year in brackets at the end; "&" is "and". Letters beyond Latin are
// kept as they are. Empty when nothing remains. Any input is taken. [any]
std::string folded_title(std::string_view title);

}  // namespace crosswatch::plex::identity
