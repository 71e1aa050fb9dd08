#include "feature/relay.hpp"

#include <doctest/doctest.h>

#include <crosswatch/fake_host.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace crosswatch;
using plex::feature::Relay;

namespace {

// A host that takes pages: notes their sizes and whose thread it was called on.
struct Taker {
  Taker() : raw{sizeof raw, this, &take} {}
  static cw_status take(void* self, const cw_facts* page) noexcept {
    Taker& t = *static_cast<Taker*>(self);
    t.foreign_thread = t.foreign_thread || std::this_thread::get_id() != t.home;
    t.sizes.push_back(page->count);
    return t.sizes.size() >= t.stops_at ? CW_HOST_STOPPED : CW_OK;
  }
  cw_fact_sink raw;
  FactSink sink{&raw};
  std::thread::id home = std::this_thread::get_id();
  bool foreign_thread = false;
  std::size_t stops_at = 1000;
  std::vector<std::uint64_t> sizes{};
};

}  // namespace

TEST_CASE("pages reach the host in order and on its own thread, while the read has one too") {
  Taker host;
  std::thread::id reader{};
  Relay relay(host.sink);
  relay.run([&](FactSink& to) {
    reader = std::this_thread::get_id();
    const std::vector<cw_fact> facts(30);
    for (std::size_t n = 1; n <= 30; ++n) to.accept({facts.data(), n});
  });
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t n = 1; n <= 30; ++n) wanted.push_back(n);
  CHECK(host.sizes == wanted);
  CHECK_FALSE(host.foreign_thread);
  CHECK(reader != host.home);
  CHECK(host.sink.count() == 465);
}

TEST_CASE("a page that was drained has been taken") {
  Taker host;
  Relay relay(host.sink);
  std::size_t seen = 0;
  relay.run([&](FactSink& to) {
    const std::vector<cw_fact> facts(1);
    to.accept(facts);
    relay.drain();
    seen = host.sizes.size();
  });
  CHECK(seen == 1);
}

TEST_CASE("work behind a page is done on the host's thread once the page was taken, and before it is drained") {
  Taker host;
  Relay relay(host.sink);
  std::vector<std::size_t> seen;
  bool foreign = false;
  relay.run([&](FactSink& to) {
    const std::vector<cw_fact> facts(1);
    for (std::size_t n = 1; n <= 20; ++n) {
      relay.then([&] {
        seen.push_back(host.sizes.size());
        foreign = foreign || std::this_thread::get_id() != host.home;
      });
      to.accept(facts);
    }
    relay.drain();
    CHECK(seen.size() == 20);
  });
  std::vector<std::size_t> wanted;
  for (std::size_t n = 1; n <= 20; ++n) wanted.push_back(n);
  CHECK(seen == wanted);
  CHECK_FALSE(foreign);
}

TEST_CASE("no work is done behind a page that the host did not take") {
  Taker host;
  host.stops_at = 1;
  Relay relay(host.sink);
  bool worked = false;
  CHECK_THROWS_AS(relay.run([&](FactSink& to) {
    relay.then([&] { worked = true; });
    to.accept(std::vector<cw_fact>(1));
    relay.drain();
  }),
                  Stopped);
  CHECK_FALSE(worked);
}

TEST_CASE("a host that stops ends the read, and is told its own status") {
  Taker host;
  host.stops_at = 2;
  Relay relay(host.sink);
  std::size_t sent = 0;
  try {
    relay.run([&](FactSink& to) {
      const std::vector<cw_fact> facts(1);
      for (; sent < 100; ++sent) to.accept(facts);
    });
    FAIL("it went on");
  } catch (const Stopped& s) {
    CHECK(s.status == CW_HOST_STOPPED);
  }
  CHECK(host.sizes.size() == 2);
  CHECK(sent < 100);
}

TEST_CASE("what a read had sent before it failed is taken, then its error is told") {
  Taker host;
  Relay relay(host.sink);
  CHECK_THROWS_WITH_AS(relay.run([](FactSink& to) {
    const std::vector<cw_fact> facts(7);
    to.accept(facts);
    throw std::runtime_error("cut");
  }),
                       "cut", std::runtime_error);
  CHECK(host.sizes == std::vector<std::uint64_t>{7});
}
