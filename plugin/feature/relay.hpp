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

  // What to do behind the next page, on the host's thread, once it was taken; it must not throw. [within read]
  void then(std::function<void()> work) { next_work_ = std::move(work); }
  // A page that was sent stays in use until the next was sent or this returns. [within read]
  void drain();

private:
  static cw_status send(void* self, const cw_facts* page) noexcept;

  FactSink& to_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::function<void()> next_work_{};  // of the read
  std::optional<cw_facts> page_{};     // sent and not yet taken
  std::function<void()> work_{};       // behind it
  bool ended_ = false;                 // the read
  std::exception_ptr failure_{};       // of the sink
};

}  // namespace crosswatch::plex::feature
