// What lanes of one run have written. A later lane writes only the same: in a ring of pairs two changes of one item
// would chase each other for ever. The next run does the rest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "engine/report.hpp"
#include "engine/value.hpp"

namespace crosswatch::host::engine {

class Written {
public:
  // Before the first lane, once for each that is to run; and when it begins. Without another one to come nothing needs
  // to be remembered.
  void expect(Feature feature) { ++to_come_[static_cast<std::size_t>(feature)]; }
  void begin(Feature feature) { --to_come_[static_cast<std::size_t>(feature)]; }

  bool empty() const noexcept { return values_.empty(); }
  // Nothing: it was removed.
  void add(Feature feature, const Fact& item, const std::optional<Value>& value);
  bool contradicts(Feature feature, const Fact& item, OpType type, const Value& value) const;

private:
  // By a hash of each name that the item has. Two items with one hash cost a run of delay.
  std::unordered_map<std::uint64_t, std::optional<Value>> values_{};
  std::array<int, all_features.size()> to_come_{};
};

}  // namespace crosswatch::host::engine
