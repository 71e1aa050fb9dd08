// The baseline after an undo: what a user took back is not done again by itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base.hpp"
#include "engine/report.hpp"
#include "engine/texts.hpp"
#include "state/baseline.hpp"
#include "state/store.hpp"

namespace crosswatch::host::engine {

// One lane of a pair, read when it is first needed. [owner]
class SetAside {
public:
  SetAside(std::string pair, Feature feature) : pair_(std::move(pair)), feature_(feature) {}

  // Parks what `undone`, applied operations of an undo, took back, until the user asks for it again or changes it on
  // either side. `after` of each is what is there now. Inside StateStore::write.
  void put(SQLite::Database& db, const std::vector<Item>& undone, std::int64_t now);

private:
  void load(SQLite::Database& db);
  // Of each item its row in the baseline; null where none, or no single one, is about it.
  std::vector<const Row*> rows_of(const std::vector<Item>& items);

  std::string pair_;
  Feature feature_;
  Texts texts_{};
  LaneRow lane_{};
  Base base_{};
  bool loaded_ = false;
  std::int64_t next_id_ = 1;
};

}  // namespace crosswatch::host::engine
