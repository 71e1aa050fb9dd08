// The last lines of the log, for the page. They have passed the redactor.
#pragma once

#include <deque>
#include <mutex>
#include <string>

#include "log/log.hpp"
#include "server/feed.hpp"

namespace crosswatch::host::server {

// [any]; listens to the log while it lives.
class LogLines {
public:
  LogLines(Log& log, Feed& feed);
  ~LogLines() { log_.tap(LogLevel::info, {}); }

  // Those after the line of that number, oldest first: {"lines":[{"n","at","level","text"}]}.
  json::Value after(std::size_t n);

private:
  struct Line {
    std::size_t n = 0;
    std::int64_t at = 0;  // epoch seconds
    LogLevel level = LogLevel::info;
    std::string text{};
  };
  static json::Value to_json(const Line& line);

  Log& log_;
  Feed& feed_;
  std::mutex mutex_{};
  std::deque<Line> lines_{};
  std::size_t next_ = 1;
};

}  // namespace crosswatch::host::server
