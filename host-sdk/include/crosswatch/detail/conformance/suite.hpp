// What the checks are made of: a fresh world for each, sample facts, and comparison within what was declared.
#pragma once

#include <cstdlib>
#include <iterator>
#include <memory>

namespace crosswatch::conformance {

struct Failed {
  std::string reason{};
};
struct Skipped {
  std::string reason{};
};

inline void expect(bool holds, const std::string& otherwise) {
  if (!holds) throw Failed{otherwise};
}
inline void need(bool given, const std::string& otherwise) {
  if (!given) throw Skipped{otherwise};
}

inline std::string label(const Fact& f) {
  return std::string(name_of(f.kind)) + " \"" + f.title.substr(0, 60) + "\"";
}

// As an author writes them.
inline std::string outcome_text(const cw_outcome& o) {
  constexpr const char* names[] = {"CW_NOT_ATTEMPTED", "CW_APPLIED",   "CW_ALREADY", "CW_ABSENT",
                                   "CW_NO_ENTITY",     "CW_AMBIGUOUS", "CW_CANNOT",  "CW_REJECTED",
                                   "CW_STALE",         "CW_TRANSIENT", "CW_IN_DOUBT"};
  const std::string name = o.result < std::size(names) ? names[o.result] : std::to_string(o.result);
  return o.reason[0] == '\0' ? name : name + " \"" + o.reason + "\"";
}
inline std::string state_text(std::uint32_t state) {
  constexpr const char* names[] = {"CW_UNKNOWN", "CW_PRESENT", "CW_NO_FACT", "CW_NO_TITLE", "CW_AMBIGUOUS_TITLE"};
  return state < std::size(names) ? names[state] : std::to_string(state);
}

// One profile with one instance. Its functions fail the check when a call fails.
class World {
public:
  World(const cw_entry& entry, const Traits& traits) : entry_(entry), traits_(traits), fake_call_(fake_) {
    if (!traits.live_host && traits.prepare) traits.prepare(fake_);
    restart();
  }
  // A new instance of the same profile.
  void restart() {
    instance_.reset();
    instance_ = std::make_unique<Instance>(entry_, host());
  }

  Instance& instance() noexcept { return *instance_; }
  FakeCall& fake_call() noexcept { return fake_call_; }
  const cw_host& host() const noexcept { return traits_.live_host ? *traits_.live_host : fake_.raw(); }
  const cw_call& call() const noexcept { return traits_.live_call ? *traits_.live_call : fake_call_.raw(); }
  const Traits& traits() const noexcept { return traits_; }

