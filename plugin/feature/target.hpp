// The items that an operation or a question is about, found by their ids and read as they are now.
#pragma once

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "identity/guid.hpp"
#include "wire/row.hpp"

namespace crosswatch::plex::feature {

struct Target {
  std::string key{};  // rating key
  std::string library{};
  std::vector<Token> ids{};
  bool present = false;  // the fact of the feature is there
  cw_value value = no_value;
  // What else decides about a write to a media server.
  std::uint32_t views = 0;
  std::int64_t offset_ms = 0;
  std::int64_t duration_ms = -1;
  std::int64_t last_viewed = time_unknown;
  bool edition = false;  // a director's cut or the like, a title of its own beside the plain one
  bool gone = false;     // the last reading did not find the item
};

// What an item was found to be: its copies, or why there is nothing to write to.
struct Found {
  std::vector<Target> copies{};         // the one to write first in front, editions last; empty: see result
  std::uint32_t result = CW_NO_ENTITY;  // or CW_AMBIGUOUS, CW_CANNOT
  std::string reason{};                 // a code, a colon, a sentence
  bool asked = true;                    // false: the item has nothing to find it by
  std::string guessed{};                // found by its title alone: what, in words
};

class Finder {
public:
  virtual ~Finder() = default;
  // Each item in order, read now. With `all_copies` the other copies of an item that is known by its ref, too.
  virtual std::vector<Found> find(const Call& call, const std::vector<const cw_fact*>& items, bool all_copies) = 0;
  // Items that nothing else finds, by title and year: copies of one title, or, with CW_AMBIGUOUS, what fits as well.
  virtual std::vector<Found> find_by_title(const Call&, const std::vector<const cw_fact*>& items) {
    return std::vector<Found>(items.size());
  }
  // Reads the targets once more.
  virtual void read_again(const Call& call, const std::vector<Target*>& targets) = 0;
  virtual std::string ref_of(const Target& target) const = 0;
};

// Whether the item cannot be this one: an id of the same kind, and another.
bool contradicts(const cw_fact& item, const Target& target) noexcept;
// The own ids of a row of that kind.
std::vector<Token> ids_of(const wire::Row& row, Kind kind);

}  // namespace crosswatch::plex::feature
