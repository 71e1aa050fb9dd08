#include "watch/heard.hpp"

#include <crosswatch/item.hpp>

namespace crosswatch::plex::watch {

bool is_video(std::string_view type) {
  return type == "movie" || type == "episode";
}

const char* reason_to_drop(const Rules& rules, const Seen& row, bool rating) {
  if (row.user == 0) return "unattributed";
  if (!rules.accounts.contains(row.user)) return "user";
  if (!rules.own_player.empty() && row.player == rules.own_player) return "own";
  if (row.live) return "live";
  if (row.type == "clip" || row.subtype == "trailer" || row.library.starts_with('-')) return "trailer";
  if (!row.subtype.empty() && !is_video(row.subtype)) return "extra";
  const bool fits = rating ? kind_named(row.type).has_value() : is_video(row.type);
  if (!fits) return row.type == "track" ? "music" : "type";
  return rules.library(row.library) ? nullptr : "library";
}

std::string play_id(const Rules& rules, const HistoryRow& row) {
  // A restored database gives a number twice, but not at the same time.
  return rules.ref_prefix + (row.number ? "history/" + std::to_string(row.number) : row.item) + '@' +
         std::to_string(row.at);
}

}  // namespace crosswatch::plex::watch
