// Where an episode or a season stands: show id, season, episode. The weaker name of an item, for those whose own ids
// say nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/facts.hpp"

namespace crosswatch::host::engine {

// Calls `use` with a number for each show id of the item. Specials (season 0) and seasons that are years are numbered
// differently everywhere: their episodes have no place and are matched by their own ids only.
template <class Use>
void each_place(const Idents& idents, std::uint32_t i, Use&& use) {
  const Kind kind = idents.kind(i);
  const std::int32_t season = idents.season(i);
  const std::int32_t episode = kind == Kind::episode ? idents.episode(i) : 0;
  const bool named = kind == Kind::season ? season >= 0 : kind == Kind::episode && season > 0 && episode >= 0;
  if (!named || season >= 1900 || episode >= 1 << 19) return;
  const std::uint64_t low = (std::uint64_t{kind == Kind::season} << 31) | (static_cast<std::uint64_t>(season) << 20) |
                            static_cast<std::uint64_t>(episode);
  for (const Texts::Id show : idents.shows(i)) use((std::uint64_t{show} << 32) | low);
}

// A multimap from places to nodes.
class PlaceIndex {
public:
  bool empty() const noexcept { return entries_.empty(); }
  void add(std::uint64_t place, std::uint32_t node);
  void add_if_known(std::uint64_t place, std::uint32_t node);
  // Calls `use` with the nodes of each place that has several.
  template <class Use>
  void each_shared(Use&& use) const {
    std::vector<std::uint32_t> nodes;
    for (const Slot& slot : slots_) {
      if (slot.head == 0 || entries_[slot.head - 1].next == 0) continue;
      nodes.clear();
      for (std::uint32_t e = slot.head; e != 0; e = entries_[e - 1].next) nodes.push_back(entries_[e - 1].node);
      use(std::span<const std::uint32_t>(nodes));
    }
  }

private:
  struct Slot {
    std::uint64_t place = 0;
    std::uint32_t head = 0;  // number of an entry, from 1
  };
  struct Entry {
    std::uint32_t node;
    std::uint32_t next;
  };
  Slot& slot(std::uint64_t place) noexcept;

  std::vector<Slot> slots_{};
  std::vector<Entry> entries_{};
  std::size_t used_ = 0;
};

}  // namespace crosswatch::host::engine
