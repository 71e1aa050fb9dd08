// The titles that exist in the world, whether or not a server has them. A title is a kind and a number; everything
// about it is computed, so that a million of them cost nothing and the same number means the same film on every server
// and on Discover.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plexsim {

enum class Kind : std::uint8_t {
  movie = 1,
  show = 2,
  season = 3,
  episode = 4,
  artist = 8,
  album = 9,
  track = 10,
  clip = 12,
  photo = 13
};

std::string_view kind_name(Kind kind);
std::optional<Kind> kind_of(std::string_view name);

inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Season and episode numbers are packed into the number of their show.
inline std::uint64_t season_number(std::uint64_t show, unsigned season) {
  return show << 24 | std::uint64_t{season} << 12;
}
inline std::uint64_t episode_number(std::uint64_t show, unsigned season, unsigned episode) {
  return show << 24 | std::uint64_t{season} << 12 | episode;
}

std::string hex_key(Kind kind, std::uint64_t number);  // 24 hex digits, Discover's ratingKey
struct EntityId {
  Kind kind{Kind::movie};
  std::uint64_t number{};
};
std::optional<EntityId> from_hex_key(std::string_view hex);
// From imdb://, tmdb://, tvdb:// or a plex:// guid. tmdb and tvdb numbers of films and shows overlap, as the real ones
// do: `kind` decides.
std::optional<EntityId> from_external(std::string_view id, Kind kind);

std::string plex_guid(Kind kind, std::uint64_t number);
std::string imdb_id(Kind kind, std::uint64_t number);  // tt...
std::uint64_t tmdb_id(Kind kind, std::uint64_t number);
std::uint64_t tvdb_id(Kind kind, std::uint64_t number);
std::string entity_title(Kind kind, std::uint64_t number);
int entity_year(std::uint64_t number);
std::string_view summary_text(std::uint64_t number);
std::string_view person_name(std::uint64_t number);

}  // namespace plexsim
