#include "facts.hpp"

#include <algorithm>

#include "sqlite_text.hpp"

namespace crosswatch::tracker {
namespace {

constexpr std::int64_t times_tally = 4;

constexpr std::int64_t number_of(Feature f) noexcept {
  return static_cast<std::int64_t>(f);
}

// The members of a value that the feature is about.
cw_value relevant(Feature feature, const cw_value& v) noexcept {
  cw_value out = no_value;
  out.at = v.at;
  if (feature == Feature::ratings) out.rating = v.rating;
  if (feature == Feature::history) out.plays = v.plays;
  if (feature == Feature::progress) {
    out.progress_ms = v.progress_ms;
    out.duration_ms = std::max<std::int64_t>(v.duration_ms, -1);
  }
  return out;
}

// Whether `there` is what is `asked` for, as far as that is known.
bool satisfies(const cw_value& there, const cw_value& asked) noexcept {
  return (asked.at == time_unknown || asked.at == there.at) &&
         (asked.progress_ms < 0 || asked.progress_ms == there.progress_ms) &&
         (asked.duration_ms < 0 || asked.duration_ms == there.duration_ms) &&
         (asked.rating < 0 || asked.rating == there.rating) && (asked.plays == 0 || asked.plays == there.plays);
}

const char* why_not(Feature feature, const cw_value& v) noexcept {
  if (feature == Feature::ratings && (v.rating < 0 || v.rating > 100)) return "no_rating: a rating is 0 to 10";
  if (feature == Feature::progress && v.progress_ms < 0) return "no_position: the position is missing";
  return nullptr;
}

}  // namespace

cw_capability capability(Feature feature) noexcept {
  cw_capability c{};
  c.struct_size = sizeof c;
  c.can = CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE | CW_BACKDATE;
  c.time_precision_s = 1;
  switch (feature) {
    case Feature::watchlist:
      c.kinds = bit(Kind::movie) | bit(Kind::show);
      break;
    case Feature::ratings:
      c.kinds = bit(Kind::movie) | bit(Kind::show) | bit(Kind::season) | bit(Kind::episode);
      c.rating_step = 1;
      break;
    case Feature::history:
      c.can |= CW_EVENTS;
      c.kinds = bit(Kind::movie) | bit(Kind::episode);
      break;
    case Feature::progress:
      c.kinds = bit(Kind::movie) | bit(Kind::episode);
      break;
  }
  return c;
}

Facts::Facts(Database& database, Feature feature)
    : feature_(feature),
      read_(database.sql(),
            "SELECT at, progress_ms, duration_ms, rating, plays FROM fact WHERE feature = ? AND item = ?"),
      write_(
          database.sql(),
          "INSERT INTO fact(feature, item, at, progress_ms, duration_ms, rating, plays) VALUES (?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT(feature, item) DO UPDATE SET at = excluded.at, progress_ms = excluded.progress_ms, "
          "duration_ms = excluded.duration_ms, rating = excluded.rating, plays = excluded.plays"),
      erase_(database.sql(), "DELETE FROM fact WHERE feature = ? AND item = ?"),
      insert_play_(database.sql(), "INSERT INTO play(item, at) VALUES (?, ?) ON CONFLICT DO NOTHING"),
      plays_of_(database.sql(), "SELECT count(*), max(at) FROM play WHERE item = ?"),
      erase_plays_(database.sql(), "DELETE FROM play WHERE item = ?"),
      read_tally_(database.sql(), "SELECT count FROM tally WHERE what = ?"),
      add_tally_(database.sql(), "UPDATE tally SET count = count + ? WHERE what = ?") {}

std::optional<cw_value> Facts::value_of(ItemId item) {
  Use query(read_);
  if (!query.bind(number_of(feature_), item).step()) return std::nullopt;
  return cw_value{query.time(0), query.number(1), query.number(2), query.small(3),
                  static_cast<std::uint32_t>(query.number(4))};
}

Outcome Facts::apply(Identity& identity, std::uint32_t type, const Fact& fact, const cw_value& expect) {
  if ((capability(feature_).kinds & bit(fact.kind)) == 0) return {CW_CANNOT, no_value, {}, "kind: not kept here"};
  if (type != CW_OP_REMOVE)
    if (const char* why = why_not(feature_, fact.value)) return {CW_CANNOT, no_value, {}, why};

  Match match = identity.find(fact);
  if (match.state == Match::ambiguous)
    return {CW_AMBIGUOUS, no_value, {}, "ambiguous: its ids belong to different titles"};
  const bool known_item = match.state == Match::one;
  const auto before = known_item ? value_of(match.id) : std::nullopt;
  if (before && !satisfies(*before, relevant(feature_, expect))) return {CW_STALE, *before, match.id, {}};

  switch (type) {
    case CW_OP_ADD:
      if (known_item) {
        identity.learn(match.id, fact);
      } else if (const auto made = identity.make(fact)) {
        match.id = *made;
      } else {
        return {CW_CANNOT, no_value, {}, "no_identity: it has neither an id nor a title"};
      }
      if (before && feature_ != Feature::history) {
        const bool same = feature_ == Feature::watchlist || satisfies(*before, relevant(feature_, fact.value));
        return {same ? CW_ALREADY : CW_STALE, *before, match.id, {}};
      }
      return store(match.id, fact, before, true);
    case CW_OP_UPDATE:
      if (!known_item) return {CW_NO_ENTITY, no_value, {}, "unknown_title: the tracker never heard of it"};
      if (!before) return {CW_STALE, no_value, match.id, "gone: the fact is not there any more"};
      identity.learn(match.id, fact);
      return store(match.id, fact, before, false);
    case CW_OP_REMOVE:
      if (!before) return {CW_ABSENT, no_value, known_item ? std::optional(match.id) : std::nullopt, {}};
      erase(match.id);
      return {CW_APPLIED, no_value, match.id, {}};
    default:
      return {CW_CANNOT, no_value, {}, "operation: of an unknown type"};
  }
}

Outcome Facts::store(ItemId item, const Fact& fact, const std::optional<cw_value>& before, bool adding) {
  cw_value v = relevant(feature_, fact.value);
  if (feature_ == Feature::history) {
    const std::int64_t new_times = add_plays(item, fact);
    Use query(plays_of_);
    query.bind(item).step();
    v.at = query.time(1);
    // Fewer plays than before are believed of an update that says a number, but never fewer than the known times.
    const bool keeps = before && (adding || v.plays == 0);
    v.plays = std::max({v.plays, static_cast<std::uint32_t>(query.number(0)), keeps ? before->plays : 0});
    if (before && new_times == 0 && v.plays == before->plays) return {CW_ALREADY, *before, item, {}};
  } else if (before) {
    if (v.duration_ms < 0) v.duration_ms = before->duration_ms;
    if (satisfies(*before, v)) return {CW_ALREADY, *before, item, {}};
  }
  Use query(write_);
  query.bind(number_of(feature_), item, known(v.at), v.progress_ms, v.duration_ms, v.rating, v.plays).run();
  if (!before) ++more_facts_;
  return {CW_APPLIED, value_of(item).value_or(no_value), item, {}};
}

std::int64_t Facts::add_plays(ItemId item, const Fact& fact) {
  std::int64_t added = 0;
  const auto add = [&](std::int64_t at) {
    if (at == time_unknown) return;
    Use query(insert_play_);
    query.bind(item, at).run();
    added += query.changes();
  };
  for (const std::int64_t at : fact.plays_at) add(at);
  add(fact.value.at);
  more_times_ += added;
  return added;
}

void Facts::erase(ItemId item) {
  Use(erase_).bind(number_of(feature_), item).run();
  --more_facts_;
  if (feature_ != Feature::history) return;
  Use plays(erase_plays_);
  plays.bind(item).run();
  more_times_ -= plays.changes();
}

std::int64_t Facts::tally(bool times) {
  Use query(read_tally_);
  return query.bind(times ? times_tally : number_of(feature_)).step() ? query.number(0) : -1;
}

void Facts::settle_tally() {
  Use(add_tally_).bind(std::exchange(more_facts_, 0), number_of(feature_)).run();
  Use(add_tally_).bind(std::exchange(more_times_, 0), times_tally).run();
}

}  // namespace crosswatch::tracker
