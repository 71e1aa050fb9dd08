// What has to be joined with pages that come later: kept in memory up to a limit, beyond that in files that have
// no name and vanish with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch::plex::feature {

// Error STORAGE when the disk does not take or give the bytes.
class TempFile {
public:
  explicit TempFile(std::string folder) : folder_(std::move(folder)) {}
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  std::uint64_t append(const void* data, std::size_t size);  // the offset at which it stands
  void read(std::uint64_t offset, void* to, std::size_t size) const;
  std::uint64_t size() const noexcept { return size_; }
  void clear() noexcept;  // gives the space back

private:
  std::string folder_;
  int fd_ = -1;  // opened at the first append
  std::uint64_t size_ = 0;
};

// A multimap of numbers: added in any order, then looked up. [owner]
class Spool {
public:
  // `limit` bytes of memory; a look-up needs 4 KiB and 8 bytes for each 256 pairs more.
  Spool(const std::string& folder, std::size_t limit);

  void add(std::uint64_t key, std::int64_t value);
  void finish();  // between the last add and the first look-up
  // The values of a key, largest first, each once, behind what `out` holds.
  void find(std::uint64_t key, std::vector<std::int64_t>& out);
  // Every pair in the order of its keys, doubles too, and whether find() has found it. [owner]
  template <class F>
  void each(F&& use) {
    std::size_t at = 0;
    const auto pass = [&](const std::vector<Pair>& pairs) {
      for (const Pair& p : pairs) use(p.key, p.value, bool{found_[at++]});
    };
    if (block_keys_.empty()) pass(memory_);
    for (std::size_t block = 0; block < block_keys_.size(); ++block) {
      load(block);
      pass(block_);
    }
  }
  void clear();  // ready for add again
  std::uint64_t size() const noexcept { return count_; }

private:
  struct Pair {
    std::uint64_t key;
    std::int64_t value;
  };
  struct Before {
    bool operator()(const Pair& a, const Pair& b) const noexcept {
      return a.key != b.key ? a.key < b.key : a.value > b.value;
    }
  };
  void flush_run();
  void merge_runs();
  void load(std::size_t block);

  static constexpr std::size_t block_pairs = 256;
  std::size_t limit_;  // pairs
  std::uint64_t count_ = 0;
  std::vector<Pair> memory_{};
  TempFile runs_;
  std::vector<std::uint64_t> run_ends_{};  // in pairs
  TempFile sorted_;
  std::vector<std::uint64_t> block_keys_{};  // the first key of each block of the sorted file
  std::vector<Pair> block_{};
  std::size_t loaded_ = 0;
  std::vector<bool> found_{};  // by find(), in the order of the keys
};

// Texts by their position. [owner]
class Blob {
public:
  Blob(std::string folder, std::size_t limit) : limit_(limit), file_(std::move(folder)) {}
  std::int64_t add(std::string_view text);
  // Valid until the next call.
  std::string_view get(std::int64_t position);
  void clear() noexcept;

private:
  std::size_t limit_;
  std::string memory_{};  // the first `limit_` bytes; what comes later is in the file
  TempFile file_;
  std::string buffer_{};
};

}  // namespace crosswatch::plex::feature
