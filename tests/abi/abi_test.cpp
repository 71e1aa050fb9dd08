// The boundary under bad manners, through the loader and session that the product uses.
#include <doctest/doctest.h>

#include <condition_variable>
#include <cstring>
#include <thread>

#include "services.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

std::shared_ptr<Plugin> load(const std::string& id) {
  return Plugin::load(PLUGINS "/" + id + "/" + id + ".so", id);
}

// What comes back from a snapshot of the odd plugin in that mood.
Error failure_of(const std::string& how) {
  TestServices services;
  services.settings["how"] = how;
  Session session(load("odd"), services);
  Operation op;
  try {
    session.snapshot(op, Feature::history, {}, [](const cw_facts&) {});
  } catch (const Error& e) {
    CHECK(services.lines == std::vector<std::string>{"unwound"});
    return e;
  }
  return Error(CW_OK, "", "it did not fail");
}

}  // namespace

TEST_CASE("whatever a plugin throws arrives as an error that says what it was") {
  CHECK(failure_of("runtime_error").status == CW_INTERNAL);
  CHECK(failure_of("runtime_error").what() == doctest::String("boom"));
  CHECK(failure_of("int").status == CW_INTERNAL);
  CHECK(failure_of("int").code == "plugin_defect");
  CHECK(failure_of("local type").status == CW_INTERNAL);
  CHECK(failure_of("bad_alloc").code == "out_of_memory");
  const Error e = failure_of("error");
  CHECK(e.status == CW_THROTTLED);
  CHECK(e.code == "slow_down");
  CHECK(e.what() == doctest::String("Too many requests."));
  CHECK(e.remedy == "Wait.");
  CHECK(e.retry_after_ms == 1500);
  CHECK(e.http_status == 429);
}

TEST_CASE("a message of ten thousand bytes is cut between characters") {
  const std::string message = failure_of("long message").what();
  CHECK(message.size() == 511);  // 512 would halve a character of two bytes
  CHECK(message.substr(message.size() - 2) == "\xC3\xA4");
}

TEST_CASE("a plugin that fails to start leaves nothing alive and can be tried again") {
  const auto plugin = load("odd");
  TestServices services;
  services.settings["how"] = "fail to start";
  CHECK_THROWS_AS(Session(plugin, services), Error);
  CHECK(plugin->entry().live() == 0);
  services.settings.clear();
  const Session session(plugin, services);
  CHECK(plugin->entry().live() == 1);
}

TEST_CASE("an exception of the host's own sink comes back to the host, and the plugin unwinds") {
  TestServices services;
  Session session(load("odd"), services);
  Operation op;
  int pages = 0;
  const auto throwing = [&](const cw_facts&) {
    if (++pages == 2) throw std::domain_error("the host's own");
  };
  CHECK_THROWS_WITH_AS(session.snapshot(op, Feature::history, {}, throwing), "the host's own", std::domain_error);
  CHECK(pages == 2);
  CHECK(services.lines == std::vector<std::string>{"unwound"});
  CHECK(session.snapshot(op, Feature::history, {}, [](const cw_facts&) {}).complete);
}

TEST_CASE("cancelling wakes a plugin that is blocked in a read") {
  TestServices services;
  services.settings["how"] = "block";
  Session session(load("odd"), services);
  for (int i = 0; i < 100; ++i) {
    std::mutex mutex;
    std::condition_variable changed;
    bool blocking = false;
    Cancellation cancel;
    Operation op(cancel, [&](std::uint64_t, std::uint64_t) {
      const std::lock_guard lock(mutex);
      blocking = true;
      changed.notify_all();
    });
    std::thread other([&] {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return blocking; });
      cancel.request();
    });
    cw_status status = CW_OK;
    try {
      session.snapshot(op, Feature::history, {}, [](const cw_facts&) {});
    } catch (const Error& e) {
      status = e.status;
    }
    other.join();
    REQUIRE(status == CW_CANCELLED);
  }
}

TEST_CASE("a plugin of a later minor version is read as far as it is known") {
  TestServices services;
  Session session(load("newer"), services);
  Operation op;
  std::vector<Fact> facts;
  const auto result = session.snapshot(op, Feature::watchlist, {}, [&](const cw_facts& page) {
    for_each<cw_fact>(page.first, page.count, page.stride, [&](const cw_fact& f) { facts.push_back(to_fact(f)); });
  });
  CHECK(result.complete);
  REQUIRE(facts.size() == 3);
  CHECK(facts[2].year == 2002);
  CHECK(facts[2].ids == std::vector<Token>{{"tmdb", "33"}});

  const auto users = session.users(op).users;
  REQUIRE(users.size() == 2);
  CHECK(users[1].name == "Ben");
  CHECK(users[1].why == "no");
  const auto servers = session.servers(op);
  REQUIRE(servers.size() == 1);
  REQUIRE(servers[0].addresses.size() == 2);
  CHECK(servers[0].addresses[1].url == "https://b");
}

