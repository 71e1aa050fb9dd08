#include "engine/align.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/place_index.hpp"
#include "engine/sets.hpp"

namespace crosswatch::host::engine {
namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};
// More copies of one title than this are not copies but a wrong id that many items carry.
constexpr std::size_t max_copies = 64;

enum Part : std::size_t { source_part, target_part, row_part };

std::uint32_t& count_of(Group& g, Part p) noexcept {
  return p == source_part ? g.source : p == target_part ? g.target : g.rows;
}

class Aligner {
public:
  Aligner(const Texts& texts, const Idents& source, const Idents& target, const Idents& rows)
      : texts_(texts), parts_{&source, &target, &rows} {
    offset_ = {0, source.size(), source.size() + target.size()};
    count_ = offset_[2] + rows.size();
  }

  Alignment run(bool same_refs) {
    match_own_ids();
    for (std::size_t g = 0, end = out_.groups.size(); g < end; ++g)
      if (!consistent(members(out_.groups[g]))) split(g);
    if (same_refs) link_by_same_refs();
    link_by_refs();
    link_by_place();
    for (std::uint32_t& node : out_.nodes) node -= offset_[part(node)];
    out_.source_size = offset_[1];
    out_.target_size = offset_[2] - offset_[1];
    return std::move(out_);
  }

private:
  using Nodes = std::span<const std::uint32_t>;
  using Cluster = std::vector<std::uint32_t>;
  using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // of groups

  Part part(std::uint32_t node) const noexcept {
    return node < offset_[1] ? source_part : node < offset_[2] ? target_part : row_part;
  }
  Ids own(std::uint32_t node) const noexcept { return parts_[part(node)]->own(node - offset_[part(node)]); }
  Ids refs(std::uint32_t node, Side side) const noexcept {
    const Part p = part(node);
    return parts_[p]->refs(node - offset_[p], p == row_part ? side : Side::source);
  }
  Kind kind(std::uint32_t node) const noexcept { return parts_[part(node)]->kind(node - offset_[part(node)]); }
  Nodes members(const Group& g) const noexcept {
    return {out_.nodes.data() + g.first, std::size_t{g.source} + g.target + g.rows};
  }
  static std::uint32_t size(Group g, Part p) noexcept { return count_of(g, p); }

  void match_own_ids();
  void group_by(const std::vector<std::uint32_t>& label);
  bool contradict(std::uint32_t x, std::uint32_t y) const;
  static bool share(Ids x, Ids y) noexcept;
  bool consistent(Nodes nodes) const;
  bool consistent(const Group& g, const Group& h) const;
  bool belongs(std::uint32_t row, const Cluster& cluster) const;
  void split(std::size_t group);
  void link_by_same_refs();
  void link_by_refs();
  void link_by_place();
  void join(const Links& links);

  const Texts& texts_;
  std::array<const Idents*, 3> parts_;
  std::array<std::uint32_t, 3> offset_{};
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> group_of_{};  // by node
  Alignment out_{};
};

void Aligner::match_own_ids() {
  Sets same(count_);
  std::vector<std::uint32_t> first(texts_.size(), none);
  for (std::uint32_t node = 0; node < count_; ++node)
    for (const Texts::Id id : own(node)) {
      if (first[id] == none)
        first[id] = node;
      else
        same.unite(first[id], node);
    }
  std::vector<std::uint32_t> label(count_);
  for (std::uint32_t node = 0; node < count_; ++node) label[node] = same.find(node);
  group_by(label);
}

// Makes one group of the nodes with one label; labels are smaller than the number of nodes. Numbers groups by their
// first node, and keeps the nodes of a group ascending: source, target, rows.
void Aligner::group_by(const std::vector<std::uint32_t>& label) {
  std::vector<std::uint32_t> number(count_, none);
  group_of_.resize(count_);
  out_.groups.clear();
  for (std::uint32_t node = 0; node < count_; ++node) {
    std::uint32_t& g = number[label[node]];
    if (g == none) {
      g = static_cast<std::uint32_t>(out_.groups.size());
      out_.groups.emplace_back();
    }
    group_of_[node] = g;
    ++count_of(out_.groups[g], part(node));
  }
  std::uint32_t first = 0;
  for (Group& g : out_.groups) {
    g.first = first;
    first += g.source + g.target + g.rows;
  }
  out_.nodes.resize(count_);
  std::vector<std::uint32_t>& next = number;
  for (std::size_t g = 0; g < out_.groups.size(); ++g) next[g] = out_.groups[g].first;
  for (std::uint32_t node = 0; node < count_; ++node) out_.nodes[next[group_of_[node]]++] = node;
}

