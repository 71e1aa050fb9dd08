// Who watched, rated and began what at the start.
#include <algorithm>

#include "media.hpp"

namespace plexsim {

namespace {

std::vector<std::uint32_t> leaf_items(const MediaServer& server) {
  std::vector<std::uint32_t> result;
  for (const auto& library : server.libraries) {
    for (const Kind kind : {Kind::movie, Kind::episode}) {
      if (const auto rows = library.rows.find(kind); rows != library.rows.end()) {
        result.insert(result.end(), rows->second.begin(), rows->second.end());
      }
    }
  }
  return result;
}

void seed_rows(MediaServer& server, const std::vector<std::uint32_t>& leaves, const std::vector<std::size_t>& others) {
  const CatalogOptions& o = server.options.catalog;
  std::vector<PlayRow> rows;
  rows.reserve(o.plays);
  for (std::uint32_t i = 0; i < o.plays; ++i) {
    const std::uint64_t h = mix(o.seed * 7919 + i);
    PlayRow row;
    const bool owner = others.empty() || i % 10 < 6;
    row.person = static_cast<std::uint16_t>(owner ? server.owner : others[i % others.size()]);
    // odd ones out of ten go to a few favourites, so that titles with many plays exist
    row.item = leaves[i % 10 == 9 ? h % std::min<std::size_t>(leaves.size(), 20) : h % leaves.size()];
    row.at = 1'500'000'000 + static_cast<std::int64_t>(mix(h) % 230'000'000);
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const PlayRow& a, const PlayRow& b) { return a.at < b.at; });
  for (auto& row : rows) {
    row.id = server.next_row++;
    State& state = server.change(row.person, row.item);
    ++state.views;
    state.last_viewed = std::max(state.last_viewed, row.at);
  }
  server.plays = std::move(rows);
}

void seed_person(MediaServer& server, std::size_t person, const std::vector<std::uint32_t>& leaves) {
  const CatalogOptions& o = server.options.catalog;
  const std::uint32_t share = person == server.owner ? 1 : 2;
  for (const auto item : leaves) {
    const std::uint64_t h = mix(o.seed * 104729 + item * 64ULL + person);
    const std::uint64_t at = 1'500'000'000 + mix(h) % 230'000'000;
    if (h % 100 < o.watched_percent / share) {
      State& s = server.change(person, item);
      if (s.views == 0) s.last_viewed = static_cast<std::int64_t>(at);
      s.views += 1 + static_cast<int>(h / 128 % 7 == 0);
    }
    if (h / 100 % 100 < o.rated_percent / share) {
      State& s = server.change(person, item);
      s.rating = static_cast<double>(1 + h / 10000 % 20) / 2;
      s.rated = static_cast<std::int64_t>(at) + 60;
    }
    if (h / 300 % 100 < o.progress_percent / share) {
      State& s = server.change(person, item);
      s.offset = server.duration(item) / 100 * static_cast<std::int64_t>(10 + h / 7000 % 70);
      s.last_viewed = std::max(s.last_viewed, static_cast<std::int64_t>(at) + 120);
    }
    if (person != server.owner || server.items[item].kind != Kind::movie) continue;
    switch (server.items[item].nasty) {
      case Nasty::odd_rating:
        server.change(person, item).rating = 7.3;
        break;
      case Nasty::count_without_time: {
        State& s = server.change(person, item);
        s.views = std::max(1, s.views);
        s.last_viewed = 0;
        break;
      }
      case Nasty::time_without_count: {
        State& s = server.change(person, item);
        s.views = 0;
        s.last_viewed = static_cast<std::int64_t>(at);
        break;
      }
      case Nasty::offset_beyond_end:
        server.change(person, item).offset = server.duration(item) + 90'000;
        break;
      default:
        break;
    }
  }
  for (const auto& library : server.libraries) {
    for (const Kind kind : {Kind::show, Kind::season}) {
      const auto rows = library.rows.find(kind);
      if (rows == library.rows.end()) continue;
      for (const auto item : rows->second) {
        const std::uint64_t h = mix(o.seed * 15485863 + item * 64ULL + person);
        if (h % 100 >= o.rated_percent / share) continue;
        State& s = server.change(person, item);
        s.rating = static_cast<double>(1 + h / 10000 % 20) / 2;
        s.rated = 1'600'000'000 + static_cast<std::int64_t>(h % 100'000'000);
      }
    }
  }
}

// Plays of items that are gone: rows without a ratingKey, and one that still has it.
void seed_deleted(MediaServer& server) {
  for (std::uint32_t n = 0; n < 3; ++n) {
    Item it;
    it.kind = Kind::movie;
    it.number = 800'000 + n;
    it.deleted = true;
    it.stale_rows = n == 2;
    server.items.push_back(it);
    const auto item = static_cast<std::uint32_t>(server.items.size() - 1);
    PlayRow row;
    row.id = server.next_row++;
    row.item = item;
    row.person = static_cast<std::uint16_t>(server.owner);
    row.at = 1'731'000'000 + n;
    server.plays.push_back(row);
  }
  // a track among the plays
  for (const auto& library : server.libraries) {
    const auto rows = library.rows.find(Kind::track);
    if (rows == library.rows.end() || rows->second.empty()) continue;
    PlayRow row;
    row.id = server.next_row++;
    row.item = rows->second.front();
    row.person = static_cast<std::uint16_t>(server.owner);
    row.at = 1'731'000'100;
    server.plays.push_back(row);
  }
}

}  // namespace

void generate_states(MediaServer& server, std::size_t people) {
  server.people.resize(people);
  const CatalogOptions& o = server.options.catalog;
  if (!o.people_state || !server.options.recordings.empty()) return;
  const auto leaves = leaf_items(server);
  if (leaves.empty()) return;
  std::vector<std::size_t> others;
  for (std::size_t p = 0; p < people; ++p) {
    if (server.access[p] && p != server.owner) others.push_back(p);
  }
  seed_rows(server, leaves, others);
  seed_person(server, server.owner, leaves);
  for (const auto p : others) seed_person(server, p, leaves);
  if (o.nasty_percent > 0) seed_deleted(server);
}

}  // namespace plexsim
