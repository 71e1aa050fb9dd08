// Everything a lane sees: the facts of both sides, its baseline, and which of them are one item.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/align.hpp"
#include "engine/merge.hpp"
#include "state/baseline.hpp"

namespace crosswatch::host::engine {

class Scene {
public:
  Scene(const Texts& texts, std::shared_ptr<const Facts> source, std::shared_ptr<const Facts> target, Base base,
        const LaneRules& rules);

  const std::vector<Group>& groups() const noexcept { return alignment_.groups; }
  const LaneRules& rules() const noexcept { return rules_; }
  const Base& base() const noexcept { return base_; }

  Kind kind(const Group& g) const;
  // Copies of one title count as one: the newest value, all plays.
  Seen seen(const Group& g, Side side) const;
  // Null when there is none, or several, which turned out to be one item: they are forgotten and it is adopted.
  const Row* row(const Group& g) const;
  std::vector<std::int64_t> row_ids(const Group& g) const;
  std::array<const Intent*, 2> intents(const Group& g) const;
  // Whether what was intended there, if anything was, needs not be remembered beside `row` any more.
  bool answered(const Group& g, Side side, const Row& row) const;
  Decision decide(const Group& g) const;
  // Whether the facts know ids or refs that the row does not.
  bool learned(const Group& g) const;

  // Whether a fact or the row has that ref on that side.
  bool knows_ref(const Group& g, Side side, std::string_view ref) const;
  // The items that are listed on that side, by their refs there.
  std::unordered_map<std::string_view, std::uint32_t> groups_by_ref(Side side) const;
  // Whether the row remembers refs of that side, and this is none of them.
  bool other_ref(const Group& g, Side side, std::string_view ref) const;

  // The item for a write to (or a question to) that side: every id that is known, its own ref and numbering.
  Fact compose(const Group& g, Side to) const;
  // History: every time either side knows, newest first; without those that a side gave to what we wrote there.
  std::vector<std::int64_t> plays(const Group& g) const;
  RowText row_text(const Group& g) const;
  // Sorts as a person would; independent of the order of listings.
  bool before(const Group& a, const Group& b) const;
  // A name of the item that stays the same from run to run.
  std::string key(const Group& g) const;

private:
  const Facts& facts(Side s) const noexcept { return s == Side::source ? *source_ : *target_; }
  std::span<const std::uint32_t> of(const Group& g, Side s) const noexcept {
    return s == Side::source ? alignment_.source(g) : alignment_.target(g);
  }
  // The fact that speaks for the item, on that side if it is there.
  struct Voice {
    const Facts* facts = nullptr;
    std::uint32_t index = 0;
  };
  Voice voice(const Group& g, Side prefer) const;
  void compare_plays(const Group& g, std::array<Seen, 2>& seen) const;
  std::vector<std::int64_t> plays(const Group& g, Side s) const;
  std::vector<std::int64_t> news(const Group& g, Side s) const;
  Ids own_ids(const Group& g, std::vector<Texts::Id>& out) const;
  Ids show_ids(const Group& g, std::vector<Texts::Id>& out) const;

  const Texts& texts_;
  std::shared_ptr<const Facts> source_;
  std::shared_ptr<const Facts> target_;
  Base base_;
  LaneRules rules_;
  Alignment alignment_;
};

}  // namespace crosswatch::host::engine
