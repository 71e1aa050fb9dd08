// While the service fails: no complete read that is not, no outcome that is not true.
#pragma once

#include <crosswatch/detail/conformance/write.hpp>

namespace crosswatch::conformance {

inline void check_faults(Suite& suite, Feature f) {
  for (const Fault& fault : suite.traits().faults) {
    const std::string whose = std::string(name_of(f)) + ": while " + fault.name + ", ";
    struct Guard {
      const Fault& fault;
      bool over = false;
      void end() {
        if (!std::exchange(over, true)) fault.end();
      }
      ~Guard() { end(); }
    };

    suite.check(whose + "a snapshot is not called complete", Live::no, [&](World& w) {
      if (w.capability(f).can & CW_ADD) w.add(f, samples(w, f, 3));
      const std::size_t all = w.read(f).size();
      need(all > 0, "there is nothing to read");
      Guard guard{fault};
      fault.begin();
      FactCollector to;
      cw_snapshot_end end{};
      const Answer a = w.instance().snapshot(w.call(), static_cast<std::uint32_t>(f), to.raw, end);
      expect(!a.ok() || end.complete == 0 || to.facts.size() == all,
             std::to_string(to.facts.size()) + " of " + std::to_string(all) + " facts are called all");
      guard.end();
      expect(w.read(f).size() == all, "afterwards the facts are others");
    });

    suite.check(whose + "what is confirmed was done", Live::no, [&](World& w) {
      need((w.capability(f).can & CW_ADD) != 0, "cannot add");
      auto facts = samples(w, f, 3);
      facts.resize(3);
      std::vector<Op> ops;
      for (const Fact& fact : facts) ops.push_back({CW_OP_ADD, fact});
      std::vector<cw_outcome> outcomes;
      Guard guard{fault};
      fault.begin();
      // An error may end the batch; what was reached before is true all the same.
      static_cast<void>(w.instance().apply(w.call(), static_cast<std::uint32_t>(f), ops, outcomes));
      guard.end();
      if (w.traits().settle) w.traits().settle();
      for (std::size_t i = 0; i < facts.size(); ++i) {
        const bool there = w.look(f, facts[i]).state == CW_PRESENT;
        const std::uint32_t result = outcomes[i].result;
        if (result == CW_APPLIED) expect(there, "the " + label(facts[i]) + " is confirmed, but not there");
        if (result == CW_TRANSIENT || result == CW_NOT_ATTEMPTED)
          expect(!there, "the " + label(facts[i]) + " is there, although nothing was changed");
      }
      // What was in doubt is asked for again, and then it is there, once.
      for (const cw_outcome& o : w.apply(f, ops))
        expect(o.result == CW_APPLIED || o.result == CW_ALREADY, "afterwards the same comes to " + outcome_text(o));
      const auto all = w.read(f);
      for (const Fact& fact : facts) {
        const Fact* const read = find(all, fact);
        expect(read, "afterwards the snapshot lacks the " + label(fact));
        expect(read->value.plays <= 1, "the " + label(fact) + " counts " + text(read->value));
      }
    });
  }
}

}  // namespace crosswatch::conformance
