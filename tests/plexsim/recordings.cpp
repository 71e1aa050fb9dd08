#include "render.hpp"
namespace plexsim {
void load_recordings(MediaServer&, const std::string&) {}
void render_recorded(Writer&, const MediaServer&, std::size_t, std::uint32_t, const ItemStyle&) {}
}  // namespace plexsim
