#include "feature/items.hpp"

#include <algorithm>
#include <unordered_map>

#include "feature/plays.hpp"
#include "feature/shows.hpp"

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

std::int32_t small(const wire::Row& row, Field field) {
  const auto n = row.number(field);
  return n && *n >= 0 && *n <= 1'000'000 ? static_cast<std::int32_t>(*n) : -1;
}

std::int32_t year_of(const wire::Row& row) {
  if (row.has(Field::year)) return std::max(small(row, Field::year), 0);
  const auto n = wire::to_int(row.text(Field::originally_available_at).substr(0, 4));
  return n && *n > 0 ? static_cast<std::int32_t>(*n) : 0;
}

// Where an item names the show it is part of.
struct ShowFields {
  Field rating_key, path, guid, title;
};
constexpr ShowFields show_of_season{Field::parent_rating_key, Field::parent_key, Field::parent_guid,
                                    Field::parent_title};
constexpr ShowFields show_of_episode{Field::grandparent_rating_key, Field::grandparent_key, Field::grandparent_guid,
                                     Field::grandparent_title};

// Turns the rows of one list into facts, and sends them a page at a time.
class ItemSink : public PageSink, public RowTaker {
public:
  ItemSink(Reading& reading, Feature feature, const Section& section, Kind kind, const std::string& ref_prefix,
           ShowTable& shows, bool& shows_loaded, PlayTable& plays, wire::Arena& arena)
      : reading_(reading),
        feature_(feature),
        section_(section),
        kind_(kind),
        ref_prefix_(ref_prefix),
        shows_(shows),
        shows_loaded_(shows_loaded),
        plays_(plays),
        arena_(arena) {}
  std::uint64_t plays_matched = 0;

  void row(const wire::Row& row) override {
    if (row.text(Field::type) != name_of(kind_)) return reading_.tally.add(Note::other_kind);
    const std::string_view key = row.text(Field::rating_key);
    if (key.empty()) return reading_.tally.add(Note::no_key);
    if (row.has(Field::library_id) && row.text(Field::library_id) != section_.key)
      return reading_.tally.add(Note::other_library);
    cw_fact fact{};
    if (!read_value(row, feature_, fact.value)) return reading_.tally.add(Note::filtered);
    fact.struct_size = sizeof(cw_fact);
    fact.kind = static_cast<std::uint32_t>(kind_);
    fact.year = year_of(row);
    fact.season = fact.episode = -1;
    fact.ref = str(arena_.join(ref_prefix_, key));
    fact.library_id = str(section_.key);
    fact.title = str(row.text(Field::title));
    if (feature_ == Feature::history) add_plays(row, key, fact);
    add_ids(row, key, fact);
    facts_.push_back(fact);
  }

  void page_end(std::uint64_t rows, std::uint64_t total) override {
    complete_ids();
    if (!facts_.empty()) reading_.sink.accept(facts_);
    facts_.clear();
    show_key_ = {};
    reading_.progress(rows, total);
  }

  void take(const wire::Row& row) override {
    const auto at = lacking_.find(row.text(Field::rating_key));
    if (at == lacking_.end()) return;
    identity::Tokens ids = at->second.ids;
    for (const std::string_view guid : row.guids()) {
      who_.clear();
      identity::read_guid(arena_.keep(guid), kind_, arena_, who_);
      for (const cw_token& t : who_.ids.all()) ids.add(view(t.scheme), view(t.value));
    }
    set_ids(facts_[at->second.fact], ids);
    if (ids.external()) lacking_.erase(at);
  }

private:
  struct Lacking {
    std::size_t fact = 0;
    identity::Tokens ids{};
  };

  void add_plays(const wire::Row& row, std::string_view key, cw_fact& fact) {
    times_.clear();
    plays_.find(join_key(key), times_);
    plays_matched += times_.size();
    const std::int64_t last = fact.value.at;
    // A later time of the item itself is that of a mark, for which servers write no play row, unless there is a
    // row for every view: then it is the time of a view that was broken off, and that is no play.
    const bool marked = fact.value.plays > times_.size() && row.number(Field::view_offset, 0) == 0;
    if (last != time_unknown && (times_.empty() || (marked && last > times_.front())))
      times_.insert(times_.begin(), last);
    fact.value.at = times_.empty() ? time_unknown : times_.front();
    fact.value.plays = std::max(fact.value.plays, static_cast<std::uint32_t>(times_.size()));
    fact.plays_at = arena_.keep(std::span<const std::int64_t>(times_));
    fact.play_count = static_cast<std::uint32_t>(times_.size());
  }

  void add_ids(const wire::Row& row, std::string_view key, cw_fact& fact) {
    identify(row, kind_, arena_, who_);
    set_ids(fact, who_.ids);
    if (kind_ == Kind::season) {
      fact.season = small(row, Field::index);
      add_show(row, show_of_season, fact);
    } else if (kind_ == Kind::episode) {
      fact.season = small(row, Field::parent_index);
      fact.episode = small(row, Field::index);
      add_show(row, show_of_episode, fact);
    }
    if (fact.season < 0) fact.season = who_.season;
    if (fact.episode < 0) fact.episode = who_.episode;
    if (who_.ids.external() || who_.show_ids.external()) return;
    if (who_.local)
      reading_.tally.add(Note::local);
    else if (who_.unsupported)
      reading_.tally.add(Note::unsupported_agent);
    else
      lacking_.emplace(key, Lacking{facts_.size(), who_.ids});
  }

