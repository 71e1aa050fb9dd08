// What cw_call promises a plugin about being stopped, kept by the Operation that the product hands out.
#include <doctest/doctest.h>

#include <atomic>
#include <crosswatch/call.hpp>
#include <plugin/operation.hpp>
#include <thread>

using namespace crosswatch;
using namespace crosswatch::host;

TEST_CASE("a wait of hours ends when the operation is cancelled") {
  Cancellation cancel;
  const Operation op(cancel);
  std::thread other([&] { cancel.request(); });
  const cw_status status = op.call().wait(op.call().ctx, 10 * 3'600'000u);
  other.join();
  CHECK(status == CW_CANCELLED);
  CHECK(op.call().wait(op.call().ctx, 0) == CW_CANCELLED);
}

TEST_CASE("a wake-up runs once: at the cancellation, or at once when that has happened") {
  Cancellation cancel;
  const Operation op(cancel);
  const Call call(&op.call());
  int early = 0, late = 0, gone = 0;
  {
    const Call::Watch dropped(call, [&] { ++gone; });
  }
  const Call::Watch before(call, [&] { ++early; });
  CHECK(early == 0);
  cancel.request();
  cancel.request();
  CHECK(early == 1);
  const Call::Watch after(call, [&] { ++late; });
  CHECK(late == 1);
  CHECK(gone == 0);
}

TEST_CASE("a wake-up that is running has ended when unwatch returns") {
  for (int i = 0; i < 100; ++i) {
    Cancellation cancel;
    const Operation op(cancel);
    const Call call(&op.call());
    std::atomic<bool> started{false}, ended{false};
    std::thread other;
    {
      const Call::Watch watch(call, [&] {
        started = true;
        for (int n = 0; n < 1000; ++n) std::this_thread::yield();
        ended = true;
      });
      other = std::thread([&] { cancel.request(); });
      while (!started) std::this_thread::yield();
    }
    const bool ended_first = ended;
    other.join();
    REQUIRE(ended_first);
  }
}
