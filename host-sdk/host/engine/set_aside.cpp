#include "engine/set_aside.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/align.hpp"
#include "engine/rules.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr const char* note = "undone: it is not done again by itself";

RowText text_of(const Item& item) {
  RowText text{item.kind, item.season, item.episode, {}, item.title, item.series_title};
  for (const Token& t : item.ids) IdentText::put_id(text.idents, t.scheme, t.value, true);
  for (const Token& t : item.show_ids) IdentText::put_id(text.idents, t.scheme, t.value, false);
  return text;
}

Idents::Draft draft_of(const Item& item, Texts& texts) {
  Idents::Draft out{item.kind, item.season, item.episode};
  const auto space = static_cast<Texts::Space>(item.kind);
  for (const Token& t : item.ids) out.own.push_back(texts.intern(space, texts.scheme(t.scheme), t.value));
  for (const Token& t : item.show_ids) out.shows.push_back(texts.intern(Texts::show, texts.scheme(t.scheme), t.value));
  return out;
}

}  // namespace

void SetAside::load(SQLite::Database& db) {
  if (std::exchange(loaded_, true)) return;
  lane_ = find_lane(db, pair_, feature_);
  if (lane_.id == 0) return;
  base_ = load_base(db, lane_, texts_);
  for (const Row& row : base_.rows) next_id_ = std::max(next_id_, row.id + 1);

  // What was written on both sides is no copy of itself, so each side has its own list.
  std::array<Idents, 2> idents;
  std::array<std::vector<std::size_t>, 2> place;  // in items_
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto side = static_cast<std::size_t>(items_[i].side);
    Idents::Draft draft = draft_of(items_[i], texts_);
    idents[side].add(draft);
    place[side].push_back(i);
  }
  const Alignment aligned = align(texts_, idents[0], idents[1], base_.idents);
  compared_ += aligned.nodes.size();
  rows_.assign(items_.size(), nullptr);
  for (const Group& g : aligned.groups) {
    if (g.ambiguous || g.rows != 1) continue;
    Row& row = base_.rows[aligned.rows(g).front()];
    if (g.source == 1) rows_[place[0][aligned.source(g).front()]] = &row;
    if (g.target == 1) rows_[place[1][aligned.target(g).front()]] = &row;
  }
}

void SetAside::announce(SQLite::Database& db, std::span<const Item> planned, std::int64_t now) {
  load(db);
  if (lane_.id == 0) return;
  BaseWriter writer(db, lane_.id);
  for (const Item& item : planned) {
    const Row* const row = row_of(item);
    if (item.result != Result::planned || !row) continue;
    Intent intent{item.side, item.op, false, now};
    if (item.after) to_value(feature_, *item.after, intent.value);
    if (item.before) to_value(feature_, *item.before, intent.was);
    intent.other = row->at(other(item.side)).value;
    writer.intend(row->id, intent);
  }
}

void SetAside::put(SQLite::Database& db, std::span<const Item> done, std::int64_t now) {
  if (lane_.id == 0) return;
  BaseWriter writer(db, lane_.id);
  for (const Item& item : done) {
    if (item.result != Result::applied) continue;
    Row* const known = row_of(item);
    Row fresh;
    Row& row = known ? *known : fresh;
    RowSide& here = row.at(item.side);
    RowSide& there = row.at(other(item.side));
    Value value;
    if (item.after && !to_value(feature_, *item.after, value)) continue;
    if (item.op == OpType::add) {  // the other side took it away, and shall not do so here again
      here = {value, 0, SideState::sighted};
      there = {there.value, never, SideState::kept};
    } else if (!known) {
      continue;
    } else if (item.op == OpType::update) {
      here = {value, never, SideState::refuses};
    } else {
      here = {{}, never, SideState::parked};
    }
    row.tries = 0;
    if (known) {
      writer.change(row, note, now);
    } else {
      row.id = next_id_++;
      ++lane_.rows;
      writer.put(row, text_of(item), note, now);
    }
    for (const Side s : {Side::source, Side::target}) writer.close(row.id, s);
  }
  save_lane(db, pair_, feature_, lane_);
}

}  // namespace crosswatch::host::engine
