// Numbers and texts as bytes of a file of ours: small numbers take one byte.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace crosswatch::plex::feature {

class Encoder {
public:
  explicit Encoder(std::string& out) : out_(out) {}
  void number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7) out_ += static_cast<char>(0x80 | (n & 0x7f));
    out_ += static_cast<char>(n);
  }
  void whole(std::int64_t n) {  // may be negative
    number((static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63));
  }
  void text(std::string_view t) {
    number(t.size());
    out_ += t;
  }
  template <class T>
  void plain(const T& value) {  // as it lies in memory; without gaps
    static_assert(std::has_unique_object_representations_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

private:
  std::string& out_;
};

// The bytes are not what an Encoder wrote.
struct Damaged : std::runtime_error {
  Damaged() : std::runtime_error("damaged") {}
};

class Decoder {
public:
  explicit Decoder(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return n;
    }
    throw Damaged();
  }
  std::int64_t whole() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>((n >> 1) ^ (0 - (n & 1)));
  }
  std::string_view text() {  // part of the bytes
    const std::uint64_t size = number();
    if (size > static_cast<std::uint64_t>(end_ - at_)) throw Damaged();
    const std::string_view t(at_, static_cast<std::size_t>(size));
    at_ += t.size();
    return t;
  }
  template <class T>
  T plain() {
    static_assert(std::has_unique_object_representations_v<T>);
    if (sizeof(T) > static_cast<std::size_t>(end_ - at_)) throw Damaged();
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  // How many of something follow, each of at least one byte: more cannot be meant.
  std::uint64_t count() {
    const std::uint64_t n = number();
    if (n > static_cast<std::uint64_t>(end_ - at_)) throw Damaged();
    return n;
  }
  bool done() const noexcept { return at_ == end_; }

private:
  const char* at_;
  const char* end_;
};

}  // namespace crosswatch::plex::feature
