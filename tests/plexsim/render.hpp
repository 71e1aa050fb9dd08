// Items as a media server or Discover writes them.
#pragma once

#include "media.hpp"
#include "writer.hpp"

namespace plexsim {

struct ItemStyle {
  bool guids{false};    // Guid[]
  bool section{false};  // librarySectionID/Title/Key on the item itself, as single metadata has
  const Excludes* excludes{nullptr};
};

// What a show, season or leaf looks like to one person: leaves are summed up.
struct View {
  State state{};
  int leaves{0};
  int viewed_leaves{0};
};
View view_of(const MediaServer& server, std::size_t person, std::uint32_t item);

std::string_view xml_tag(Kind kind);  // Video, Directory, Track, Photo
void render_item(Writer& w, const MediaServer& server, std::size_t person, std::uint32_t item, const ItemStyle& style);
void render_recorded(Writer& w, const MediaServer& server, std::size_t person, std::uint32_t item,
                     const ItemStyle& style);

}  // namespace plexsim
