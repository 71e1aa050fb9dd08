// The seeded libraries. Which item is odd, and how, depends on the seed; who an item is depends on its number alone.
#include <array>

#include "media.hpp"

namespace plexsim {

namespace {

constexpr std::array kMovieOddities{Nasty::local_guid,
                                    Nasty::legacy_imdb,
                                    Nasty::legacy_tmdb,
                                    Nasty::xbmcnfo,
                                    Nasty::nfo_provider,
                                    Nasty::none_agent,
                                    Nasty::no_ids,
                                    Nasty::contradicting_ids,
                                    Nasty::double_ids,
                                    Nasty::edition,
                                    Nasty::quotes,
                                    Nasty::emoji,
                                    Nasty::invalid_utf8,
                                    Nasty::control_chars,
                                    Nasty::long_title,
                                    Nasty::no_year,
                                    Nasty::year_zero,
                                    Nasty::odd_rating,
                                    Nasty::count_without_time,
                                    Nasty::time_without_count,
                                    Nasty::offset_beyond_end};
constexpr std::array kShowOddities{
    Nasty::legacy_tvdb, Nasty::hama_tvdb,      Nasty::hama_anidb,       Nasty::local_guid,
    Nasty::legacy_tmdb, Nasty::year_seasons,   Nasty::absolute_numbers, Nasty::two_in_one_file,
    Nasty::no_index,    Nasty::hidden_seasons, Nasty::no_ids,           Nasty::same_name,
    Nasty::quotes,      Nasty::emoji,          Nasty::no_year,          Nasty::xbmcnfo};

// Even a small library shows every oddity once: the odd numbers at its start are taken by them in turn.
template <std::size_t N>
Nasty oddity(const CatalogOptions& o, const std::array<Nasty, N>& kinds, std::uint32_t number, std::uint32_t count,
             std::uint64_t salt) {
  if (o.nasty_percent == 0) return Nasty::none;
  if (count >= 2 * N && number < 2 * N && number % 2 == 1) return kinds[number / 2];
  const std::uint64_t h = mix(o.seed * 1000003 + number + salt);
  return h % 100 < o.nasty_percent ? kinds[(h / 100) % N] : Nasty::none;
}

std::uint32_t added_time(std::uint64_t seed, std::uint64_t number) {
  return static_cast<std::uint32_t>(1'500'000'000 + mix(seed * 31 + number) % 200'000'000);
}

Library make_library(const MediaServer& server, int key, std::string title, std::string type, std::string agent,
                     std::string scanner) {
  Library library;
  library.key = std::to_string(key);
  library.uuid =
      hex_key(Kind::clip, mix(static_cast<std::uint64_t>(server.number) * 100 + static_cast<std::uint64_t>(key)));
  library.uuid = library.uuid.substr(16) + "-" + library.uuid.substr(8, 4) + "-4" + library.uuid.substr(13, 3) + "-a" +
                 library.uuid.substr(10, 3) + "-" + library.uuid.substr(12);
  library.title = std::move(title);
  library.type = std::move(type);
  library.agent = std::move(agent);
  library.scanner = std::move(scanner);
  return library;
}

class Maker {
public:
  explicit Maker(MediaServer& server) : server_(server), o_(server.options.catalog) {}

  std::uint32_t item(std::size_t library, Kind kind, std::uint64_t number, Nasty nasty, int index = -1) {
    Item it;
    it.number = number;
    it.kind = kind;
    it.library = static_cast<std::uint16_t>(library);
    it.nasty = nasty;
    it.index = index;
    it.added_at = added_time(o_.seed, number + (static_cast<std::uint64_t>(kind) << 50));
    it.updated_at = it.added_at + static_cast<std::uint32_t>(mix(number) % 5'000'000);
    server_.items.push_back(it);
    const auto at = static_cast<std::uint32_t>(server_.items.size() - 1);
    server_.libraries[library].rows[kind].push_back(at);
    return at;
  }

  void movies(std::size_t library) {
    for (std::uint32_t n = 0; n < o_.movies; ++n) {
      const Nasty nasty = oddity(o_, kMovieOddities, n, o_.movies, 0);
      item(library, Kind::movie, n, nasty == Nasty::edition ? Nasty::none : nasty);
      if (nasty == Nasty::edition) item(library, Kind::movie, n, nasty);  // beside the plain copy
    }
  }

  void copies(std::size_t library) {
    for (std::uint32_t n = 0; n < o_.movies; n += 10) item(library, Kind::movie, n, Nasty::none);
  }

  void shows(std::size_t library) {
    for (std::uint32_t n = 0; n < o_.shows; ++n) show(library, n, oddity(o_, kShowOddities, n, o_.shows, 7777));
  }

private:
  void show(std::size_t library, std::uint32_t n, Nasty nasty) {
    const auto show = item(library, Kind::show, n, nasty, 1);
    const bool specials = n % 4 == 2 && nasty != Nasty::absolute_numbers;
    const unsigned regular = nasty == Nasty::absolute_numbers ? 1 : o_.seasons;
    const unsigned count = regular + (specials ? 1 : 0);
    const auto first_season = static_cast<std::uint32_t>(server_.items.size());
    for (unsigned s = 0; s < count; ++s) {
      const unsigned no = specials ? s : s + 1;
      const int shown =
          nasty == Nasty::year_seasons && no > 0 ? entity_year(n) + static_cast<int>(no) : static_cast<int>(no);
      const auto season = item(library, Kind::season, season_number(n, no), nasty, shown);
      server_.items[season].parent = show;
    }
    server_.items[show].first_child = first_season;
    server_.items[show].child_count = count;
    for (unsigned s = 0; s < count; ++s) {
      const std::uint32_t season = first_season + s;
      const unsigned no = specials ? s : s + 1;
      const unsigned episodes = no == 0                            ? (o_.episodes + 1) / 2
                                : nasty == Nasty::absolute_numbers ? o_.episodes * o_.seasons
                                                                   : o_.episodes;
      server_.items[season].first_child = static_cast<std::uint32_t>(server_.items.size());
      server_.items[season].child_count = episodes;
      for (unsigned e = 1; e <= episodes; ++e) {
        const int index = nasty == Nasty::no_index && e % 3 == 0 ? -1 : static_cast<int>(e);
        const auto episode = item(library, Kind::episode, episode_number(n, no, e), nasty, index);
        server_.items[episode].parent = season;
        server_.items[episode].grandparent = show;
      }
    }
  }

  MediaServer& server_;
  const CatalogOptions& o_;
};

}  // namespace

void generate_catalog(MediaServer& server) {
  const CatalogOptions& o = server.options.catalog;
  auto& libraries = server.libraries;
  libraries.push_back(make_library(server, 1, "Movies", "movie", "tv.plex.agents.movie", "Plex Movie"));
  libraries.push_back(make_library(server, 2, "TV Shows", "show", "tv.plex.agents.series", "Plex TV Series"));
  server.items.reserve(std::size_t{o.movies} * 12 / 10 +
                       std::size_t{o.shows} * (1 + (o.seasons + 1) * (o.episodes + 1)) + 64);
  Maker make(server);
  make.movies(0);
  make.shows(1);
  if (!o.side_libraries) return;
  libraries.push_back(make_library(server, 3, "Movies 4K", "movie", "tv.plex.agents.movie", "Plex Movie"));
  libraries.push_back(
      make_library(server, 4, "Other Videos", "movie", "com.plexapp.agents.none", "Plex Video Files Scanner"));
  libraries.push_back(make_library(server, 5, "Music", "artist", "tv.plex.agents.music", "Plex Music"));
  libraries.push_back(make_library(server, 6, "Photos", "photo", "com.plexapp.agents.none", "Plex Photo Scanner"));
  libraries.push_back(make_library(server, 7, "Nothing Yet", "movie", "tv.plex.agents.movie", "Plex Movie"));
  make.copies(2);
  for (std::uint32_t n = 0; n < 5; ++n) make.item(3, Kind::movie, 900'000 + n, Nasty::none_agent);
  for (std::uint32_t n = 0; n < 3; ++n) {
    const auto artist = make.item(4, Kind::artist, n, Nasty::none);
    const auto track = make.item(4, Kind::track, n, Nasty::none, 1);
    server.items[track].grandparent = artist;
  }
  for (std::uint32_t n = 0; n < 3; ++n) make.item(5, Kind::photo, n, Nasty::none);
}

}  // namespace plexsim
