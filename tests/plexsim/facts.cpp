// The oracle: what is true, told without any wire format.
#include <algorithm>
#include <unordered_map>

#include "media.hpp"

namespace plexsim {

namespace {

Fact describe(const MediaServer& server, std::uint32_t item) {
  const Item& it = server.items[item];
  Fact fact;
  fact.key = server.key(item);
  fact.type = kind_name(it.kind);
  fact.library = server.libraries[it.library].key;
  fact.title = server.title(item);
  fact.guid = server.guid(item);
  fact.duration_ms = server.duration(item);
  const std::uint32_t show = it.kind == Kind::season ? it.parent : it.grandparent;
  if (show != kNone) fact.show = server.title(show);
  if (it.kind == Kind::season && it.index >= 0) fact.season = it.index;
  if (it.kind == Kind::episode) {
    if (it.index >= 0) fact.episode = it.index;
    if (it.parent != kNone && server.items[it.parent].index >= 0) fact.season = server.items[it.parent].index;
  }
  return fact;
}

}  // namespace

std::vector<Fact> list_facts(const MediaServer& server, std::size_t person, Feature feature) {
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> plays;
  if (feature == Feature::history) {
    for (const auto& row : server.plays) {
      if (row.person == person && !server.items[row.item].deleted) plays[row.item].push_back(row.at);
    }
  }
  std::vector<Fact> result;
  for (std::uint32_t item = 0; item < server.items.size(); ++item) {
    const Item& it = server.items[item];
    if (it.deleted) continue;
    const State s = server.state(person, item);
    const bool leaf = it.kind == Kind::movie || it.kind == Kind::episode;
    const auto rows = plays.find(item);
    const bool wanted = feature == Feature::history   ? leaf && (s.views > 0 || rows != plays.end())
                        : feature == Feature::ratings ? s.rating >= 0 && it.kind <= Kind::episode
                                                      : leaf && s.offset > 0;
    if (!wanted) continue;
    Fact fact = describe(server, item);
    fact.view_count = s.views;
    fact.last_viewed_at = s.last_viewed;
    fact.rating = s.rating;
    fact.rated_at = s.rated;
    fact.offset_ms = s.offset;
    if (rows != plays.end()) {
      fact.plays = rows->second;
      std::sort(fact.plays.rbegin(), fact.plays.rend());
    }
    result.push_back(std::move(fact));
  }
  return result;
}

}  // namespace plexsim
