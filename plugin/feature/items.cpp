#include "feature/items.hpp"

#include <algorithm>

#include "feature/item_sink.hpp"

namespace crosswatch::plex::feature {
namespace {

// The parameter with which the server sends only items that have such a fact. Plex ignores what it cannot read,
// so every row is looked at again.
std::pair<std::string, std::string> filter(Feature feature) {
  switch (feature) {
    case Feature::ratings:
      return {"userRating>>", "0"};
    case Feature::progress:
      return {"viewOffset>>", "0"};
    default:
      return {"unwatched", "0"};
  }
}

std::vector<Kind> kinds(Feature feature, const Section& section) {
  if (section.type == "movie") return {Kind::movie};
  if (feature == Feature::ratings) return {Kind::show, Kind::season, Kind::episode};
  return {Kind::episode};
}

std::string plural(Kind kind) {
  return kind == Kind::movie ? "movies" : std::string(name_of(kind)) + 's';
}

// A server that knows no "watched" filter for this kind may answer it with nothing, which must not pass for a
// library that nobody has watched. Then watched and unwatched do not add up to all.
bool nothing_watched(Reading& reading, const List& list) {
  List all = list;
  all.query.pop_back();
  List unwatched = all;
  unwatched.query.emplace_back("unwatched", "1");
  const std::uint64_t total = count_of(reading.call, reading.source, all);
  return total == 0 || total == count_of(reading.call, reading.source, unwatched);
}

}  // namespace

void read_items(Reading& reading, Feature feature, const ServerAccess& access, const LibraryRule& rule,
                const std::string& folder) {
  const std::string ref_prefix = reading.source.id() + '/';
  wire::Arena arena;
  Joins joins(folder);
  for (const Section& section : rule.libraries()) {
    joins.shows_loaded = false;
    std::uint64_t matched = 0;
    if (feature == Feature::history) joins.plays.load(reading, section, access);
    for (const Kind kind : kinds(feature, section)) {
      List list{"/library/sections/" + section.key + "/all", listing(kind),
                "The list of " + plural(kind) + " of \"" + section.title + '"'};
      list.query.push_back(filter(feature));
      ItemSink sink(reading, feature, section, kind, ref_prefix, joins, arena);
      ListEnd end = read_list(reading.call, reading.source, list, arena, sink);
      if (feature == Feature::history && end.complete() && end.rows == 0 && !nothing_watched(reading, list)) {
        list.query.pop_back();
        end = read_list(reading.call, reading.source, list, arena, sink);
      }
      if (!end.complete()) reading.note_defect(end.defect);
      reading.rows_done += end.rows;
      matched += sink.plays_matched();
    }
    if (feature == Feature::history)
      reading.tally.add(Note::lost_play, joins.plays.size() - std::min(joins.plays.size(), matched));
    reading.tally.report(reading.host, std::string(name_of(feature)) + " of \"" + section.title + '"');
  }
}

}  // namespace crosswatch::plex::feature
