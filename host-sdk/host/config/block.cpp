#include "config/block.hpp"

#include <algorithm>

#include "config/secrets.hpp"

namespace crosswatch::host {
namespace {

bool leads_to_a_key(std::span<const ConfigKey> table, const std::string& name) {
  const std::string prefix = name + ".";
  return std::any_of(table.begin(), table.end(), [&](const ConfigKey& k) {
    return k.key.starts_with(prefix) ||
           std::any_of(k.aliases.begin(), k.aliases.end(), [&](const std::string& a) { return a.starts_with(prefix); });
  });
}

}  // namespace

Block::Block(const json::Value* block, const std::string& path, std::span<const ConfigKey> table,
             std::vector<Problem>& problems, std::vector<std::string_view> known)
    : path_(path), table_(table), problems_(problems), known_(std::move(known)) {
  if (!block || block->is_null()) return;
  if (block->is_object())
    read(*block, "");
  else
    problems_.push_back({true, path, std::string(json::kind_of(*block)),
                         path + " is " + std::string(json::kind_of(*block)) + "; allowed is an object {..}."});
}

void Block::read(const json::Value& object, const std::string& prefix) {
  for (const json::Member& m : *object.as<json::Value::Object>()) {
    const std::string name = prefix + m.key;
    const std::string path = path_ + "." + name;
    if (const ConfigKey* const key = find_key(table_, name))
      put(*key, name, m.value);
    else if (std::find(known_.begin(), known_.end(), name) != known_.end())
      continue;
    else if (leads_to_a_key(table_, name)) {
      if (m.value.is_object())
        read(m.value, name + ".");
      else if (!m.value.is_null())
        problems_.push_back({true, path, std::string(json::kind_of(m.value)),
                             path + " is " + std::string(json::kind_of(m.value)) + "; allowed is an object {..}."});
    } else
      problems_.push_back({false, path, {}, path + " is no setting that is known here; it is kept and has no effect."});
  }
}

void Block::put(const ConfigKey& key, const std::string& name, const json::Value& v) {
  const auto* const text = v.as<std::string>();
  if (key.secret && text && is_reference(*text)) return;
  const auto typed = read_value(key, v);
  if (!typed)
    problems_.push_back(bad_value(key, path_ + "." + name, v));
  else if (!typed->is_null())
    values_.insert_or_assign(key.key, *typed);
}

const json::Value& Block::value(std::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? find_key(table_, key)->fallback : it->second;
}

json::Value Block::all() const {
  json::Value out = json::object();
  for (const ConfigKey& k : table_)
    if (const json::Value& v = value(k.key); !v.is_null()) out[k.key] = v;
  return out;
}

bool Block::flag(std::string_view key) const {
  const auto* b = value(key).as<bool>();
  return b && *b;
}
std::int64_t Block::integer(std::string_view key) const {
  const auto* i = value(key).as<std::int64_t>();
  return i ? *i : 0;
}
double Block::number(std::string_view key) const {
  const auto* d = value(key).as<double>();
  return d ? *d : 0;
}
std::string Block::text(std::string_view key) const {
  const auto* s = value(key).as<std::string>();
  return s ? *s : std::string();
}

}  // namespace crosswatch::host
