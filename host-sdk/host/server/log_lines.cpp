#include "server/log_lines.hpp"

#include "time.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::size_t kept = 2000;

}  // namespace

LogLines::LogLines(Log& log, Feed& feed) : log_(log), feed_(feed) {
  log_.tap(LogLevel::info, [this](LogLevel level, std::string_view text) {
    json::Value line;
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back({next_++, system_clock()() / 1000, level, std::string(text)});
      if (lines_.size() > kept) lines_.pop_front();
      line = to_json(lines_.back());
    }
    feed_.publish("log", line);
  });
}

json::Value LogLines::to_json(const Line& line) {
  return json::object({{"n", line.n}, {"at", iso(line.at)}, {"level", name_of(line.level)}, {"text", line.text}});
}

json::Value LogLines::after(std::size_t n) {
  json::Value lines = json::array();
  const std::lock_guard lock(mutex_);
  for (const Line& line : lines_)
    if (line.n > n) lines.push_back(to_json(line));
  return json::object({{"lines", std::move(lines)}});
}

}  // namespace crosswatch::host::server
