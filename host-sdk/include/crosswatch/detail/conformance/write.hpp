// Writing: one true outcome an operation, and nothing else changed.
#pragma once

#include <crosswatch/detail/conformance/suite.hpp>
#include <map>

namespace crosswatch::conformance {

inline bool same(const cw_value& a, const cw_value& b) noexcept {
  return a.at == b.at && a.progress_ms == b.progress_ms && a.rating == b.rating && a.plays == b.plays;
}

// Fails unless both reads have the same facts, except for `changed`.
inline void expect_untouched(const std::vector<Fact>& before, const std::vector<Fact>& after, const Fact* changed) {
  const auto others = [&](const std::vector<Fact>& facts) {
    std::map<std::string, const Fact*> out;
    const Fact* const skip = changed ? find(facts, *changed) : nullptr;
    for (const Fact& f : facts)
      if (&f != skip) out.emplace(f.ref, &f);
    return out;
  };
  const auto a = others(before), b = others(after);
  expect(a.size() == b.size(), std::to_string(a.size()) + " other facts became " + std::to_string(b.size()));
  for (const auto& [ref, fact] : a) {
    const auto now = b.find(ref);
    expect(now != b.end(), "the " + label(*fact) + " is gone");
    expect(same(fact->value, now->second->value) && fact->plays_at == now->second->plays_at,
           "the " + label(*fact) + " changed, too");
  }
}

inline void check_adding(Suite& suite, Feature f, const std::string& whose) {
  suite.check(whose + "what is added is seen by lookup and by snapshot", Live::no, [&](World& w) {
    const auto facts = samples(w, f, 3);
    const auto can = w.capability(f);
    std::vector<Op> ops;
    for (const Fact& fact : facts) ops.push_back({CW_OP_ADD, fact});
    const auto outcomes = w.apply(f, ops);
    const auto all = w.read(f);
    for (std::size_t i = 0; i < facts.size(); ++i) {
      expect(outcomes[i].result == CW_APPLIED, "adding came to " + outcome_text(outcomes[i]));
      expect_value("the value of the outcome", f, can, outcomes[i].value, facts[i].value);
      const cw_answer answer = w.look(f, facts[i]);
      expect(answer.state == CW_PRESENT, "lookup does not see the " + label(facts[i]));
      expect_value("lookup", f, can, answer.value, facts[i].value);
      const Fact* const read = find(all, facts[i]);
      expect(read, "the snapshot lacks the " + label(facts[i]));
      expect_value("the snapshot", f, can, read->value, facts[i].value);
      expect(read->ref == answer.ref, "lookup and snapshot have different refs");
      if (can.can & CW_EVENTS) expect(read->plays_at == facts[i].plays_at, "the times of its plays are others");
    }
  });

  suite.check(whose + "adding twice changes nothing", Live::no, [&](World& w) {
    const auto facts = samples(w, f, 3);
    w.add(f, facts);
    const auto before = w.read(f);
    for (const Fact& fact : facts) {
      const auto o = w.apply(f, {CW_OP_ADD, fact});
      expect(o.result == CW_ALREADY, "the second time came to " + outcome_text(o));
    }
    expect_untouched(before, w.read(f), nullptr);
  });

  suite.check(whose + "what is written outlives the instance", Live::no, [&](World& w) {
    need(w.traits().keeps_profiles, "its facts end with the instance");
    w.add(f, samples(w, f, 3));
    const auto before = w.read(f);
    w.restart();
    expect_untouched(before, w.read(f), nullptr);
  });

  suite.check(whose + "every value comes back within the declared step", Live::no, [&](World& w) {
    const auto can = w.capability(f);
    need(f != Feature::watchlist && (can.can & CW_UPDATE), "has no values to update");
    Fact fact = samples(w, f, 1).front();
    w.add(f, {fact});
    for (int n = 1; n <= 100; ++n) {
      if (f == Feature::ratings) fact.value.rating = n;
      if (f == Feature::progress) fact.value.progress_ms = n * 61'007;
      if (f == Feature::history) fact.plays_at.insert(fact.plays_at.begin(), fact.value.at += 90'000);
      if (f == Feature::history) fact.value.plays = static_cast<std::uint32_t>(fact.plays_at.size());
      const auto o = w.apply(f, {CW_OP_UPDATE, fact});
      if (f == Feature::ratings && o.result == CW_CANNOT) continue;  // a scale that begins above
      expect(o.result == CW_APPLIED || o.result == CW_ALREADY, "value " + text(fact.value) + ": " + outcome_text(o));
      expect_value("the value of the outcome", f, can, o.value, fact.value);
      expect_value("lookup", f, can, w.look(f, fact).value, fact.value);
    }
  });

  suite.check(whose + "an unknown time stays unknown", Live::no, [&](World& w) {
    Fact fact = samples(w, f, 1).front();
    fact.value.at = time_unknown;
    fact.value.plays = 0;
    fact.plays_at.clear();
    w.add(f, {fact});
    need((w.capability(f).can & CW_BACKDATE) != 0, "dates every write itself");
    const auto all = w.read(f);
    const Fact* const read = find(all, fact);
    expect(read, "the snapshot lacks it");
    expect(read->value.at == time_unknown && read->plays_at.empty(), "it has a time now: " + text(read->value));
  });

  suite.check(whose + "titles in any script and of any length are kept", Live::no, [&](World& w) {
    need(w.traits().any_title, "it has only its own titles");
    auto facts = samples(w, f, 3);
    facts[0].title = "Ame\xCC\x81lie \xE5\x8D\x83\xE3\x81\xA8\xE5\x8D\x83\xE5\xB0\x8B \xF0\x9F\x8E\xAC \xD7\xA9";
    facts[1].title = std::string(20'000, 'x');
    facts[2].title = "\"quoted\" \\ 'title';\n--";
    w.add(f, facts);
    const auto all = w.read(f);
    for (const Fact& fact : facts) {
      const Fact* const read = find(all, fact);
      expect(read && read->title == fact.title, "the title came back changed: " + label(fact));
    }
  });
}

inline void check_changing(Suite& suite, Feature f, const std::string& whose) {
  suite.check(whose + "an update changes its item and no other", Live::no, [&](World& w) {
    const auto can = w.capability(f);
    need((can.can & CW_UPDATE) != 0, "cannot update");
    auto facts = samples(w, f, 3);
    w.add(f, facts);
    const auto before = w.read(f);
    give_value(facts[1], f, can, 7);
    const auto o = w.apply(f, {CW_OP_UPDATE, facts[1]});
    expect(o.result == CW_APPLIED || (f == Feature::watchlist && o.result == CW_ALREADY),
           "it came to " + outcome_text(o));
    const auto after = w.read(f);
    expect_untouched(before, after, &facts[1]);
    const Fact* const read = find(after, facts[1]);
    expect(read, "it is gone");
    expect_value("the snapshot", f, can, read->value, facts[1].value);
  });

  suite.check(whose + "no known play is forgotten by an update", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_EVENTS) != 0 && (w.capability(f).can & CW_UPDATE), "keeps no single plays");
    Fact fact = samples(w, f, 1).front();
    w.add(f, {fact});
    const std::int64_t first = fact.value.at, second = first + 500'000;
    fact.value.at = second;
    fact.plays_at = {second};
    w.apply(f, {CW_OP_UPDATE, fact});
    const auto all = w.read(f);
    const Fact* const read = find(all, fact);
    expect(read && read->plays_at == std::vector<std::int64_t>{second, first}, "its plays are others");
  });

