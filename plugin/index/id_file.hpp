// Names and the rating keys they stand for, sorted in a file: written once, then looked up a block at a time, so that
// a million items cost a few hundred kilobytes of memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "feature/spool.hpp"

namespace crosswatch::plex::index {

class IdFile {
public:
  // Writes the pairs of a finished spool, atomically. `head` is the caller's own text. Error STORAGE.
  static void write(const std::string& path, std::string_view head, feature::Spool& names);
  // Writes what this file holds and others, sorted by name, without the items of `dropped`.
  void write_merged(const std::string& path, std::string_view head,
                    const std::vector<std::pair<std::uint64_t, std::uint64_t>>& others,
                    const std::unordered_set<std::uint64_t>& dropped);  // Error STORAGE, also when it is damaged
  // Nothing when there is no such file, or it is not whole, or of another version.
  static std::optional<IdFile> open(const std::string& path);

  IdFile(IdFile&& other) noexcept;
  IdFile& operator=(IdFile&& other) noexcept;
  ~IdFile();

  const std::string& head() const noexcept { return head_; }
  std::uint64_t size() const noexcept { return count_; }
  // Appends the keys of a name, each once. False: the file is damaged there. [owner]
  bool find(std::uint64_t name, std::vector<std::uint64_t>& keys);

private:
  struct Entry {
    std::uint64_t name = 0;
    std::uint64_t key = 0;
  };
  struct Block {
    std::uint64_t first = 0;  // name
    std::uint64_t sum = 0;
  };
  struct Foot;
  class Writer;
  static constexpr std::size_t block_entries = 256;

  explicit IdFile(int fd) : fd_(fd) {}
  bool read_table();
  bool load(std::size_t block);

  int fd_ = -1;
  std::uint64_t count_ = 0;
  std::string head_{};
  std::vector<Block> table_{};
  std::vector<Entry> block_{};
  std::size_t loaded_ = SIZE_MAX;
};

}  // namespace crosswatch::plex::index
