// Reads one object of the configuration by a table of its keys.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"

namespace crosswatch::host {

// The typed values of an object; what is wrong with it goes to `problems`, and the default takes its place.
class Block {
public:
  // `block` may be null (absent). `path` is where it stands. `known` are members that are looked at elsewhere.
  Block(const json::Value* block, const std::string& path, std::span<const ConfigKey> table,
        std::vector<Problem>& problems, std::vector<std::string_view> known = {});

  bool flag(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  std::string text(std::string_view key) const;

  json::Value all() const;  // every key of the table that has a value or a default

private:
  void read(const json::Value& object, const std::string& prefix);
  void put(const ConfigKey& key, const std::string& name, const json::Value& v);
  const json::Value& value(std::string_view key) const;

  std::string path_;
  std::span<const ConfigKey> table_;
  std::vector<Problem>& problems_;
  std::vector<std::string_view> known_;
  std::map<std::string, json::Value, std::less<>> values_{};
};

}  // namespace crosswatch::host
