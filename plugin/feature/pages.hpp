// Reads a list of Plex page by page, the next page under way while this one is parsed, and tells honestly whether
// all of it was seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "feature/source.hpp"
#include "wire/row.hpp"

namespace crosswatch::plex::feature {

struct List {
  std::string path{};
  Query query{};
  std::string what{};  // begins sentences: "The list of movies of \"Films\""
  std::uint64_t page_size = 1000;
  std::uint64_t smaller_page_size = 0;  // to go on with when the server refuses the size with 400; 0: an error
  std::uint32_t slow_ms = 5000;         // a page that takes longer is followed by smaller ones
  // Each page is asked for with the last row of the one before: one row that came and one that went meanwhile leave the
  // total as it was, but not that row where it was.
  bool with_seams = false;
};

// How many rows to ask for after a page of `size` took so long: a server that struggles gets half, down to an eighth
// of `usual`, and twice as much again when it has recovered.
std::uint64_t next_page_size(std::uint64_t size, std::uint64_t usual, std::uint32_t took_ms,
                             std::uint32_t slow_ms) noexcept;

class PageSink : public wire::RowSink {
public:
  // After the rows of a good page; their texts stay valid until it returns for the next page, or drain() returns.
  // `total` is 0 when unknown.
  virtual void page_end(std::uint64_t rows_so_far, std::uint64_t total) = 0;
  // Returns when nobody uses the pages any more: their memory goes.
  virtual void drain() {}
};

struct ListEnd {
  std::uint64_t rows = 0;
  // Why not all rows of the list were seen, or some perhaps twice: a sentence. Empty: complete.
  std::string defect{};
  bool complete() const noexcept { return defect.empty(); }
};

// Throws what the transport throws, Error for an answer without success, and CW_PROTOCOL for a page that cannot be
// read; rows of a broken page are followed by no page_end. Buffers of at most four pages. [owner]
ListEnd read_list(const Call& call, const Source& source, const List& list, wire::Arena& arena, PageSink& sink);

// The number of rows of the list, asked for without rows; nothing when the server does not tell.
std::optional<std::uint64_t> count_of(const Call& call, const Source& source, const List& list);

}  // namespace crosswatch::plex::feature
