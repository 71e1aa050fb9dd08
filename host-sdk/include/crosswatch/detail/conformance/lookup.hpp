// Asking for single items: what is there now, not what was there when it was last read.
#pragma once

#include <crosswatch/detail/conformance/write.hpp>

namespace crosswatch::conformance {

inline void check_lookups(Suite& suite, Feature f) {
  const std::string whose = std::string(name_of(f)) + ": ";

  suite.check(whose + "a question about nothing is answered", Live::safe, [&](World& w) {
    std::vector<cw_answer> answers;
    const Answer a = w.instance().lookup(w.call(), static_cast<std::uint32_t>(f), {}, answers);
    need(a.status != CW_UNSUPPORTED, "cannot look up");
    expect(a.ok(), "the status was " + std::to_string(a.status));
  });

  suite.check(whose + "what a snapshot shows, a lookup finds by its ref and by its ids", Live::safe, [&](World& w) {
    if (!w.traits().live_host && (w.capability(f).can & CW_ADD)) w.add(f, samples(w, f, 3));
    auto facts = w.read(f);
    need(!facts.empty(), "there is nothing to ask for");
    facts.resize(std::min<std::size_t>(facts.size(), 100));
    std::vector<Fact> by_id = facts;
    for (Fact& fact : by_id) fact.ref.clear();
    for (const auto* items : {&facts, &by_id}) {
      std::vector<cw_answer> answers;
      const Answer a = w.instance().lookup(w.call(), static_cast<std::uint32_t>(f), *items, answers);
      need(a.status != CW_UNSUPPORTED, "cannot look up");
      expect(a.ok(), "the status was " + std::to_string(a.status) + " " + a.message);
      for (std::size_t i = 0; i < items->size(); ++i) {
        if (items == &by_id && (*items)[i].ids.empty()) continue;
        const std::uint32_t state = answers[i].state;
        // Several titles may share an id; then it must not choose one.
        expect(state == CW_PRESENT || (items == &by_id && state == CW_AMBIGUOUS_TITLE),
               "the " + label(facts[i]) + " is not found (" + state_text(state) + ")");
      }
    }
  });

  suite.check(whose + "every question of a batch gets its own answer", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    const auto facts = samples(w, f, 3);
    w.add(f, {facts[1]});
    Fact stranger = made_up(facts[0].kind, 9'999);
    stranger.show_ids = {};
    std::vector<cw_answer> answers;
    const Answer a = w.instance().lookup(w.call(), static_cast<std::uint32_t>(f),
                                         {facts[0], facts[1], stranger, facts[1], facts[2]}, answers);
    need(a.status != CW_UNSUPPORTED, "cannot look up");
    expect(a.ok(), "the status was " + std::to_string(a.status) + " " + a.message);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}, std::size_t{4}})
      expect(answers[i].state != CW_PRESENT, "answer " + std::to_string(i) + " says that it is there");
    for (const std::size_t i : {std::size_t{1}, std::size_t{3}})
      expect(answers[i].state == CW_PRESENT, "answer " + std::to_string(i) + " says that it is not there");
  });

  suite.check(whose + "what another client did is seen at once", Live::no, [&](World& w) {
    need(static_cast<bool>(w.traits().elsewhere), "there is no other client");
    const Fact fact = samples(w, f, 1).front();
    for (const bool there : {true, false, true}) {
      w.traits().elsewhere(f, fact, there);
      const auto state = w.look(f, fact).state;
      expect((state == CW_PRESENT) == there, there ? "what it made is not seen" : "what it took back is still seen");
    }
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    const auto o = w.apply(f, {CW_OP_ADD, fact});
    expect(o.result == CW_ALREADY || o.result == CW_STALE, "what it made was written again: " + outcome_text(o));
  });
}

}  // namespace crosswatch::conformance
