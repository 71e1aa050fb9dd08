// Which rows of the server's play history have been told as "watched": the resume cursor of a watch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch::plex::watch {

// One row of the history. `number` counts up on one server; 0: the server gave none.
struct HistoryRow {
  std::uint64_t number = 0;
  std::string item{};  // rating key
  std::string type{};
  std::string library{};
  std::int64_t account = 0;  // whose play it is, as the server counts users; 0: it does not say
  std::int64_t at = 0;       // epoch seconds
};

class PlaysTold {
public:
  // `whose` is the identity of user and server: what was told of others says nothing here.
  explicit PlaysTold(std::string whose) : whose_(std::move(whose)) {}

  // False when the text is not of this user and server, or none: then begin() says where to begin.
  bool read(std::string_view cursor);
  std::string text() const;

  // Nothing up to the row of this number, nor before this time, is told.
  void begin(std::uint64_t newest, std::int64_t now);
  // Rows are asked for from here on; a day early, for players that report late.
  std::int64_t since() const noexcept { return newest_at_ - 86'400; }

  // By its number, since a row may be written late; or by its time, since a server whose database was restored from a
  // backup counts on from an older number.
  bool fresh(const HistoryRow& row) const noexcept;
  // A second row for a play that was told: players that count a play themselves cause two. `length_ms`: of the item,
  // -1 unknown.
  bool twice(const HistoryRow& row, std::int64_t length_ms) const noexcept;
  // The row is dealt with. Rows are settled in the order of their numbers.
  void settle(const HistoryRow& row, bool told);

private:
  struct Told {
    std::string item{};
    std::int64_t at = 0;
  };
  std::string whose_;
  std::uint64_t newest_ = 0;
  std::int64_t newest_at_ = 0;
  std::vector<Told> recent_{};  // oldest first
};

}  // namespace crosswatch::plex::watch
