// What is heard of players, and by which rules it is told.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "watch/plays_told.hpp"

namespace crosswatch::plex::watch {

// One entry of a "playing" notification.
struct Notice {
  std::string session{};
  std::string item{};  // rating key
  std::string state{};
  std::int64_t position_ms = -1;
  std::string player{};  // its client identifier, where it is said
};

// One row of the list of sessions.
struct Seen {
  std::string session{};
  std::string item{};
  std::string type{};
  std::string subtype{};
  std::string library{};
  std::string state{};    // of the player
  std::string player{};   // its client identifier
  std::int64_t user = 0;  // as the server counts users; 0: it does not say
  std::int64_t position_ms = -1;
  std::int64_t length_ms = -1;
  bool live = false;
};

struct Rules {
  std::string user{};                 // plex.tv id: what events carry
  std::set<std::int64_t> accounts{};  // that user's numbers on the server
  std::string own_player{};           // under which this plugin writes resume points itself
  std::string ref_prefix{};           // "<machine id>/"
  int watched_percent = 90;           // when it is worth looking into the history
  std::function<bool(std::string_view library)> library{};
  // Whether it was us who marked the item as watched at that time, epoch seconds.
  std::function<bool(const std::string& item, std::int64_t at)> marked = [](const auto&, auto) { return false; };
};

bool is_video(std::string_view type);  // "movie" or "episode": what is watched to its end
// Why what happens in such a session is left out; null: it is told. The same for notifications and webhooks, of which
// ratings also come of shows and seasons.
const char* reason_to_drop(const Rules& rules, const Seen& row, bool rating = false);
// What a row of the history is called as an event, however it became known.
std::string play_id(const Rules& rules, const HistoryRow& row);

}  // namespace crosswatch::plex::watch
