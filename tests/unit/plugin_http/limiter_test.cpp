#include "http/limiter.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <crosswatch/fake_host.hpp>
#include <thread>
#include <vector>

#include "http/branch.hpp"

using namespace crosswatch;
using namespace crosswatch::plex::http;

TEST_CASE("a burst passes at once, and what exceeds it waits for its turn") {
  FakeHost host;
  FakeCall call(host);
  Limiter limiter;
  for (int i = 0; i < 4; ++i) limiter.pace(call.call(), "https://a", 2, 4);
  CHECK(call.waited_ms == 0);
  limiter.pace(call.call(), "https://b", 2, 4);
  CHECK(call.waited_ms == 0);
  limiter.pace(call.call(), "https://a", 2, 4);
  CHECK(call.waited_ms > 0);
  CHECK(call.waited_ms <= 500);
}

TEST_CASE("no more requests than allowed run at a time against one host") {
  FakeHost host;
  FakeCall call(host);
  Limiter limiter;
  std::atomic<int> running{0}, most{0}, finished{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&] {
      const Limiter::Place place(limiter, call.call(), "https://a", 4);
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      for (int spin = 0; spin < 50; ++spin) std::this_thread::yield();
      --running;
      ++finished;
    });
  for (auto& t : threads) t.join();
  CHECK(finished == 12);
  CHECK(most <= 4);
}

TEST_CASE("who waits for a place is woken by cancellation") {
  FakeHost host;
  FakeCall first(host), second(host);
  Limiter limiter;
  const Limiter::Place taken(limiter, first.call(), "https://a", 1);
  std::thread canceller([&] { second.cancel(); });
  CHECK_THROWS_AS(Limiter::Place(limiter, second.call(), "https://a", 1), Stopped);
  canceller.join();
}

TEST_CASE("a branch of a call ends alone, and ends with the call") {
  FakeHost host;
  FakeCall call(host);
  const Call outer = call.call();
  int woken = 0;
  {
    Branch branch(outer);
    const Call::Watch watch(branch.call(), [&] { ++woken; });
    branch.stop();
    CHECK(woken == 1);
    CHECK(branch.call().cancelled());
    CHECK_FALSE(outer.cancelled());
  }
  Branch branch(outer);
  const Call::Watch watch(branch.call(), [&] { ++woken; });
  call.cancel();
  CHECK(woken == 2);
  CHECK(branch.call().cancelled());
  Branch late(outer);
  CHECK_THROWS_AS(late.call().wait(5), Stopped);
}
