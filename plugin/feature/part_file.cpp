#include "feature/part_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <crosswatch/call.hpp>
#include <cstring>
#include <utility>

namespace crosswatch::plex::feature {

PartFile::PartFile(std::string path, const char* code, std::string what)
    : path_(std::move(path)), part_(path_ + ".part"), code_(code), what_(std::move(what)) {
  file_ = std::fopen(part_.c_str(), "wbe");
  if (!file_) fail();
}

PartFile::~PartFile() {
  if (file_) std::fclose(file_);
  if (!kept_) std::remove(part_.c_str());
}

void PartFile::append(const void* data, std::size_t size) {
  if (size > 0 && std::fwrite(data, size, 1, file_) != 1) fail();
}

void PartFile::keep() {
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail();
  kept_ = true;
}

void PartFile::fail() const {
  throw Error(CW_STORAGE, code_, what_ + " could not be written: " + std::strerror(errno) + ".",
              "Make room there, or choose another state folder with --state.");
}

bool read_at(int fd, std::uint64_t offset, void* to, std::size_t size) noexcept {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pread(fd, static_cast<char*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace crosswatch::plex::feature
