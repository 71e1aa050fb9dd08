#include "feature/keeper.hpp"

#include <algorithm>
#include <charconv>

#include "feature/touched.hpp"
#include "wire/hash.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::int64_t overlap_s = 600;
constexpr std::int64_t usual_hours = 24;

std::string hex(std::uint64_t number) {
  char buffer[16];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), number, 16).ptr;
  return {buffer, end};
}

}  // namespace

KeepPlace KeepPlace::of(const Host& host, const std::string& folder, const std::string& who, const ServerAccess& access,
                        Feature feature, const Section& section) {
  KeepPlace place;
  place.full_read_s = host.config_number("full_read_hours", usual_hours) * 3600;
  if (place.full_read_s <= 0 || section.marker.empty() || section.uuid.empty()) return place;
  place.about = std::string(name_of(feature)) + " of " + who + " as " + std::to_string(access.account_id) + " in " +
                section.type + ' ' + section.key + ' ' + section.uuid;
  place.path = folder + "/read-" + hex(wire::hash_of(place.about));
  return place;
}

std::int64_t since(std::int64_t newest, std::int64_t began, std::int64_t now) noexcept {
  if (newest == time_unknown) return time_unknown;
  return std::min(newest, began) - overlap_s - std::max<std::int64_t>(now - began, 0);
}

Keeper::Keeper(Host host, KeepPlace place, Feature feature)
    : host_(host), place_(std::move(place)), feature_(feature), began_(host.now()) {
  if (place_.path.empty()) return;
  kept_.about = place_.about;
  try {
    writer_.emplace(place_.path);
  } catch (const Error& e) {
    host_.log(LogLevel::warning, e.what());
  }
}

void Keeper::take(const Record& record) {
  if (!writer_) return;
  ++part_.total;
  part_.since = std::max(part_.since, record.at);
  part_.updated_since = std::max(part_.updated_since, record.updated_at);
  bytes_.clear();
  encode(record, bytes_);
  try {
    writer_->add(bytes_);
  } catch (const Error& e) {
    host_.log(LogLevel::warning, e.what());
    cannot_keep();
  }
}

void Keeper::take_show(std::uint64_t key, std::string_view title, std::span<const cw_token> ids, bool listed) {
  if (!writer_) return;
  const auto [at, is_new] = kept_.shows.try_emplace(key);
  KeptShow& show = at->second;
  if (is_new) {
    show.title = title;
    show.listed = listed;
    show.ids = kept_tokens(ids);
  } else if (show.title != title || show.listed != listed || show.ids.size() != ids.size()) {
    cannot_keep();
  }
}

void Keeper::part_end(Kind kind, const ListEnd& end) {
  // Of an empty list nobody can tell whether its filter is known to the server.
  if (!end.complete() || end.rows != part_.total || (feature_ == Feature::history && end.rows == 0)) cannot_keep();
  const std::int64_t now = host_.now();
  kept_.parts.push_back({kind, part_.total, since(part_.since, began_, now), since(part_.updated_since, began_, now)});
  part_ = {};
  part_.since = part_.updated_since = time_unknown;
}

std::string Keeper::finish(const Section& section, PlayTable* plays) {
  if (plays && writer_) keep_plays(*plays);
  std::string name;
  if (!writer_) return name;
  kept_.marker = section.marker;
  kept_.full_read_at = began_;
  try {
    name = writer_->finish(kept_);
    Touched(place_.path).clear();
  } catch (const Error& e) {
    host_.log(LogLevel::warning, e.what());
  }
  writer_.reset();
  return name;
}

void Keeper::keep_plays(PlayTable& plays) {
  if (plays.refused() || !plays.numbered()) return cannot_keep();
  kept_.plays_total = plays.rows();
  kept_.newest_play = plays.newest();
  kept_.plays_since = since(plays.newest_at(), began_, host_.now());
  plays.times().each([&](std::uint64_t item, std::int64_t at, bool found) {
    if (found) return;
    auto& times = kept_.loose_plays[item];
    if (times.empty() || times.back() != at) times.push_back(at);
  });
}

}  // namespace crosswatch::plex::feature