  suite.check(whose + "a value that moved meanwhile is not overwritten", Live::no, [&](World& w) {
    const auto can = w.capability(f);
    need((can.can & CW_UPDATE) && (f == Feature::ratings || f == Feature::progress), "has no value to compare");
    Fact fact = samples(w, f, 1).front();
    w.add(f, {fact});
    const cw_value there = w.look(f, fact).value;
    Op op{CW_OP_UPDATE, fact, there};
    give_value(op.fact, f, can, 3);
    op.expect.rating = f == Feature::ratings ? there.rating + static_cast<int>(can.rating_step) : -1;
    op.expect.progress_ms = f == Feature::progress ? there.progress_ms + 5'000 : -1;
    const auto o = w.apply(f, op);
    need(o.result != CW_APPLIED, "does not compare with what the host expects");
    expect(o.result == CW_STALE, "it came to " + outcome_text(o));
    expect(same(w.look(f, fact).value, there), "it was overwritten all the same");
    op.expect = there;
    const auto second = w.apply(f, op);
    expect(second.result == CW_APPLIED, "with the right expectation: " + outcome_text(second));
  });

  suite.check(whose + "a removed fact is gone, and no other", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_REMOVE) != 0, "cannot remove");
    const auto facts = samples(w, f, 3);
    w.add(f, facts);
    const auto before = w.read(f);
    const auto first = w.apply(f, {CW_OP_REMOVE, facts[1]});
    expect(first.result == CW_APPLIED, "it came to " + outcome_text(first));
    const auto after = w.read(f);
    expect(!find(after, facts[1]), "it is still there");
    expect_untouched(before, after, &facts[1]);
    const auto state = w.look(f, facts[1]).state;
    expect(state == CW_NO_FACT || state == CW_NO_TITLE, "lookup still sees it");
    const auto second = w.apply(f, {CW_OP_REMOVE, facts[1]});
    expect(second.result == CW_ABSENT, "removed again: " + outcome_text(second));
    w.add(f, {facts[1]});
    expect(w.read(f).size() == before.size(), "it cannot be added again");
  });

  suite.check(whose + "an item that it does not know is neither changed nor made", Live::no, [&](World& w) {
    const auto can = w.capability(f);
    auto facts = samples(w, f, 1);
    w.add(f, facts);
    const auto before = w.read(f);
    Fact stranger = made_up(facts[0].kind, 9'999);
    stranger.show_ids = {};
    give_value(stranger, f, can, 1);
    const auto state = w.look(f, stranger).state;
    expect(state == CW_NO_TITLE || state == CW_NO_FACT || state == CW_UNKNOWN, "lookup says that it is there");
    std::vector<std::uint32_t> types{CW_OP_REMOVE};
    if (can.can & CW_UPDATE) types.push_back(CW_OP_UPDATE);
    if (!w.traits().any_title) types.push_back(CW_OP_ADD);
    for (const std::uint32_t type : types) {
      const auto o = w.apply(f, {type, stranger});
      expect(o.result != CW_APPLIED && o.result != CW_ALREADY, "it came to " + outcome_text(o));
    }
    expect_untouched(before, w.read(f), nullptr);
  });
}

