// Asks a provider something, but not for ever.
#pragma once

#include <chrono>
#include <future>
#include <string>

#include "plugin/operation.hpp"

namespace crosswatch::host {

// What `ask(Operation&)` returns or throws. It is cancelled when `outer` is, and after `limit`: then the Error is
// UNREACHABLE "no_answer", about `who`. Comes back only once the provider has, which ends a cancelled call at once.
template <class Ask>
auto in_time(const Cancellation& outer, std::chrono::milliseconds limit, const std::string& who, Ask&& ask) {
  constexpr std::chrono::milliseconds look_again{20};
  Cancellation limited;
  const auto end = std::chrono::steady_clock::now() + limit;
  auto answer = std::async(std::launch::async, [&] {
    Operation op(limited);
    return ask(op);
  });
  bool late = false;
  while (!late && answer.wait_for(look_again) != std::future_status::ready) {
    late = std::chrono::steady_clock::now() > end;
    if (late || outer.requested()) limited.request();
  }
  try {
    return answer.get();
  } catch (const Error&) {
    if (!late) throw;
  } catch (const Stopped&) {
    if (!late) throw;
  }
  throw Error(CW_UNREACHABLE, "no_answer", who + " did not answer in time.", "Try again later.");
}

}  // namespace crosswatch::host
