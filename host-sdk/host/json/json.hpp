// JSON as a value: configuration, manifests, lines of output. For small trusted-size documents; answers of servers
// are read as a stream elsewhere.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace crosswatch::host::json {

// A template, so that it may hold the value that is defined by it.
template <class V>
struct BasicMember {
  std::string key{};
  V value{};
  friend bool operator==(const BasicMember&, const BasicMember&) = default;
};

// Objects keep the order of their keys and have each key once.
class Value {
public:
  using Array = std::vector<Value>;
  using Object = std::vector<BasicMember<Value>>;

  Value() = default;  // null
  template <std::same_as<bool> B>
  Value(B b) : data_(b) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) Value(I i) : data_(static_cast<std::int64_t>(i)) {}
  Value(double d) : data_(d) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}

  bool is_null() const noexcept { return data_.index() == 0; }
  bool is_object() const noexcept { return as<Object>() != nullptr; }
  // The content when it has type T (bool, std::int64_t, double, std::string, Array, Object), else null.
  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&data_);
  }
  template <class T>
  T* as() noexcept {
    return std::get_if<T>(&data_);
  }

  // The member of that name; null when there is none, or this is no object.
  const Value* find(std::string_view key) const noexcept;
  Value* find(std::string_view key) noexcept;
  // The member of that name, appended when missing. What is no object becomes one.
  Value& operator[](std::string_view key);
  bool erase(std::string_view key);
  void push_back(Value v);  // what is no array becomes one

  friend bool operator==(const Value& a, const Value& b) noexcept;

private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_{};
};

using Member = BasicMember<Value>;

Value object(std::initializer_list<Member> members = {});
inline Value array(Value::Array items = {}) {
  return Value(std::move(items));
}
inline Value array_of(const std::vector<std::string>& texts) {
  return array(Value::Array(texts.begin(), texts.end()));
}
// Those members, as far as they are there.
Value pick(const Value& from, const std::vector<std::string>& keys);

// "null" "true or false" "a number" "a text" "a list" "an object", for messages.
std::string_view kind_of(const Value& v) noexcept;

// Dotted paths: "acme.endpoints.api"; in lists a number from 0 ("pairs.0.mode").
const Value* find_path(const Value& root, std::string_view path) noexcept;
// Makes missing objects on the way. Throws Error CONFIG when the way leads through something that is no object.
void set_path(Value& root, std::string_view path, Value value);
// Also takes away the objects that become empty by it. False: was not there.
bool erase_path(Value& root, std::string_view path);

inline constexpr std::size_t max_text = std::size_t{1} << 20;
inline constexpr int max_depth = 32;

// Throws Error CONFIG "bad_json" with line and column. `what` names the source in the message ("/etc/x.json").
// Refuses more than max_text bytes, deeper nesting than max_depth, repeated keys, numbers that do not fit, text
// that is no UTF-8. Integers stay exact.
Value parse(std::string_view text, std::string_view what = "the JSON text");

// indent < 0: one line.
std::string dump(const Value& v, int indent = -1);
void append(std::string& out, const Value& v);
void append_quoted(std::string& out, std::string_view text);

}  // namespace crosswatch::host::json
