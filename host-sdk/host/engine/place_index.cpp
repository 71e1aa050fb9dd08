#include "engine/place_index.hpp"

#include <utility>

namespace crosswatch::host::engine {

PlaceIndex::Slot& PlaceIndex::slot(std::uint64_t place) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = static_cast<std::size_t>((place * 0x9E3779B97F4A7C15ull) >> 20) & mask;
  while (slots_[i].head != 0 && slots_[i].place != place) i = (i + 1) & mask;
  return slots_[i];
}

void PlaceIndex::add(std::uint64_t place, std::uint32_t node) {
  if (slots_.empty() || used_ * 2 > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 1024 : slots_.size() * 2));
    for (const Slot& s : old)
      if (s.head != 0) slot(s.place) = s;
  }
  Slot& s = slot(place);
  if (s.head == 0) ++used_;
  entries_.push_back({node, s.head});
  s = {place, static_cast<std::uint32_t>(entries_.size())};
}

void PlaceIndex::add_if_known(std::uint64_t place, std::uint32_t node) {
  Slot& s = slot(place);
  if (s.head == 0) return;
  entries_.push_back({node, s.head});
  s.head = static_cast<std::uint32_t>(entries_.size());
}

}  // namespace crosswatch::host::engine
