#include "fact_text.hpp"

#include <cstdio>

#include "time.hpp"

namespace crosswatch::app {
namespace {

constexpr std::int64_t ms_a_minute = 60'000;

std::string minute(std::int64_t epoch_s) {
  std::string text = host::iso(epoch_s).substr(0, 16);  // to the minute, UTC
  text[10] = ' ';
  return text;
}

std::string number(const char* format, std::int32_t n) {
  char text[16];
  std::snprintf(text, sizeof text, format, n);
  return text;
}

}  // namespace

std::string title_text(const cw_fact& f) {
  const auto kind = static_cast<Kind>(f.kind);
  std::string out(view(kind == Kind::season || kind == Kind::episode ? f.series_title : f.title));
  if (f.year > 0) out += " (" + std::to_string(f.year) + ")";
  if ((kind == Kind::season || kind == Kind::episode) && f.season >= 0) out += number(" S%02d", f.season);
  if (kind == Kind::episode) {
    if (f.episode >= 0) out += number("E%02d", f.episode);
    if (f.title.size != 0) out += " - " + std::string(view(f.title));
  }
  return out;
}

std::string value_text(Feature feature, const cw_value& v) {
  const std::string at = v.at == time_unknown ? std::string() : " " + minute(v.at);
  switch (feature) {
    case Feature::history:
      return "watched" + (at.empty() ? ", date unknown" : at) +
             (v.plays > 1 ? ", " + std::to_string(v.plays) + " plays" : "");
    case Feature::ratings:
      return v.rating < 0 ? "not rated"
                          : "rated " + std::to_string(v.rating / 10) +
                                (v.rating % 10 != 0 ? "." + std::to_string(v.rating % 10) : "");
    case Feature::progress:
      return "at " + std::to_string(v.progress_ms / ms_a_minute) +
             (v.duration_ms > 0 ? " of " + std::to_string(v.duration_ms / ms_a_minute) : "") + " min";
    case Feature::watchlist:
      return "listed" + at;
  }
  return {};
}

}  // namespace crosswatch::app
