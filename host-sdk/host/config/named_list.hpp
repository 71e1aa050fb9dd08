// Lists of the configuration whose elements have a name: pairs and routes.
#pragma once

#include <algorithm>
#include <string>

#include "json/json.hpp"

namespace crosswatch::host {

// The list under that key, made when it is missing; for writers inside ConfigStore::update.
inline json::Value::Array& list_under(json::Value& config, const char* key) {
  json::Value& list = config[key];
  if (!list.as<json::Value::Array>()) list = json::array();
  return *list.as<json::Value::Array>();
}

inline std::string id_of(const json::Value& element) {
  const json::Value* const id = element.find("id");
  const std::string* const text = id ? id->as<std::string>() : nullptr;
  return text ? *text : std::string();
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
