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

#include <crosswatch/call.hpp>
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
  explicit InPlace(char* text) noexcept : src(text), head(text) {}
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
};

}  // namespace crosswatch::plex::wire
// Copied by the parser to where the compiler sees that nobody else changes it.
template <>
struct rapidjson_plex::StreamTraits<crosswatch::plex::wire::InPlace> {
  enum { copyOptimization = 1 };
};
namespace crosswatch::plex::wire {

// Parses `body` in place. In place: the texts lie in the body; numbers as text: the number reader of this RapidJSON
// overflows (CVE-2024-38517). The handler ends the parse by returning false, and says why in its member `failure`;
// it must do so beyond max_depth levels, because the parser recurses (its other way costs a tenth of a page more).
template <class Handler>
void parse_json(std::string& body, std::size_t offset, std::string_view what, Handler& handler) {
  constexpr unsigned flags = rapidjson_plex::kParseInsituFlag | rapidjson_plex::kParseNumbersAsStringsFlag;
  rapidjson_plex::Reader reader;
  InPlace stream(body.data() + offset);
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
