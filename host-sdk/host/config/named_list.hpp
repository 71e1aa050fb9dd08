// Lists of the configuration whose elements have a name: pairs and routes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "config/values.hpp"
#include "exit_code.hpp"
#include "json/json.hpp"

namespace crosswatch::host {

// The list under that key, made when it is missing; for writers inside ConfigStore::update.
inline json::Value::Array& list_under(json::Value& config, const char* key) {
  json::Value& list = config[key];
  if (!list.as<json::Value::Array>()) list = json::array();
  return *list.as<json::Value::Array>();
}

// As whoever reads the pairs and routes sees it: without the spaces around it, and a number is a name as well.
inline std::string name_at(const json::Value& element, std::string_view key) {
  const json::Value* const raw = element.find(key);
  const auto typed = raw ? read_value(ConfigKey{}, *raw) : std::nullopt;
  const std::string* const text = typed ? typed->as<std::string>() : nullptr;
  return text ? trimmed(*text) : std::string();
}
inline std::string id_of(const json::Value& element) {
  return name_at(element, "id");
}

// Of a new pair, route or profile: a word that needs no quotes in a command. Error "usage" about `what`.
inline void expect_good_name(const std::string& id, const std::string& what) {
  constexpr std::size_t longest = 32;
  const bool good =
      !id.empty() && id.size() <= longest && id.front() != '-' && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!good)
    throw Error(CW_CONFIG, code_usage,
                "\"" + id + "\" cannot name a " + what + ": 1 to " + std::to_string(longest) +
                    " letters, digits, - and _ can, and - not as the first.",
                "Choose another name.");
}

inline json::Value::Array::iterator find_named(json::Value::Array& list, const std::string& id) {
  return std::find_if(list.begin(), list.end(), [&](const json::Value& element) { return id_of(element) == id; });
}

// "p1", "p2", ..: the first that nobody has.
inline std::string free_id(json::Value::Array& list, const std::string& prefix) {
  for (int n = 1;; ++n)
    if (std::string id = prefix + std::to_string(n); find_named(list, id) == list.end()) return id;
}

}  // namespace crosswatch::host
