// The guids of Plex items, old and new, as typed ids.
#pragma once

#include <crosswatch/item.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/text.hpp"

namespace crosswatch::plex::identity {

// Each id once, in the order in which they came. The texts are lent.
class Tokens {
public:
  void add(std::string_view scheme, std::string_view value);
  void clear() noexcept { tokens_.clear(); }
  const std::vector<cw_token>& all() const noexcept { return tokens_; }
  // Whether anything but Plex's own ids is among them: "plex://" alone says nothing to others.
  bool external() const noexcept;

private:
  std::vector<cw_token> tokens_{};
};

// Who an item is, as far as its guids tell.
struct Identity {
  Tokens ids{};       // its own
  Tokens show_ids{};  // of the show, when it is a season or an episode
  std::int32_t season = -1;
  std::int32_t episode = -1;
  bool local = false;        // from an agent that identifies nothing (home videos)
  bool unsupported = false;  // from an agent that we do not know

  void clear() noexcept;
};

// Adds what one guid says about an item of `kind`: its main guid ("plex://movie/5d77..",
// "com.plexapp.agents.thetvdb://81189/5/23?lang=en") or one of its external ids ("imdb://tt0133093").
// An old agent names a season or an episode by its show and a tail of numbers: that id is the show's. The texts
// are parts of `guid`, literals, or lie in `arena`. Any input is taken. [any]
void read_guid(std::string_view guid, Kind kind, wire::Arena& arena, Identity& into);

// "tt" and at least seven digits, without needless zeros; empty when the text holds no such id.
std::string_view imdb_id(std::string_view text, wire::Arena& arena);
// Digits without leading zeros; empty when the text is no positive number.
std::string_view number_id(std::string_view text) noexcept;

}  // namespace crosswatch::plex::identity
