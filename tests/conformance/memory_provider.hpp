// The smallest provider that passes the whole suite: facts in a list, compared one by one.
#pragma once

#include <algorithm>
#include <crosswatch/provider.hpp>
#include <string>
#include <vector>

namespace crosswatch {

class MemoryProvider : public Provider, public SyncAdapter {
public:
  explicit MemoryProvider(Host) : name_("memory-" + std::to_string(++made_)) {}
  SyncAdapter* sync() noexcept override { return this; }

  cw_capability capability(Feature feature) const noexcept override {
    cw_capability c{};
    c.can = CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE | CW_BACKDATE;
    if (feature == Feature::history) c.can |= CW_EVENTS;
    c.kinds = bit(Kind::movie) | bit(Kind::show) | bit(Kind::season) | bit(Kind::episode);
    c.rating_step = feature == Feature::ratings ? 5 : 0;
    c.time_precision_s = 1;
    return c;
  }

  Health check(Call& call, std::uint32_t) override {
    call.check();
    Health health;
    health.identity = name_;
    return health;
  }

  SnapshotEnd snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) override {
    SnapshotEnd end;
    end.complete = true;
    end.state = name_ + "/" + std::to_string(changes_);
    end.unchanged = end.state == scope.since;
    if (end.unchanged) return end;
    for (const Fact& f : facts(feature)) {
      call.check();
      sink.accept(f);
    }
    return end;
  }

  void apply(Call& call, Feature feature, const Scope&, Ops ops, Outcomes outcomes) override {
    for (std::size_t i = 0; i < ops.size(); ++i) {
      call.check();
      const auto result = apply_one(feature, ops[i].type, to_fact(*ops[i].fact), ops[i].expect, outcomes[i]);
      if (result == CW_APPLIED) ++changes_;
      settle(outcomes[i], result);
    }
  }

  void lookup(Call& call, Feature feature, const Scope&, Items items, Answers answers) override {
    call.check();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto found = find(feature, to_fact(items[i]));
      answers[i].state = found.empty() ? CW_NO_FACT : found.size() > 1 ? CW_AMBIGUOUS_TITLE : CW_PRESENT;
      if (found.size() != 1) continue;
      answers[i].value = found[0]->value;
      copy_text(answers[i].ref, found[0]->ref);
    }
  }

protected:
  std::vector<Fact>& facts(Feature f) noexcept { return facts_[static_cast<std::size_t>(f)]; }

private:
  static bool share(const std::vector<Token>& a, const std::vector<Token>& b) {
    return std::any_of(a.begin(), a.end(), [&](const Token& t) { return std::find(b.begin(), b.end(), t) != b.end(); });
  }
  static bool same_item(const Fact& a, const Fact& b) {
    if (a.kind != b.kind) return false;
    if ((!a.ref.empty() && a.ref == b.ref) || share(a.ids, b.ids)) return true;
    if (!a.ids.empty() && !b.ids.empty()) return false;
    const bool numbered = a.kind == Kind::season ? a.season >= 0 : a.season >= 0 && a.episode >= 0;
    if (numbered && share(a.show_ids, b.show_ids)) return a.season == b.season && a.episode == b.episode;
    return a.ids.empty() && b.ids.empty() && !a.title.empty() && a.title == b.title && a.year == b.year &&
           a.season == b.season && a.episode == b.episode && a.series_title == b.series_title;
  }
  std::vector<Fact*> find(Feature feature, const Fact& item) {
    std::vector<Fact*> found;
    for (Fact& f : facts(feature))
      if (same_item(f, item)) found.push_back(&f);
    return found;
  }

  std::uint32_t apply_one(Feature feature, std::uint32_t type, Fact fact, const cw_value& expect, cw_outcome& out) {
    if (bit(fact.kind) == 0 || (fact.ids.empty() && fact.show_ids.empty() && fact.title.empty())) return CW_CANNOT;
    if (feature == Feature::ratings) fact.value.rating = (fact.value.rating + 2) / 5 * 5;
    const auto found = find(feature, fact);
    if (found.size() > 1) return CW_AMBIGUOUS;
    Fact* const there = found.empty() ? nullptr : found[0];
    if (there) out.value = there->value;
    if (there && !as_expected(there->value, expect)) return CW_STALE;
    switch (type) {
      case CW_OP_ADD:
        if (there) return there->value.at == fact.value.at ? CW_ALREADY : CW_STALE;
        fact.ref = name_ + "/" + std::to_string(++last_ref_);
        out.value = fact.value;
        facts(feature).push_back(std::move(fact));
        return CW_APPLIED;
      case CW_OP_UPDATE:
        if (!there) return CW_NO_ENTITY;
        update(*there, fact);
        out.value = there->value;
        return CW_APPLIED;
      case CW_OP_REMOVE:
        if (!there) return CW_ABSENT;
        out.value = no_value;
        std::erase_if(facts(feature), [&](const Fact& f) { return &f == there; });
        return CW_APPLIED;
      default:
        return CW_CANNOT;
    }
  }
  static bool as_expected(const cw_value& there, const cw_value& expect) noexcept {
    return (expect.rating < 0 || expect.rating == there.rating) &&
           (expect.progress_ms < 0 || expect.progress_ms == there.progress_ms);
  }
  static void update(Fact& there, const Fact& with) {
    there.value = with.value;
    for (const std::int64_t at : with.plays_at)
      if (std::find(there.plays_at.begin(), there.plays_at.end(), at) == there.plays_at.end())
        there.plays_at.push_back(at);
    std::sort(there.plays_at.rbegin(), there.plays_at.rend());
    if (!there.plays_at.empty()) there.value.at = there.plays_at.front();
    there.value.plays = std::max(there.value.plays, static_cast<std::uint32_t>(there.plays_at.size()));
  }

  static inline int made_ = 0;
  std::string name_;
  int last_ref_ = 0;
  int changes_ = 0;
  std::array<std::vector<Fact>, CW_FEATURE_COUNT> facts_{};
};

}  // namespace crosswatch
