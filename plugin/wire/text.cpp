#include "wire/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace crosswatch::plex::wire {
namespace {

constexpr std::size_t block_size = 64 * 1024;

// The size of the UTF-8 sequence that begins here; 0 when there is none.
std::size_t sequence(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF)
    return tail(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  if (lead >= 0xF0 && lead <= 0xF4)
    return tail(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

// Bytes before the first one above 127.
std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

bool digits(std::string_view text, std::size_t from, std::size_t count, int& out) noexcept {
  if (from + count > text.size()) return false;
  const char* end = text.data() + from + count;
  const auto r = std::from_chars(text.data() + from, end, out);
  return r.ec == std::errc() && r.ptr == end && out >= 0;
}

std::int64_t calendar_time(std::string_view text) noexcept {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 0, 4, year) || !digits(text, 5, 2, month) || !digits(text, 8, 2, day)) return time_unknown;
  if (text[4] != '-' || text[7] != '-') return time_unknown;
  if (text.size() > 10 && (!digits(text, 11, 2, hour) || !digits(text, 14, 2, minute) || !digits(text, 17, 2, second)))
    return time_unknown;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return time_unknown;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace

char* Arena::take(std::size_t size, std::size_t alignment) {
  for (; block_ < blocks_.size(); ++block_, used_ = 0) {
    const std::size_t at = (used_ + alignment - 1) / alignment * alignment;
    if (at + size > blocks_[block_].size) continue;
    used_ = at + size;
    return blocks_[block_].memory.get() + at;
  }
  const std::size_t length = std::max(block_size, size);
  blocks_.push_back({std::make_unique<char[]>(length), length});
  used_ = size;
  return blocks_.back().memory.get();
}

std::string_view Arena::join(std::string_view a, std::string_view b, std::string_view c) {
  char* const at = take(a.size() + b.size() + c.size(), 1);
  char* to = at;
  for (const std::string_view part : {a, b, c}) to = std::copy(part.begin(), part.end(), to);
  return {at, static_cast<std::size_t>(to - at)};
}

std::size_t Arena::capacity() const noexcept {
  std::size_t sum = 0;
  for (const Block& b : blocks_) sum += b.size;
  for (const Block& b : resting_) sum += b.size;
  return sum;
}

std::optional<std::int64_t> to_int(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;  // most members of most rows
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, value);
  if (r.ec == std::errc() && (r.ptr == end || *r.ptr == '.')) return value;
  if (text == "true") return 1;
  if (text == "false") return 0;
  return std::nullopt;
}

bool to_flag(std::string_view text, bool fallback) noexcept {
  const auto value = to_int(text);
  return value ? *value != 0 : fallback;
}

std::int64_t to_time(std::string_view text) noexcept {
  if (text.size() >= 10 && text[4] == '-') return calendar_time(text);
  const auto value = to_int(text);
  if (!value || *value <= 0) return time_unknown;
  return *value >= 1'000'000'000'000 ? *value / 1000 : *value;
}

std::int32_t to_tenths(std::string_view text) noexcept {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole = to_int(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > 10) return -1;
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (std::any_of(fraction.begin(), fraction.end(), [](char c) { return c < '0' || c > '9'; })) return -1;
  std::int32_t tenths = static_cast<std::int32_t>(*whole) * 10;
  if (!fraction.empty()) tenths += fraction[0] - '0';
  if (fraction.size() > 1 && fraction[1] >= '5') ++tenths;
  return tenths <= 100 ? tenths : -1;
}

bool is_utf8(std::string_view text) noexcept {
  for (text.remove_prefix(ascii_prefix(text)); !text.empty(); text.remove_prefix(ascii_prefix(text))) {
    const std::size_t n = sequence(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

std::string utf8(std::string_view broken) {
  std::string out;
  out.reserve(broken.size() + 8);
  while (!broken.empty()) {
    const std::size_t n = sequence(broken);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
      broken.remove_prefix(1);
    } else {
      out += broken.substr(0, n);
      broken.remove_prefix(n);
    }
  }
  return out;
}

std::string printable(std::string_view text) {
  const std::string valid = is_utf8(text) ? std::string(text) : utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    if (c == '\t' || c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == 0xC2 && static_cast<unsigned char>(valid[i + 1]) < 0xA0) {
      ++i;  // U+0080..U+009F
    } else if (c >= 0x20 && c != 0x7F) {
      out += valid[i];
    }
  }
  return out;
}

}  // namespace crosswatch::plex::wire
