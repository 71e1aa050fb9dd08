// The baseline after an undo: what a user took back is not done again by itself.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base.hpp"
#include "engine/report.hpp"
#include "engine/texts.hpp"
#include "state/baseline.hpp"
#include "state/store.hpp"

namespace crosswatch::host::engine {

// The lane of a pair in which `items` were written, and may be undone. Its baseline is read, and compared with all of
// them, once: before the first of them is undone. [owner]
class SetAside {
public:
  // `items`, of both sides, must outlive this and stay in their places; what becomes of them may change. The spans that
  // the others take are parts of them.
  SetAside(std::string pair, Feature feature, const std::vector<Item>& items)
      : pair_(std::move(pair)), feature_(feature), items_(items) {}

  // Journals the planned operations of an undo: if their outcome is never recorded, what they did is not taken for
  // something that the user did. Inside StateStore::write.
  void announce(SQLite::Database& db, std::span<const Item> planned, std::int64_t now);

  // Parks what the applied ones took back, until the user asks for it again or changes it on either side. `after` of
  // each is what is there now. Inside StateStore::write.
  void put(SQLite::Database& db, std::span<const Item> done, std::int64_t now);

  std::uint64_t compared() const noexcept { return compared_; }  // items and rows, so far: what the work is made of

private:
  void load(SQLite::Database& db);
  Row* row_of(const Item& item) const { return rows_[static_cast<std::size_t>(&item - items_.data())]; }

  std::string pair_;
  Feature feature_;
  const std::vector<Item>& items_;
  Texts texts_{};
  LaneRow lane_{};
  Base base_{};
  std::vector<Row*> rows_{};  // of each item; null where none, or no single one, is about it
  bool loaded_ = false;
  std::int64_t next_id_ = 1;
  std::uint64_t compared_ = 0;
};

}  // namespace crosswatch::host::engine
