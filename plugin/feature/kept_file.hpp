// The last complete read of one feature in one library, in two files: all of it, and beside it the news, which is what
// has changed since, so that a few changes cost a small file. Disposable: whoever finds no read, or one that is
// damaged, of another version or about something else, reads the library anew.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feature/record.hpp"
#include "feature/record_file.hpp"

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

// Writes a read, or the news of one. Error STORAGE. [owner]
class KeptWriter {
public:
  // `of`: the sum of the read whose news are written; 0: a whole read.
  explicit KeptWriter(const std::string& path, std::uint64_t of = 0);

  void add(std::string_view record);  // encoded; in news in place of the one with its key
  void gone(std::uint64_t key) { gone_.push_back(key); }
  std::string finish(const Kept& kept);  // under which name it is kept, as KeptFile tells it

private:
  std::string path_;
  std::uint64_t of_;
  RecordWriter file_;
  std::vector<std::uint64_t> gone_{};
};

class KeptFile {
public:
  // Nothing when there is no such read, or it is not whole, or not about that. Reads all of it to be sure.
  static std::optional<KeptFile> open(const std::string& path, std::string_view about);
  const Kept& kept() const noexcept { return kept_; }
  std::uint64_t sum() const noexcept { return whole_.sum(); }
  std::string name() const;  // another name, another read or other news
  // By the key of their item, those of the news; "": it is gone.
  const std::map<std::uint64_t, std::string>& news() const noexcept { return news_; }
  // Whether news of so many bytes are too many, and all is better written anew.
  bool too_much(std::uint64_t bytes) const noexcept { return bytes > whole_.size() / 16; }
  // Calls use(records, are_news) for each block: encoded records, lent for the call, always in the same order. Throws
  // Damaged. [owner]
  template <class F>
  void each_block(F&& use) const {
    std::string bytes;
    std::vector<std::string_view> records;
    for (std::uint64_t at = 0; whole_.next_block(at, bytes, records);) {
      if (!news_.empty())
        std::erase_if(records, [&](std::string_view r) { return news_.count(decode_head(r).key) > 0; });
      use(records, false);
    }
    for (const auto& [key, record] : news_)
      if (!record.empty()) records.push_back(record);
    use(records, true);
  }

private:
  bool read_news(const std::string& path);

  RecordFile whole_{};
  std::uint64_t news_sum_ = 0;
  Kept kept_{};
  std::map<std::uint64_t, std::string> news_{};
};

}  // namespace crosswatch::plex::feature
