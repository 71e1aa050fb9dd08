// What the product says about its work. Every line passes the redactor.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "config/secrets.hpp"
#include "time.hpp"

namespace crosswatch::host {

const char* name_of(LogLevel level) noexcept;

// [any]
class Log {
public:
  using Sink = std::function<void(LogLevel, std::string_view line)>;  // redacted, without time and newline

  // `screen` gets lines of `screen_level` and above; an empty one means standard error. The redactor must outlive it.
  explicit Log(const Redactor& redactor, LogLevel screen_level = LogLevel::warning, Sink screen = {},
               Clock clock = system_clock());
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Also writes all lines of `level` and above to a file; at 10 MiB it becomes <file>.1, and so on to .2.
  // Error STORAGE when it cannot be opened.
  void open_file(const std::filesystem::path& file, LogLevel level = LogLevel::info);

  // Lines of `level` and above also go to `sink`; an empty one ends that.
  void tap(LogLevel level, Sink sink);

  void write(LogLevel level, std::string_view message) noexcept;
  void debug(std::string_view message) noexcept { write(LogLevel::debug, message); }
  void info(std::string_view message) noexcept { write(LogLevel::info, message); }
  void warning(std::string_view message) noexcept { write(LogLevel::warning, message); }
  void error(std::string_view message) noexcept { write(LogLevel::error, message); }

private:
  void write_file(LogLevel level, const std::string& line);
  void rotate();

  const Redactor& redactor_;
  LogLevel screen_level_;
  Sink screen_;
  Clock clock_;
  std::mutex mutex_{};
  LogLevel tap_level_ = LogLevel::info;
  Sink tap_{};
  std::filesystem::path path_{};
  LogLevel file_level_ = LogLevel::info;
  std::FILE* file_ = nullptr;
  long size_ = 0;
};

}  // namespace crosswatch::host
