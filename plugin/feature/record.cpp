#include "feature/record.hpp"

#include <algorithm>
#include <array>

#include "identity/guid.hpp"

namespace crosswatch::plex::feature {
namespace {

void put_tokens(Encoder& out, std::span<const cw_token> tokens) {
  out.number(tokens.size());
  for (const cw_token& t : tokens) {
    out.text(view(t.scheme));
    out.text(view(t.value));
  }
}

std::span<const cw_token> get_tokens(Decoder& in, wire::Arena& arena) {
  std::array<cw_token, 16> few;
  std::vector<cw_token> many;
  const std::size_t count = static_cast<std::size_t>(in.count());
  if (count > few.size()) many.resize(count);
  cw_token* const tokens = count > few.size() ? many.data() : few.data();
  for (std::size_t i = 0; i < count; ++i) {
    tokens[i].scheme = str(in.text());
    tokens[i].value = str(in.text());
  }
  return {arena.keep(std::span<const cw_token>(tokens, count)), count};
}

// What has the same size in every record. It stands first, as it lies in memory, since it is read of each of them.
struct Numbers {
  std::uint64_t key;
  std::int64_t at;
  std::int64_t updated_at;
  std::uint64_t show;
  std::int64_t amount;
  std::int64_t duration_ms;
  std::int32_t year;
  std::int32_t season;
  std::int32_t episode;
  std::uint16_t kind;
  std::uint16_t begun;
};

Record get_numbers(Decoder& in) {
  const auto n = in.plain<Numbers>();
  if (n.kind > static_cast<std::uint16_t>(Kind::episode)) throw Damaged();
  Record r;
  r.kind = static_cast<Kind>(n.kind);
  r.key = n.key;
  r.at = n.at;
  r.updated_at = n.updated_at;
  r.show = n.show;
  r.amount = n.amount;
  r.duration_ms = n.duration_ms;
  r.begun = n.begun != 0;
  r.year = n.year;
  r.season = n.season;
  r.episode = n.episode;
  return r;
}

}  // namespace

void encode(const Record& r, std::string& bytes) {
  Encoder out(bytes);
  out.plain(Numbers{r.key, r.at, r.updated_at, r.show, r.amount, r.duration_ms, r.year, r.season, r.episode,
                    static_cast<std::uint16_t>(r.kind), r.begun});
  out.text(r.title);
  put_tokens(out, r.ids);
  put_tokens(out, r.show_ids);
  out.number(r.plays.size());
  for (const std::int64_t at : r.plays) out.whole(at);
}

Record decode_head(std::string_view bytes) {
  Decoder in(bytes);
  return get_numbers(in);
}

Record decode(std::string_view bytes, wire::Arena& arena) {
  Decoder in(bytes);
  Record r = get_numbers(in);
  r.title = in.text();
  r.ids = get_tokens(in, arena);
  r.show_ids = get_tokens(in, arena);
  std::vector<std::int64_t> plays(static_cast<std::size_t>(in.count()));
  for (std::int64_t& at : plays) at = in.whole();
  r.plays = {arena.keep(std::span<const std::int64_t>(plays)), plays.size()};
  if (!in.done()) throw Damaged();
  return r;
}

std::vector<Token> kept_tokens(std::span<const cw_token> lent) {
  std::vector<Token> out;
  for (const cw_token& t : lent) out.push_back({std::string(view(t.scheme)), std::string(view(t.value))});
  return out;
}

void date_by_plays(cw_value& value, std::vector<std::int64_t>& times, bool begun) {
  const std::int64_t last = value.at;
  // A later time of the item itself is that of a mark, for which servers write no play row, unless there is a
  // row for every view: then it is the time of a view that was broken off, and that is no play.
  const bool marked = value.plays > times.size() && !begun;
  if (last != time_unknown && (times.empty() || (marked && last > times.front()))) times.insert(times.begin(), last);
  value.at = times.empty() ? time_unknown : times.front();
  value.plays = std::max(value.plays, static_cast<std::uint32_t>(times.size()));
}

cw_fact fact_of(const Record& r, Feature feature, std::string_view ref_prefix, std::string_view library,
                const KeptShows& shows, wire::Arena& arena) {
  cw_fact fact{};
  fact.struct_size = sizeof(cw_fact);
  fact.kind = static_cast<std::uint32_t>(r.kind);
  fact.year = r.year;
  fact.season = r.season;
  fact.episode = r.episode;
  fact.ref = str(arena.join(ref_prefix, std::to_string(r.key)));
  fact.library_id = str(library);
  fact.title = str(r.title);
  fact.ids = r.ids.data();
  fact.id_count = static_cast<std::uint32_t>(r.ids.size());
  fact.value = no_value;
  fact.value.at = r.at;
  if (feature == Feature::ratings) {
    fact.value.rating = static_cast<std::int32_t>(r.amount);
  } else if (feature == Feature::progress) {
    fact.value.progress_ms = r.amount;
    fact.value.duration_ms = r.duration_ms;
  } else {
    std::vector<std::int64_t> times(r.plays.begin(), r.plays.end());
    fact.value.plays = static_cast<std::uint32_t>(r.amount);
    date_by_plays(fact.value, times, r.begun);
    fact.plays_at = arena.keep(std::span<const std::int64_t>(times));
    fact.play_count = static_cast<std::uint32_t>(times.size());
  }
  identity::Tokens show_ids;
  for (const cw_token& t : r.show_ids) show_ids.add(view(t.scheme), view(t.value));
  if (const auto show = shows.find(r.show); r.show != 0 && show != shows.end()) {
    fact.series_title = str(show->second.title);
    for (const Token& t : show->second.ids) show_ids.add(t.scheme, t.value);
  }
  fact.show_ids = arena.keep(std::span<const cw_token>(show_ids.all()));
  fact.show_id_count = static_cast<std::uint32_t>(show_ids.all().size());
  return fact;
}

}  // namespace crosswatch::plex::feature
