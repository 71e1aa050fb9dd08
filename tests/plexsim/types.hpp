// What goes in and out of the simulator's calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plexsim {

struct Urls {
  std::string plex_tv{};
  std::string clients{};
  std::string discover{};
  std::string metadata{};
};

// One request as it was received. `token` is what the client sent, in a header or (told by `token_in_query`) in the
// URL.
struct LogEntry {
  std::string host{};  // plex_tv | clients | discover | metadata | server
  int server{-1};
  std::string method{};
  std::string path{};
  std::string query{};
  std::int64_t start{-1};  // of the page that was asked for; -1: none was
  std::int64_t size{-1};
  std::string token{};
  bool token_in_query{false};
  std::string client_id{};
  std::string accept{};
  std::string user_agent{};
  int status{0};  // 0 = no answer was sent
  std::uint64_t bytes{0};
  std::string fault{};
};

// What a player says of its session.
struct Playing {
  std::string user{};  // handle
  std::string key{};   // ratingKey: another one than before is the next title in the same session
  std::int64_t ms{0};
  std::string state{"playing"};  // playing | paused | buffering | stopped: ends the session
  std::string player{"tv"};      // one session for each player of a user
};

enum class Feature { history, ratings, progress, watchlist };

// The oracle: what one person did with one item. Only the fields of the asked feature are meaningful.
struct Fact {
  std::string key{};  // ratingKey on that server; on the watchlist the Discover key
  std::string type{};
  std::string library{};
  std::string title{};
  std::string show{};
  std::string guid{};
  std::optional<int> season{};
  std::optional<int> episode{};
  std::vector<std::int64_t> plays{};  // times of play rows, newest first
  int view_count{0};
  std::int64_t last_viewed_at{0};
  double rating{-1};
  std::int64_t rated_at{0};
  std::int64_t offset_ms{0};
  std::int64_t duration_ms{0};
};

struct NewItem {
  std::string type{"movie"};  // movie | show | episode
  std::string title{};
  int year{2020};
  std::uint32_t number{0};         // the title's number: gives guid and external ids
  std::string show{};              // episode: ratingKey of its show
  int season{1};                   // episode
  int episode{1};                  // episode
  std::string guid{};              // "" = plex:// of the number
  std::vector<std::string> ids{};  // Guid[]; empty = imdb, tmdb, tvdb of the number; {"-"} = none
  std::int64_t duration_ms{6000000};
  bool edition{false};  // a director's cut
};

struct RecordedFile {
  std::string file{};
  std::string library{};  // "" = skipped
  std::string title{};
  std::string why{};  // why it was skipped
  int rows{0};
  int movies{0};
  int shows{0};
  int seasons{0};
  int episodes{0};
};

}  // namespace plexsim