inline void check_batches(Suite& suite, Feature f, const std::string& whose) {
  suite.check(whose + "every operation of a mixed batch gets its own outcome", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_REMOVE) != 0, "cannot remove");
    const auto facts = samples(w, f, 3);
    w.add(f, {facts[0], facts[1]});
    Fact stranger = made_up(facts[0].kind, 9'999);
    stranger.show_ids = {};
    give_value(stranger, f, w.capability(f), 1);
    const auto o =
        w.apply(f, {{CW_OP_REMOVE, facts[0]}, {CW_OP_REMOVE, stranger}, {CW_OP_ADD, facts[1]}, {CW_OP_ADD, facts[2]}});
    expect(o.size() == 4, "the number of outcomes is another");
    expect(o[0].result == CW_APPLIED, "the removal: " + outcome_text(o[0]));
    expect(o[1].result == CW_ABSENT || o[1].result == CW_NO_ENTITY, "the removal of a stranger: " + outcome_text(o[1]));
    expect(o[2].result == CW_ALREADY, "the second addition: " + outcome_text(o[2]));
    expect(o[3].result == CW_APPLIED, "the addition: " + outcome_text(o[3]));
    expect(w.read(f).size() == 2, "the batch left another number of facts");
  });

  suite.check(whose + "an empty batch is nothing to do", Live::safe, [&](World& w) { w.apply(f, std::vector<Op>{}); });

  suite.check(whose + "odd input is answered and harms nothing", Live::no, [&](World& w) {
    const auto good = samples(w, f, 1);
    w.add(f, good);
    const auto before = w.read(f);
    Fact odd = made_up(Kind::movie, 5);
    std::vector<Op> ops{{99, good[0]}, {CW_OP_ADD, Fact{}}};
    odd.kind = static_cast<Kind>(77);
    ops.push_back({CW_OP_ADD, odd});
    std::vector<cw_outcome> outcomes;
    const Answer a = w.instance().apply(w.call(), static_cast<std::uint32_t>(f), ops, outcomes);
    expect(a.status != CW_INTERNAL, "it calls this a defect of its own: " + a.message);
    for (const auto& o : outcomes) expect(o.result != CW_APPLIED, "it took an operation that means nothing");
    expect_untouched(before, w.read(f), nullptr);
  });

  suite.check(whose + "a batch that is cancelled beforehand changes nothing", Live::no, [&](World& w) {
    const auto facts = samples(w, f, 3);
    const auto before = w.read(f);
    World other(suite.entry(), suite.traits());
    other.fake_call().cancel();
    std::vector<cw_outcome> outcomes;
    const Answer a = w.instance().apply(other.call(), static_cast<std::uint32_t>(f), {{CW_OP_ADD, facts[0]}}, outcomes);
    expect(a.status == CW_CANCELLED, "the status was " + std::to_string(a.status));
    expect(outcomes[0].result == CW_NOT_ATTEMPTED, "it came to " + outcome_text(outcomes[0]));
    expect_untouched(before, w.read(f), nullptr);
  });
}

inline void check_writes(Suite& suite, Feature f) {
  const std::string whose = std::string(name_of(f)) + ": ";
  bool writes = false;
  suite.check(whose + "it can be written", Live::safe, [&](World& w) {
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    writes = true;
  });
  if (!writes) return;
  suite.check(whose + "one fact is made, seen and removed", Live::safe, [&](World& w) {
    need((w.capability(f).can & CW_REMOVE) != 0, "cannot remove");
    need(w.traits().items || !w.traits().live_host, "no title to try it with");
    const Fact fact = samples(w, f, 1).front();
    const auto before = w.read(f);
    need(!find(before, fact), "the title to try it with has a fact already");
    w.add(f, {fact});
    const auto state = w.look(f, fact).state;
    const auto removed = w.apply(f, {CW_OP_REMOVE, fact});
    expect(state == CW_PRESENT, "lookup did not see it");
    expect(removed.result == CW_APPLIED, "removing it came to " + outcome_text(removed));
    expect_untouched(before, w.read(f), nullptr);
  });
  check_adding(suite, f, whose);
  check_changing(suite, f, whose);
  check_batches(suite, f, whose);
}

}  // namespace crosswatch::conformance
