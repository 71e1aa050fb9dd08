#include "time.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace crosswatch::host {
namespace {

using namespace std::chrono;

// Exactly `width` digits.
constexpr void put_digits(char* at, unsigned value, unsigned width) noexcept {
  for (unsigned i = width; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// Takes exactly `width` digits off the front; -1 when they are not there.
int take(std::string_view& text, std::size_t width) noexcept {
  if (text.size() < width) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool skip(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Clock system_clock() {
  return [] { return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); };
}

void write_iso(char* to, std::int64_t epoch_s) noexcept {
  constexpr std::int64_t first = -62167219200;  // 0000-01-01T00:00:00Z
  constexpr std::int64_t last = 253402300799;   // 9999-12-31T23:59:59Z
  const sys_seconds at{seconds{std::clamp(epoch_s, first, last)}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto second = static_cast<unsigned>((at - day).count());
  std::memcpy(to, "0000-00-00T00:00:00Z", iso_size);
  put_digits(to, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(to + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(to + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(to + 11, second / 3600, 2);
  put_digits(to + 14, second / 60 % 60, 2);
  put_digits(to + 17, second % 60, 2);
}

void append_iso(std::string& out, std::int64_t epoch_s) {
  char text[iso_size];
  write_iso(text, epoch_s);
  out.append(text, iso_size);
}

std::string iso(std::int64_t epoch_s) {
  std::string out;
  append_iso(out, epoch_s);
  return out;
}

std::string file_stamp(std::int64_t epoch_s) {
  std::string out = iso(epoch_s);
  std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
  return out;
}

std::optional<std::int64_t> parse_iso(std::string_view text) noexcept {
  const int y = take(text, 4);
  if (y < 0 || !skip(text, "-")) return std::nullopt;
  const int mo = take(text, 2);
  if (mo < 0 || !skip(text, "-")) return std::nullopt;
  const int d = take(text, 2);
  if (d < 0 || !skip(text, "Tt ")) return std::nullopt;
  const int h = take(text, 2);
  if (h < 0 || h > 23 || !skip(text, ":")) return std::nullopt;
  const int mi = take(text, 2);
  if (mi < 0 || mi > 59 || !skip(text, ":")) return std::nullopt;
  const int s = take(text, 2);
  if (s < 0 || s > 60) return std::nullopt;  // 60: a leap second
  if (skip(text, ".,")) {
    if (take(text, 1) < 0) return std::nullopt;
    while (take(text, 1) >= 0) continue;
  }
  std::int64_t offset = 0;
  if (!skip(text, "Zz")) {
    const bool west = !text.empty() && text.front() == '-';
    if (!skip(text, "+-")) return std::nullopt;
    const int oh = take(text, 2);
    skip(text, ":");
    const int om = text.empty() ? 0 : take(text, 2);
    if (oh < 0 || oh > 23 || om < 0 || om > 59) return std::nullopt;
    offset = (oh * 60 + om) * (west ? -60 : 60);
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!text.empty() || !date.ok()) return std::nullopt;
  return (sys_days{date} + hours{h} + minutes{mi} + seconds{s}).time_since_epoch() / seconds{1} - offset;
}

}  // namespace crosswatch::host
