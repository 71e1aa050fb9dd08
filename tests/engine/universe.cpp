#include "universe.hpp"

#include <algorithm>

namespace crosswatch::test {
namespace {

bool share(const std::vector<Token>& a, const std::vector<Token>& b) {
  return std::any_of(a.begin(), a.end(), [&](const Token& t) { return std::find(b.begin(), b.end(), t) != b.end(); });
}

}  // namespace

Universe::Universe() {
  for (int i = 0; i < 6; ++i)
    entities_.push_back(
        movie("Film " + std::to_string(i), {{"imdb", "tt" + std::to_string(i)}, {"tmdb", std::to_string(600 + i)}}));
  for (int i = 0; i < 2; ++i) {  // with the numbers of the first movies
    Fact show =
        movie("Show " + std::to_string(i), {{"imdb", "tt9" + std::to_string(i)}, {"tmdb", std::to_string(600 + i)}});
    show.kind = Kind::show;
    entities_.push_back(show);
  }
  for (int i = 0; i < 4; ++i) {
    const Fact& show = entities_[static_cast<std::size_t>(6 + i % 2)];
    std::vector<Token> ids;  // some have only their place in the show
    if (i >= 2) ids = {{"imdb", "tt8" + std::to_string(i)}, {"tmdb", std::to_string(600 + i)}};
    entities_.push_back(episode(show.title, 1 + i / 2, 1 + i % 2, ids, show.ids));
  }
}

Fact Universe::as_known(std::size_t entity, KnownIds ids) const {
  Fact f = entities_[entity];
  for (auto* list : {&f.ids, &f.show_ids})
    std::erase_if(
        *list, [&](const Token& t) { return ids != KnownIds::all && (t.scheme == "tmdb") != (ids == KnownIds::tmdb); });
  return f;
}

std::vector<std::size_t> Universe::titles(const Model& model, std::size_t entity, bool also_gone) const {
  const Fact& e = entities_[entity];
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < model.titles.size(); ++i) {
    const Fact& t = model.titles[i].item;
    if (t.kind != e.kind || (!also_gone && !model.titles[i].exists)) continue;
    const bool placed =
        e.kind == Kind::episode && t.season == e.season && t.episode == e.episode && share(t.show_ids, e.show_ids);
    if (placed || (e.kind != Kind::episode && share(t.ids, e.ids))) out.push_back(i);
  }
  return out;
}

Cell Universe::cell(const Model& model, Feature f, std::size_t entity) const {
  Cell c;
  for (const std::size_t t : titles(model, entity)) {
    c.title = true;
    c.outside = c.outside || !model.takes_part(t);
    const auto it = model.facts(f).find(t);
    if (it == model.facts(f).end()) continue;
    if (!c.present || it->second.value.at > c.value.at) c.value = it->second.value;
    c.present = true;
    c.plays.insert(c.plays.end(), it->second.plays.begin(), it->second.plays.end());
  }
  std::sort(c.plays.begin(), c.plays.end());
  c.plays.erase(std::unique(c.plays.begin(), c.plays.end()), c.plays.end());
  return c;
}

}  // namespace crosswatch::test
