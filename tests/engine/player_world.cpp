// What the world of a random history is like, and what its users do.
#include "player.hpp"

namespace crosswatch::test {
namespace {

using host::ConflictRule;
using host::PairConfig;
using host::PairMode;
using host::RemovalRule;
}  // namespace

void Player::set_up(Dice general, Dice first, Dice second, Dice third) {
  features_ = {all_features[general.take(4)]};
  const std::uint64_t topology = general.take(4);
  removes_ = !general.one_in(4);
  // Small limits, because the histories are small.
  world_.safety.min_base = general.one_in(3) ? 20 : 4;
  world_.safety.confirmed_min = 3;
  world_.safety.delete_min = 2;
  world_.runtime.chunk = general.one_in(3) ? 100 : 2;
  const bool mixed_ids = general.one_in(4);
  for (const char* name : {"a", "b", "c"}) {
    if (name[0] == 'c' && topology == 0) break;
    models_.push_back(&world_.add(name));
  }
  // Whoever knows few ids is paired with somebody who knows them all.
  const std::size_t center = topology == 1 ? 0 : 1;
  Dice dice[] = {first, second, third};
  set_up(*models_[center], dice[center], KnownIds::all);
  const bool knows_ids = !models_[center]->keeps_titles;  // else it knows what others told it
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (i == center) continue;
    KnownIds ids = KnownIds::all;
    if (mixed_ids && knows_ids && topology != 3) ids = i == 2 ? KnownIds::imdb : KnownIds::tmdb;
    set_up(*models_[i], dice[i], ids);
  }
  add_pair(*models_[0], *models_[1], general, topology == 3);
  if (topology == 1) add_pair(*models_[0], *models_[2], general, false);
  if (topology >= 2) add_pair(*models_[1], *models_[2], general, topology == 3);
  if (topology == 3) add_pair(*models_[2], *models_[0], general, true);
  const std::uint64_t more = general.one_in(3) ? general.take(16) : 0;
  for (const Feature f : all_features)
    if (f != features_[0] && (more >> static_cast<unsigned>(f) & 1) != 0) features_.push_back(f);
  const RemovalRule removal =
      general.of({RemovalRule::observed, RemovalRule::observed, RemovalRule::managed, RemovalRule::mirror});
  for (PairConfig& p : pairs_) {
    p.removal = removal;
    for (const Feature f : features_) p.features[static_cast<std::size_t>(f)] = p.feature(features_[0]);
  }
  for (const Feature f : features_) oracles_[f] = std::make_unique<Oracle>(world_, universe_, pairs_, f);
}

void Player::set_up(Model& m, Dice dice, KnownIds ids) {
  ids_[m.name] = ids;
  m.keeps_titles = dice.take(2) == 0;
  m.rating_step = dice.of({1u, 5u, 10u});
  m.page = dice.of({7u, 1u, 3u, 100u});
  m.keeps_time = !dice.one_in(4);
  if (dice.one_in(3)) m.can &= ~std::uint32_t{CW_BACKDATE | CW_EVENTS};
  if (dice.one_in(8)) m.can &= ~std::uint32_t{CW_REMOVE};
  if (dice.one_in(8)) m.can &= ~std::uint32_t{CW_UPDATE};
  if (dice.one_in(12)) m.can = CW_READ;
  if (dice.one_in(5)) m.lag_s = 120;
  if (dice.one_in(5)) m.can_look_up = false;
  const std::uint64_t missing = dice.take(1 << 12);
  const bool some_missing = dice.one_in(3);
  const std::uint64_t copies = dice.take(1 << 12);
  const bool some_copies = dice.one_in(4);
  if (m.keeps_titles) return;
  for (std::size_t e = 0; e < universe_.size(); ++e) {
    if (some_missing && (missing >> e & 3) == 3) continue;
    const int count = some_copies && (copies >> e & 3) == 3 ? 2 : 1;
    for (int i = 0; i < count; ++i) m.titles[m.add_title(universe_.as_known(e, ids))].library = static_cast<int>(e % 2);
  }
}

void Player::add_pair(Model& a, Model& b, Dice& dice, bool ring) {
  const PairMode mode = ring || dice.take(3) != 0 ? PairMode::two_way : PairMode::one_way;
  PairConfig pair = pair_of(a.name, b.name, features_[0], mode, removes_);
  pair.conflict = ring
                      ? ConflictRule::newest
                      : dice.of({ConflictRule::newest, ConflictRule::source, ConflictRule::target, ConflictRule::none});
  pairs_.push_back(pair);
}

void Player::edit(Dice& dice) {
  Model& m = any_model(dice);
  const std::uint64_t kind = dice.take(4);
  std::size_t e = dice.take(universe_.size());
  const Feature feature = features_.size() == 1 ? features_[0] : features_[dice.take(features_.size())];
  if (feature == Feature::watchlist) e %= 8;  // movies and shows
  if ((feature == Feature::history || feature == Feature::progress) && (e == 6 || e == 7)) e = 0;
  world_.now += 61;
  auto titles = universe_.titles(m, e);
  if (kind == 3) {
    tell(m.name + ": take back " + universe_.title(e) + " of " + std::string(name_of(feature)));
    for (const std::size_t t : titles) m.clear(feature, t);
    return;
  }
  if (titles.empty()) {
    if (!m.keeps_titles) return;
    titles.push_back(m.add_title(universe_.as_known(e, ids_of(m))));
  }
  const std::int64_t at = m.keeps_time ? world_.now : time_unknown;
  cw_value v = listed(at);
  if (feature == Feature::ratings)
    v = rated(static_cast<std::int32_t>(m.rounded(dice.of({80, 10, 35, 55, 73, 100, 0}))), at);
  if (feature == Feature::progress)
    v = stopped(dice.of({600'000, 1'200'000, 1'800'000, 3'000'000, 30'000, 3'590'000}), 3'600'000, at);
  tell(m.name + ": set " + universe_.title(e) + " of " + std::string(name_of(feature)) + " to " +
       std::to_string(v.rating) + "/" + std::to_string(v.progress_ms));
  if (feature == Feature::history) {
    m.play(titles[dice.take(titles.size())], world_.now);
    oracles_[feature]->user_played(e);
  } else {
    for (const std::size_t t : titles) m.set(feature, t, v);
  }
  oracles_[feature]->user_set(m.name, e);
}

void Player::file(Dice& dice, bool leaves) {
  Model& m = any_model(dice);
  const std::size_t e = dice.take(universe_.size());
  if (m.keeps_titles) return;
  for (const std::size_t t : universe_.titles(m, e, true)) {
    if (m.titles[t].exists != leaves) continue;
    if (leaves) {
      tell(m.name + ": file of " + universe_.title(e) + " leaves");
      m.remove_file(t);
      for (auto& [f, oracle] : oracles_) oracle->file_gone(m.name, e);
    } else {
      const bool with_facts = dice.take(2) == 0;
      tell(m.name + ": file of " + universe_.title(e) + " returns " + (with_facts ? "with" : "without") + " facts");
      m.return_file(t, with_facts);
    }
  }
}

}  // namespace crosswatch::test