  void add_show(const wire::Row& row, const ShowFields& fields, cw_fact& fact) {
    fact.series_title = str(row.text(fields.title));
    std::string_view key = row.text(fields.rating_key);
    if (key.empty()) key = key_of_path(row.text(fields.path));
    if (key != show_key_ || key.empty()) {
      show_.clear();
      read_show(row, key, fields);
      show_key_ = key;
    }
    if (who_.show_ids.all().empty()) {
      fact.show_ids = show_tokens_;
      fact.show_id_count = static_cast<std::uint32_t>(show_.ids.all().size());
      return;
    }
    identity::Tokens all = who_.show_ids;
    for (const cw_token& t : show_.ids.all()) all.add(view(t.scheme), view(t.value));
    fact.show_ids = arena_.keep(std::span<const cw_token>(all.all()));
    fact.show_id_count = static_cast<std::uint32_t>(all.all().size());
  }

  // Episodes of one show stand together in a list, so its ids are read and kept once a page.
  void read_show(const wire::Row& row, std::string_view key, const ShowFields& fields) {
    if (!std::exchange(shows_loaded_, true)) shows_.load(reading_, section_);
    if (key.empty() || !shows_.find(join_key(key), arena_, show_.ids)) {
      reading_.tally.add(Note::show_unknown);
      identity::read_guid(row.text(fields.guid), Kind::show, arena_, show_);
    }
    show_tokens_ = arena_.keep(std::span<const cw_token>(show_.ids.all()));
  }

  void set_ids(cw_fact& fact, const identity::Tokens& ids) {
    fact.ids = arena_.keep(std::span<const cw_token>(ids.all()));
    fact.id_count = static_cast<std::uint32_t>(ids.all().size());
  }

  void complete_ids() {
    if (lacking_.empty()) return;
    std::vector<std::string_view> keys;
    for (const auto& [key, item] : lacking_) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    ask_for_ids(reading_, keys, *this);
    reading_.tally.add(Note::no_external_ids, lacking_.size());
    lacking_.clear();
  }

  Reading& reading_;
  Feature feature_;
  const Section& section_;
  Kind kind_;
  const std::string& ref_prefix_;
  ShowTable& shows_;
  bool& shows_loaded_;
  PlayTable& plays_;
  wire::Arena& arena_;
  identity::Identity who_{};
  identity::Identity show_{};
  std::string_view show_key_{};
  const cw_token* show_tokens_ = nullptr;
  std::vector<std::int64_t> times_{};
  std::vector<cw_fact> facts_{};  // of the page
  std::unordered_map<std::string_view, Lacking> lacking_{};
};

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

bool read_value(const wire::Row& row, Feature feature, cw_value& value) {
  value = no_value;
  switch (feature) {
    case Feature::ratings:
      value.rating = wire::to_tenths(row.text(Field::user_rating));
      value.at = row.time(Field::last_rated_at);
      if (value.rating > 0) return true;
      value.rating = -1;
      return false;
    case Feature::progress:
      value.progress_ms = row.number(Field::view_offset, 0);
      value.duration_ms = row.number(Field::duration, -1);
      value.at = row.time(Field::last_viewed_at);
      return value.progress_ms > 0;
    case Feature::history:
      value.plays = static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.number(Field::view_count, 0), 0, 1 << 30));
      value.at = row.time(Field::last_viewed_at);
      return value.plays > 0;
    case Feature::watchlist:
      break;
  }
  return false;
}

void read_items(Reading& reading, Feature feature, const ServerAccess& access, const LibraryRule& rule,
                const std::string& folder) {
  const std::string ref_prefix = access.machine_id + '/';
  wire::Arena arena;
  ShowTable shows(folder);
  PlayTable plays(folder);
  for (const Section& section : rule.libraries()) {
    bool shows_loaded = false;
    std::uint64_t matched = 0;
    if (feature == Feature::history) plays.load(reading, section, access);
    for (const Kind kind : kinds(feature, section)) {
      List list{"/library/sections/" + section.key + "/all", listing(kind),
                "The list of " + plural(kind) + " of \"" + section.title + '"'};
      list.query.push_back(filter(feature));
      ItemSink sink(reading, feature, section, kind, ref_prefix, shows, shows_loaded, plays, arena);
      ListEnd end = read_list(reading.call, reading.source, list, arena, sink);
      if (feature == Feature::history && end.complete() && end.rows == 0 && !nothing_watched(reading, list)) {
        list.query.pop_back();
        end = read_list(reading.call, reading.source, list, arena, sink);
      }
      if (!end.complete()) reading.note_defect(end.defect);
      reading.rows_done += end.rows;
      matched += sink.plays_matched;
    }
    if (feature == Feature::history) reading.tally.add(Note::lost_play, plays.size() - std::min(plays.size(), matched));
    reading.tally.report(reading.host, std::string(name_of(feature)) + " of \"" + section.title + '"');
  }
}

}  // namespace crosswatch::plex::feature
