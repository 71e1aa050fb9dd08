#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support.hpp"

using namespace testing;

namespace {

// What is comparable between the oracle and a snapshot without knowing the wire.
std::string expected(const plexsim::Fact& f, Feature feature, const std::string& machine) {
  std::string out =
      f.type + ' ' + (feature == Feature::watchlist ? "discover" : machine) + '/' + f.key + ' ' + f.library;
  if (feature == Feature::watchlist) return out;
  out += ' ' + std::to_string(f.season.value_or(-1)) + 'x' + std::to_string(f.episode.value_or(-1)) + ' ' + f.show;
  if (feature == Feature::ratings)
    return out + " rating " + std::to_string(static_cast<int>(f.rating * 10 + 0.5)) + " at " +
           std::to_string(f.rated_at);
  if (feature == Feature::progress)
    return out + " progress " + std::to_string(f.offset_ms) + '/' + std::to_string(f.duration_ms) + " at " +
           std::to_string(f.last_viewed_at);
  std::vector<std::int64_t> times = f.plays;
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const bool marked = f.view_count > static_cast<int>(times.size()) && f.offset_ms == 0;
  if (f.last_viewed_at > 0 && (times.empty() || (marked && f.last_viewed_at > times.front())))
    times.insert(times.begin(), f.last_viewed_at);
  out += " plays " + std::to_string(std::max<std::size_t>(static_cast<std::size_t>(f.view_count), times.size()));
  for (const auto at : times) out += ' ' + std::to_string(at);
  return out;
}

std::string seen(const Fact& f, Feature feature) {
  const auto at = f.value.at == time_unknown ? 0 : f.value.at;
  std::string out = std::string(name_of(f.kind)) + ' ' + f.ref + ' ' + f.library_id;
  if (feature == Feature::watchlist) return out;
  out += ' ' + std::to_string(f.season) + 'x' + std::to_string(f.episode) + ' ' + f.series_title;
  if (feature == Feature::ratings)
    return out + " rating " + std::to_string(f.value.rating) + " at " + std::to_string(at);
  if (feature == Feature::progress)
    return out + " progress " + std::to_string(f.value.progress_ms) + '/' + std::to_string(f.value.duration_ms) +
           " at " + std::to_string(at);
  out += " plays " + std::to_string(f.value.plays);
  for (const auto time : f.plays_at) out += ' ' + std::to_string(time);
  CHECK(f.value.at == (f.plays_at.empty() ? time_unknown : f.plays_at.front()));
  return out;
}

plexsim::Feature to_sim(Feature f) {
  switch (f) {
    case Feature::watchlist:
      return plexsim::Feature::watchlist;
    case Feature::ratings:
      return plexsim::Feature::ratings;
    case Feature::history:
      return plexsim::Feature::history;
    case Feature::progress:
      return plexsim::Feature::progress;
  }
  return {};
}

std::vector<std::string> oracle(const plexsim::Simulator& sim, const std::string& user, Feature feature) {
  std::vector<std::string> out;
  for (const auto& f : sim.facts(user, to_sim(feature)))
    if (feature != Feature::history || f.view_count > 0) out.push_back(expected(f, feature, sim.server_id()));
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> comparable(const Snapshot& s, Feature feature) {
  std::vector<std::string> out;
  for (const Fact& f : s.facts) out.push_back(seen(f, feature));
  std::sort(out.begin(), out.end());
  return out;
}

plexsim::Simulator& world() {
  static plexsim::Simulator sim;
  sim.clear_faults();
  return sim;
}

}  // namespace

TEST_CASE("every feature of every user is read exactly as it is, from JSON and from XML") {
  auto& sim = world();
  for (const std::string user : {"owner", "managed", "pin", "home", "friend"})
    for (const Feature feature : all_features) {
      CAPTURE(user);
      CAPTURE(name_of(feature));
      Person person(sim, user);
      const Snapshot json = person->read(feature);
      CHECK(json.end.complete);
      CHECK(json.end.reason.empty());
      CHECK_FALSE(json.facts.empty());
      CHECK(difference(comparable(json, feature), oracle(sim, user, feature)) == "");
      person.xml = true;
      const Snapshot xml = person->read(feature);
      CHECK(xml.end.complete);
      CHECK(difference(texts_of(xml), texts_of(json)) == "");
    }
}
