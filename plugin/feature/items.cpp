#include "feature/items.hpp"

#include <algorithm>

#include "feature/follow.hpp"

namespace crosswatch::plex::feature {
namespace {

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

void read_library(Reading& reading, Feature feature, const ServerAccess& access, const Section& section,
                  const KeepPlace& place, const std::string& ref_prefix, Joins& joins) {
  wire::Arena arena;
  Keeper keeper(reading.host, place, feature);
  joins.shows.load(KeptShows{});
  joins.shows_loaded = false;
  std::uint64_t matched = 0;
  if (feature == Feature::history) joins.plays.load(reading, section, access);
  for (const Kind kind : kinds_of(feature, section)) {
    List list = listing_of(feature, section, kind);
    ItemSink sink(reading, feature, section, kind, ref_prefix, joins, arena);
    if (!place.path.empty()) sink.records = &keeper;
    ListEnd end = read_list(reading.call, reading.source, list, arena, sink);
    if (feature == Feature::history && end.complete() && end.rows == 0 && !nothing_watched(reading, list)) {
      list.query.pop_back();
      end = read_list(reading.call, reading.source, list, arena, sink);
    }
    if (!end.complete()) reading.note_defect(end.defect);
    keeper.part_end(kind, end);
    reading.rows_done += end.rows;
    matched += sink.plays_matched();
  }
  if (feature == Feature::history)
    reading.tally.add(Note::lost_play, joins.plays.size() - std::min(joins.plays.size(), matched));
  reading.tally.report(reading.host, std::string(name_of(feature)) + " of \"" + section.title + '"');
  // Ids that were not asked for, or a list that was not whole: nobody may build on it.
  if (!reading.defect.empty() || reading.id_requests_left == 0) keeper.cannot_keep();
  keeper.finish(section, feature == Feature::history ? &joins.plays : nullptr);
}

}  // namespace

void read_items(Reading& reading, Feature feature, const ServerAccess& access, const std::string& who,
                const LibraryRule& rule, const std::string& folder) {
  const std::string ref_prefix = reading.source.id() + '/';
  Joins joins(folder);
  for (const Section& section : rule.libraries()) {
    const KeepPlace place = KeepPlace::of(reading.host, folder, who, access, feature, section);
    if (Follower(reading, feature, section, access, place, ref_prefix, folder).read()) continue;
    read_library(reading, feature, access, section, place, ref_prefix, joins);
  }
}

}  // namespace crosswatch::plex::feature
