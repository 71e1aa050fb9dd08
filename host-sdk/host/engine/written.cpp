#include "engine/written.hpp"

#include <functional>
#include <string>

namespace crosswatch::host::engine {
namespace {

template <class Visit>
void each_name(Feature feature, const Fact& item, const Visit& visit) {
  const std::string start = std::string(name_of(feature)) + "/" + std::string(name_of(item.kind)) + "/";
  const std::hash<std::string> hash;
  for (const Token& t : item.ids) visit(hash(start + t.scheme + ":" + t.value));
  for (const Token& t : item.show_ids)
    visit(hash(start + t.scheme + ":" + t.value + "/" + std::to_string(item.season) + "x" +
               std::to_string(item.episode)));
}

}  // namespace

void Written::add(Feature feature, const Fact& item, const std::optional<Value>& value) {
  if (to_come_[static_cast<std::size_t>(feature)] <= 0) return;
  each_name(feature, item, [&](std::uint64_t name) { values_[name] = value; });
}

bool Written::contradicts(Feature feature, const Fact& item, OpType type, const Value& value) const {
  constexpr std::uint32_t coarse = 10;  // tenths: another pair may have rounded it
  if (values_.empty() || type == OpType::remove) return false;
  bool out = false;
  each_name(feature, item, [&](std::uint64_t name) {
    const auto it = values_.find(name);
    if (it == values_.end()) return;
    if (!it->second)
      out = out || type == OpType::add;
    else
      out = out || (feature != Feature::history && !same(feature, *it->second, value, coarse, coarse));
  });
  return out;
}

}  // namespace crosswatch::host::engine
