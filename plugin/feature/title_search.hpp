// Items of a media server by their titles, for those that no id leads to.
#pragma once

#include <string>
#include <vector>

#include "feature/libraries.hpp"
#include "feature/source.hpp"

namespace crosswatch::plex::feature {

struct Named {
  std::string key{};    // rating key
  std::string label{};  // as a person would name it: title and year, of an episode the show and the numbers, too
};

// For each movie or show the items of its kind with the same title and year; for each episode those with the show's
// title, season, number and year. What has no year, specials and seasons that are years are not looked for: their names
// say too little. One list a library, kind and year; of a list that was not whole nothing is told. [owner]
std::vector<std::vector<Named>> search_titles(const Call& call, const Source& source,
                                              const std::vector<Section>& libraries,
                                              const std::vector<const cw_fact*>& items);

}  // namespace crosswatch::plex::feature
