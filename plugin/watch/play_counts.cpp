#include "watch/play_counts.hpp"

#include <algorithm>
#include <limits>

namespace crosswatch::plex::watch {
namespace {

constexpr std::int64_t count_delay = 3'000;  // until the server has counted a play
constexpr std::int64_t silence = 120'000;    // players report every ten seconds
constexpr std::size_t most_played = 100;

}  // namespace

void PlayCounts::notice(const Notice& n, std::int64_t now_ms) {
  if (n.item.empty()) return;
  const bool over = n.state == "stopped";
  auto at = played_.find(n.item);
  if (at == played_.end()) {
    if (over || played_.size() >= most_played) return;  // what it was before cannot be known any more
    at = played_.emplace(n.item, Played{{}, -1, now_ms}).first;
  }
  Played& played = at->second;
  played.session = n.session;
  if (played.left_out && over)
    played_.erase(at);
  else if (played.left_out || played.before >= 0)
    played.look_at_ms = now_ms + (over ? count_delay : silence);
}

void PlayCounts::look_again(std::int64_t now_ms) {
  for (auto& [item, played] : played_) played.look_at_ms = now_ms;
}

void PlayCounts::leave_out(const std::string& item) {
  if (const auto at = played_.find(item); at != played_.end()) at->second.left_out = true;
}

std::int64_t PlayCounts::due_ms() const {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (const auto& [item, played] : played_) due = std::min(due, played.look_at_ms);
  return due;
}

std::vector<std::string> PlayCounts::due(std::int64_t now_ms) {
  std::erase_if(played_, [&](const auto& one) { return one.second.left_out && one.second.look_at_ms <= now_ms; });
  std::vector<std::string> out;
  for (auto& [item, played] : played_)
    if (played.look_at_ms <= now_ms) {
      out.push_back(item);
      played.look_at_ms = now_ms + silence;
    }
  return out;
}

std::vector<PlayCounts::Grown> PlayCounts::counts(const std::map<std::string, Count>& counts) {
  std::vector<Grown> out;
  for (const auto& [item, count] : counts) {
    const auto at = played_.find(item);
    if (at == played_.end()) continue;
    if (at->second.before < 0) {
      at->second.before = count.plays;
      continue;
    }
    if (count.plays > at->second.before) out.push_back({item, at->second.session, count.at});
    played_.erase(at);
  }
  return out;
}

}  // namespace crosswatch::plex::watch
