// Which item of the file a fact means.
//
//   1. Its ref, when it is one of this file, and its own ids (kind + scheme + value). All must lead to the same item,
//      and no id may contradict one of that item (same scheme, no value in common): else it is ambiguous.
//   2. Else, a season or episode: its place, i.e. a show found by the show's ids in the same way, and the numbers.
//      0 is a season, unknown numbers match nothing. An item there with contradicting own ids is another item.
//   3. Else, an item without any of these ids: exactly the same kind, title, year, series title and numbers as an
//      item that came without ids. An item with ids is never found by its title.
//
// Items stay when their last fact goes, so that "the fact was removed" and "never heard of it" are different answers.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <crosswatch/item.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database.hpp"

namespace crosswatch::tracker {

using ItemId = std::int64_t;

struct Match {
  enum State { none, one, ambiguous } state = none;
  ItemId id = 0;
};

// Inside transactions of `database` only. [owner]
class Identity {
public:
  explicit Identity(Database& database);

  Match find(const Fact& fact);
  // Makes an item for a fact that find() said "none" to; nothing when it has neither an id nor a title.
  std::optional<ItemId> make(const Fact& fact);
  // Keeps ids, show and texts that the item lacks, after find() said "one".
  void learn(ItemId item, const Fact& fact);

  std::string ref(ItemId item) const;
  // Whether items that were known before have got more ids or texts: facts of any feature may tell of them.
  bool learned() const noexcept { return learned_ != 0; }
  // Forgets what was remembered about shows, and learned: whenever a transaction begins.
  void forget() noexcept {
    remembered_show_.reset();
    learned_ = 0;
  }

private:
  struct RememberedShow {
    std::string ids{};
    Match match{};
    bool learned = false;  // it has all these ids
  };
  Match find_strong(const Fact& fact);
  Match by_ids(Kind kind, const std::vector<Token>& ids, std::optional<ItemId> also);
  Match by_place(const Fact& fact);
  RememberedShow& show_of(const Fact& fact);
  std::optional<ItemId> show_for(const Fact& fact);
  void forget_show() noexcept { remembered_show_.reset(); }
  bool contradicts(ItemId item, const std::vector<Token>& ids);
  int add_ids(ItemId item, Kind kind, const std::vector<Token>& ids);  // how many are new

  Database& database_;
  int learned_ = 0;                                  // ids and texts
  std::optional<RememberedShow> remembered_show_{};  // of the last fact: episodes come in a row
  SQLite::Statement kind_of_, find_id_, ids_of_, find_place_, find_name_, insert_item_, insert_id_, complete_item_;
};

}  // namespace crosswatch::tracker
