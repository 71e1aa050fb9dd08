#include "http/retry.hpp"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace crosswatch::plex::http {

std::optional<std::uint32_t> retry_after_ms(std::string_view header, std::int64_t now_ms) {
  constexpr std::int64_t most = std::int64_t{24} * 3600 * 1000;
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), ms);
  if (error == std::errc{} && end == header.data() + header.size()) {
    ms = std::min(ms, most / 1000) * 1000;
  } else {
    Poco::DateTime date;
    int zone = 0;
    // The parser makes a date of nearly everything.
    if (!header.ends_with(" GMT")) return std::nullopt;
    if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, std::string(header), date, zone))
      return std::nullopt;
    ms = date.timestamp().epochMicroseconds() / 1000 - now_ms;
  }
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, most));
}

std::optional<std::uint32_t> should_retry(int status, bool safe_to_repeat, std::uint32_t attempt, std::uint32_t tries,
                                          std::optional<std::uint32_t> asked_ms, double random) {
  const bool throttled = status == 429;
  const bool passing = status == 502 || status == 503 || status == 504;
  if (!throttled && !(passing && safe_to_repeat)) return std::nullopt;
  if (attempt + 1 >= tries) return std::nullopt;
  if (asked_ms.value_or(0) > longest_wait_ms) return std::nullopt;
  const double ceiling = 500.0 * static_cast<double>(1u << std::min(attempt, 6u));
  const auto back_off = static_cast<std::uint32_t>(ceiling * (0.5 + random / 2));
  // Several waiters that were given the same time shall not come back together.
  return asked_ms ? *asked_ms + static_cast<std::uint32_t>(250.0 * random) : back_off;
}

}  // namespace crosswatch::plex::http
