// The baseline after an undo: what a user took back is not done again by itself.
#pragma once

#include <string>
#include <vector>

#include "engine/base.hpp"
#include "engine/report.hpp"
#include "engine/texts.hpp"
#include "state/baseline.hpp"
#include "state/store.hpp"

namespace crosswatch::host::engine {

// One lane of a pair, read when it is made. [owner]
class SetAside {
public:
  SetAside(const StateStore& state, const std::string& pair, Feature feature);

  // Parks what `undone`, applied operations of an undo, took back, until the user asks for it again or changes it on
  // either side. `after` of each is what is there now. Inside StateStore::write.
  void put(SQLite::Database& db, const std::vector<Item>& undone, std::int64_t now);

private:
  // Of each item its row in the baseline; null where none, or no single one, is about it.
  std::vector<const Row*> rows_of(const std::vector<Item>& items);

  std::string pair_;
  Feature feature_;
  Texts texts_{};
  LaneRow lane_{};
  Base base_{};
  std::int64_t next_id_ = 1;
};

}  // namespace crosswatch::host::engine
