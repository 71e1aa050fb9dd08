#include "feature/items.hpp"

#include <algorithm>
#include <deque>

#include "feature/follow.hpp"
#include "wire/hash.hpp"

namespace crosswatch::plex::feature {
namespace {

// A server that knows no "watched" filter for this kind may answer it with nothing, which must not pass for a
// library that nobody has watched. Then watched and unwatched do not add up to all.
bool nothing_watched(Reading& reading, const List& list) {
  List all = list;
  all.query.pop_back();
  List unwatched = all;
  unwatched.query.emplace_back("unwatched", "1");
  const auto total = count_of(reading.call, reading.source, all);
  return total && (*total == 0 || total == count_of(reading.call, reading.source, unwatched));
}

// Returns the name of what is kept of it; "": nothing is.
std::string read_library(Reading& reading, Feature feature, const ServerAccess& access, const Section& section,
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
  return keeper.finish(section, feature == Feature::history ? &joins.plays : nullptr);
}

struct Library {
  Library(Reading& reading, Feature feature, const ServerAccess& access, const std::string& who, const Section& s,
          const std::string& ref_prefix, const std::string& folder)
      : section(s),
        place(KeepPlace::of(reading.host, folder, who, access, feature, s)),
        follower(reading, feature, s, access, place, ref_prefix, folder) {}
  const Section& section;
  KeepPlace place;
  Follower follower;
};

// Goes on from `state`, which is that of the libraries before.
std::uint64_t add_to_state(std::uint64_t state, const Library& library, const std::string& name) {
  return wire::hash_of(library.place.about + '=' + name + ';', state);
}

std::string text_of(std::uint64_t state) {
  return "1." + std::to_string(state);  // the number rises when the same kept read is told otherwise
}

}  // namespace

ItemsEnd read_items(Reading& reading, Feature feature, const ServerAccess& access, const std::string& who,
                    const LibraryRule& rule, const std::string& folder, std::string_view since) {
  const std::string ref_prefix = reading.source.id() + '/';
  std::deque<Library> libraries;
  for (const Section& section : rule.libraries())
    libraries.emplace_back(reading, feature, access, who, section, ref_prefix, folder);
  std::uint64_t state = wire::hash_of(rule.scope());
  if (!since.empty() &&
      std::all_of(libraries.begin(), libraries.end(), [](Library& l) { return l.follower.unchanged(); })) {
    std::uint64_t kept = state;
    for (const Library& l : libraries) kept = add_to_state(kept, l, l.follower.name());
    if (text_of(kept) == since) return {text_of(kept), true};
  }
  bool all_kept = true;
  for (Joins joins(folder); !libraries.empty(); libraries.pop_front()) {
    Library& l = libraries.front();
    const std::string name = l.follower.read()
                                 ? l.follower.name()
                                 : read_library(reading, feature, access, l.section, l.place, ref_prefix, joins);
    all_kept = all_kept && !name.empty();
    state = add_to_state(state, l, name);
  }
  return {all_kept ? text_of(state) : std::string(), false};
}

}  // namespace crosswatch::plex::feature