bool Aligner::share(Ids x, Ids y) noexcept {
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    if (x[i] == y[j]) return true;
    x[i] < y[j] ? ++i : ++j;
  }
  return false;
}

// Whether both have an id of one scheme and none of that scheme in common.
bool Aligner::contradict(std::uint32_t a, std::uint32_t b) const {
  const Ids x = own(a);
  const Ids y = own(b);
  if (std::includes(x.begin(), x.end(), y.begin(), y.end()) || std::includes(y.begin(), y.end(), x.begin(), x.end()))
    return false;
  for (const Texts::Id i : x) {
    const std::uint8_t scheme = texts_.scheme_of(i);
    bool theirs = false;
    bool shared = false;
    for (const Texts::Id j : y)
      if (texts_.scheme_of(j) == scheme) {
        theirs = true;
        shared = shared || std::binary_search(x.begin(), x.end(), j);
      }
    if (theirs && !shared) return true;
  }
  return false;
}

bool Aligner::consistent(Nodes nodes) const {
  if (nodes.size() > max_copies) return false;
  for (std::size_t i = 1; i < nodes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (contradict(nodes[i], nodes[j])) return false;
  return true;
}

bool Aligner::consistent(const Group& g, const Group& h) const {
  for (const std::uint32_t x : members(g))
    for (const std::uint32_t y : members(h))
      if (contradict(x, y)) return false;
  return true;
}

// Whether the row is about these facts: it shares an id, and contradicts none, or knows the ref of one of them.
bool Aligner::belongs(std::uint32_t row, const Cluster& cluster) const {
  bool linked = false, contradicts = false, by_ref = false;
  for (const std::uint32_t fact : cluster) {
    if (part(fact) == row_part) continue;
    linked = linked || share(own(row), own(fact));
    const Side side = part(fact) == source_part ? Side::source : Side::target;
    by_ref = by_ref || share(refs(row, side), refs(fact, side));
    contradicts = contradicts || contradict(row, fact);
  }
  return linked && (!contradicts || by_ref);
}

// Ids lead from one member to the next, and yet some contradict. Facts of both sides that agree with each other without
// a contradiction are one item; a row joins them when it contradicts none, or knows the ref of one of them (its ids
// were corrected since). Everything else stays together, and is ambiguous.
void Aligner::split(std::size_t index) {
  const Group whole = out_.groups[index];
  const Nodes all = members(whole);
  if (all.size() > max_copies) {
    out_.groups[index].ambiguous = true;
    return;
  }
  const std::vector<std::uint32_t> nodes(all.begin(), all.end());
  const std::uint32_t facts = whole.source + whole.target;
  Sets same(facts);
  for (std::uint32_t i = 0; i < facts; ++i)
    for (std::uint32_t j = 0; j < i; ++j)
      if (share(own(nodes[i]), own(nodes[j])) && !contradict(nodes[i], nodes[j])) same.unite(i, j);

  std::vector<Cluster> clean;
  Cluster doubtful;
  for (std::uint32_t root = 0; root < facts; ++root) {
    if (same.find(root) != root) continue;
    Cluster cluster;
    for (std::uint32_t i = root; i < facts; ++i)
      if (same.find(i) == root) cluster.push_back(nodes[i]);
    const bool both = part(cluster.front()) == source_part && part(cluster.back()) == target_part;
    if (both && consistent(cluster))
      clean.push_back(std::move(cluster));
    else
      doubtful.insert(doubtful.end(), cluster.begin(), cluster.end());
  }
  Cluster lone_rows;
  for (std::size_t i = facts; i < nodes.size(); ++i) {
    const auto joins = [&](const Cluster& cluster) { return belongs(nodes[i], cluster); };
    const auto home = std::find_if(clean.begin(), clean.end(), joins);
    if (home != clean.end() && std::none_of(home + 1, clean.end(), joins))
      home->push_back(nodes[i]);
    else
      (doubtful.empty() ? lone_rows : doubtful).push_back(nodes[i]);
  }

  std::uint32_t at = whole.first;
  bool reuse = true;
  const auto emit = [&](Cluster cluster, bool ambiguous) {
    std::sort(cluster.begin(), cluster.end());
    Group g;
    g.first = at;
    g.ambiguous = ambiguous;
    const auto number = reuse ? static_cast<std::uint32_t>(index) : static_cast<std::uint32_t>(out_.groups.size());
    for (const std::uint32_t node : cluster) {
      ++count_of(g, part(node));
      out_.nodes[at++] = node;
      group_of_[node] = number;
    }
    if (reuse)
      out_.groups[index] = g;
    else
      out_.groups.push_back(g);
    reuse = false;
  };
  for (auto& cluster : clean) emit(std::move(cluster), false);
  for (const std::uint32_t row : lone_rows) emit({row}, false);  // a memory of nothing that is still there
  if (!doubtful.empty()) emit(std::move(doubtful), true);
}

// A ref is told once a side, so it links one fact of each.
void Aligner::link_by_same_refs() {
  std::vector<std::uint32_t> source_by_ref(texts_.size(), none);
  for (std::uint32_t fact = 0; fact < offset_[1]; ++fact)
    if (const Group& g = out_.groups[group_of_[fact]]; !g.ambiguous && g.target == 0)
      for (const Texts::Id ref : refs(fact, Side::source)) source_by_ref[ref] = fact;
  Links links;
  for (std::uint32_t fact = offset_[1]; fact < offset_[2]; ++fact) {
    const Group& h = out_.groups[group_of_[fact]];
    if (h.ambiguous || h.source != 0) continue;
    for (const Texts::Id ref : refs(fact, Side::target)) {
      const std::uint32_t same = source_by_ref[ref];
      if (same == none || kind(same) != kind(fact)) continue;
      const std::uint32_t g = group_of_[same];
      if (consistent(out_.groups[g], h)) links.emplace_back(g, group_of_[fact]);
    }
  }
  join(links);
}

void Aligner::link_by_refs() {
  std::array<std::vector<std::uint32_t>, 2> row_by_ref;
  for (std::uint32_t row = offset_[2]; row < count_; ++row) {
    const Group& g = out_.groups[group_of_[row]];
    if (g.ambiguous || (g.source != 0 && g.target != 0)) continue;
    for (const Side side : {Side::source, Side::target}) {
      if ((side == Side::source ? g.source : g.target) != 0) continue;
      auto& row_of = row_by_ref[static_cast<std::size_t>(side)];
      if (row_of.empty()) row_of.assign(texts_.size(), none);
      // When two rows know it neither counts.
      for (const Texts::Id ref : refs(row, side)) row_of[ref] = row_of[ref] == none ? row : count_;
    }
  }
  Links links;
  for (std::uint32_t fact = 0; fact < offset_[2]; ++fact) {
    const Group& g = out_.groups[group_of_[fact]];
    const Side side = part(fact) == source_part ? Side::source : Side::target;
    const auto& row_of = row_by_ref[static_cast<std::size_t>(side)];
    if (row_of.empty() || g.ambiguous || g.rows != 0) continue;
    for (const Texts::Id ref : refs(fact, side)) {
      const std::uint32_t row = row_of[ref];
      if (row >= count_ || kind(row) != kind(fact)) continue;
      const Group& h = out_.groups[group_of_[row]];
      const Part other = part(fact) == source_part ? target_part : source_part;
      if (size(g, other) != 0 && size(h, other) != 0) continue;
      // A server gives the numbers of vanished items to others: contradicting ids outweigh the ref.
      if (consistent(g, h)) links.emplace_back(group_of_[row], group_of_[fact]);
    }
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  // One row for a fact, and for a row one fact of each side.
  std::vector<std::uint8_t> rows_of(out_.groups.size());
  std::array<std::vector<std::uint32_t>, 2> fact_of;
  for (auto& of_side : fact_of) of_side.assign(out_.groups.size(), none);
  for (const auto& [g, h] : links) {
    rows_of[h] = static_cast<std::uint8_t>(std::min(rows_of[h] + 1, 2));
    for (const Part p : {source_part, target_part})
      if (size(out_.groups[h], p) != 0) fact_of[p][g] = fact_of[p][g] == none ? h : count_;
  }
  std::erase_if(links, [&](const auto& link) {
    const auto [g, h] = link;
    const std::uint32_t a = fact_of[source_part][g], b = fact_of[target_part][g];
    const bool several = a == count_ || b == count_;
    const bool apart = !several && a != none && b != none && a != b && !consistent(out_.groups[a], out_.groups[b]);
    return rows_of[h] != 1 || several || apart;
  });
  join(links);
}

void Aligner::link_by_place() {
  PlaceIndex index;
  const auto open = [](const Group& g) { return !g.ambiguous && (g.source == 0 || g.target == 0); };
  const auto each = [&](bool of_open, auto&& use) {
    for (std::uint32_t node = 0; node < count_; ++node)
      if (!out_.groups[group_of_[node]].ambiguous && open(out_.groups[group_of_[node]]) == of_open) {
        const std::size_t p = part(node);
        each_place(*parts_[p], node - offset_[p], [&](std::uint64_t place) { use(place, node); });
      }
  };
  each(true, [&](std::uint64_t place, std::uint32_t node) { index.add(place, node); });
  if (index.empty()) return;
  each(false, [&](std::uint64_t place, std::uint32_t node) { index.add_if_known(place, node); });

  Links links;
  index.each_shared([&](Nodes nodes) {
    if (nodes.size() > max_copies) return;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const std::uint32_t g = group_of_[nodes[i]];
        const std::uint32_t h = group_of_[nodes[j]];
        const Part p = part(nodes[i]);
        const Part q = part(nodes[j]);
        const bool copies = p == q && p != row_part;
        const bool fits = p != q && size(out_.groups[g], q) == 0 && size(out_.groups[h], p) == 0;
        if (g != h && (copies || fits) && consistent(out_.groups[g], out_.groups[h])) links.emplace_back(g, h);
      }
  });
  if (links.empty()) return;

  // What the links lead to must be free of contradictions as a whole.
  Sets sets(out_.groups.size());
  for (const auto& [g, h] : links) sets.unite(g, h);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> linked;  // root, group
  for (const auto& [g, h] : links) {
    linked.emplace_back(sets.find(g), g);
    linked.emplace_back(sets.find(h), h);
  }
  std::sort(linked.begin(), linked.end());
  linked.erase(std::unique(linked.begin(), linked.end()), linked.end());
  Links good;
  for (std::size_t i = 0; i < linked.size();) {
    std::size_t end = i;
    std::vector<std::uint32_t> nodes;
    for (; end < linked.size() && linked[end].first == linked[i].first; ++end) {
      const Nodes m = members(out_.groups[linked[end].second]);
      nodes.insert(nodes.end(), m.begin(), m.end());
    }
    const bool fine = consistent(nodes);
    for (std::size_t k = i; k < end; ++k) {
      Group& g = out_.groups[linked[k].second];
      if (fine)
        good.emplace_back(linked[i].second, linked[k].second);
      else if (open(g))
        g.ambiguous = true;
    }
    i = end;
  }
  join(good);
}

void Aligner::join(const Links& links) {
  if (links.empty()) return;
  Sets sets(out_.groups.size());
  for (const auto& [g, h] : links) sets.unite(g, h);
  std::vector<bool> ambiguous(count_);
  std::vector<std::uint32_t> label(count_);
  for (std::uint32_t node = 0; node < count_; ++node) {
    label[node] = sets.find(group_of_[node]);
    ambiguous[node] = out_.groups[group_of_[node]].ambiguous;
  }
  group_by(label);
  for (std::uint32_t node = 0; node < count_; ++node)
    if (ambiguous[node]) out_.groups[group_of_[node]].ambiguous = true;
}

}  // namespace

Alignment align(const Texts& texts, const Idents& source, const Idents& target, const Idents& rows, bool same_refs) {
  return Aligner(texts, source, target, rows).run(same_refs);
}

}  // namespace crosswatch::host::engine
