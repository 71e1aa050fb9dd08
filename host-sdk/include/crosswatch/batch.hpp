// Facts and operations side by side, as calls across the boundary take them.
#pragma once

#include <crosswatch/item.hpp>
#include <deque>
#include <vector>

namespace crosswatch {

// [owner] What is added must stay unchanged as long as the batch is used.
class FactBatch {
public:
  FactBatch() = default;
  explicit FactBatch(const std::vector<Fact>& facts) {
    for (const Fact& f : facts) add(f);
  }
  void add(const Fact& fact) { facts_.push_back(lenders_.emplace_back().lend(fact)); }
  const std::vector<cw_fact>& facts() const noexcept { return facts_; }

private:
  std::vector<cw_fact> facts_{};
  std::deque<FactLender> lenders_{};  // its elements stay where they are
};

// [owner] As FactBatch.
class OpBatch {
public:
  void add(std::uint32_t type, const Fact& fact, const cw_value& expect) {
    ops_.push_back({sizeof(cw_op), type, &lenders_.emplace_back().lend(fact), expect});
  }
  bool empty() const noexcept { return ops_.empty(); }
  const std::vector<cw_op>& ops() const noexcept { return ops_; }

private:
  std::vector<cw_op> ops_{};
  std::deque<FactLender> lenders_{};
};

}  // namespace crosswatch