  cw_capability capability(Feature f) {
    cw_capability out{};
    expect(instance_->capability(static_cast<std::uint32_t>(f), out).ok(), "it does not tell its capability");
    return out;
  }
  std::string identity() {
    cw_health health{};
    succeed(instance_->check(call(), bits_of_all, health), "check");
    return health.identity;
  }
  // All facts of the feature; fails unless the read is complete.
  std::vector<Fact> read(Feature f) {
    const Listing all = list(f, {});
    expect(!all.unchanged, "a snapshot that was not asked what has changed says that nothing has");
    return all.facts;
  }
  struct Listing {
    std::vector<Fact> facts{};
    std::string state{};
    bool unchanged = false;
  };
  // The same, for somebody who knows what has the name `since`.
  Listing list(Feature f, std::string_view since) {
    FactCollector to;
    cw_snapshot_end end{};
    succeed(instance_->snapshot(call(), static_cast<std::uint32_t>(f), to.raw, end, since), "snapshot");
    expect(end.complete == 1, "the snapshot is not complete: " + std::string(end.reason));
    expect(end.count == to.facts.size(),
           "the snapshot says " + std::to_string(end.count) + " facts and sent " + std::to_string(to.facts.size()));
    Listing out{std::move(to.facts), end.state, end.unchanged != 0};
    expect(!out.unchanged || out.facts.empty(), "it says that nothing has changed, and sends facts");
    expect(!out.unchanged || out.state == since, "what has not changed has another name now");
    return out;
  }
  std::vector<cw_outcome> apply(Feature f, const std::vector<Op>& ops) {
    std::vector<cw_outcome> outcomes;
    succeed(instance_->apply(call(), static_cast<std::uint32_t>(f), ops, outcomes), "apply");
    for (const cw_outcome& o : outcomes)
      expect(o.result != CW_NOT_ATTEMPTED, "an operation has no outcome although the call succeeded");
    if (traits_.settle) traits_.settle();
    return outcomes;
  }
  cw_outcome apply(Feature f, const Op& op) { return apply(f, std::vector<Op>{op}).front(); }
  // Adds facts, all of which must be taken.
  void add(Feature f, const std::vector<Fact>& facts) {
    std::vector<Op> ops;
    for (const Fact& fact : facts) ops.push_back({CW_OP_ADD, fact});
    const auto outcomes = apply(f, ops);
    for (std::size_t i = 0; i < facts.size(); ++i)
      expect(outcomes[i].result == CW_APPLIED,
             "adding the " + label(facts[i]) + " came to " + outcome_text(outcomes[i]));
  }
  cw_answer look(Feature f, const Fact& item) {
    std::vector<cw_answer> answers;
    succeed(instance_->lookup(call(), static_cast<std::uint32_t>(f), {item}, answers), "lookup");
    return answers.front();
  }

