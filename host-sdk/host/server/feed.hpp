// News for open pages: everything that is published goes to every reader that listens at that time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "json/json.hpp"

namespace crosswatch::host::server {

// [any]
class Feed {
public:
  class Reader;

  // As one server-sent event.
  void publish(const std::string& event, const json::Value& data);
  std::shared_ptr<Reader> subscribe();
  std::size_t readers();
  void close();  // ends every reader, also those to come

private:
  std::mutex mutex_{};
  std::condition_variable news_{};
  std::vector<std::weak_ptr<Reader>> readers_{};
  bool closed_ = false;
  friend class Reader;
};

class Feed::Reader {
public:
  explicit Reader(Feed& feed) : feed_(feed) {}
  // Everything since the last call; empty when nothing came in time. Nullopt: the end, for the feed was closed, or the
  // reader was too slow and missed something: it has to begin anew.
  std::optional<std::string> next(std::chrono::milliseconds patience);

private:
  friend class Feed;
  Feed& feed_;
  std::string waiting_{};
  bool missed_ = false;
};

}  // namespace crosswatch::host::server