TEST_CASE("a host of a later minor version can hand longer structs to a plugin") {
  struct LongerFact {
    cw_fact known;
    std::uint64_t added[2];
  };
  struct LongerOp {
    cw_op known;
    std::uint64_t added;
  };
  struct LongerOutcome {
    cw_outcome known;
    std::uint64_t added;
  };
  const auto plugin = load("odd");
  TestServices services;
  Session session(plugin, services);  // for a host table; the calls go past it
  FactLender lend_a, lend_b;
  Fact a, b;
  a.title = "A film";
  b.title = "Another film";
  LongerFact facts[2]{{lend_a.lend(a), {~0ull, ~0ull}}, {lend_b.lend(b), {~0ull, ~0ull}}};
  LongerOp ops[2]{{{sizeof(LongerOp), CW_OP_ADD, &facts[0].known, no_value}, ~0ull},
                  {{sizeof(LongerOp), CW_OP_ADD, &facts[1].known, no_value}, ~0ull}};
  LongerOutcome outcomes[2]{};
  outcomes[0].added = outcomes[1].added = 0x5A5A5A5A5A5A5A5Aull;

  cw_host host{};
  host.struct_size = sizeof host;
  host.config = [](void*, cw_str, cw_str_visitor, void*) -> cw_status { return CW_NOT_FOUND; };
  host.log = [](void*, std::int32_t, cw_str) {};
  cw_provider provider{};
  provider.struct_size = sizeof provider;
  REQUIRE(plugin->entry().create(&host, &provider, nullptr) == CW_OK);
  const auto* sync = static_cast<const cw_sync*>(provider.query(provider.self, CW_SYNC_IID));
  Operation op;
  const cw_ops batch{sizeof(cw_ops), sizeof(LongerOp), 2, &ops[0].known};
  CHECK(sync->apply(provider.self, &op.call(), CW_HISTORY, nullptr, &batch, &outcomes[0].known, sizeof(LongerOutcome),
                    nullptr) == CW_OK);
  CHECK(outcomes[0].known.result == CW_APPLIED);
  CHECK(outcomes[1].known.result == CW_REJECTED);
  CHECK(outcomes[0].added == 0x5A5A5A5A5A5A5A5Aull);
  CHECK(outcomes[1].added == 0x5A5A5A5A5A5A5A5Aull);
  CHECK(std::strlen(outcomes[0].known.ref) == sizeof outcomes[0].known.ref - 1);  // cut, and ended
  CHECK(std::strlen(outcomes[0].known.reason) == sizeof outcomes[0].known.reason - 1);
  provider.destroy(provider.self);
}

TEST_CASE("files that are no plugin for this host are refused with a sentence") {
  const auto refusal = [](const std::string& path, const std::string& id) -> std::string {
    try {
      Plugin::load(path, id);
    } catch (const LoadError& e) {
      return e.what();
    }
    return "accepted";
  };
  const std::string major = refusal(PLUGINS "/major/major.so", "major");
  CHECK(major.find("speaks version 2 of the plugin interface, this CrossWatch speaks version 1") != std::string::npos);
  CHECK(refusal(PLUGINS "/short_entry/short_entry.so", "short_entry").find("incomplete entry") != std::string::npos);
  CHECK(refusal(FOREIGN_LIBRARY, "x").find("is not a CrossWatch plugin") != std::string::npos);
  CHECK(refusal(PLUGINS "/nothing.so", "x").find("is missing") != std::string::npos);
  CHECK(refusal(PLUGINS "/odd/manifest.json", "x").find("cannot be loaded") != std::string::npos);
  CHECK(refusal(PLUGINS "/odd/odd.so", "x").find("says it is \"odd\", its manifest says \"x\"") != std::string::npos);
}

TEST_CASE("a table that ends before what every version has is not used, and nothing stays alive") {
  const auto plugin = load("short_table");
  TestServices services;
  CHECK_THROWS_WITH_AS(Session(plugin, services), doctest::Contains("incomplete"), Error);
  CHECK(plugin->entry().live() == 0);
}
