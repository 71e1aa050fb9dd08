#include "engine/set_aside.hpp"

#include <algorithm>
#include <crosswatch/batch.hpp>
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

}  // namespace

void SetAside::load(SQLite::Database& db) {
  if (std::exchange(loaded_, true)) return;
  lane_ = find_lane(db, pair_, feature_);
  if (lane_.id != 0) base_ = load_base(db, lane_, texts_);
  for (const Row& row : base_.rows) next_id_ = std::max(next_id_, row.id + 1);
}

std::vector<const Row*> SetAside::rows_of(const std::vector<Item>& items) {
  Facts facts(texts_, feature_);
  std::vector<Fact> owned;
  for (const Item& item : items) {
    owned.push_back(fact_of(item));
    owned.back().value = item.after ? *item.after : item.before ? *item.before : no_value;
  }
  const FactBatch batch(owned);
  facts.accept({sizeof(cw_facts), sizeof(cw_fact), batch.facts().size(), batch.facts().data()});
  std::vector<const Row*> out(items.size());
  if (facts.size() != items.size()) return out;
  const Facts none(texts_, feature_);
  const Alignment aligned = align(texts_, facts.idents(), none.idents(), base_.idents);
  for (const Group& g : aligned.groups)
    if (!g.ambiguous && g.source == 1 && g.rows == 1)
      out[aligned.source(g).front()] = &base_.rows[aligned.rows(g).front()];
  return out;
}

void SetAside::put(SQLite::Database& db, const std::vector<Item>& undone, std::int64_t now) {
  if (undone.empty()) return;
  load(db);
  if (lane_.id == 0) return;
  const std::vector<const Row*> rows = rows_of(undone);
  BaseWriter writer(db, lane_.id);
  for (std::size_t i = 0; i < undone.size(); ++i) {
    const Item& item = undone[i];
    Row row = rows[i] ? *rows[i] : Row{};
    RowSide& here = row.at(item.side);
    RowSide& there = row.at(other(item.side));
    Value value;
    if (item.after && !to_value(feature_, *item.after, value)) continue;
    if (item.op == OpType::add) {  // the other side took it away, and shall not do so here again
      here = {value, 0, SideState::sighted};
      there = {there.value, never, SideState::kept};
    } else if (!rows[i]) {
      continue;
    } else if (item.op == OpType::update) {
      here = {value, never, SideState::refuses};
    } else {
      here = {{}, never, SideState::parked};
    }
    row.tries = 0;
    if (rows[i]) {
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
