#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace crosswatch::host {
namespace {

using json::Value;

template <class Number>
std::optional<Number> whole_text(const std::string& text) {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<double> as_number(const Value& v) {
  if (const auto* i = v.as<std::int64_t>()) return static_cast<double>(*i);
  if (const auto* d = v.as<double>()) return *d;
  if (const auto* s = v.as<std::string>()) return whole_text<double>(trimmed(*s));
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(const Value& v) {
  if (const auto* i = v.as<std::int64_t>()) return *i;
  if (const auto* d = v.as<double>(); d && std::trunc(*d) == *d && std::abs(*d) < 9e15)
    return static_cast<std::int64_t>(*d);
  if (const auto* s = v.as<std::string>()) return whole_text<std::int64_t>(trimmed(*s));
  return std::nullopt;
}

std::optional<std::string> as_text(const Value& v) {
  if (const auto* s = v.as<std::string>()) return *s;
  if (const auto* i = v.as<std::int64_t>()) return std::to_string(*i);  // a PIN or an id without its quotes
  return std::nullopt;
}

bool in_range(const ConfigKey& key, double n) {
  return std::isfinite(n) && (!key.min || n >= *key.min) && (!key.max || n <= *key.max);
}

std::string number_text(double d) {
  if (std::trunc(d) == d && std::abs(d) < 1e15) return std::to_string(static_cast<std::int64_t>(d));
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, d).ptr);
}

// The choice as it is spelt in the manifest.
std::optional<std::string> as_choice(const ConfigKey& key, std::string text) {
  if (key.choices.empty()) return text;
  const std::string wanted = lower_case(trimmed(text));
  for (const std::string& choice : key.choices)
    if (lower_case(choice) == wanted) return choice;
  return std::nullopt;
}

std::optional<Value> as_list(const ConfigKey& key, const Value& v) {
  const auto* const list = v.as<Value::Array>();
  if (!list) return std::nullopt;
  Value out = json::array();
  for (const Value& element : *list) {
    auto text = as_text(element);
    if (text) text = as_choice(key, *text);
    if (!text || text->empty()) return std::nullopt;
    out.push_back(std::move(*text));
  }
  return out;
}

std::optional<Value> as_map(const Value& v) {
  const auto* const members = v.as<Value::Object>();
  if (!members) return std::nullopt;
  Value out = json::object();
  for (const json::Member& m : *members) {
    auto text = as_text(m.value);
    if (!text) return std::nullopt;
    out[m.key] = std::move(*text);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::optional<bool> read_boolean(const Value& v) {
  if (const auto* b = v.as<bool>()) return *b;
  if (const auto* i = v.as<std::int64_t>()) return *i != 0;
  if (const auto* d = v.as<double>()) return *d != 0;
  if (const auto* s = v.as<std::string>()) {
    const std::string word = lower_case(trimmed(*s));
    for (const char* yes : {"1", "true", "yes", "on"})
      if (word == yes) return true;
    for (const char* no : {"0", "false", "no", "off"})
      if (word == no) return false;
  }
  return std::nullopt;
}

const ConfigKey* find_key(std::span<const ConfigKey> keys, std::string_view name) noexcept {
  for (const ConfigKey& k : keys)
    if (k.key == name || std::find(k.aliases.begin(), k.aliases.end(), name) != k.aliases.end()) return &k;
  return nullptr;
}

std::string allowed(const ConfigKey& key) {
  std::string range;
  if (key.min && key.max)
    range = " from " + number_text(*key.min) + " to " + number_text(*key.max);
  else if (key.min)
    range = " of at least " + number_text(*key.min);
  else if (key.max)
    range = " of at most " + number_text(*key.max);
  switch (key.type) {
    case ValueType::integer:
      return "a whole number" + range;
    case ValueType::number:
      return "a number" + range;
    case ValueType::boolean:
      return "true or false";
    case ValueType::list:
      return key.choices.empty() ? "a list of texts or numbers" : "a list of " + joined(key.choices);
    case ValueType::map:
      return "an object of texts";
    case ValueType::text:
      break;
  }
  return key.choices.empty() ? "a text" : "one of " + joined(key.choices);
}

std::optional<Value> read_value(const ConfigKey& key, const Value& v) {
  const auto* const text = v.as<std::string>();
  const bool free_text = key.type == ValueType::text && key.choices.empty();
  if (v.is_null() || (text && text->empty() && !free_text)) return Value();
  switch (key.type) {
    case ValueType::boolean:
      if (const auto b = read_boolean(v)) return Value(*b);
      return std::nullopt;
    case ValueType::integer:
      if (const auto i = as_integer(v); i && in_range(key, static_cast<double>(*i))) return Value(*i);
      return std::nullopt;
    case ValueType::number:
      if (const auto n = as_number(v); n && in_range(key, *n)) return Value(*n);
      return std::nullopt;
    case ValueType::list:
      return as_list(key, v);
    case ValueType::map:
      return as_map(v);
    case ValueType::text:
      if (const auto s = as_text(v))
        if (auto choice = as_choice(key, *s)) return Value(std::move(*choice));
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> from_text(const ConfigKey& key, std::string_view text) {
  if (text.empty()) return Value();
  if (key.type != ValueType::list) return read_value(key, Value(text));
  if (text.front() == '[') {  // as it stands in the file
    try {
      return read_value(key, json::parse(text));
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  Value list = json::array();
  while (!text.empty()) {
    const auto comma = text.find(',');
    list.push_back(trimmed(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return read_value(key, list);
}

std::vector<std::string> to_texts(const Value& v) {
  if (const auto* list = v.as<Value::Array>()) {
    std::vector<std::string> out;
    for (const Value& element : *list)
      for (std::string& text : to_texts(element)) out.push_back(std::move(text));
    return out;
  }
  if (const auto* b = v.as<bool>()) return {*b ? "true" : "false"};
  if (const auto* i = v.as<std::int64_t>()) return {std::to_string(*i)};
  if (const auto* d = v.as<double>()) return {number_text(*d)};
  if (const auto* s = v.as<std::string>()) return {*s};
  return {};
}

Problem bad_value(const ConfigKey& key, std::string path, const Value& v) {
  Problem p;
  p.value = key.secret ? "***" : json::dump(v);
  if (p.value.size() > 80) p.value = std::string(json::kind_of(v)) + " of " + std::to_string(p.value.size()) + " bytes";
  p.message = path + " is " + p.value + "; allowed is " + allowed(key) + ".";
  p.key = std::move(path);
  return p;
}

void throw_errors(const std::vector<Problem>& problems) {
  std::string all;
  for (const Problem& p : problems)
    if (p.error) all += (all.empty() ? "" : " ") + p.message;
  if (!all.empty())
    throw Error(CW_CONFIG, "bad_config", all,
                "Correct the configuration; crosswatch config check tells when it is good.");
}

}  // namespace crosswatch::host
