// The rows of a media server: items, libraries, play rows, and what a person did with an item.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "entity.hpp"

namespace plexsim {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// What is odd about an item. On a show it also shapes its seasons and episodes.
enum class Nasty : std::uint8_t {
  none,
  local_guid,
  legacy_imdb,
  legacy_tmdb,
  legacy_tvdb,
  hama_tvdb,
  hama_anidb,
  xbmcnfo,
  nfo_provider,
  none_agent,
  no_ids,
  contradicting_ids,
  double_ids,
  edition,
  quotes,
  emoji,
  invalid_utf8,
  control_chars,
  long_title,
  no_year,
  year_zero,
  odd_rating,
  count_without_time,
  time_without_count,
  offset_beyond_end,
  year_seasons,
  absolute_numbers,
  two_in_one_file,
  no_index,
  hidden_seasons,
  same_name
};

struct State {
  std::int64_t last_viewed{0};
  std::int64_t offset{0};
  std::int64_t rated{0};
  double rating{-1};
  int views{0};
};

struct Item {
  std::uint64_t number{0};
  std::uint32_t parent{kNone};
  std::uint32_t grandparent{kNone};
  std::uint32_t first_child{0};  // show: seasons; season: episodes; next to one another
  std::uint32_t child_count{0};
  std::int32_t index{-1};
  std::uint32_t added_at{0};
  std::uint32_t updated_at{0};
  std::uint32_t custom{kNone};    // of customs
  std::uint32_t recorded{kNone};  // of recorded rows
  std::uint16_t library{0};
  Kind kind{Kind::movie};
  Nasty nasty{Nasty::none};
  bool deleted{false};
  bool stale_rows{false};  // deleted, yet its play rows still carry the ratingKey
};

struct Custom {  // what an added or edited item says instead of what its number says
  std::string title{};
  int year{0};
  std::string guid{};
  std::vector<std::string> ids{};
  std::int64_t duration{0};
};

struct Recorded {
  std::string key{};
  std::vector<std::pair<std::string, std::string>> fields{};  // name, JSON text
};

struct PlayRow {
  std::uint32_t id{0};
  std::uint32_t item{0};
  std::int64_t at{0};
  std::uint16_t person{0};
};

struct Library {
  std::string key{};
  std::string uuid{};
  std::string title{};
  std::string type{"movie"};
  std::string agent{"tv.plex.agents.movie"};
  std::string scanner{"Plex Movie"};
  std::int64_t content_changed_at{1000};
  std::int64_t updated_at{1693708514};
  std::int64_t scanned_at{1693688538};
  std::map<Kind, std::vector<std::uint32_t>> rows{};  // items in listing order
  std::vector<std::uint32_t> all{};                   // every row in file order; only of recordings
};

struct PersonState {
  std::vector<std::uint32_t> at{};  // item -> states, kNone
  std::vector<State> states{};
};

struct Session {
  std::uint16_t person{0};
  std::uint32_t item{0};
  std::int64_t offset{0};
  int number{0};         // sessionKey
  std::string player{};  // client identifier
  std::string state{"playing"};
};

}  // namespace plexsim
