#include "engine/facts.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>

namespace crosswatch::host::engine {
namespace {

constexpr std::size_t max_ids = 64;  // of one item: nobody has more

void tidy(std::vector<Texts::Id>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() > max_ids) ids.resize(max_ids);
}

}  // namespace

void Idents::add(Kind kind, std::int32_t season, std::int32_t episode, std::vector<Texts::Id>& own,
                 std::vector<Texts::Id>& shows, std::vector<Texts::Id>& refs) {
  const auto first = static_cast<std::uint32_t>(pool_.size());
  for (auto* ids : {&own, &shows, &refs}) {
    tidy(*ids);
    pool_.insert(pool_.end(), ids->begin(), ids->end());
  }
  all_.push_back({first, season, episode, static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(own.size()),
                  static_cast<std::uint8_t>(shows.size()), static_cast<std::uint8_t>(refs.size())});
}

void Facts::accept(const cw_facts& page) {
  for_each<cw_fact>(page.first, page.count, page.stride, [this](const cw_fact& raw) { accept(raw); });
}

void Facts::collect(std::vector<Texts::Id>& out, Kind kind, const cw_token* first, std::uint32_t count) {
  out.clear();
  for (std::uint32_t i = 0; i < count; ++i)
    if (first[i].scheme.size != 0 && first[i].value.size != 0)
      out.push_back(
          texts_->intern(static_cast<Texts::Space>(kind), texts_->scheme(view(first[i].scheme)), view(first[i].value)));
}

void Facts::accept(const cw_fact& raw) {
  Value value;
  if (raw.kind < CW_MOVIE || raw.kind > CW_EPISODE || !to_value(feature_, raw.value, value)) {
    ++malformed_;
    return;
  }
  const auto kind = static_cast<Kind>(raw.kind);
  refs_.clear();
  if (raw.ref.size != 0) {
    const Texts::Id ref =
        texts_->intern(side_ == Side::source ? Texts::ref_source : Texts::ref_target, 0, view(raw.ref));
    if (seen_refs_.size() <= ref) seen_refs_.resize(std::max<std::size_t>(texts_->size(), seen_refs_.size() * 2));
    if (seen_refs_[ref]) {
      ++repeated_;
      return;
    }
    seen_refs_[ref] = true;
    refs_.push_back(ref);
  }
  collect(own_, kind, raw.ids, raw.id_count);
  collect(shows_, Kind::show, raw.show_ids, raw.show_id_count);
  idents_.add(kind, raw.season, raw.episode, own_, shows_, refs_);

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

}  // namespace crosswatch::host::engine
