// Values that providers and the host talk about, as C++: kinds, features, ids, facts.
#pragma once

#include <crosswatch/abi.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch {

enum class Kind : std::uint8_t { movie = CW_MOVIE, show = CW_SHOW, season = CW_SEASON, episode = CW_EPISODE };
enum class Feature : std::uint8_t {
  watchlist = CW_WATCHLIST,
  ratings = CW_RATINGS,
  history = CW_HISTORY,
  progress = CW_PROGRESS
};
inline constexpr std::array<Feature, CW_FEATURE_COUNT> all_features{Feature::watchlist, Feature::ratings,
                                                                    Feature::history, Feature::progress};

constexpr std::uint32_t bit(Feature f) noexcept {
  return 1u << static_cast<unsigned>(f);
}
// 0 for a kind of a newer host, which is so in nobody's set.
constexpr std::uint32_t bit(Kind k) noexcept {
  return k <= Kind::episode ? 1u << static_cast<unsigned>(k) : 0;
}

std::string_view name_of(Kind k) noexcept;
std::string_view name_of(Feature f) noexcept;
std::optional<Kind> kind_named(std::string_view name) noexcept;
std::optional<Feature> feature_named(std::string_view name) noexcept;

inline std::string_view view(cw_str s) noexcept {
  return {s.data, s.size};
}
inline cw_str str(std::string_view s) noexcept {
  return {s.data(), s.size()};
}

inline constexpr std::int64_t time_unknown = CW_TIME_UNKNOWN;
inline constexpr cw_value no_value{CW_TIME_UNKNOWN, -1, -1, -1, 0};

struct Token {
  std::string scheme{};
  std::string value{};
  friend auto operator<=>(const Token&, const Token&) = default;
};

// A fact that owns its text. Where a million of them pass by, use cw_fact and copy what is kept.
struct Fact {
  Kind kind = Kind::movie;
  std::int32_t year = 0;
  std::int32_t season = -1;
  std::int32_t episode = -1;
  std::string ref{};
  std::string library_id{};
  std::string title{};
  std::string series_title{};
  std::vector<Token> ids{};
  std::vector<Token> show_ids{};
  std::vector<std::int64_t> plays_at{};
  cw_value value = no_value;
};

// Copies a fact that came through the boundary.
Fact to_fact(const cw_fact& raw);

// Lends Facts to the boundary: the views stay valid until the next call of lend() or the Fact changes.
class FactLender {
public:
  const cw_fact& lend(const Fact& fact);

private:
  std::vector<cw_token> tokens_{};
  cw_fact raw_{};
};

inline std::string_view name_of(Kind k) noexcept {
  switch (k) {
    case Kind::movie:
      return "movie";
    case Kind::show:
      return "show";
    case Kind::season:
      return "season";
    case Kind::episode:
      return "episode";
  }
  return "unknown";
}

inline std::string_view name_of(Feature f) noexcept {
  switch (f) {
    case Feature::watchlist:
      return "watchlist";
    case Feature::ratings:
      return "ratings";
    case Feature::history:
      return "history";
    case Feature::progress:
      return "progress";
  }
  return "unknown";
}

inline std::optional<Kind> kind_named(std::string_view name) noexcept {
  for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
    if (name_of(k) == name) return k;
  return std::nullopt;
}

inline std::optional<Feature> feature_named(std::string_view name) noexcept {
  for (const Feature f : all_features)
    if (name_of(f) == name) return f;
  return std::nullopt;
}

inline Fact to_fact(const cw_fact& raw) {
  const auto tokens = [](const cw_token* first, std::uint32_t count) {
    std::vector<Token> out;
    out.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i)
      out.push_back({std::string(view(first[i].scheme)), std::string(view(first[i].value))});
    return out;
  };
  Fact f;
  f.kind = static_cast<Kind>(raw.kind);
  f.year = raw.year;
  f.season = raw.season;
  f.episode = raw.episode;
  f.ref = view(raw.ref);
  f.library_id = view(raw.library_id);
  f.title = view(raw.title);
  f.series_title = view(raw.series_title);
  f.ids = tokens(raw.ids, raw.id_count);
  f.show_ids = tokens(raw.show_ids, raw.show_id_count);
  f.plays_at.assign(raw.plays_at, raw.plays_at + raw.play_count);
  f.value = raw.value;
  return f;
}

inline const cw_fact& FactLender::lend(const Fact& f) {
  tokens_.clear();
  for (const auto* list : {&f.ids, &f.show_ids})
    for (const Token& t : *list) tokens_.push_back({str(t.scheme), str(t.value)});
  raw_ = cw_fact{sizeof(cw_fact),
                 static_cast<std::uint32_t>(f.kind),
                 f.year,
                 f.season,
                 f.episode,
                 static_cast<std::uint32_t>(f.ids.size()),
                 static_cast<std::uint32_t>(f.show_ids.size()),
                 static_cast<std::uint32_t>(f.plays_at.size()),
                 str(f.ref),
                 str(f.library_id),
                 str(f.title),
                 str(f.series_title),
                 tokens_.data(),
                 tokens_.data() + f.ids.size(),
                 f.plays_at.data(),
                 f.value};
  return raw_;
}

}  // namespace crosswatch
