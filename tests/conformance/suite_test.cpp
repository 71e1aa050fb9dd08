// The suite itself: each of these providers breaks one promise, and the suite must notice.
#include <doctest/doctest.h>

#include <crosswatch/conformance.hpp>
#include <set>

#include "memory_provider.hpp"

using namespace crosswatch;

namespace {

enum class Flaw {
  short_list,       // leaves facts out and says complete
  twice,            // sends a fact twice
  new_refs,         // gives a fact another ref at every read
  lost_write,       // confirms what it did not store
  silent_add,       // stores, but says that nothing was attempted
  date_of_today,    // replaces unknown times by a time
  wide_remove,      // removes everything instead of one
  deaf,             // goes on although the sink stopped
  stubborn,         // goes on although it was cancelled
  other_profile,    // shows the same facts to everybody
  throws_up,        // throws at odd input
  unmoved,          // says "unchanged" of everything that it was once read as
  changing_ability  // says another capability every time
};

template <Flaw flaw>
class Flawed final : public MemoryProvider {
public:
  using MemoryProvider::MemoryProvider;

  cw_capability capability(Feature f) const noexcept override {
    cw_capability c = MemoryProvider::capability(f);
    static int asked = 0;
    if (flaw == Flaw::changing_ability && ++asked % 3 == 0) c.kinds = bit(Kind::movie);
    return c;
  }

  SnapshotEnd snapshot(Call& call, Feature feature, const Scope& scope, FactSink& sink) override {
    FactCollector own;
    FactSink kept = own.sink();
    SnapshotEnd end;
    if (flaw == Flaw::stubborn) {
      FakeHost host;
      FakeCall uncancelled(host);
      Call quiet = uncancelled.call();
      return MemoryProvider::snapshot(quiet, feature, scope, sink);
    }
    end = MemoryProvider::snapshot(call, feature, scope, kept);
    if (flaw == Flaw::unmoved) {
      end.state = "mine";
      end.unchanged = scope.since == end.state;
      if (end.unchanged) return end;
    }
    static int reads = 0;
    static std::vector<Fact> everybodys[CW_FEATURE_COUNT];
    std::vector<Fact>& facts = own.facts;
    if (flaw == Flaw::short_list && facts.size() > 2) facts.pop_back();
    if (flaw == Flaw::twice && !facts.empty()) facts.push_back(facts.front());
    if (flaw == Flaw::new_refs) {
      ++reads;
      for (Fact& f : facts) f.ref += "-" + std::to_string(reads);
    }
    if (flaw == Flaw::date_of_today)
      for (Fact& f : facts)
        if (f.value.at == time_unknown) f.value.at = 1'700'000'000;
    if (flaw == Flaw::other_profile) {
      auto& all = everybodys[static_cast<std::size_t>(feature)];
      if (facts.empty()) facts = all;
      all = facts;
    }
    for (const Fact& f : facts) {
      if (flaw != Flaw::deaf) call.check();
      try {
        sink.accept(f);
      } catch (const Stopped&) {
        if (flaw != Flaw::deaf) throw;
      }
    }
    return end;
  }

  void apply(Call& call, Feature feature, const Scope& scope, Ops ops, Outcomes outcomes) override {
    for (std::size_t i = 0; flaw == Flaw::throws_up && i < ops.size(); ++i)
      if (ops[i].type > CW_OP_REMOVE) throw std::logic_error("what is this?");
    if (flaw == Flaw::lost_write) {
      for (std::size_t i = 0; i < ops.size(); ++i) {
        settle(outcomes[i], CW_APPLIED);
        outcomes[i].value = ops[i].fact->value;
      }
      return;
    }
    MemoryProvider::apply(call, feature, scope, ops, outcomes);
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (flaw == Flaw::silent_add) settle(outcomes[i], CW_NOT_ATTEMPTED);
      if (flaw == Flaw::wide_remove && ops[i].type == CW_OP_REMOVE) facts(feature).clear();
    }
  }
};

template <Flaw flaw>
std::vector<std::string> failures() {
  Traits traits;
  traits.keeps_profiles = false;
  std::vector<std::string> out;
  for (const Check& c : run_conformance(entry_of<Flawed<flaw>>("flawed", "1.0.0"), traits))
    if (c.verdict == Verdict::failed) out.push_back(c.name);
  return out;
}

template <Flaw flaw>
void expect_noticed(const std::string& by) {
  const auto found = failures<flaw>();
  std::string all;
  for (const std::string& name : found) all += "\n  " + name;
  INFO("wanted: " << by << "\nfailed:" << all);
  CHECK(std::any_of(found.begin(), found.end(), [&](const auto& n) { return n.find(by) != std::string::npos; }));
}

}  // namespace

