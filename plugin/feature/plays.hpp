// The play rows of one person in one library, to be joined with its watched items.
#pragma once

#include <string>

#include "account/scope.hpp"
#include "feature/libraries.hpp"
#include "feature/reading.hpp"
#include "feature/spool.hpp"

namespace crosswatch::plex::feature {

// The rows of a person's plays in a library, newest first.
List plays_listing(const Section& section, const ServerAccess& access);

// One row: the item and the time, when it is a play that counts; else why not.
struct Play {
  std::uint64_t number = 0;  // of the row, 0 when it has none; later rows have higher ones
  std::uint64_t item = 0;
  std::int64_t at = time_unknown;
  Note fault = Note::count;  // count: none
};
Play read_play(const wire::Row& row, std::int64_t account_id);
std::uint64_t play_number(const wire::Row& row) noexcept;
std::string_view played_key(const wire::Row& row) noexcept;  // the rating key of the item; empty: it was deleted

// Holds rating key and time of each play, beyond 1 MiB on disk. [owner]
class PlayTable {
public:
  explicit PlayTable(const std::string& folder);

  // Reads the person's plays in the library, in place of those it held; a list that changed meanwhile once more.
  // A server that keeps its history from somebody who does not own it (some do from Home users) leaves the table
  // empty.
  void load(Reading& reading, const Section& section, const ServerAccess& access);
  // The known times of an item, newest first.
  void find(std::uint64_t item, std::vector<std::int64_t>& out);
  std::uint64_t size() const noexcept { return times_.size(); }
  // Of the list that was read: its rows, and the newest of them.
  std::uint64_t rows() const noexcept { return rows_; }
  std::uint64_t newest() const noexcept { return newest_; }
  std::int64_t newest_at() const noexcept { return newest_at_; }
  bool numbered() const noexcept { return numbered_; }
  Spool& times() noexcept { return times_; }
  bool refused() const noexcept { return refused_; }

private:
  Spool times_;
  wire::Arena arena_{};
  bool refused_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t newest_ = 0;
  std::int64_t newest_at_ = time_unknown;
  bool numbered_ = true;
};

}  // namespace crosswatch::plex::feature
