// The facts of the file: what each feature stores, compares and answers.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "database.hpp"
#include "identity.hpp"

namespace crosswatch::tracker {

// What the tracker can do with a feature.
cw_capability capability(Feature feature) noexcept;

struct Outcome {
  std::uint32_t result = CW_NOT_ATTEMPTED;
  cw_value value = no_value;
  std::optional<ItemId> item{};
  std::string reason{};
};

// Inside transactions of `database` only. [owner]
class Facts {
public:
  Facts(Database& database, Feature feature);

  // Add: an equal fact is ALREADY, another one STALE; but a play of a film that was played before joins its plays.
  // Update: needs the fact to be there; of plays, none is ever forgotten. Remove: the whole fact, with its plays.
  // Members of `expect` that are "none" are not compared.
  Outcome apply(Identity& identity, std::uint32_t type, const Fact& fact, const cw_value& expect);
  std::optional<cw_value> value_of(ItemId item);

  // How many facts the feature has by the file's own count; with `times`, of known times of plays.
  std::int64_t tally(bool times = false);
  // Brings that count up to date: at the end of every writing transaction.
  void settle_tally();

private:
  Outcome store(ItemId item, const Fact& fact, const std::optional<cw_value>& before, bool adding);
  std::int64_t add_plays(ItemId item, const Fact& fact);  // how many of its times are new
  void erase(ItemId item);

  Feature feature_;
  std::int64_t more_facts_ = 0;
  std::int64_t more_times_ = 0;
  SQLite::Statement read_, write_, erase_, insert_play_, plays_of_, erase_plays_, read_tally_, add_tally_;
};

}  // namespace crosswatch::tracker