  static constexpr std::uint32_t bits_of_all =
      bit(Feature::watchlist) | bit(Feature::ratings) | bit(Feature::history) | bit(Feature::progress);

private:
  static void succeed(const Answer& a, const char* what) {
    expect(a.ok(), std::string(what) + " failed (" + std::to_string(a.status) + " " + a.code + "): " + a.message);
  }
  const cw_entry& entry_;
  const Traits& traits_;
  FakeHost fake_{};
  FakeCall fake_call_;
  std::unique_ptr<Instance> instance_{};
};

// ---- Samples ----------------------------------------------------------------------------------------

inline constexpr std::int64_t sample_time = 1'600'000'000;

// A value for the feature; another `n`, another value.
inline void give_value(Fact& f, Feature feature, const cw_capability& can, int n) {
  f.value = no_value;
  f.plays_at.clear();
  f.value.at = sample_time + n * 86'400;
  if (feature == Feature::ratings) {
    const int steps = static_cast<int>(100 / std::max(1u, can.rating_step));
    f.value.rating = static_cast<int>(can.rating_step) * (1 + n % steps);
  }
  if (feature == Feature::history) {
    f.value.plays = 1;
    f.plays_at = {f.value.at};
  }
  if (feature == Feature::progress) {
    f.value.progress_ms = 600'000 + n * 60'000;
    f.value.duration_ms = 7'200'000;
  }
}

inline Fact made_up(Kind kind, int n) {
  const std::string number = std::to_string(900'000 + n);
  Fact f;
  f.kind = kind;
  f.title = "Sample " + std::string(name_of(kind)) + " " + number;
  f.year = 1990 + n % 30;
  f.ids = {{"imdb", "tt9" + number}, {"tmdb", number}};
  if (kind == Kind::season || kind == Kind::episode) {
    f.series_title = "Sample series";
    f.show_ids = {{"tmdb", "77"}, {"tvdb", "88"}};
    f.season = 1 + (kind == Kind::season ? n : n / 20);
    if (kind == Kind::episode) f.episode = 1 + n % 20;
  }
  return f;
}

// At least `count` items with values that the feature can take; skips the check when there are not so many.
inline std::vector<Fact> samples(World& w, Feature feature, std::size_t count) {
  const cw_capability can = w.capability(feature);
  std::vector<Fact> out;
  if (!w.traits().any_title) {
    if (w.traits().items) out = w.traits().items(feature);
    need(out.size() >= count, "fewer than " + std::to_string(count) + " titles to try it with");
  } else {
    for (int n = 0; out.size() < count; ++n)
      for (const Kind k : {Kind::movie, Kind::show, Kind::season, Kind::episode})
        if (can.kinds & bit(k) && out.size() < count) out.push_back(made_up(k, n));
  }
  for (std::size_t i = 0; i < out.size(); ++i) give_value(out[i], feature, can, static_cast<int>(i));
  return out;
}

// ---- Comparison -------------------------------------------------------------------------------------

inline std::string text(const cw_value& v) {
  return "{at " + (v.at == time_unknown ? "unknown" : std::to_string(v.at)) + ", rating " + std::to_string(v.rating) +
         ", plays " + std::to_string(v.plays) + ", position " + std::to_string(v.progress_ms) + "}";
}

// Fails unless `got`, which `who` says, is `wanted` as far as the provider declares to keep it.
inline void expect_value(const std::string& who, Feature feature, const cw_capability& can, const cw_value& got,
                         const cw_value& wanted) {
  const std::string what = who + " says " + text(got) + " where " + text(wanted) + " was written";
  if (feature == Feature::ratings)
    expect(2 * std::abs(got.rating - wanted.rating) <= static_cast<int>(can.rating_step), what);
  if (feature == Feature::progress) expect(std::abs(got.progress_ms - wanted.progress_ms) < 1000, what);
  if ((can.can & CW_BACKDATE) && can.time_precision_s != 0 && wanted.at != time_unknown)
    expect(got.at != time_unknown && std::abs(got.at - wanted.at) < static_cast<std::int64_t>(can.time_precision_s),
           what);
}

// The fact of that item, by any of its own ids; none, or the check fails when there are several.
inline const Fact* find(const std::vector<Fact>& in, const Fact& item) {
  const Fact* found = nullptr;
  for (const Fact& f : in) {
    if (f.kind != item.kind) continue;
    const bool same = std::any_of(item.ids.begin(), item.ids.end(), [&](const Token& t) {
      return std::find(f.ids.begin(), f.ids.end(), t) != f.ids.end();
    });
    if (!same) continue;
    expect(!found, "the snapshot has the " + label(item) + " twice");
    found = &f;
  }
  return found;
}

// ---- The run ----------------------------------------------------------------------------------------

enum class Live { safe, no };

class Suite {
public:
  Suite(const cw_entry& entry, const Traits& traits, const CheckReporter& report)
      : entry_(entry), traits_(traits), report_(report) {}

  const cw_entry& entry() const noexcept { return entry_; }
  const Traits& traits() const noexcept { return traits_; }
  std::vector<Check> checks() const { return checks_; }

  // The features that can be read at all.
  std::vector<Feature> features() const {
    std::vector<Feature> out;
    try {
      World w(entry_, traits_);
      if (!w.instance().sync()) return out;
      for (const Feature f : all_features)
        if (w.capability(f).can & CW_READ) out.push_back(f);
    } catch (...) {  // check_loading has said why
      out.clear();
    }
    return out;
  }

  // `body` gets a world of its own.
  template <class F>
  void check(std::string name, Live live, F&& body) {
    Check c{std::move(name)};
    try {
      need(live == Live::safe || !traits_.live_host, "not tried on a real login");
      World world(entry_, traits_);
      body(world);
    } catch (const Failed& f) {
      c.verdict = Verdict::failed;
      c.reason = f.reason;
    } catch (const Skipped& s) {
      c.verdict = Verdict::skipped;
      c.reason = s.reason;
    } catch (const std::exception& e) {
      c.verdict = Verdict::failed;
      c.reason = e.what();
    }
    if (report_) report_(c);
    checks_.push_back(std::move(c));
  }

private:
  const cw_entry& entry_;
  const Traits& traits_;
  const CheckReporter& report_;
  std::vector<Check> checks_{};
};

}  // namespace crosswatch::conformance
