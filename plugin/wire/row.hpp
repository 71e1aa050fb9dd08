// A page of Plex items, row by row: one reader for JSON and XML, without building the document in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/text.hpp"

namespace crosswatch::plex::wire {

// The members of rows and containers that somebody reads. Everything else is skipped. Spelling: row.cpp.
enum class Field : std::uint8_t {
  rating_key,
  key,
  guid,
  type,
  title,
  year,
  index,
  parent_index,
  parent_rating_key,
  grandparent_rating_key,
  parent_key,
  grandparent_key,
  parent_guid,
  grandparent_guid,
  parent_title,
  grandparent_title,
  library_id,
  user_rating,
  last_rated_at,
  view_count,
  last_viewed_at,
  view_offset,
  duration,
  leaf_count,
  viewed_leaf_count,
  originally_available_at,
  added_at,
  updated_at,
  viewed_at,
  account_id,
  history_key,
  uuid,
  agent,
  scanner,
  content_changed_at,
  scanned_at,
  hidden,
  size,
  total_size,
  offset,
  machine_id,
  watchlisted_at,
  live,
  subtype,
  edition_title,
  count
};

// One item, or the container itself. Absent, null and "" are the same: an empty text.
class Row {
public:
  std::string_view text(Field f) const noexcept {
    return present_ >> index(f) & 1u ? texts_[index(f)] : std::string_view{};
  }
  bool has(Field f) const noexcept { return !text(f).empty(); }
  std::optional<std::int64_t> number(Field f) const noexcept { return to_int(text(f)); }
  std::int64_t number(Field f, std::int64_t fallback) const noexcept { return number(f).value_or(fallback); }
  std::int64_t time(Field f) const noexcept { return to_time(text(f)); }
  // The external ids of the item as they are written: "imdb://tt0133093".
  const std::vector<std::string_view>& guids() const noexcept { return guids_; }

  void set(Field f, std::string_view value) noexcept {
    texts_[index(f)] = value;
    present_ |= std::uint64_t{1} << index(f);
  }
  void add_guid(std::string_view value) { guids_.push_back(value); }
  void clear() noexcept {
    present_ = 0;
    guids_.clear();
  }

private:
  static constexpr std::size_t index(Field f) noexcept { return static_cast<std::size_t>(f); }
  static_assert(static_cast<std::size_t>(Field::count) <= 64);
  std::array<std::string_view, static_cast<std::size_t>(Field::count)> texts_{};
  std::uint64_t present_ = 0;
  std::vector<std::string_view> guids_{};
};

class RowSink {
public:
  virtual ~RowSink() = default;
  // The row object is reused; the texts stay valid as long as the body and the arena of parse_rows. May throw.
  virtual void row(const Row& row) = 0;
};

// What the container said of itself; its texts as those of rows.
struct Page {
  Row container{};
  std::uint64_t rows = 0;  // handed to the sink
};

// Reads the whole answer, JSON or XML by its first byte, and destroys `body` on the way. Rows are the elements
// of Metadata, Video, Directory, Track, Photo and Playlist wherever they stand, not those inside of other rows.
// Throws Error CW_PROTOCOL for anything but a well-formed MediaContainer (HTML, a cut, more than 32 levels, a
// document type); rows before the defect have been handed out by then. `what` names the answer in messages:
// "The list of movies". [any]
Page parse_rows(std::string& body, Arena& arena, std::string_view what, RowSink& sink);

}  // namespace crosswatch::plex::wire
