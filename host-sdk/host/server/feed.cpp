#include "server/feed.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::size_t max_waiting = std::size_t{256} << 10;  // bytes of one reader

}  // namespace

void Feed::publish(const std::string& event, const json::Value& data) {
  const std::string text = "event: " + event + "\ndata: " + json::dump(data) + "\n\n";
  const std::lock_guard lock(mutex_);
  std::erase_if(readers_, [](const auto& r) { return r.expired(); });
  for (const auto& weak : readers_) {
    const auto reader = weak.lock();
    if (!reader) continue;
    if (reader->waiting_.size() + text.size() > max_waiting)
      reader->missed_ = true;
    else
      reader->waiting_ += text;
  }
  news_.notify_all();
}

std::shared_ptr<Feed::Reader> Feed::subscribe() {
  auto reader = std::make_shared<Reader>(*this);
  const std::lock_guard lock(mutex_);
  readers_.push_back(reader);
  return reader;
}

std::size_t Feed::readers() {
  const std::lock_guard lock(mutex_);
  std::erase_if(readers_, [](const auto& r) { return r.expired(); });
  return readers_.size();
}

void Feed::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  news_.notify_all();
}

std::optional<std::string> Feed::Reader::next(std::chrono::milliseconds patience) {
  std::unique_lock lock(feed_.mutex_);
  feed_.news_.wait_for(lock, patience, [&] { return feed_.closed_ || missed_ || !waiting_.empty(); });
  if (feed_.closed_ || missed_) return std::nullopt;
  return std::exchange(waiting_, {});
}

}  // namespace crosswatch::host::server
