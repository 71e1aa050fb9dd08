#include <algorithm>
#include <charconv>

#include "json/json.hpp"
#include "json/rapidjson.hpp"

namespace crosswatch::host::json {
namespace {

namespace rj = crosswatch_host_rapidjson;

// Numbers come as text: the library's own conversion aborts on some exponents (CVE-2024-38517) and rounds.
// Iterative: a recursive descent would overflow the stack before the depth could be checked.
constexpr unsigned flags = rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag | rj::kParseValidateEncodingFlag;

class Builder {
public:
  bool Null() { return put({}); }
  bool Bool(bool b) { return put(b); }
  bool RawNumber(const char* text, rj::SizeType size, bool) { return number({text, size}); }
  bool String(const char* text, rj::SizeType size, bool) { return valid({text, size}) && put(std::string(text, size)); }
  bool Key(const char* text, rj::SizeType size, bool) {
    keys_.back().assign(text, size);
    return valid({text, size});
  }
  bool StartObject() { return open(object()); }
  bool StartArray() { return open(array()); }
  bool EndObject(rj::SizeType) { return no_key_twice() && close(); }
  bool EndArray(rj::SizeType) { return close(); }
  // Never called with the flags above, yet part of the handler's interface.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  Value take() { return std::move(root_); }
  const std::string& problem() const noexcept { return problem_; }

private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool put(Value v) {
    if (open_.empty())
      root_ = std::move(v);
    else if (auto* const list = open_.back().as<Value::Array>())
      list->push_back(std::move(v));
    else
      open_.back().as<Value::Object>()->push_back({keys_.back(), std::move(v)});
    return true;
  }

  bool open(Value container) {
    if (open_.size() == static_cast<std::size_t>(max_depth))
      return fail("Nested deeper than " + std::to_string(max_depth) + " levels.");
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }

  bool close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return put(std::move(done));
  }

  bool number(std::string_view text) {
    const char* const end = text.data() + text.size();
    if (text.find_first_of(".eE") == std::string_view::npos) {
      std::int64_t i = 0;
      if (std::from_chars(text.data(), end, i).ec == std::errc{}) return put(i);
      return fail("A whole number that does not fit 64 bits.");
    }
    double d = 0;
    if (std::from_chars(text.data(), end, d).ec == std::errc{}) return put(d);
    return fail("A number that is too large or too small.");
  }

  // "\udc00" alone passes the library, but is no character and could never be read back.
  bool valid(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
      if (static_cast<unsigned char>(text[i]) == 0xED && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
        return fail("Half of a surrogate pair is no character.");
    return true;
  }

  bool no_key_twice() {
    std::vector<std::string_view> names;
    for (const Member& m : *open_.back().as<Value::Object>()) names.push_back(m.key);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() || fail("This object has the key \"" + std::string(*twice) + "\" twice.");
  }

  Value root_{};
  std::vector<Value> open_{};
  std::vector<std::string> keys_{};  // one an open container; unused for lists
  std::string problem_{};
};

Error bad(std::string_view text, std::string_view what, std::size_t offset, const std::string& problem) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view start = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto column = 1 + std::count_if(start.begin(), start.end(),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; });
  return Error(CW_CONFIG, "bad_json",
               std::string(what) + " is not valid JSON: line " + std::to_string(line) + ", column " +
                   std::to_string(column) + ": " + problem,
               "Correct that place and try again.");
}

}  // namespace

Value parse(std::string_view text, std::string_view what) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // what Windows editors put in front
  if (text.size() > max_text)
    throw Error(CW_CONFIG, "bad_json",
                std::string(what) + " is larger than 1 MiB (" + std::to_string(text.size()) + " bytes).",
                "Is it the right file?");
  // The library takes a zero byte for the end and would not look at what follows.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    throw bad(text, what, zero, "A zero byte; the file may be damaged.");
  rj::MemoryStream stream(text.data(), text.size());
  rj::Reader reader;
  Builder builder;
  reader.Parse<flags>(stream, builder);
  if (reader.HasParseError())
    throw bad(text, what, reader.GetErrorOffset(),
              builder.problem().empty() ? rj::GetParseError_En(reader.GetParseErrorCode()) : builder.problem());
  return builder.take();
}

}  // namespace crosswatch::host::json
