#include "json/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <crosswatch/call.hpp>
#include <cstring>

#include "json/text_writer.hpp"

namespace crosswatch::host::json {
namespace {

template <class Object>
auto* member(Object* object, std::string_view key) noexcept {
  using Found = decltype(&object->front().value);
  if (!object) return Found{};
  const auto it = std::find_if(object->begin(), object->end(), [&](const Member& m) { return m.key == key; });
  return it == object->end() ? Found{} : &it->value;
}

// The next name of a dotted path, which is cut off it.
std::string_view next_name(std::string_view& path) noexcept {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return name;
}

const Value* step(const Value& at, std::string_view name) noexcept {
  const auto* const list = at.as<Value::Array>();
  if (!list) return at.find(name);
  std::size_t i = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), i);
  return error == std::errc{} && end == name.data() + name.size() && i < list->size() ? &(*list)[i] : nullptr;
}

void append_number(std::string& out, double d) {
  if (!std::isfinite(d)) throw Error(CW_INTERNAL, "bad_json", "A number without a value cannot be written as JSON.");
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, d);
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // stays a fraction when it is read back
}

void break_line(std::string& out, int indent, int depth) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * static_cast<std::size_t>(depth), ' ');
}

void append(std::string& out, const Value& v, int indent, int depth) {
  if (const auto* b = v.as<bool>())
    out += *b ? "true" : "false";
  else if (const auto* i = v.as<std::int64_t>())
    out += std::to_string(*i);
  else if (const auto* d = v.as<double>())
    append_number(out, *d);
  else if (const auto* s = v.as<std::string>())
    append_quoted(out, *s);
  else if (const auto* list = v.as<Value::Array>()) {
    out += '[';
    for (const Value& element : *list) {
      if (&element != &list->front()) out += ',';
      break_line(out, indent, depth + 1);
      append(out, element, indent, depth + 1);
    }
    if (!list->empty()) break_line(out, indent, depth);
    out += ']';
  } else if (const auto* members = v.as<Value::Object>()) {
    out += '{';
    for (const Member& m : *members) {
      if (&m != &members->front()) out += ',';
      break_line(out, indent, depth + 1);
      append_quoted(out, m.key);
      out += indent < 0 ? ":" : ": ";
      append(out, m.value, indent, depth + 1);
    }
    if (!members->empty()) break_line(out, indent, depth);
    out += '}';
  } else
    out += "null";
}

// The size of the UTF-8 character at the front of `s`, 0 when there is none.
std::size_t character(std::string_view s) noexcept {
  const auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned a = at(0);
  const unsigned b = at(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(1) ? 2 : 0;
  if ((a & 0xF0u) == 0xE0u) {
    const bool overlong_or_surrogate = (a == 0xE0 && b < 0xA0) || (a == 0xED && b >= 0xA0);
    return tail(1) && tail(2) && !overlong_or_surrogate ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const bool out_of_range = (a == 0xF0 && b < 0x90) || (a == 0xF4 && b >= 0x90);
    return tail(1) && tail(2) && tail(3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

// How many characters stand for themselves, before the first that does not. Eight at a time, since nearly all do.
std::size_t plain_prefix(std::string_view s) noexcept {
  const auto plain = [&](std::size_t i) {
    std::uint64_t word = 0;
    std::memcpy(&word, s.data() + i, 8);
    return stands_for_itself(word);
  };
  std::size_t i = 0;
  while (i + 8 <= s.size() && plain(i)) i += 8;
  if (i < s.size() && s.size() - i < 8 && s.size() >= 8 && plain(s.size() - 8)) return s.size();
  const auto plain_one = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 && u < 0x80 && c != '"' && c != '\\';
  };
  while (i < s.size() && plain_one(s[i])) ++i;
  return i;
}

}  // namespace

const Value* Value::find(std::string_view key) const noexcept {
  return member(as<Object>(), key);
}
Value* Value::find(std::string_view key) noexcept {
  return member(as<Object>(), key);
}

Value& Value::operator[](std::string_view key) {
  if (Value* const found = find(key)) return *found;
  if (!is_object()) data_ = Object{};
  return as<Object>()->emplace_back(Member{std::string(key), {}}).value;
}

bool Value::erase(std::string_view key) {
  auto* const members = as<Object>();
  return members && std::erase_if(*members, [&](const Member& m) { return m.key == key; }) != 0;
}

void Value::push_back(Value v) {
  if (!as<Array>()) data_ = Array{};
  as<Array>()->push_back(std::move(v));
}

bool operator==(const Value& a, const Value& b) noexcept {
  return a.data_ == b.data_;
}

Value object(std::initializer_list<Member> members) {
  return Value::Object(members);
}

Value pick(const Value& from, const std::vector<std::string>& keys) {
  Value out = object();
  for (const std::string& key : keys)
    if (const Value* const v = from.find(key)) out[key] = *v;
  return out;
}

std::string_view kind_of(const Value& v) noexcept {
  if (v.as<bool>()) return "true or false";
  if (v.as<std::int64_t>() || v.as<double>()) return "a number";
  if (v.as<std::string>()) return "a text";
  if (v.as<Value::Array>()) return "a list";
  return v.is_object() ? "an object" : "null";
}

const Value* find_path(const Value& root, std::string_view path) noexcept {
  const Value* at = &root;
  while (at && !path.empty()) at = step(*at, next_name(path));
  return at;
}

void set_path(Value& root, std::string_view path, Value value) {
  Value* at = &root;
  const std::string_view whole = path;
  while (!path.empty()) {
    const std::string_view name = next_name(path);
    if (at->as<Value::Array>()) {
      at = const_cast<Value*>(step(*at, name));
      if (!at)
        throw Error(
            CW_CONFIG, "bad_path",
            "There is no element \"" + std::string(name) + "\" in the list on the way to " + std::string(whole) + ".");
      continue;
    }
    if (!at->is_null() && !at->is_object())
      throw Error(CW_CONFIG, "bad_path",
                  "What stands before \"" + std::string(name) + "\" in " + std::string(whole) + " is " +
                      std::string(kind_of(*at)) + " and can hold no members.");
    at = &(*at)[name];
  }
  *at = std::move(value);
}

bool erase_path(Value& root, std::string_view path) {
  const std::string_view name = next_name(path);
  if (path.empty()) return root.erase(name);
  Value* const child = root.find(name);
  if (!child || !erase_path(*child, path)) return false;
  if (const auto* members = child->as<Value::Object>(); members && members->empty()) root.erase(name);
  return true;
}

std::string dump(const Value& v, int indent) {
  std::string out;
  append(out, v, indent, 0);
  return out;
}

void append(std::string& out, const Value& v) {
  append(out, v, -1, 0);
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (;;) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    if (c >= 0x80) {
      taken = character(text);
      if (taken != 0)
        out.append(text.substr(0, taken));
      else
        out += "\xEF\xBF\xBD";  // U+FFFD: what is no UTF-8 would make the whole line unreadable
      taken = std::max<std::size_t>(taken, 1);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

}  // namespace crosswatch::host::json
