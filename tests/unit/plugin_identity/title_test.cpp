// Spellings of one title are equal, and different titles are not.
#include "identity/title.hpp"

#include <doctest/doctest.h>

using crosswatch::plex::identity::folded_title;

TEST_CASE("a title is the same however its accents, punctuation and capitals are written") {
  const std::initializer_list<std::pair<const char*, const char*>> lines{
      {"The Thing", "the thing"},
      {"  WALL\xC2\xB7"
       "E ",
       "wall e"},
      {"Am\xC3\xA9lie", "amelie"},
      {"Ame\xCC\x81lie", "amelie"},
      {"\xC5\x81\xC3\xB3"
       "d\xC5\xBA",
       "lodz"},
      {"Stra\xC3\x9F"
       "e",
       "strasse"},
      {"Fast & Furious", "fast and furious"},
      {"Tom&Jerry", "tom and jerry"},
      {"Ocean\xE2\x80\x99s Eleven", "oceans eleven"},
      {"Ocean's Eleven", "oceans eleven"},
      {"Mission: Impossible \xE2\x80\x93 Fallout", "mission impossible fallout"},
      {"Dumbo (2019)", "dumbo"},
      {"2012", "2012"},
      {"(500) Days of Summer", "500 days of summer"},
      {"(2019)", "2019"},
      {"\xE5\x8D\x83\xE3\x81\xA8", "\xE5\x8D\x83\xE3\x81\xA8"},
      {"...", ""},
      {"", ""},
      {"cut \xC3", "cut \xC3"},
      {"cut \xE2\x80", "cut"}};
  for (const auto& line : lines) {
    CAPTURE(line.first);
    CHECK(folded_title(line.first) == line.second);
  }
  CHECK(folded_title("Alien") != folded_title("Aliens"));
}
