// What is kept of one item of a list: enough to say its fact again without asking, and to notice that it changed.
#pragma once

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "feature/coding.hpp"
#include "wire/row.hpp"

namespace crosswatch::plex::feature {

// Texts and arrays are lent.
struct Record {
  Kind kind = Kind::movie;
  std::uint64_t key = 0;                   // rating key
  std::int64_t at = time_unknown;          // of the last view or rating, as the row says
  std::int64_t updated_at = time_unknown;  // of the item itself
  std::uint64_t show = 0;                  // of seasons and episodes; 0: none
  std::int64_t amount = 0;                 // tenths of a rating, milliseconds of progress, views
  std::int64_t duration_ms = -1;           // progress only
  bool begun = false;                      // history: there is a resume point, too
  std::int32_t year = 0;
  std::int32_t season = -1;
  std::int32_t episode = -1;
  std::string_view title{};
  std::span<const cw_token> ids{};
  std::span<const cw_token> show_ids{};   // that the item itself names, besides those of the show
  std::span<const std::int64_t> plays{};  // rows of plays, newest first
};

class RecordTaker {
public:
  virtual ~RecordTaker() = default;
  virtual void take(const Record& record) = 0;
  virtual void cannot_keep() = 0;  // an item that no record can stand for
  // A show that the records of a page name. `listed`: it is in the list of shows of its library.
  virtual void take_show(std::uint64_t key, std::string_view title, std::span<const cw_token> ids, bool listed) = 0;
};

void encode(const Record& record, std::string& out);
// Texts lie in the bytes, arrays in the arena. Throws Damaged.
Record decode(std::string_view bytes, wire::Arena& arena);
// The numbers of encoded bytes alone, without texts, ids and plays.
Record decode_head(std::string_view bytes);

struct KeptShow {
  std::string title{};
  std::vector<Token> ids{};
  bool listed = true;
  friend bool operator==(const KeptShow&, const KeptShow&) = default;
};
std::vector<Token> kept_tokens(std::span<const cw_token> lent);
using KeptShows = std::unordered_map<std::uint64_t, KeptShow>;

// A watched item's value as the rows of its plays and its own last view tell it together. `times`: of the rows, newest
// first; all known times afterwards. In `value`: the views and the last view of the item.
void date_by_plays(cw_value& value, std::vector<std::int64_t>& times, bool begun);

// The fact of a record. What it lends lives as long as record, shows, `ref_prefix`, `library` and arena.
cw_fact fact_of(const Record& record, Feature feature, std::string_view ref_prefix, std::string_view library,
                const KeptShows& shows, wire::Arena& arena);

}  // namespace crosswatch::plex::feature
