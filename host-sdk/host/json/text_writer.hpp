// Writes JSON text behind what a string holds. For the many lines of a list: room is made in steps rather than asked
// for at each character, and texts are looked at eight bytes at a time.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "json/json.hpp"
#include "time.hpp"

namespace crosswatch::host::json {

// Whether all eight bytes may stand in a JSON text as they are: printable ASCII, no quote, no backslash.
constexpr bool stands_for_itself(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  const auto zero = [](std::uint64_t x) { return (x - ones) & ~x; };  // the high bit of a byte that is 0
  return ((word | (word - ones * 0x20) | zero(word ^ (ones * '"')) | zero(word ^ (ones * '\\'))) & high) == 0;
}

// What it wrote is in the string when it is gone. [owner]
class TextWriter {
public:
  explicit TextWriter(std::string& out) : out_(out) { use_from(out.size()); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;
  ~TextWriter() { out_.resize(used()); }  // smaller, so nothing is allocated

  template <std::size_t N>
  void plain(const char (&text)[N]) {  // a literal, as it is
    make_room(N - 1);
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }
  void plain(std::string_view text) {
    make_room(text.size());
    at_ += text.copy(at_, text.size());
  }
  void number(std::integral auto n) {
    make_room(24);
    at_ = std::to_chars(at_, at_ + 24, n).ptr;
  }
  void time(std::int64_t epoch_s) {
    make_room(iso_size + 2);
    *at_++ = '"';
    write_iso(at_, epoch_s);
    at_ += iso_size;
    *at_++ = '"';
  }
  void quoted(std::string_view text) {
    make_room(text.size() + 2);
    if (copy(at_ + 1, text.data(), text.size())) {
      *at_ = '"';
      at_ += text.size() + 1;
      *at_++ = '"';
      return;
    }
    out_.resize(used());
    append_quoted(out_, text);
    use_from(out_.size());
  }

private:
  static constexpr std::size_t step = 512;

  std::size_t used() const noexcept { return static_cast<std::size_t>(at_ - out_.data()); }
  void use_from(std::size_t used) noexcept {
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }
  void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) >= size) return;
    const std::size_t before = used();
    out_.resize(before + size + step);
    use_from(before);
  }
  template <class Word>
  static std::uint64_t pass(char* to, const char* from) noexcept {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    std::memcpy(to, &word, sizeof word);
    return word;
  }
  // False when a character needs more than itself. The last bytes go with some of those before them a second time.
  static bool copy(char* to, const char* from, std::size_t size) noexcept {
    if (size >= 8) {
      for (std::size_t i = 0; i + 8 < size; i += 8)
        if (!stands_for_itself(pass<std::uint64_t>(to + i, from + i))) return false;
      return stands_for_itself(pass<std::uint64_t>(to + size - 8, from + size - 8));
    }
    if (size >= 4)
      return stands_for_itself(pass<std::uint32_t>(to, from) | pass<std::uint32_t>(to + size - 4, from + size - 4)
                                                                   << 32);
    std::uint64_t word = 0x2020202020202020u;
    for (std::size_t i = 0; i < size; ++i) word = word << 8 | pass<unsigned char>(to + i, from + i);
    return stands_for_itself(word);
  }

  std::string& out_;
  char* at_ = nullptr;   // behind what was written
  char* end_ = nullptr;  // of the room
};

}  // namespace crosswatch::host::json
