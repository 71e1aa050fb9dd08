#include "log/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "files/files.hpp"

namespace crosswatch::host {

const char* name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

namespace {

constexpr long max_size = 10L << 20;

// To append to; only its owner may read what a person has watched.
std::FILE* open_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  std::FILE* const stream = ::fdopen(fd, "a");
  if (!stream) ::close(fd);
  return stream;
}

void to_stderr(LogLevel level, std::string_view line) {
  std::fprintf(stderr, "%s: %.*s\n", name_of(level), static_cast<int>(line.size()), line.data());
}

// A log is lines: what came from outside must not be able to forge one, or to drive a terminal.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

}  // namespace

Log::Log(const Redactor& redactor, LogLevel screen_level, Sink screen, Clock clock)
    : redactor_(redactor),
      screen_level_(screen_level),
      screen_(screen ? std::move(screen) : Sink(&to_stderr)),
      clock_(std::move(clock)) {}

Log::~Log() {
  if (file_) std::fclose(file_);
}

void Log::open_file(const std::filesystem::path& file, LogLevel level) {
  const std::lock_guard lock(mutex_);
  make_private_folder(file.parent_path());
  std::FILE* const opened = open_private(file);
  if (!opened) throw storage_error("open the log file", file, errno);
  if (file_) std::fclose(file_);
  file_ = opened;
  path_ = file;
  file_level_ = level;
  static_cast<void>(std::fseek(file_, 0, SEEK_END));
  size_ = std::ftell(file_);
}

void Log::tap(LogLevel level, Sink sink) {
  const std::lock_guard lock(mutex_);
  tap_level_ = level;
  tap_ = std::move(sink);
}

void Log::write(LogLevel level, std::string_view message) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    const bool on_screen = level >= screen_level_;
    const bool in_file = file_ && level >= file_level_;
    const bool tapped = tap_ && level >= tap_level_;
    if (!on_screen && !in_file && !tapped) return;
    const std::string line = one_line(redactor_.mask(message));
    if (on_screen) screen_(level, line);
    if (in_file) write_file(level, line);
    if (tapped) tap_(level, line);
  } catch (const std::exception&) {
    // Work goes on without its log; the one thing left to say it with must not fail.
    std::fputs("error: a log line could not be written\n", stderr);
  }
}

void Log::write_file(LogLevel level, const std::string& line) {
  std::string out = iso(clock_() / 1000);
  out += ' ';
  out += host::name_of(level);
  out += ' ';
  out += line;
  out += '\n';
  if (size_ != 0 && size_ + static_cast<long>(out.size()) > max_size) rotate();
  if (file_ && std::fwrite(out.data(), 1, out.size(), file_) == out.size() && std::fflush(file_) == 0) {
    size_ += static_cast<long>(out.size());
    return;
  }
  const Error error = storage_error("write the log file", path_, errno);
  if (file_) std::fclose(std::exchange(file_, nullptr));
  screen_(LogLevel::error, std::string(error.what()) + " The log goes on without the file.");
}

void Log::rotate() {
  std::fclose(std::exchange(file_, nullptr));
  const std::string name = path_.string();
  std::error_code error;  // a rotation that fails shows as a file that cannot be opened, or goes on growing
  std::filesystem::rename(name + ".1", name + ".2", error);
  std::filesystem::rename(name, name + ".1", error);
  file_ = open_private(path_);
  size_ = 0;
}

}  // namespace crosswatch::host
