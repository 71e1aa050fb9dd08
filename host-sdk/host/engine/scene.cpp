#include "engine/scene.hpp"

#include <algorithm>
#include <tuple>

namespace crosswatch::host::engine {
namespace {

constexpr std::array<Side, 2> sides{Side::source, Side::target};

void tidy(std::vector<Texts::Id>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

Scene::Scene(const Texts& texts, std::shared_ptr<const Facts> source, std::shared_ptr<const Facts> target, Base base,
             const LaneRules& rules)
    : texts_(texts),
      source_(std::move(source)),
      target_(std::move(target)),
      base_(std::move(base)),
      rules_(rules),
      alignment_(align(texts, source_->idents(), target_->idents(), base_.idents, rules.same_refs)) {}

Kind Scene::kind(const Group& g) const {
  for (const Side s : sides)
    if (const auto nodes = of(g, s); !nodes.empty()) return facts(s).idents().kind(nodes.front());
  return base_.idents.kind(alignment_.rows(g).front());
}

// The copy that counts: the newest. Of equal ones the one with the smallest ref, so that it is the same every time.
Scene::Voice Scene::voice(const Group& g, Side prefer) const {
  for (const Side s : {prefer, other(prefer)}) {
    const auto nodes = of(g, s);
    if (nodes.empty()) continue;
    const Facts& f = facts(s);
    const auto ref = [&](std::uint32_t i) {
      const Ids refs = f.idents().refs(i, Side::source);
      return refs.empty() ? std::string_view() : texts_.text(refs.front());
    };
    std::uint32_t best = nodes.front();
    for (const std::uint32_t i : nodes.subspan(1))
      if (counts_more(f.value(i), f.value(best)) || (!counts_more(f.value(best), f.value(i)) && ref(i) < ref(best)))
        best = i;
    return {&f, best};
  }
  return {};
}

Seen Scene::seen(const Group& g, Side side) const {
  const auto nodes = of(g, side);
  if (nodes.empty()) return {};
  const Facts& f = facts(side);
  if (nodes.size() == 1) return {true, f.value(nodes.front())};
  if (rules_.feature != Feature::history) return {true, f.value(voice(g, side).index)};
  Seen out{true, {}};
  for (const std::uint32_t i : nodes) out.value = joined(out.value, f.value(i));
  const std::vector<std::int64_t> times = plays(g, side);
  out.value.n = std::max(out.value.n, static_cast<std::int32_t>(times.size()));
  return out;
}

const Row* Scene::row(const Group& g) const {
  return g.rows == 1 ? &base_.rows[alignment_.rows(g).front()] : nullptr;
}

std::vector<std::int64_t> Scene::row_ids(const Group& g) const {
  std::vector<std::int64_t> ids;
  for (const std::uint32_t i : alignment_.rows(g)) ids.push_back(base_.rows[i].id);
  return ids;
}

std::array<const Intent*, 2> Scene::intents(const Group& g) const {
  if (g.rows != 1) return {};
  return base_.intents_of(alignment_.rows(g).front());
}

bool Scene::answered(const Group& g, Side side, const Row& row) const {
  const Intent* intent = intents(g)[static_cast<std::size_t>(side)];
  if (!intent) return false;
  if (intent->done) return row.at(side).when == 0 || row.at(side).state == SideState::refuses;
  // Known after a listing that cannot be older than the write.
  return (seen(g, side).present || rules_.at(side).complete) && rules_.now >= intent->at + patience_s(0);
}

Decision Scene::decide(const Group& g) const {
  std::array<Seen, 2> both{seen(g, Side::source), seen(g, Side::target)};
  if (rules_.feature == Feature::history && g.source != 0 && g.target != 0) compare_plays(g, both);
  return merge(rules_, kind(g), both, row(g), intents(g));
}

// Where both sides keep what they are given, each play is compared, and not only the newest one and the count.
void Scene::compare_plays(const Group& g, std::array<Seen, 2>& seen) const {
  constexpr std::uint32_t keeps = CW_EVENTS | CW_BACKDATE;
  if ((rules_.side[0].can & rules_.side[1].can & keeps) != keeps) return;
  const auto known = [&](Side s) {
    std::size_t n = 0;
    for (const std::uint32_t i : of(g, s)) n += facts(s).plays(i).size();
    return n;
  };
  // A side may count plays of which it does not know the times.
  if (seen[0].value == seen[1].value && known(Side::source) == known(Side::target)) return;
  const std::array<std::vector<std::int64_t>, 2> times{plays(g, Side::source), plays(g, Side::target)};
  for (const std::size_t here : {0u, 1u})
    for (const std::int64_t t : times[1 - here])
      seen[here].behind = seen[here].behind ||
                          std::none_of(times[here].begin(), times[here].end(),
                                       [&](std::int64_t u) { return u <= t + date_slack_s && t <= u + date_slack_s; });
}

bool Scene::learned(const Group& g) const {
  const std::uint32_t row = alignment_.rows(g).front();
  const Ids own = base_.idents.own(row);
  for (const Side s : sides) {
    const Ids refs = base_.idents.refs(row, s);
    for (const std::uint32_t i : of(g, s)) {
      const Ids theirs = facts(s).idents().own(i);
      const Ids where = facts(s).idents().refs(i, Side::source);
      if (!std::includes(own.begin(), own.end(), theirs.begin(), theirs.end()) ||
          !std::includes(refs.begin(), refs.end(), where.begin(), where.end()))
        return true;
    }
  }
  return false;
}

bool Scene::knows_ref(const Group& g, Side side, std::string_view ref) const {
  const auto among = [&](Ids refs) {
    return std::any_of(refs.begin(), refs.end(), [&](Texts::Id id) { return texts_.text(id) == ref; });
  };
  const auto facts_of = of(g, side);
  const auto rows = alignment_.rows(g);
  return std::any_of(facts_of.begin(), facts_of.end(),
                     [&](std::uint32_t i) { return among(facts(side).idents().refs(i, Side::source)); }) ||
         std::any_of(rows.begin(), rows.end(), [&](std::uint32_t i) { return among(base_.idents.refs(i, side)); });
}

std::unordered_map<std::string_view, std::uint32_t> Scene::groups_by_ref(Side side) const {
  std::unordered_map<std::string_view, std::uint32_t> out;
  for (std::uint32_t g = 0; g < groups().size(); ++g)
    for (const std::uint32_t i : of(groups()[g], side))
      for (const Texts::Id ref : facts(side).idents().refs(i, Side::source)) out.emplace(texts_.text(ref), g);
  return out;
}

bool Scene::other_ref(const Group& g, Side side, std::string_view ref) const {
  if (ref.empty() || g.rows != 1) return false;
  const Ids known = base_.idents.refs(alignment_.rows(g).front(), side);
  return !known.empty() &&
         std::none_of(known.begin(), known.end(), [&](Texts::Id id) { return texts_.text(id) == ref; });
}

Ids Scene::own_ids(const Group& g, std::vector<Texts::Id>& out) const {
  for (const Side s : sides)
    for (const std::uint32_t i : of(g, s)) {
      const Ids ids = facts(s).idents().own(i);
      out.insert(out.end(), ids.begin(), ids.end());
    }
  // What a row remembers counts only where no fact says more: ids get corrected.
  if (g.source == 0 || g.target == 0)
    for (const std::uint32_t i : alignment_.rows(g)) {
      const Ids ids = base_.idents.own(i);
      out.insert(out.end(), ids.begin(), ids.end());
    }
  tidy(out);
  return out;
}

Ids Scene::show_ids(const Group& g, std::vector<Texts::Id>& out) const {
  for (const Side s : sides)
    for (const std::uint32_t i : of(g, s)) {
      const Ids ids = facts(s).idents().shows(i);
      out.insert(out.end(), ids.begin(), ids.end());
    }
  if (g.source == 0 && g.target == 0)
    for (const std::uint32_t i : alignment_.rows(g)) {
      const Ids ids = base_.idents.shows(i);
      out.insert(out.end(), ids.begin(), ids.end());
    }
  tidy(out);
  return out;
}

Fact Scene::compose(const Group& g, Side to) const {
  Fact fact;
  const Voice v = voice(g, to);
  std::vector<Texts::Id> ids;
  for (const Texts::Id id : own_ids(g, ids))
    fact.ids.push_back({texts_.scheme_name(texts_.scheme_of(id)), std::string(texts_.text(id))});
  std::vector<Texts::Id> shows;
  for (const Texts::Id id : show_ids(g, shows))
    fact.show_ids.push_back({texts_.scheme_name(texts_.scheme_of(id)), std::string(texts_.text(id))});
  std::sort(fact.ids.begin(), fact.ids.end());
  std::sort(fact.show_ids.begin(), fact.show_ids.end());
  fact.kind = kind(g);
  if (v.facts) {
    fact.season = v.facts->idents().season(v.index);
    fact.episode = v.facts->idents().episode(v.index);
    fact.year = v.facts->year(v.index);
    fact.title = v.facts->title(v.index);
    fact.series_title = v.facts->series(v.index);
    if (v.facts == &facts(to) && !of(g, to).empty()) {
      fact.library_id = v.facts->library(v.index);
      if (const Ids refs = v.facts->idents().refs(v.index, Side::source); !refs.empty())
        fact.ref = texts_.text(refs.front());
    }
  } else {
    const std::uint32_t row = alignment_.rows(g).front();
    fact.season = base_.idents.season(row);
    fact.episode = base_.idents.episode(row);
  }
  if (fact.ref.empty() && g.rows == 1)
    if (const Ids refs = base_.idents.refs(alignment_.rows(g).front(), to); !refs.empty())
      fact.ref = texts_.text(refs.front());
  return fact;
}

std::vector<std::int64_t> Scene::plays(const Group& g) const {
  const bool both = g.source != 0 && g.target != 0;
  std::vector<std::int64_t> times;
  for (const Side s : sides) {
    const std::vector<std::int64_t> some = both ? news(g, s) : plays(g, s);
    times.insert(times.end(), some.begin(), some.end());
  }
  std::sort(times.begin(), times.end(), std::greater<>());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

// A side that dates plays itself gave its own date to what we wrote there; on the other side that would be a second
// play. So of what it shows only the newest count, as many as came since it was last seen.
std::vector<std::int64_t> Scene::news(const Group& g, Side s) const {
  std::vector<std::int64_t> times = plays(g, s);
  const Row* const known = row(g);
  if (!known || known->at(s).state == SideState::none || (rules_.at(s).can & CW_BACKDATE) != 0) return times;
  const Value& before = known->at(s).value;
  std::sort(times.begin(), times.end(), std::greater<>());
  const auto more = static_cast<std::size_t>(std::max(seen(g, s).value.n - before.n, 0));
  while (times.size() > more && before.at != time_unknown && times.back() <= before.at) times.pop_back();
  return times;
}

std::vector<std::int64_t> Scene::plays(const Group& g, Side s) const {
  std::vector<std::int64_t> times;
  for (const std::uint32_t i : of(g, s)) {
    const auto known = facts(s).plays(i);
    times.insert(times.end(), known.begin(), known.end());
    if (known.empty() && facts(s).value(i).at != time_unknown) times.push_back(facts(s).value(i).at);
  }
  // A play that was stored on every copy of a title is one play.
  if (of(g, s).size() > 1) {
    std::sort(times.begin(), times.end());
    const auto one_play = [](std::int64_t a, std::int64_t b) { return b - a <= clock_skew_s; };
    times.erase(std::unique(times.begin(), times.end(), one_play), times.end());
  }
  return times;
}

RowText Scene::row_text(const Group& g) const {
  const Fact fact = compose(g, Side::source);
  RowText text{fact.kind, fact.season, fact.episode, {}, fact.title, fact.series_title};
  for (const Token& t : fact.ids) IdentText::put_id(text.idents, t.scheme, t.value, true);
  for (const Token& t : fact.show_ids) IdentText::put_id(text.idents, t.scheme, t.value, false);
  for (const Side s : sides) {
    std::vector<Texts::Id> refs;
    const auto take = [&](Ids ids) { refs.insert(refs.end(), ids.begin(), ids.end()); };
    for (const std::uint32_t i : of(g, s)) take(facts(s).idents().refs(i, Side::source));
    if (refs.empty())
      for (const std::uint32_t i : alignment_.rows(g)) take(base_.idents.refs(i, s));
    tidy(refs);
    for (const Texts::Id ref : refs) IdentText::put_ref(text.idents, texts_.text(ref), s);
  }
  return text;
}

bool Scene::before(const Group& a, const Group& b) const {
  const auto place = [this](const Group& g) {
    const Voice v = voice(g, Side::source);
    if (!v.facts) return std::tuple<Kind, std::string_view, std::int32_t, std::int32_t, std::string_view>{};
    const Idents& idents = v.facts->idents();
    return std::tuple{kind(g), v.facts->series(v.index), idents.season(v.index), idents.episode(v.index),
                      v.facts->title(v.index)};
  };
  const auto x = place(a);
  const auto y = place(b);
  return x != y ? x < y : key(a) < key(b);
}

std::string Scene::key(const Group& g) const {
  std::vector<Texts::Id> ids;
  std::string best;
  for (const Texts::Id id : own_ids(g, ids)) {
    std::string name = texts_.scheme_name(texts_.scheme_of(id)) + ":" + std::string(texts_.text(id));
    if (best.empty() || name < best) best = std::move(name);
  }
  if (best.empty()) {
    const Fact fact = compose(g, Side::source);
    best = fact.ref + "|" + fact.series_title + "|" + std::to_string(fact.season) + "|" + std::to_string(fact.episode) +
           "|" + fact.title;
  }
  return std::string(crosswatch::name_of(kind(g))) + "/" + best;
}

}  // namespace crosswatch::host::engine
