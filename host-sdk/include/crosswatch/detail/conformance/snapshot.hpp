// Reading: complete or not, never a short list that looks complete.
#pragma once

#include <crosswatch/detail/conformance/suite.hpp>
#include <map>

namespace crosswatch::conformance {

inline void expect_well_formed(Feature feature, const cw_capability& can, const Fact& f) {
  const std::string whose = "the " + label(f) + " ";
  expect(!f.ref.empty(), whose + "has no ref");
  expect((can.kinds & bit(f.kind)) != 0, whose + "is of a kind that is not declared");
  const bool numbered = f.kind == Kind::season || f.kind == Kind::episode;
  expect(!f.ids.empty() || !f.title.empty() || numbered, whose + "has neither an id nor a title");
  for (const auto* ids : {&f.ids, &f.show_ids})
    for (const Token& t : *ids) {
      expect(!t.scheme.empty() && !t.value.empty(), whose + "has an empty id");
      for (const char c : t.scheme) expect(c < 'A' || c > 'Z', whose + "has the id scheme " + t.scheme);
    }
  expect(numbered || f.show_ids.empty(), whose + "has ids of a show");
  if (feature == Feature::ratings) {
    expect(f.value.rating >= 0 && f.value.rating <= 100, whose + "has the rating " + text(f.value));
  }
  if (feature == Feature::progress) expect(f.value.progress_ms >= 0, whose + "has no position");
  if (feature != Feature::history) return;
  expect(std::is_sorted(f.plays_at.rbegin(), f.plays_at.rend()), whose + "has plays that are not newest first");
  expect(f.plays_at.empty() || f.plays_at.front() == f.value.at, whose + "is not dated by its newest play");
  expect(f.value.plays == 0 || f.value.plays >= f.plays_at.size(), whose + "has more times than plays");
}

inline std::map<std::string, std::string> refs(const std::vector<Fact>& facts) {
  std::map<std::string, std::string> out;
  for (const Fact& f : facts) expect(out.emplace(f.ref, label(f)).second, "the ref " + f.ref + " stands twice");
  return out;
}

// Of a provider that gives what it read a name. One that gives none is always read in full, which is as right.
inline void check_states(Suite& suite, Feature f, const std::string& whose) {
  const auto same = [](const Fact& a, const Fact& b) {
    return a.ref == b.ref && a.ids == b.ids && a.show_ids == b.show_ids && a.plays_at == b.plays_at &&
           text(a.value) == text(b.value) && a.title == b.title && a.library_id == b.library_id;
  };
  // What was read when, under its name: whoever gives the name again has to mean the same.
  const auto compare = [f, same](World& w, const World::Listing& before) {
    const World::Listing now = w.list(f, before.state);
    auto a = before.facts, b = w.read(f);
    const auto by_ref = [](const Fact& x, const Fact& y) { return x.ref < y.ref; };
    std::sort(a.begin(), a.end(), by_ref);
    std::sort(b.begin(), b.end(), by_ref);
    const bool equal = std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
    expect(equal || !now.unchanged, "it says that nothing has changed, and a full read has other facts");
    expect(equal || now.state != before.state, "other facts have the same name");
    return w.list(f, {});
  };

  suite.check(whose + "unchanged is said only when a full read has the same facts", Live::safe, [&](World& w) {
    World::Listing last = w.list(f, {});
    need(!last.state.empty(), "it gives what it read no name");
    expect(!w.list(f, "a name that it never gave").unchanged, "it takes a name that it never gave for its own");
    last = compare(w, last);
    if (w.traits().live_host || !(w.capability(f).can & CW_ADD)) return;
    const auto facts = samples(w, f, 3);
    w.add(f, {facts.begin(), facts.begin() + 2});
    last = compare(w, last);
    w.add(f, {facts.back()});
    last = compare(w, last);
    if (w.traits().keeps_profiles) w.restart();
    last = compare(w, last);
    if (w.capability(f).can & CW_UPDATE) {
      Op op{CW_OP_UPDATE, facts.front()};
      give_value(op.fact, f, w.capability(f), 7);
      w.apply(f, op);
      last = compare(w, last);
    }
    if (w.capability(f).can & CW_REMOVE) w.apply(f, Op{CW_OP_REMOVE, facts.front()});
    compare(w, last);
  });
}

inline void check_snapshots(Suite& suite, Feature f) {
  const std::string whose = std::string(name_of(f)) + ": ";
  const auto raw = static_cast<std::uint32_t>(f);
  // Puts something there to read, where that is possible.
  const auto fill = [f](World& w, std::size_t count) {
    if (w.traits().live_host || !(w.capability(f).can & CW_ADD)) return;
    w.add(f, samples(w, f, count));
  };

  suite.check(whose + "nothing there is a complete, empty snapshot", Live::no, [&](World& w) {
    need(w.traits().starts_empty, "profiles do not start empty");
    expect(w.read(f).empty(), "a fresh profile has facts");
  });

  suite.check(whose + "a snapshot is complete and every fact well formed", Live::safe, [&](World& w) {
    fill(w, 3);
    const auto facts = w.read(f);
    refs(facts);
    for (const Fact& fact : facts) expect_well_formed(f, w.capability(f), fact);
  });

  suite.check(whose + "refs stay the same from read to read", Live::safe, [&](World& w) {
    fill(w, 3);
    const auto before = refs(w.read(f));
    if (w.traits().keeps_profiles) w.restart();
    expect(refs(w.read(f)) == before, "another read has other refs");
  });

  suite.check(whose + "any number of facts arrives", Live::no, [&](World& w) {
    need(w.traits().any_title && w.traits().starts_empty, "it has only its own titles");
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    std::size_t there = 0;
    const auto all = samples(w, f, 1200);
    for (const std::size_t count : std::initializer_list<std::size_t>{1, 499, 500, 501, 1000, 1200}) {
      w.add(f, {all.begin() + static_cast<std::ptrdiff_t>(there), all.begin() + static_cast<std::ptrdiff_t>(count)});
      there = count;
      expect(refs(w.read(f)).size() == count, std::to_string(count) + " were added, another number is read");
    }
  });

  suite.check(whose + "a sink that stops gets its status back", Live::safe, [&](World& w) {
    fill(w, 3);
    need(!w.read(f).empty(), "there is nothing to read");
    FactCollector to;
    to.answer = [] { return CW_HOST_STOPPED; };
    cw_snapshot_end end{};
    const Answer a = w.instance().snapshot(w.call(), raw, to.raw, end);
    expect(a.status == CW_HOST_STOPPED, "the status was " + std::to_string(a.status));
    expect(end.complete == 0, "a stopped snapshot is called complete");
    expect(to.pages.size() == 1, "the sink was called again after it had stopped");
    w.read(f);  // and the instance still works
  });

  suite.check(whose + "a snapshot that is cancelled is not complete", Live::no, [&](World& w) {
    fill(w, w.traits().any_title ? 1200 : 3);
    const std::size_t all = w.read(f).size();
    FactCollector to;
    to.answer = [&] { return w.fake_call().cancel(), CW_OK; };
    cw_snapshot_end end{};
    if (all == 0) w.fake_call().cancel();
    const Answer a = w.instance().snapshot(w.call(), raw, to.raw, end);
    // Everything may have been sent before the cancellation was seen.
    if (a.ok()) expect(end.complete == 0 || to.facts.size() == all, "a part is called complete");
    if (!a.ok()) expect(a.status == CW_CANCELLED, "the status was " + std::to_string(a.status));
    expect(all < 1200 || !a.ok(), "it did not notice");
  });

  check_states(suite, f, whose);
}

}  // namespace crosswatch::conformance
