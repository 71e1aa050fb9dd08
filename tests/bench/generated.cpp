#include "generated.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "plugin/linked_session.hpp"

namespace crosswatch::bench {
namespace {

class Maker {
public:
  Maker(std::string name, std::uint64_t count) : prefix_(std::move(name) + "/"), count_(count) {}

  // The facts from `first` on, at most a page of them.
  const std::vector<cw_fact>& make(std::uint64_t first) {
    used_ = 0;
    const std::uint64_t end = std::min(count_, first + page);
    facts_.clear();
    for (std::uint64_t n = first; n < end; ++n) facts_.push_back(n % 3 == 0 ? movie(n) : episode(n));
    return facts_;
  }

private:
  struct Slot {
    std::array<std::string, 8> texts{};
    std::array<cw_token, 3> ids{};
    std::array<cw_token, 2> show_ids{};
    std::int64_t play = 0;
  };
  static cw_token token(std::string_view scheme, const std::string& value) { return {str(scheme), str(value)}; }

  cw_fact base(std::uint64_t n, Kind kind, Slot& slot) {
    slot.texts[0] = prefix_ + std::to_string(100000 + n);
    slot.texts[1] = "tt" + std::to_string(1000000 + n);
    slot.texts[2] = std::to_string(500000 + n);
    slot.texts[3] = std::to_string(7000000 + n);
    slot.texts[4] = "The Title Number " + std::to_string(n);
    slot.ids = {token("imdb", slot.texts[1]), token("tmdb", slot.texts[2]), token("tvdb", slot.texts[3])};
    slot.play = 1'500'000'000 + static_cast<std::int64_t>(n * 37 % 230'000'000);
    cw_fact fact{};
    fact.struct_size = sizeof fact;
    fact.kind = static_cast<std::uint32_t>(kind);
    fact.year = 1950 + static_cast<std::int32_t>(n % 75);
    fact.season = fact.episode = -1;
    fact.ref = str(slot.texts[0]);
    fact.library_id = str(kind == Kind::movie ? "1" : "2");
    fact.title = str(slot.texts[4]);
    fact.ids = slot.ids.data();
    fact.id_count = static_cast<std::uint32_t>(slot.ids.size());
    fact.plays_at = &slot.play;
    fact.play_count = 1;
    fact.value = no_value;
    fact.value.at = slot.play;
    fact.value.plays = 1;
    return fact;
  }
  cw_fact movie(std::uint64_t n) { return base(n, Kind::movie, slots_[used_++]); }
  cw_fact episode(std::uint64_t n) {
    Slot& slot = slots_[used_++];
    cw_fact fact = base(n, Kind::episode, slot);
    const std::uint64_t show = n / 100;
    slot.texts[5] = std::to_string(300000 + show);
    slot.texts[6] = std::to_string(80000 + show);
    slot.texts[7] = "The Show Number " + std::to_string(show);
    slot.show_ids = {token("tmdb", slot.texts[5]), token("tvdb", slot.texts[6])};
    fact.show_ids = slot.show_ids.data();
    fact.show_id_count = static_cast<std::uint32_t>(slot.show_ids.size());
    fact.series_title = str(slot.texts[7]);
    fact.season = static_cast<std::int32_t>(n % 100 / 20) + 1;
    fact.episode = static_cast<std::int32_t>(n % 20) + 1;
    return fact;
  }

  std::string prefix_;
  std::uint64_t count_;
  std::vector<Slot> slots_ = std::vector<Slot>(page);
  std::size_t used_ = 0;
  std::vector<cw_fact> facts_{};
};

// "name count", as the one setting of the provider.
class Generated final : public Provider, public SyncAdapter {
public:
  explicit Generated(Host host)
      : name_(host.config("name")), count_(static_cast<std::uint64_t>(host.config_number("count", 0))) {}
  SyncAdapter* sync() noexcept override { return this; }
  cw_capability capability(Feature) const noexcept override {
    return {0, CW_READ | CW_ADD | CW_UPDATE | CW_REMOVE | CW_BACKDATE, bit(Kind::movie) | bit(Kind::episode), 1, 1, 0};
  }
  Health check(Call&, std::uint32_t) override {
    Health health;
    health.identity = name_;
    return health;
  }
  SnapshotEnd snapshot(Call&, Feature, const Scope&, FactSink& sink) override {
    Maker maker(name_, count_);
    for (std::uint64_t at = 0; at < count_; at += page) sink.accept(maker.make(at));
    return {true, {}, "all"};
  }
  void apply(Call&, Feature, const Scope&, Ops, Outcomes) override { refuse(); }
  void lookup(Call&, Feature, const Scope&, Items, Answers) override { refuse(); }

private:
  [[noreturn]] static void refuse() {
    throw Error(CW_INTERNAL, "not_expected", "There is nothing to do, so nothing should have been asked.");
  }
  std::string name_;
  std::uint64_t count_;
};

}  // namespace

void generate(const std::string& name, std::uint64_t count, const host::Session::Page& sink) {
  Maker maker(name, count);
  for (std::uint64_t at = 0; at < count; at += page) {
    const std::vector<cw_fact>& facts = maker.make(at);
    sink({sizeof(cw_facts), sizeof(cw_fact), facts.size(), facts.data()});
  }
}

std::shared_ptr<host::Session> open_generated(const std::string& name, std::uint64_t count) {
  return host::open_linked<Generated>("generated", {{"name", name}, {"count", std::to_string(count)}});
}

}  // namespace crosswatch::bench
