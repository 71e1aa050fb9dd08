// Files that survive: atomic replacement, locks, private folders. Every failure is an Error STORAGE with the path.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <crosswatch/call.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace crosswatch::host {

// "Cannot write /x/y: No space left on device", with the remedy that fits the errno. For everything that stores files.
Error storage_error(std::string_view doing, const std::filesystem::path& file, int error);

// Nullopt when there is no such file. Refuses more than `max_bytes`.
std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

// A sentence for a log or a person when everybody on this machine can read the file; else empty.
std::string exposure(const std::filesystem::path& file);

// At every moment, also after a power loss, the file holds the old or the new content. Follows a symbolic link.
// A new file gets `mode`, an existing one keeps its owner and mode. The folder is made when missing.
void write_atomically(const std::filesystem::path& file, std::string_view content, mode_t mode = 0600);

// 0700, with parents; an existing one is left as it is.
void make_private_folder(const std::filesystem::path& folder);

// A profile or key as one file name: what is not a letter, digit, '-', '_' or inner '.' becomes %XX.
std::string file_name_for(std::string_view id);

// An exclusive lock between processes and threads, held while the object lives; the system ends it with the process.
class FileLock {
public:
  // Waits up to `patience`, then Error "busy" (exit code 6): "`what` is in use by process 123".
  static FileLock acquire(const std::filesystem::path& file, std::chrono::milliseconds patience,
                          const std::string& what);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

private:
  explicit FileLock(int fd) noexcept : fd_(fd) {}
  int fd_;
};

}  // namespace crosswatch::host
