#include "feature/page_fetcher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace crosswatch::plex::feature {

PageFetcher::PageFetcher(const Call& call, const Source& source, const List& list)
    : call_(call), source_(source), list_(list), size_(list.page_size), most_(size_), thread_([this] { run(); }) {}

PageFetcher::~PageFetcher() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

PageFetcher::Answer& PageFetcher::next() {
  std::unique_lock lock(mutex_);
  waiting_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return ready_ > 0; });
  waiting_ = false;
  Answer& answer = answers_[handed_++ % answers_.size()];
  --ready_;
  changed_.notify_all();
  if (answer.failure) std::rethrow_exception(std::exchange(answer.failure, nullptr));
  return answer;
}

void PageFetcher::run_ahead(std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(total_, total) != total) changed_.notify_all();
}

void PageFetcher::restart(std::uint64_t start, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  start_ = start;
  size_ = most_ = size;
  ready_ = 0;
  ++restarts_;
}

bool PageFetcher::may_fetch() const noexcept {
  const bool more = start_ < total_;
  return ready_ == 0 ? waiting_ || more : more && handed_ > 1 && ready_ < 2;
}

void PageFetcher::run() {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, [this] { return ended_ || may_fetch(); }), !ended_) {
    Answer& answer = answers_[(handed_ + ready_) % answers_.size()];
    answer.window = {start_, size_};
    const unsigned restarts = restarts_;
    lock.unlock();
    std::uint32_t took_ms = 0;
    try {
      took_ms = fetch(answer);
    } catch (...) {
      answer.failure = std::current_exception();
    }
    lock.lock();
    if (restarts != restarts_) continue;  // nobody wants it any more
    start_ += size_;
    size_ = next_page_size(size_, most_, took_ms, list_.slow_ms);
    if (answer.failure) total_ = 0;
    ++ready_;
    changed_.notify_all();
  }
}

std::uint32_t PageFetcher::fetch(Answer& answer) const {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  answer.failure = nullptr;
  Window asked = answer.window;
  if (list_.with_seams && asked.start > 0) asked = {asked.start - 1, asked.size + 1};
  answer.response = source_.ask(call_, list_.path, list_.query, answer.body, &asked);
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - began).count());
}

}  // namespace crosswatch::plex::feature
