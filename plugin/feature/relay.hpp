// Lets a read go on while the host still takes the page before: fetching, parsing and taking overlap.
#pragma once

#include <condition_variable>
#include <crosswatch/provider.hpp>
#include <functional>
#include <mutex>
#include <optional>

namespace crosswatch::plex::feature {

class Relay {
public:
  explicit Relay(FactSink& to) noexcept : to_(to) {}

  // Runs `read` on a thread of its own and hands what it sends to the sink, on this thread, as the contract wants.
  // Returns when all was taken. Throws what the sink threw, else what `read` threw. [call]
  void run(const std::function<void(FactSink&)>& read);

  // A page that was sent stays in use until the next was sent or this returns. [within read]
  void drain();

private:
  static cw_status send(void* self, const cw_facts* page) noexcept;

  FactSink& to_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::optional<cw_facts> page_{};  // sent and not yet taken
  bool ended_ = false;              // the read
  std::exception_ptr failure_{};    // of the sink
};

}  // namespace crosswatch::plex::feature
