#include "feature/relay.hpp"

#include <future>
#include <utility>

namespace crosswatch::plex::feature {

cw_status Relay::send(void* self, const cw_facts* page) noexcept {
  Relay& relay = *static_cast<Relay*>(self);
  std::unique_lock lock(relay.mutex_);
  relay.changed_.wait(lock, [&] { return !relay.page_; });
  if (relay.failure_) return CW_HOST_STOPPED;
  relay.page_ = *page;
  relay.work_ = std::exchange(relay.next_work_, nullptr);
  relay.changed_.notify_all();
  return CW_OK;
}

void Relay::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !page_; });
}

void Relay::run(const std::function<void(FactSink&)>& read) {
  const cw_fact_sink raw{sizeof raw, this, &Relay::send};
  auto reading = std::async(std::launch::async, [&] {
    struct Ending {
      ~Ending() {
        const std::lock_guard lock(relay.mutex_);
        relay.ended_ = true;
        relay.changed_.notify_all();
      }
      Relay& relay;
    } const ending{*this};
    FactSink sink(&raw);
    read(sink);
  });
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, [&] { return page_ || ended_; }), page_) {
    const cw_facts page = *page_;
    const std::function<void()> work = std::exchange(work_, nullptr);
    lock.unlock();
    try {
      to_.accept({page.first, page.count});
      if (work) work();
    } catch (...) {
      failure_ = std::current_exception();  // send() looks at it only after the page is gone
    }
    lock.lock();
    page_.reset();
    changed_.notify_all();
  }
  lock.unlock();
  if (failure_) {
    reading.wait();  // how it ends follows from the failure
    std::rethrow_exception(failure_);
  }
  reading.get();
}

}  // namespace crosswatch::plex::feature
