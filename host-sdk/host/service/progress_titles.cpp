// Grouping resume points with the engine's alignment: the same titles that a sync would take for one.
#include <algorithm>
#include <set>

#include "engine/align.hpp"
#include "service/live_json.hpp"
#include "service/progress.hpp"
#include "time.hpp"

namespace crosswatch::host {
namespace {

struct Place {
  std::size_t profile = 0;
  std::uint32_t index = 0;
};

// The facts of every profile as one list: copies of a title may be anywhere in it.
std::vector<Place> put_together(const std::vector<ProfileFacts>& profiles, engine::Idents& all) {
  std::vector<Place> places;
  engine::Idents::Draft draft;
  for (std::size_t p = 0; p < profiles.size(); ++p) {
    const engine::Idents& idents = profiles[p].facts.idents();
    for (std::uint32_t i = 0; i < idents.size(); ++i) {
      draft.clear();
      draft.kind = idents.kind(i);
      draft.season = idents.season(i);
      draft.episode = idents.episode(i);
      draft.own.assign(idents.own(i).begin(), idents.own(i).end());
      draft.shows.assign(idents.shows(i).begin(), idents.shows(i).end());
      all.add(draft);
      places.push_back({p, i});
    }
  }
  return places;
}

bool newer(const ResumePoint& a, const ResumePoint& b) {
  engine::Value x, y;
  static_cast<void>(engine::to_value(Feature::progress, a.fact.value, x));
  static_cast<void>(engine::to_value(Feature::progress, b.fact.value, y));
  if (engine::counts_more(x, y)) return true;
  return !engine::counts_more(y, x) &&
         std::pair(to_string(a.where), a.fact.ref) < std::pair(to_string(b.where), b.fact.ref);
}

bool same_position(const ResumePoint& a, const ResumePoint& b) {
  engine::Value x, y;
  return engine::to_value(Feature::progress, a.fact.value, x) && engine::to_value(Feature::progress, b.fact.value, y) &&
         engine::same(Feature::progress, x, y, 1, 1);
}

void take_ids(std::vector<Token>& to, const std::vector<Token>& from) {
  to.insert(to.end(), from.begin(), from.end());
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
}

std::string key_of(const Fact& item) {
  std::string id;
  for (const Token& t : item.ids)
    if (std::string name = t.scheme + ":" + t.value; id.empty() || name < id) id = std::move(name);
  if (id.empty())
    id = item.series_title + "|" + std::to_string(item.season) + "|" + std::to_string(item.episode) + "|" + item.title;
  return std::string(name_of(item.kind)) + "/" + id;
}

// Of each profile the newest copy, the newest profile first.
std::vector<ResumePoint> one_a_profile(std::vector<ResumePoint> all) {
  std::sort(all.begin(), all.end(), newer);
  std::vector<ResumePoint> out;
  for (ResumePoint& p : all) {
    const auto there = std::find_if(out.begin(), out.end(), [&](const ResumePoint& o) { return o.where == p.where; });
    if (there == out.end())
      out.push_back(std::move(p));
    else
      ++there->copies;
  }
  return out;
}

}  // namespace

std::vector<ResumeTitle> group_titles(const engine::Texts& texts, const std::vector<ProfileFacts>& profiles) {
  engine::Idents all;
  const std::vector<Place> places = put_together(profiles, all);
  const engine::Alignment alignment = engine::align(texts, all, {}, {});
  std::vector<ResumeTitle> out;
  for (const engine::Group& g : alignment.groups) {
    ResumeTitle title;
    title.ambiguous = g.ambiguous;
    std::vector<ResumePoint> points;
    for (const std::uint32_t node : alignment.source(g)) {
      const ProfileFacts& profile = profiles[places[node].profile];
      points.push_back({profile.where, profile.facts.fact(places[node].index)});
      take_ids(title.item.ids, points.back().fact.ids);
      take_ids(title.item.show_ids, points.back().fact.show_ids);
    }
    title.points = one_a_profile(std::move(points));
    const Fact& voice = title.points.front().fact;
    title.item.kind = voice.kind;
    title.item.year = voice.year;
    title.item.season = voice.season;
    title.item.episode = voice.episode;
    title.item.title = voice.title;
    title.item.series_title = voice.series_title;
    title.item.value = voice.value;
    title.key = key_of(title.item);
    title.differs = std::any_of(title.points.begin() + 1, title.points.end(),
                                [&](const ResumePoint& p) { return !same_position(p, title.points.front()); });
    for (const ProfileFacts& p : profiles)
      if (p.complete && std::none_of(title.points.begin(), title.points.end(),
                                     [&](const ResumePoint& t) { return t.where == p.where; }))
        title.missing.push_back(p.where);
    out.push_back(std::move(title));
  }
  std::sort(out.begin(), out.end(), [](const ResumeTitle& a, const ResumeTitle& b) {
    return a.item.value.at != b.item.value.at ? a.item.value.at > b.item.value.at : a.key < b.key;
  });
  return out;
}

json::Value title_json(const ResumeTitle& t) {
  json::Value out = json::object({{"key", t.key}});
  put_item(out, t.item);
  out["differs"] = t.differs;
  out["ambiguous"] = t.ambiguous;
  json::Value points = json::array();
  for (const ResumePoint& p : t.points) {
    json::Value at = json::object({{"profile", to_string(p.where)}, {"progress_ms", p.fact.value.progress_ms}});
    if (p.fact.value.duration_ms > 0) at["duration_ms"] = p.fact.value.duration_ms;
    at["progress_at"] = p.fact.value.at == time_unknown ? json::Value() : json::Value(iso(p.fact.value.at));
    if (!p.fact.library_id.empty()) at["library_id"] = p.fact.library_id;
    at["copies"] = static_cast<std::int64_t>(p.copies);
    points.push_back(std::move(at));
  }
  out["points"] = std::move(points);
  json::Value missing = json::array();
  for (const ProfileRef& ref : t.missing) missing.push_back(to_string(ref));
  out["missing"] = std::move(missing);
  return out;
}

json::Value outcome_json(const ProgressOutcome& o) {
  const auto position = [](std::int64_t ms) { return ms < 0 ? json::Value() : json::Value(ms); };
  return json::object({{"profile", to_string(o.where)},
                       {"result", o.result},
                       {"reason", o.reason},
                       {"before_ms", position(o.before_ms)},
                       {"after_ms", position(o.after_ms)}});
}

}  // namespace crosswatch::host
