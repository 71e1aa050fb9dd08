// What the readers of this folder share: telling JSON from XML, running the two parsers, refusing an answer.
// Not for other folders.
#pragma once

// What RapidJSON asserts becomes an exception, and its templates are kept apart from those that other parts of the
// process compiled with other settings.
namespace crosswatch::plex::wire {
[[noreturn]] void broken_assertion(const char* condition);
}
#define RAPIDJSON_ASSERT(condition) ((condition) ? void() : crosswatch::plex::wire::broken_assertion(#condition))
#define RAPIDJSON_NAMESPACE rapidjson_plex
#define RAPIDJSON_NAMESPACE_BEGIN namespace rapidjson_plex {
#define RAPIDJSON_NAMESPACE_END }

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <crosswatch/call.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crosswatch::plex::wire {

inline constexpr unsigned max_depth = 32;

[[noreturn]] void refuse(std::string_view what, std::string_view code, std::string_view why);

struct Start {
  bool json = false;
  std::size_t offset = 0;  // behind a byte order mark and blanks
};
// By the first byte; refuses an empty answer, HTML and whatever else is no document.
Start begin_of(const std::string& body, std::string_view what);

// RapidJSON's stream for parsing in place, without its assertion at each character: one that may throw keeps the
// parser from holding its place in registers, and makes a page cost two and a half times as much.
struct InPlace {
  using Ch = char;
  InPlace(char* text, const char* text_end) noexcept : src(text), head(text), end(text_end) {}
  char Peek() const noexcept { return *src; }
  char Take() noexcept { return *src++; }
  std::size_t Tell() const noexcept { return static_cast<std::size_t>(src - head); }
  char* PutBegin() noexcept { return dst = src; }
  void Put(char c) noexcept { *dst++ = c; }
  std::size_t PutEnd(char* begin) noexcept { return static_cast<std::size_t>(dst - begin); }
  void Flush() noexcept {}

  char* src;
  char* dst = nullptr;
  char* head;
  const char* end;  // where the NUL stands
};

// UTF-8 whose characters go through the parser in runs instead of one by one; half of a page's cost otherwise.
struct Runs : rapidjson_plex::UTF8<char> {};

// The first of a quote, a backslash and a control character (as the NUL at the end is). Most texts of a page are
// shorter than 16 bytes, so where the processor compares so many at once, one step finds their end.
inline char* end_of_run(char* at, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  const auto below = [](std::uint64_t word, std::uint64_t n) { return (word - ones * n) & ~word; };
#ifdef __SSE2__
  const auto all = [](char c) { return _mm_set1_epi8(c); };
  for (; end - at >= 16; at += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, all(0x1f)), text);
    const __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(text, all('"')), _mm_cmpeq_epi8(text, all('\\')));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, mark)));
    if (found != 0) return at + std::countr_zero(found);
  }
#endif
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const std::uint64_t found =
        (below(word, 0x20) | below(word ^ (ones * '"'), 1) | below(word ^ (ones * '\\'), 1)) & high;
    if (found != 0) {
      // A borrow may mark bytes of higher value too, so only the lowest mark is sure.
      if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(found) / 8;
      break;
    }
    at += 8;
  }
  while (static_cast<unsigned char>(*at) >= 0x20 && *at != '"' && *at != '\\') ++at;
  return at;
}

}  // namespace crosswatch::plex::wire
// Copied by the parser to where the compiler sees that nobody else changes it.
template <>
struct rapidjson_plex::StreamTraits<crosswatch::plex::wire::InPlace> {
  enum { copyOptimization = 1 };
};
template <>
struct rapidjson_plex::Transcoder<crosswatch::plex::wire::Runs, crosswatch::plex::wire::Runs>
    : rapidjson_plex::Transcoder<rapidjson_plex::UTF8<char>, rapidjson_plex::UTF8<char>> {
  using Transcoder<UTF8<char>, UTF8<char>>::Transcode;
  // Called at a character that stands for itself.
  static bool Transcode(crosswatch::plex::wire::InPlace& in, crosswatch::plex::wire::InPlace&) noexcept {
    char* const to = crosswatch::plex::wire::end_of_run(in.src, in.end);
    const auto size = static_cast<std::size_t>(to - in.src);
    if (in.dst != in.src) std::memmove(in.dst, in.src, size);  // behind an escape
    in.src = to;
    in.dst += size;
    return true;
  }
};
namespace crosswatch::plex::wire {

// Parses `body` in place. In place: the texts lie in the body; numbers as text: the number reader of this RapidJSON
// overflows (CVE-2024-38517). The handler ends the parse by returning false, and says why in its member `failure`;
// it must do so beyond max_depth levels, because the parser recurses (its other way costs a tenth of a page more).
template <class Handler>
void parse_json(std::string& body, std::size_t offset, std::string_view what, Handler& handler) {
  constexpr unsigned flags = rapidjson_plex::kParseInsituFlag | rapidjson_plex::kParseNumbersAsStringsFlag;
  rapidjson_plex::GenericReader<Runs, Runs> reader;
  InPlace stream(body.data() + offset, body.data() + body.size());
  const rapidjson_plex::ParseResult result = reader.Parse<flags>(stream, handler);
  if (!result.IsError()) return;
  if (!handler.failure.empty()) refuse(what, "malformed_answer", handler.failure);
  const std::size_t at = result.Offset() + offset;
  if (at >= body.size())
    refuse(what, "truncated_answer", "it ends in the middle, after " + std::to_string(at) + " bytes");
  refuse(what, "malformed_answer",
         std::string("broken JSON at byte ") + std::to_string(at) + " (" +
             rapidjson_plex::GetParseError_En(result.Code()) + ")");
}

using XmlAttributes = std::vector<std::pair<std::string_view, std::string_view>>;

class XmlHandler {
public:
  virtual ~XmlHandler() = default;
  // The views last as long as the call. What is thrown comes out of parse_xml.
  virtual void start(std::string_view name, const XmlAttributes& attributes, unsigned depth) = 0;
  virtual void end(unsigned depth) = 0;
  virtual void text(std::string_view) {}
};
void parse_xml(std::string& body, std::size_t offset, std::string_view what, XmlHandler& handler);

}  // namespace crosswatch::plex::wire
