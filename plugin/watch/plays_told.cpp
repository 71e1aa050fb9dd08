#include "watch/plays_told.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace crosswatch::plex::watch {
namespace {

constexpr std::string_view mark = "plays1";
constexpr std::size_t most_recent = 64;

}  // namespace

bool PlaysTold::read(std::string_view cursor) {
  std::istringstream in{std::string(cursor)};
  std::string kind, whose;
  std::uint64_t newest = 0;
  std::int64_t newest_at = 0;
  if (!(in >> kind >> whose >> newest >> newest_at) || kind != mark || whose != whose_) return false;
  newest_ = newest;
  newest_at_ = newest_at;
  recent_.clear();
  for (Told t; in >> t.item >> t.at;) recent_.push_back(t);
  return true;
}

std::string PlaysTold::text() const {
  std::ostringstream out;
  out << mark << ' ' << whose_ << ' ' << newest_ << ' ' << newest_at_;
  for (const Told& t : recent_) out << ' ' << t.item << ' ' << t.at;
  return out.str();
}

void PlaysTold::begin(std::uint64_t newest, std::int64_t now) {
  newest_ = newest;
  newest_at_ = now;
  recent_.clear();
}

bool PlaysTold::fresh(const HistoryRow& row) const noexcept {
  return row.number > newest_ || row.at > newest_at_;
}

bool PlaysTold::twice(const HistoryRow& row, std::int64_t length_ms) const noexcept {
  // Nobody sees half of a title twice in less time than that half lasts.
  const std::int64_t apart = length_ms > 0 ? std::min<std::int64_t>(600, length_ms / 2000) : 60;
  return std::any_of(recent_.begin(), recent_.end(),
                     [&](const Told& t) { return t.item == row.item && std::abs(t.at - row.at) < apart; });
}

void PlaysTold::settle(const HistoryRow& row, bool told) {
  newest_ = std::max(newest_, row.number);
  newest_at_ = std::max(newest_at_, row.at);
  if (!told) return;
  recent_.push_back({row.item, row.at});
  if (recent_.size() > most_recent) recent_.erase(recent_.begin());
}

}  // namespace crosswatch::plex::watch
