// Which facts of both sides and which row of the baseline are the same item.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/facts.hpp"
#include "engine/texts.hpp"

namespace crosswatch::host::engine {

// One item. Its members are node numbers: facts of the source, then of the target, then rows.
struct Group {
  std::uint32_t first = 0;   // in Alignment::nodes
  std::uint32_t source = 0;  // how many facts: more than one are copies, in several libraries
  std::uint32_t target = 0;
  std::uint32_t rows = 0;  // more than one: items that turned out to be the same
  bool ambiguous = false;  // ids contradict each other: nothing may be written
};

struct Alignment {
  std::vector<std::uint32_t> nodes{};
  std::vector<Group> groups{};
  std::uint32_t source_size = 0, target_size = 0;

  // Indexes into Facts or rows: nodes less the offset of their kind.
  std::span<const std::uint32_t> source(const Group& g) const noexcept { return {nodes.data() + g.first, g.source}; }
  std::span<const std::uint32_t> target(const Group& g) const noexcept {
    return {nodes.data() + g.first + g.source, g.target};
  }
  std::span<const std::uint32_t> rows(const Group& g) const noexcept {
    return {nodes.data() + g.first + g.source + g.target, g.rows};
  }
};

// Linear, and independent of the order in which items are listed. Items are the same when they share an id of their own
// and contradict in none; else when a row remembers the ref of a fact; else, for seasons and episodes, when a show id,
// the season and the episode agree. With `same_refs`, refs of both sides say the same, too. What contradicts is never
// matched, whatever else agrees; what remains doubtful is ambiguous.
Alignment align(const Texts& texts, const Idents& source, const Idents& target, const Idents& rows,
                bool same_refs = false);

}  // namespace crosswatch::host::engine
