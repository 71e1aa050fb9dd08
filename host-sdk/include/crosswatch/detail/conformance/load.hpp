// Entry, instances, capabilities, identity.
#pragma once

#include <crosswatch/detail/conformance/suite.hpp>

namespace crosswatch::conformance {

inline bool equal(const cw_capability& a, const cw_capability& b) noexcept {
  return a.can == b.can && a.kinds == b.kinds && a.rating_step == b.rating_step &&
         a.time_precision_s == b.time_precision_s;
}

inline std::string text(const cw_capability& c) {
  return "{can " + std::to_string(c.can) + ", kinds " + std::to_string(c.kinds) + ", rating step " +
         std::to_string(c.rating_step) + ", time precision " + std::to_string(c.time_precision_s) + "}";
}

inline void check_loading(Suite& suite) {
  const cw_entry& entry = suite.entry();

  suite.check("its entry is complete and of this interface version", Live::safe, [&](World&) {
    expect(entry.abi_major == CW_ABI_MAJOR, "its major version is " + std::to_string(entry.abi_major));
    expect(CW_HAS(&entry, live) && entry.create && entry.live, "a function is missing");
    expect(entry.id && *entry.id && entry.version && *entry.version, "id or version is missing");
  });

  suite.check("an instance that was dropped is gone", Live::safe, [&](World& w) {
    const std::uint32_t before = entry.live();
    {
      const Instance second(entry, w.host());
      expect(entry.live() == before + 1, "a new instance is not counted");
    }
    expect(entry.live() == before, "a dropped instance is still counted");
  });

  suite.check("what it does not know, it refuses", Live::safe, [&](World& w) {
    expect(w.instance().query("cw.nothing/9") == nullptr, "it offers an interface that does not exist");
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    cw_capability can{};
    expect(!w.instance().capability(99, can).ok(), "it has a capability for feature 99");
    FactCollector to;
    cw_snapshot_end end{};
    expect(!w.instance().snapshot(w.call(), 99, to.raw, end).ok(), "it has a snapshot of feature 99");
  });

  suite.check("its capabilities never change", Live::safe, [&](World& w) {
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    std::array<cw_capability, CW_FEATURE_COUNT> before{};
    for (const Feature f : all_features) before[static_cast<std::size_t>(f)] = w.capability(f);
    w.identity();
    for (const Feature f : all_features)
      expect(equal(before[static_cast<std::size_t>(f)], w.capability(f)),
             "those of " + std::string(name_of(f)) + " did");
  });

  suite.check("its capabilities make sense", Live::safe, [&](World& w) {
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    for (const Feature f : all_features) {
      const cw_capability can = w.capability(f);
      const std::string whose = std::string(name_of(f)) + ": ";
      if (can.can == 0) continue;
      expect(can.can & CW_READ, whose + "it writes what it cannot read");
      expect(can.kinds != 0 && can.kinds < 32, whose + "kinds");
      expect((f == Feature::ratings) == (can.rating_step != 0), whose + "rating step");
      expect(!(can.can & CW_BACKDATE) || can.time_precision_s != 0, whose + "it keeps times, but has no precision");
    }
  });

  suite.check("its capabilities are those of the manifest", Live::safe, [&](World& w) {
    need(suite.traits().declared.has_value(), "no manifest to compare with");
    for (const Feature f : all_features) {
      cw_capability can{};
      if (w.instance().sync()) can = w.capability(f);
      const cw_capability& said = (*suite.traits().declared)[static_cast<std::size_t>(f)];
      expect(equal(can, said), std::string(name_of(f)) + ": it offers " + text(can) + ", declared is " + text(said));
    }
  });

  suite.check("its identity stays the same", Live::safe, [&](World& w) {
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    const std::string identity = w.identity();
    expect(!identity.empty(), "it has no identity");
    expect(w.identity() == identity, "it changed between two calls");
    need(w.traits().keeps_profiles, "its facts end with the instance");
    w.restart();
    expect(w.identity() == identity, "the next instance has another one");
  });

  suite.check("what it offers is ready", Live::safe, [&](World& w) {
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    cw_health health{};
    expect(w.instance().check(w.call(), World::bits_of_all, health).ok(), "check failed");
    for (const Feature f : all_features)
      if (w.capability(f).can & CW_READ)
        expect(health.features[static_cast<std::size_t>(f)].state == CW_READY,
               std::string(name_of(f)) + " is not: " + health.features[static_cast<std::size_t>(f)].code);
  });

  suite.check("two profiles do not see each other's facts", Live::no, [&](World& w) {
    need(w.instance().sync() != nullptr, "it offers nothing to sync");
    need(w.traits().starts_empty, "profiles do not start empty");
    World other(entry, suite.traits());
    for (const Feature f : all_features) {
      if ((w.capability(f).can & (CW_READ | CW_ADD)) != (CW_READ | CW_ADD)) continue;
      // A title for each, since a service may want none of one feature where it has another.
      const auto n = static_cast<std::size_t>(f);
      w.add(f, {samples(w, f, n + 1)[n]});
      const std::size_t read = w.read(f).size();
      expect(read == 1, std::string(name_of(f)) + ": one was added, " + std::to_string(read) + " are read");
      expect(other.read(f).empty(), std::string(name_of(f)) + " of one profile shows in another");
    }
    expect(w.identity() != other.identity(), "both have the same identity");
  });
}

}  // namespace crosswatch::conformance
