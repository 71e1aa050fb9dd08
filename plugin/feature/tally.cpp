#include "feature/tally.hpp"

namespace crosswatch::plex::feature {
namespace {

// In the order of Note; the first word is the reason code that the user guide explains.
constexpr std::array<std::string_view, static_cast<std::size_t>(Note::count)> texts{
    "other_kind: rows that are no movies, shows, seasons or episodes",
    "no_key: rows without a key",
    "other_library: rows of another library",
    "no_ids: items that only Plex knows",
    "local: items without an identity (home videos)",
    "unsupported_agent: items of an agent that is not known here",
    "no_show: seasons or episodes whose show is not listed",
    "filtered: rows that were not asked for",
    "foreign_play: plays of other people",
    "other_play: plays of music, photos or live television",
    "lost_play: plays of items that are gone or unwatched now",
    "undated_play: plays without a time"};

}  // namespace

void Tally::report(const Host& host, std::string_view what) {
  std::string line;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] != 0) line += (line.empty() ? "" : "; ") + std::to_string(counts_[i]) + ' ' + std::string(texts[i]);
  counts_ = {};
  if (!line.empty())
    host.log(LogLevel::info, "Set aside or unidentified in the " + std::string(what) + ": " + line + '.');
}

}  // namespace crosswatch::plex::feature
