// Every distinct text of a run once: ids, refs, series titles. Two facts share an id exactly if they share its number.
#pragma once

#include <crosswatch/abi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crosswatch::host::engine {

class Texts {
public:
  using Id = std::uint32_t;
  static constexpr std::size_t max_size = 1024;  // longer ones are cut: no id is that long

  // What a text belongs to. Kinds of items come first: the same number of a movie and a show is not the same id.
  enum Space : std::uint8_t { movie = CW_MOVIE, show, season, episode, ref, other };

  Texts();
  Id intern(Space space, std::uint8_t scheme, std::string_view text);
  // Schemes are numbered as they appear; at most 250, then Error PROTOCOL "too_many_schemes".
  std::uint8_t scheme(std::string_view name);

  std::string_view text(Id id) const noexcept;
  Space space(Id id) const noexcept { return static_cast<Space>(head(id).space); }
  std::uint8_t scheme_of(Id id) const noexcept { return head(id).scheme; }
  const std::string& scheme_name(std::uint8_t scheme) const noexcept { return schemes_[scheme]; }
  std::size_t size() const noexcept { return where_.size(); }

private:
  struct Head {
    std::uint32_t hash;
    std::uint16_t size;
    std::uint8_t space;
    std::uint8_t scheme;
  };
  struct Slot {
    Id id;
    std::uint32_t where;  // 0: free
  };
  static constexpr std::size_t block_bytes = std::size_t{1} << 20;
  static constexpr std::uint32_t unit = 4;  // of `where`: 16 GiB can be told apart

  const char* at(std::uint32_t where) const noexcept;
  const Head& head(Id id) const noexcept;
  void grow();

  std::vector<std::unique_ptr<char[]>> blocks_{};  // never moved, so that growing copies nothing
  std::uint32_t end_ = unit;                       // where the next text goes, in units
  std::vector<std::uint32_t> where_{};
  std::vector<Slot> slots_;
  std::vector<std::string> schemes_{};
  std::array<std::uint8_t, 8> recent_{};  // the last scheme looked up, by the length of its name
};

}  // namespace crosswatch::host::engine
