#include "feature/item_sink.hpp"

#include <algorithm>

namespace crosswatch::plex::feature {

using wire::Field;

namespace {

// Whether the number of a rating key says as much as the key.
bool is_number(std::uint64_t number, std::string_view key) noexcept {
  return number >> 63 == 0 && (key.front() != '0' || key.size() == 1);
}

std::int32_t small(const wire::Row& row, Field field) {
  const auto n = row.number(field);
  return n && *n >= 0 && *n <= 1'000'000 ? static_cast<std::int32_t>(*n) : -1;
}

std::int32_t year_of(const wire::Row& row) {
  if (row.has(Field::year)) return std::max(small(row, Field::year), 0);
  const auto n = wire::to_int(row.text(Field::originally_available_at).substr(0, 4));
  return n && *n > 0 ? static_cast<std::int32_t>(*n) : 0;
}

}  // namespace

const ItemSink::ShowFields ItemSink::of_season{Field::parent_rating_key, Field::parent_key, Field::parent_guid,
                                               Field::parent_title};
const ItemSink::ShowFields ItemSink::of_episode{Field::grandparent_rating_key, Field::grandparent_key,
                                                Field::grandparent_guid, Field::grandparent_title};

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

ItemSink::ItemSink(Reading& reading, Feature feature, const Section& section, Kind kind, const std::string& ref_prefix,
                   Joins& joins, wire::Arena& arena)
    : reading_(reading),
      feature_(feature),
      section_(section),
      kind_(kind),
      ref_prefix_(ref_prefix),
      joins_(joins),
      arena_(arena) {}

void ItemSink::row(const wire::Row& row) {
  if (row.text(Field::type) != name_of(kind_)) return reading_.tally.add(Note::other_kind);
  const std::string_view key = row.text(Field::rating_key);
  if (key.empty()) return reading_.tally.add(Note::no_key);
  if (row.has(Field::library_id) && row.text(Field::library_id) != section_.key)
    return reading_.tally.add(Note::other_library);
  cw_fact fact{};
  record_ = {};
  record_.key = join_key(key);
  if (!read_value(row, feature_, fact.value)) return reading_.tally.add(Note::filtered);
  fact.struct_size = sizeof(cw_fact);
  fact.kind = static_cast<std::uint32_t>(kind_);
  fact.year = year_of(row);
  fact.season = fact.episode = -1;
  fact.ref = str(arena_.join(ref_prefix_, key));
  fact.library_id = str(section_.key);
  fact.title = str(row.text(Field::title));
  const cw_value own = fact.value;
  if (feature_ == Feature::history) add_plays(row, fact);
  add_ids(row, key, fact);
  page_->facts.push_back(fact);
  if (records) add_record(row, key, own, fact);
}

void ItemSink::page_end(std::uint64_t rows, std::uint64_t total) {
  complete_ids();
  if (page_->facts.empty())
    reading_.drain();
  else
    reading_.send(page_->facts, [this, page = page_] { keep(*page); });
  page_ = page_ == &pages_[0] ? &pages_[1] : &pages_[0];
  page_->facts.clear();
  page_->records.clear();
  page_->shows.clear();
  page_->keepable = true;
  show_key_ = {};
  reading_.progress(rows, total);
}

void ItemSink::take(const wire::Row& row) {
  const auto at = lacking_.find(row.text(Field::rating_key));
  if (at == lacking_.end()) return;
  identity::Tokens ids = at->second.ids;
  for (const std::string_view guid : row.guids()) {
    who_.clear();
    identity::read_guid(arena_.keep(guid), kind_, arena_, who_);
    for (const cw_token& t : who_.ids.all()) ids.add(view(t.scheme), view(t.value));
  }
  set_ids(page_->facts[at->second.fact], ids);
  if (ids.external()) lacking_.erase(at);
}

void ItemSink::add_plays(const wire::Row& row, cw_fact& fact) {
  times_.clear();
  joins_.plays.find(record_.key, times_);
  plays_matched_ += times_.size();
  record_.begun = row.number(Field::view_offset, 0) != 0;
  if (records) record_.plays = {arena_.keep(std::span<const std::int64_t>(times_)), times_.size()};
  date_by_plays(fact.value, times_, record_.begun);
  fact.plays_at = arena_.keep(std::span<const std::int64_t>(times_));
  fact.play_count = static_cast<std::uint32_t>(times_.size());
}

void ItemSink::add_ids(const wire::Row& row, std::string_view key, cw_fact& fact) {
  identify(row, kind_, arena_, who_);
  set_ids(fact, who_.ids);
  if (kind_ == Kind::season) {
    fact.season = small(row, Field::index);
    add_show(row, of_season, fact);
  } else if (kind_ == Kind::episode) {
    fact.season = small(row, Field::parent_index);
    fact.episode = small(row, Field::index);
    add_show(row, of_episode, fact);
  }
  if (fact.season < 0) fact.season = who_.season;
  if (fact.episode < 0) fact.episode = who_.episode;
  if (who_.ids.external() || who_.show_ids.external()) return;
  if (who_.local)
    reading_.tally.add(Note::local);
  else if (who_.unsupported)
    reading_.tally.add(Note::unsupported_agent);
  else
    lacking_.emplace(key, Lacking{page_->facts.size(), row.text(Field::updated_at), who_.ids});
}

void ItemSink::add_show(const wire::Row& row, const ShowFields& fields, cw_fact& fact) {
  fact.series_title = str(row.text(fields.title));
  std::string_view key = row.text(fields.rating_key);
  if (key.empty()) key = key_of_path(row.text(fields.path));
  if (key != show_key_ || key.empty()) {
    show_.clear();
    read_show(row, key, fields);
    show_key_ = key;
  }
  if (!key.empty()) record_.show = join_key(key);
  if (who_.show_ids.all().empty()) {
    fact.show_ids = show_tokens_;
    fact.show_id_count = static_cast<std::uint32_t>(show_.ids.all().size());
    return;
  }
  if (records)
    record_.show_ids = {arena_.keep(std::span<const cw_token>(who_.show_ids.all())), who_.show_ids.all().size()};
  identity::Tokens all = who_.show_ids;
  for (const cw_token& t : show_.ids.all()) all.add(view(t.scheme), view(t.value));
  fact.show_ids = arena_.keep(std::span<const cw_token>(all.all()));
  fact.show_id_count = static_cast<std::uint32_t>(all.all().size());
}

// Episodes of one show stand together in a list, so its ids are read and kept once a page.
void ItemSink::read_show(const wire::Row& row, std::string_view key, const ShowFields& fields) {
  std::string_view title;
  const auto listed = [&] { return !key.empty() && joins_.shows.find(join_key(key), arena_, show_.ids, &title); };
  bool known = listed();
  if (!known && !std::exchange(joins_.shows_loaded, true)) {
    joins_.shows.load(reading_, section_);
    known = listed();
  }
  if (!known) {
    reading_.tally.add(Note::show_unknown);
    identity::read_guid(row.text(fields.guid), Kind::show, arena_, show_);
  }
  show_tokens_ = arena_.keep(std::span<const cw_token>(show_.ids.all()));
  if (!records || key.empty()) return;
  if (known && title != row.text(fields.title)) page_->keepable = false;  // its name would not follow that of the show
  page_->shows.push_back({join_key(key), row.text(fields.title), {show_tokens_, show_.ids.all().size()}, known});
}

void ItemSink::add_record(const wire::Row& row, std::string_view key, const cw_value& own, const cw_fact& fact) {
  Record& r = record_;
  r.kind = kind_;
  r.at = own.at;
  r.updated_at = row.time(Field::updated_at);
  r.amount = feature_ == Feature::ratings ? own.rating : feature_ == Feature::progress ? own.progress_ms : own.plays;
  r.duration_ms = own.duration_ms;
  r.year = fact.year;
  r.season = fact.season;
  r.episode = fact.episode;
  r.title = view(fact.title);
  if (!is_number(r.key, key) || (r.show == 0 && fact.series_title.size != 0)) page_->keepable = false;
  page_->records.push_back(r);
}

// Within a snapshot this runs on the host's thread, while the next page is read.
void ItemSink::keep(const Page& page) {
  if (!records) return;
  if (!page.keepable) return records->cannot_keep();
  for (const Page::Show& show : page.shows) records->take_show(show.key, show.title, show.ids, show.listed);
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    Record r = page.records[i];
    r.ids = {page.facts[i].ids, page.facts[i].id_count};
    records->take(r);
  }
}

void ItemSink::set_ids(cw_fact& fact, const identity::Tokens& ids) {
  fact.ids = arena_.keep(std::span<const cw_token>(ids.all()));
  fact.id_count = static_cast<std::uint32_t>(ids.all().size());
}

void ItemSink::complete_ids() {
  if (lacking_.empty()) return;
  std::vector<Nameless> items;
  for (const auto& [key, item] : lacking_) items.push_back({key, item.version});
  ask_for_ids(reading_, items, *this);
  reading_.tally.add(Note::no_external_ids, lacking_.size());
  lacking_.clear();
}

}  // namespace crosswatch::plex::feature
