#include "engine/facts.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>

namespace crosswatch::host::engine {
namespace {

constexpr std::size_t max_ids = 64;  // of one item: nobody has more

// Ids and refs are stored as lines of text; what cannot stand in one is no id.
bool usable(std::string_view id) noexcept {
  return !id.empty() && id.size() <= Texts::max_size &&
         std::none_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

void Idents::Draft::clear() {
  own.clear();
  shows.clear();
  refs[0].clear();
  refs[1].clear();
}

void Idents::add(Draft& draft) {
  const auto first = static_cast<std::uint32_t>(pool_.size());
  const auto put = [this](std::vector<Texts::Id>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    if (ids.size() > max_ids) ids.resize(max_ids);
    pool_.insert(pool_.end(), ids.begin(), ids.end());
    return static_cast<std::uint8_t>(ids.size());
  };
  Ident ident{first, draft.season, draft.episode, static_cast<std::uint8_t>(draft.kind), 0, 0, {}};
  ident.own = put(draft.own);
  ident.shows = put(draft.shows);
  ident.refs[0] = put(draft.refs[0]);
  ident.refs[1] = put(draft.refs[1]);
  all_.push_back(ident);
}

void Facts::accept(const cw_facts& page) {
  for_each<cw_fact>(page.first, page.count, page.stride, [this](const cw_fact& raw) { accept(raw); });
}

void Facts::collect(std::vector<Texts::Id>& out, Kind kind, const cw_token* first, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    if (usable(view(first[i].scheme)) && usable(view(first[i].value)))
      out.push_back(
          texts_->intern(static_cast<Texts::Space>(kind), texts_->scheme(view(first[i].scheme)), view(first[i].value)));
}

void Facts::accept(const cw_fact& raw) {
  Value value;
  if (raw.kind < CW_MOVIE || raw.kind > CW_EPISODE || !to_value(feature_, raw.value, value)) {
    ++malformed_;
    return;
  }
  draft_.clear();
  draft_.kind = static_cast<Kind>(raw.kind);
  draft_.season = raw.season;
  draft_.episode = raw.episode;
  if (usable(view(raw.ref))) {
    const Texts::Id ref = texts_->intern(Texts::ref, 0, view(raw.ref));
    if (seen_refs_.size() <= ref) seen_refs_.resize(std::max<std::size_t>(texts_->size(), seen_refs_.size() * 2));
    if (seen_refs_[ref]) {
      ++repeated_;
      return;
    }
    seen_refs_[ref] = true;
    draft_.refs[0].push_back(ref);
  }
  collect(draft_.own, draft_.kind, raw.ids, raw.id_count);
  collect(draft_.shows, Kind::show, raw.show_ids, raw.show_id_count);
  idents_.add(draft_);

  // A lone play that is the newest time is already in the value.
  const bool plays =
      feature_ == Feature::history && raw.play_count != 0 && (raw.play_count > 1 || raw.plays_at[0] != value.at);
  data_.push_back({value, static_cast<std::uint32_t>(titles_.size()),
                   texts_->intern(Texts::other, 0, view(raw.series_title)),
                   texts_->intern(Texts::other, 0, view(raw.library_id)), static_cast<std::uint32_t>(plays_.size()),
                   plays ? raw.play_count : 0, raw.year});
  const std::string_view title = view(raw.title).substr(0, Texts::max_size);
  titles_.insert(titles_.end(), title.begin(), title.end());
  titles_.push_back('\0');
  if (plays) plays_.insert(plays_.end(), raw.plays_at, raw.plays_at + raw.play_count);
}

Fact Facts::fact(std::uint32_t i) const {
  Fact f;
  f.kind = idents_.kind(i);
  f.season = idents_.season(i);
  f.episode = idents_.episode(i);
  f.year = year(i);
  f.title = title(i);
  f.series_title = series(i);
  f.library_id = library(i);
  const auto put = [&](std::vector<Token>& out, Ids ids) {
    for (const Texts::Id id : ids)
      out.push_back({texts_->scheme_name(texts_->scheme_of(id)), std::string(texts_->text(id))});
    std::sort(out.begin(), out.end());
  };
  put(f.ids, idents_.own(i));
  put(f.show_ids, idents_.shows(i));
  if (const Ids refs = idents_.refs(i, Side::source); !refs.empty()) f.ref = texts_->text(refs.front());
  f.value = to_raw(feature_, value(i));
  f.plays_at.assign(plays(i).begin(), plays(i).end());
  if (f.plays_at.empty() && feature_ == Feature::history && value(i).at != time_unknown) f.plays_at = {value(i).at};
  return f;
}

}  // namespace crosswatch::host::engine
