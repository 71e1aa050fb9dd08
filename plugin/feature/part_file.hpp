// Files of the data folder that are written whole and then read at any place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace crosswatch::plex::feature {

// A file while it is being written; gone again unless it is kept. [owner]
class PartFile {
public:
  // `what` begins the sentence of an error, `code` is its code. Error STORAGE when the disk does not take it.
  PartFile(std::string path, const char* code, std::string what);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void append(const void* data, std::size_t size);
  void keep();  // in place of what stood there

private:
  [[noreturn]] void fail() const;

  std::string path_, part_;
  const char* code_;
  std::string what_;
  std::FILE* file_ = nullptr;
  bool kept_ = false;
};

// All of the bytes at that place, or false; `errno` says why when the disk failed.
bool read_at(int fd, std::uint64_t offset, void* to, std::size_t size) noexcept;

}  // namespace crosswatch::plex::feature
