// Values out of the text that Plex sends them as, and a place to keep text in.
#pragma once

#include <crosswatch/item.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace crosswatch::plex::wire {

// Keeps text and small arrays until clear(), which frees nothing: the next page uses the same memory. Not for
// values with a destructor. [owner]
class Arena {
public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::string_view keep(std::string_view text) { return join(text, {}); }
  std::string_view join(std::string_view a, std::string_view b, std::string_view c = {});
  template <class T>
  const T* keep(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));
    if (values.empty()) return nullptr;
    char* at = take(values.size_bytes(), alignof(T));
    std::memcpy(at, values.data(), values.size_bytes());
    return reinterpret_cast<const T*>(at);
  }
  void clear() noexcept { block_ = used_ = 0; }
  // Like clear(), but what was kept since the last turn stays until the next: for a page that is still being taken.
  void turn() noexcept {
    blocks_.swap(resting_);
    clear();
  }
  std::size_t capacity() const noexcept;  // bytes held

private:
  struct Block {
    std::unique_ptr<char[]> memory{};
    std::size_t size = 0;
  };
  char* take(std::size_t size, std::size_t alignment);

  std::vector<Block> blocks_{}, resting_{};
  std::size_t block_ = 0;  // the one being filled
  std::size_t used_ = 0;   // of it
};

// A whole number: 7, "7", true; fractions are cut off. Nothing when the text is no number or too large.
std::optional<std::int64_t> to_int(std::string_view text) noexcept;
// 1, "1", true, "true"; anything else that is a number or "false" is false, and the rest is `fallback`.
bool to_flag(std::string_view text, bool fallback = false) noexcept;
// Epoch seconds from seconds, milliseconds, "2024-03-01T20:15:00Z", "2024-03-01 20:15:00 UTC" or "2024-03-01";
// time_unknown when there is none. Plex writes 0 for "never", so that is unknown as well.
std::int64_t to_time(std::string_view text) noexcept;
// Tenths of a point, exact for one decimal and rounded half up below that; -1 outside 0..100.
std::int32_t to_tenths(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;
// The text with every byte that is not UTF-8 replaced by U+FFFD. Plex passes broken titles through as they are.
std::string utf8(std::string_view broken);
// Whether the text is printable ASCII, which nearly all is. Here, since it is asked for every text of a page.
inline bool is_plain(std::string_view text) noexcept {
  const auto plain = [](std::uint64_t word) {
    // No byte is beyond ASCII, below a blank, or DEL (which a step up makes one beyond ASCII).
    return ((word | (word - 0x2020202020202020u) | (word + 0x0101010101010101u)) & 0x8080808080808080u) == 0;
  };
  const char* const at = text.data();
  const std::size_t size = text.size();
  const auto read = [at](std::size_t i, auto word) {
    std::memcpy(&word, at + i, sizeof word);
    return std::uint64_t{word};
  };
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8)
      if (!plain(read(i, std::uint64_t{}))) return false;
    return plain(read(size - 8, std::uint64_t{}));  // some of it a second time
  }
  if (size >= 4) return plain(read(0, std::uint32_t{}) | read(size - 4, std::uint32_t{}) << 32);
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) return false;
  return true;
}
// Valid UTF-8 in one line: tabs and line ends become blanks, other control characters, which could steer a
// terminal, vanish. (XML cannot carry them, so the same title from JSON stays the same.)
std::string printable(std::string_view text);

}  // namespace crosswatch::plex::wire