TEST_CASE("the suite notices each broken promise") {
  expect_noticed<Flaw::short_list>("any number of facts arrives");
  expect_noticed<Flaw::twice>("every fact well formed");
  expect_noticed<Flaw::new_refs>("refs stay the same");
  expect_noticed<Flaw::lost_write>("what is added is seen");
  expect_noticed<Flaw::silent_add>("what is added is seen");
  expect_noticed<Flaw::date_of_today>("an unknown time stays unknown");
  expect_noticed<Flaw::wide_remove>("a removed fact is gone, and no other");
  expect_noticed<Flaw::deaf>("a sink that stops");
  expect_noticed<Flaw::stubborn>("cancelled is not complete");
  expect_noticed<Flaw::other_profile>("two profiles");
  expect_noticed<Flaw::throws_up>("odd input");
  expect_noticed<Flaw::unmoved>("unchanged is said only when");
  expect_noticed<Flaw::changing_ability>("capabilities never change");
}

TEST_CASE("what is told about a broken promise names what an author has written, and who says otherwise") {
  class Refusing final : public MemoryProvider {
  public:
    using MemoryProvider::MemoryProvider;
    void apply(Call& c, Feature f, const Scope& s, Ops ops, Outcomes outcomes) override {
      MemoryProvider::apply(c, f, s, ops, outcomes);
      if (ops.size() == 0) return;
      if (f == Feature::ratings) outcomes[0].value = no_value;
      if (f == Feature::history) settle(outcomes[0], CW_CANNOT, "no_room");
    }
  };
  std::string told;
  for (const Check& c : run_conformance(entry_of<Refusing>("refusing", "1.0.0"), {})) told += c.reason + "\n";
  CHECK(told.find("the value of the outcome says {at unknown, rating -1") != std::string::npos);
  CHECK(told.find("came to CW_CANNOT \"no_room\"") != std::string::npos);
}

TEST_CASE("a fault at the service that makes reads short is noticed") {
  bool down = false;
  struct Service {
    bool* down;
  };
  static Service service{};
  service.down = &down;
  class Weak final : public MemoryProvider {
  public:
    using MemoryProvider::MemoryProvider;
    SnapshotEnd snapshot(Call& call, Feature f, const Scope& scope, FactSink& sink) override {
      if (!*service.down) return MemoryProvider::snapshot(call, f, scope, sink);
      SnapshotEnd empty;
      empty.complete = true;  // the classic: no answer is taken for an empty one
      return empty;
    }
  };
  Traits traits;
  traits.keeps_profiles = false;
  traits.faults.push_back({"the service is down", [&] { down = true; }, [&] { down = false; }});
  std::set<std::string> found;
  for (const Check& c : run_conformance(entry_of<Weak>("weak", "1.0.0"), traits))
    if (c.verdict == Verdict::failed) found.insert(c.name);
  CHECK(found == std::set<std::string>{
                     "watchlist: while the service is down, a snapshot is not called complete",
                     "ratings: while the service is down, a snapshot is not called complete",
                     "history: while the service is down, a snapshot is not called complete",
                     "progress: while the service is down, a snapshot is not called complete",
                 });
}

TEST_CASE("on a real login nothing is written unless there is a title to try it with") {
  FakeHost host;
  FakeCall call(host);
  static std::vector<std::uint32_t> written;
  written.clear();
  class Watched final : public MemoryProvider {
  public:
    using MemoryProvider::MemoryProvider;
    void apply(Call& c, Feature f, const Scope& s, Ops ops, Outcomes outcomes) override {
      for (std::size_t i = 0; i < ops.size(); ++i) written.push_back(ops[i].type);
      MemoryProvider::apply(c, f, s, ops, outcomes);
    }
  };
  Traits traits;
  traits.any_title = false;
  traits.keeps_profiles = false;
  traits.live_host = &host.raw();
  traits.live_call = &call.raw();
  for (const Check& c : run_conformance(entry_of<Watched>("watched", "1.0.0"), traits))
    CHECK_MESSAGE(c.verdict != Verdict::failed, c.name << ": " << c.reason);
  CHECK(written.empty());

  traits.items = [](Feature) { return std::vector<Fact>{conformance::made_up(Kind::movie, 1)}; };
  for (const Check& c : run_conformance(entry_of<Watched>("watched", "1.0.0"), traits))
    CHECK_MESSAGE(c.verdict != Verdict::failed, c.name << ": " << c.reason);
  CHECK(written == std::vector<std::uint32_t>{CW_OP_ADD, CW_OP_REMOVE, CW_OP_ADD, CW_OP_REMOVE, CW_OP_ADD, CW_OP_REMOVE,
                                              CW_OP_ADD, CW_OP_REMOVE});
}
