// Numbers in sets that are united step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace crosswatch::host::engine {

// Of 0 .. n - 1, at first each in a set of its own. Nearly linear.
class Sets {
public:
  explicit Sets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0u); }

  // The smallest number of its set.
  std::uint32_t find(std::uint32_t i) noexcept {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void unite(std::uint32_t a, std::uint32_t b) noexcept {
    a = find(a);
    b = find(b);
    if (a > b) std::swap(a, b);
    parent_[b] = a;
  }

private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace crosswatch::host::engine
