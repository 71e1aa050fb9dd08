// The last complete read of one feature in one library, in a file: written once, then read in blocks. Disposable:
// whoever finds no file, or one that is damaged, of another version or about something else, reads the library anew.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feature/part_file.hpp"
#include "feature/record.hpp"

namespace crosswatch::plex::feature {

// A list that was read: the items of one kind.
struct KeptPart {
  Kind kind = Kind::movie;
  std::uint64_t total = 0;
  // Whatever happened after the read has a time from here on, by the server's clock: a view or rating, a change of
  // the item itself.
  std::int64_t since = 0;
  std::int64_t updated_since = 0;
};

// What is kept besides the records.
struct Kept {
  std::string about{};   // whose facts, of which feature and library
  std::string marker{};  // of the library
  std::int64_t full_read_at = 0;
  std::vector<KeptPart> parts{};
  KeptShows shows{};
  // History: the rows of plays.
  std::uint64_t plays_total = 0;
  std::uint64_t newest_play = 0;  // its number; numbers rise
  std::int64_t plays_since = 0;
  std::map<std::uint64_t, std::vector<std::int64_t>> loose_plays{};  // of items that do not count now
};

// Becomes the file when it is finished; nothing is left of it otherwise. Error STORAGE. [owner]
class KeptWriter {
public:
  explicit KeptWriter(const std::string& path);

  void add(std::string_view record);  // encoded
  void finish(const Kept& kept);

private:
  void write_block();

  PartFile file_;
  std::string block_{};
  std::uint64_t in_block_ = 0;
  std::uint64_t sum_ = 0;
};

class KeptFile {
public:
  // Nothing when there is no such file, or it is not whole, or not about that. Reads all of it to be sure.
  static std::optional<KeptFile> open(const std::string& path, std::string_view about);
  KeptFile(KeptFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), blocks_end_(other.blocks_end_), kept_(std::move(other.kept_)) {}
  KeptFile& operator=(KeptFile&&) = delete;
  ~KeptFile();

  const Kept& kept() const noexcept { return kept_; }
  // Calls use(records) for each block: encoded records in order, lent for the call. Throws Damaged. [owner]
  template <class F>
  void each_block(F&& use) const {
    std::string bytes;
    std::vector<std::string_view> records;
    for (std::uint64_t at = 0; next_block(at, bytes, records);) use(records);
  }

private:
  explicit KeptFile(int fd) : fd_(fd) {}
  bool read_tail();
  bool next_block(std::uint64_t& at, std::string& bytes, std::vector<std::string_view>& records) const;

  int fd_ = -1;
  std::uint64_t blocks_end_ = 0;
  Kept kept_{};
};

}  // namespace crosswatch::plex::feature
