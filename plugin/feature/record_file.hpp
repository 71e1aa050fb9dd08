// Records in a file: written once, then read in blocks. At its end stands a tail, which says what they are about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feature/part_file.hpp"

namespace crosswatch::plex::feature {

// Becomes the file when it is finished; nothing is left of it otherwise. Error STORAGE. [owner]
class RecordWriter {
public:
  explicit RecordWriter(const std::string& path);

  void add(std::string_view record);
  std::uint64_t finish(std::string_view tail);  // the sum, as RecordFile tells it

private:
  void write_block();

  PartFile file_;
  std::string block_{};
  std::uint64_t in_block_ = 0;
  std::uint64_t sum_ = 0;
};

// A file that is whole: all of it was read to be sure. [owner]
class RecordFile {
public:
  enum class State { absent, damaged, whole };

  RecordFile() = default;
  RecordFile(RecordFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        blocks_end_(other.blocks_end_),
        sum_(other.sum_),
        tail_(std::move(other.tail_)) {}
  RecordFile& operator=(RecordFile&&) = delete;
  ~RecordFile();

  State open(const std::string& path);
  const std::string& tail() const noexcept { return tail_; }
  std::uint64_t sum() const noexcept { return sum_; }          // tells it from others; never 0
  std::uint64_t size() const noexcept { return blocks_end_; }  // bytes of the records
  // The records of the block at `at`, which is 0 at first; moves it on. False: there is none. The records lie in
  // `bytes`. Throws Damaged.
  bool next_block(std::uint64_t& at, std::string& bytes, std::vector<std::string_view>& records) const;

private:
  bool read_all();

  int fd_ = -1;
  std::uint64_t blocks_end_ = 0;
  std::uint64_t sum_ = 0;
  std::string tail_{};
};

}  // namespace crosswatch::plex::feature
