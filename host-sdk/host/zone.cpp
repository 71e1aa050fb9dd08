#include "zone.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "time.hpp"

namespace crosswatch::host {
namespace {

constexpr std::int64_t day_s = 86400;
constexpr std::size_t header_size = 44, max_file = std::size_t{1} << 18;

// A big-endian number of the file.
std::int64_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < size; ++i) n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(n)) : static_cast<std::int64_t>(n);
}

std::int64_t days_since_1970(std::int64_t year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t of_era = y - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::int64_t year_of(std::int64_t at) {
  return std::strtoll(iso(at).c_str(), nullptr, 10);
}

// Reads a POSIX rule from the left.
class RuleText {
public:
  explicit RuleText(const std::string& text) : text_(text) {}
  bool end() const { return at_ == text_.size(); }
  bool take(char c) {
    if (end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool name() {
    const std::size_t from = at_;
    if (take('<')) {
      at_ = text_.find('>', at_);
      if (at_ == std::string::npos) return at_ = text_.size(), false;
      ++at_;
      return true;
    }
    while (!end() && ((text_[at_] | 0x20) >= 'a' && (text_[at_] | 0x20) <= 'z')) ++at_;
    return at_ - from >= 3;
  }
  int digits() {  // -1: there are none
    int n = 0;
    const std::size_t from = at_;
    while (!end() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - from < 4) n = n * 10 + (text_[at_++] - '0');
    return at_ == from ? -1 : n;
  }
  // "[+-]h[:mm[:ss]]" in seconds
  std::optional<std::int32_t> time() {
    const int sign = take('-') ? -1 : (take('+'), 1);
    std::int32_t out = 0;
    for (const std::int32_t unit : {3600, 60, 1}) {
      const int n = digits();
      if (n < 0) return std::nullopt;
      out += n * unit;
      if (!take(':')) break;
    }
    return sign * out;
  }

private:
  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Zone> Zone::find(const std::string& name) {
  const bool plain = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                              c == '_' || c == '-' || c == '+';
                     });
  if (!plain) return std::nullopt;
  const char* const dir = std::getenv("TZDIR");
  Zone zone;
  if (!zone.read((std::filesystem::path(dir && *dir ? dir : "/usr/share/zoneinfo") / name).string()))
    return std::nullopt;
  return zone;
}

// TZif, RFC 8536: a block with 32-bit times, then the same with 64-bit times, then the rule for later ones as a line.
bool Zone::read(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || std::filesystem::file_size(file, error) > max_file)
    return false;
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::size_t at = 0, types = 0, times = 0;
  for (const std::size_t size : {std::size_t{4}, std::size_t{8}}) {
    if (bytes.size() < at + header_size || bytes.compare(at, 4, "TZif") != 0 || bytes[at + 4] < '2') return false;
    const auto count = [&](std::size_t i) { return static_cast<std::size_t>(number(bytes, at + 20 + 4 * i, 4)); };
    const std::size_t is_utc = count(0), is_standard = count(1), leaps = count(2), letters = count(5);
    times = count(3);
    types = count(4);
    at += header_size;
    if (times > max_file || types > 256 || leaps > max_file || letters > max_file) return false;
    const std::size_t body = times * (size + 1) + types * 6 + letters + leaps * (size + 4) + is_standard + is_utc;
    if (types == 0 || bytes.size() - at < body) return false;
    if (size == 8) {
      const std::size_t kinds = at + times * 8, type_at = kinds + times;
      const auto offset = [&](std::size_t type) {
        return static_cast<std::int32_t>(number(bytes, type_at + 6 * std::min(type, types - 1), 4));
      };
      first_ = offset(0);
      for (std::size_t i = 0; i < times; ++i) {
        times_.push_back(number(bytes, at + 8 * i, 8));
        offsets_.push_back(offset(static_cast<unsigned char>(bytes[kinds + i])));
      }
    }
    at += body;
  }
  if (at >= bytes.size() || bytes[at] != '\n') return false;
  const std::size_t end = bytes.find('\n', at + 1);
  return end != std::string::npos && read_rule(bytes.substr(at + 1, end - at - 1));
}

bool Zone::read_rule(const std::string& rule) {
  if (rule.empty()) return true;  // the last change of the file holds for ever
  RuleText text(rule);
  if (!text.name()) return false;
  const auto west = text.time();
  if (!west) return false;
  rule_ = true;
  standard_ = summer_ = -*west;
  if (text.end()) return true;
  if (!text.name()) return false;
  summer_ = standard_ + 3600;
  if (!text.take(',')) {
    const auto summer = text.time();
    if (!summer || !text.take(',')) return false;
    summer_ = -*summer;
  }
  for (std::optional<Change>* const change : {&begins_, &ends_}) {
    if (change == &ends_ && !text.take(',')) return false;
    if (!text.take('M')) return false;  // no zone has another form
    const int month = text.digits();
    const int week = text.take('.') ? text.digits() : -1;
    const int day = text.take('.') ? text.digits() : -1;
    if (month < 1 || month > 12 || week < 1 || week > 5 || day < 0 || day > 6) return false;
    change->emplace(Change{month, week, day, 7200});
    if (text.take('/')) {
      const auto time = text.time();
      if (!time) return false;
      (*change)->time_s = *time;
    }
  }
  return text.end();
}

std::int32_t Zone::by_rule(std::int64_t at) const {
  if (!begins_) return standard_;
  const std::int64_t year = year_of(at + standard_);
  const auto when = [&](const Change& c, std::int32_t offset) {
    const std::int64_t first = days_since_1970(year, c.month, 1);
    const std::int64_t next = c.month == 12 ? days_since_1970(year + 1, 1, 1) : days_since_1970(year, c.month + 1, 1);
    const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970 began on a Thursday
    std::int64_t day = first + (c.day - weekday + 7) % 7 + 7 * (c.week - 1);
    while (day >= next) day -= 7;
    return day * day_s + c.time_s - offset;
  };
  const std::int64_t begin = when(*begins_, standard_), end = when(*ends_, summer_);
  const bool summer = begin < end ? at >= begin && at < end : at >= begin || at < end;
  return summer ? summer_ : standard_;
}

std::int32_t Zone::offset_at(std::int64_t at) const {
  const auto after = std::upper_bound(times_.begin(), times_.end(), at);
  if (after == times_.end() && rule_) return by_rule(at);
  return after == times_.begin() ? first_ : offsets_[static_cast<std::size_t>(after - times_.begin()) - 1];
}

std::int64_t Zone::from_local(std::int64_t local) const {
  // Offsets a day before and a day after: between them lies at most one change.
  const std::int64_t early = local - offset_at(local - day_s), late = local - offset_at(local + day_s);
  for (const std::int64_t at : {std::min(early, late), std::max(early, late)})
    if (at + offset_at(at) == local) return at;
  return std::max(early, late);
}

}  // namespace crosswatch::host
