#include "engine/texts.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>
#include <cstring>
#include <functional>

namespace crosswatch::host::engine {
namespace {

constexpr std::size_t max_schemes = 250;

std::uint32_t hash_of(Texts::Space space, std::uint8_t scheme, std::string_view text) noexcept {
  const std::size_t h = std::hash<std::string_view>{}(text) ^ (std::size_t{space} << 56) ^ (std::size_t{scheme} << 40);
  const std::uint64_t mixed = static_cast<std::uint64_t>(h) * 0x9E3779B97F4A7C15ull;
  return static_cast<std::uint32_t>(mixed >> 32);
}

}  // namespace

Texts::Texts() : slots_(1u << 10) {}

const char* Texts::at(std::uint32_t where) const noexcept {
  const std::size_t byte = std::size_t{where} * unit;
  return blocks_[byte / block_bytes].get() + byte % block_bytes;
}

const Texts::Head& Texts::head(Id id) const noexcept {
  return *reinterpret_cast<const Head*>(at(where_[id]));
}

std::string_view Texts::text(Id id) const noexcept {
  const char* p = at(where_[id]);
  return {p + sizeof(Head), reinterpret_cast<const Head*>(p)->size};
}

Texts::Id Texts::intern(Space space, std::uint8_t scheme, std::string_view text) {
  text = text.empty() ? std::string_view("") : text.substr(0, max_size);  // never a null pointer below
  const std::uint32_t hash = hash_of(space, scheme, text);
  std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].where != 0; i = (i + 1) & mask) {
    const char* p = at(slots_[i].where);
    const Head& h = *reinterpret_cast<const Head*>(p);
    if (h.hash == hash && h.size == text.size() && h.space == space && h.scheme == scheme &&
        std::memcmp(p + sizeof(Head), text.data(), text.size()) == 0)
      return slots_[i].id;
  }
  if ((where_.size() + 1) * 10 > slots_.size() * 7) {
    grow();
    mask = slots_.size() - 1;
    for (i = hash & mask; slots_[i].where != 0;) i = (i + 1) & mask;
  }
  const std::size_t bytes = sizeof(Head) + text.size();
  const auto units = static_cast<std::uint32_t>((bytes + unit - 1) / unit);
  std::size_t begin = std::size_t{end_} * unit;
  if (begin % block_bytes + bytes > block_bytes) begin = (begin / block_bytes + 1) * block_bytes;  // whole texts only
  while (blocks_.size() <= begin / block_bytes) blocks_.push_back(std::make_unique<char[]>(block_bytes));
  const auto where = static_cast<std::uint32_t>(begin / unit);
  end_ = where + units;

  char* p = blocks_[begin / block_bytes].get() + begin % block_bytes;
  const Head h{hash, static_cast<std::uint16_t>(text.size()), space, scheme};
  std::memcpy(p, &h, sizeof h);
  std::memcpy(p + sizeof h, text.data(), text.size());
  const Id id = static_cast<Id>(where_.size());
  where_.push_back(where);
  slots_[i] = {id, where};
  return id;
}

void Texts::grow() {
  std::vector<Slot> bigger(slots_.size() * 2);
  const std::size_t mask = bigger.size() - 1;
  for (const Slot& s : slots_) {
    if (s.where == 0) continue;
    std::size_t i = reinterpret_cast<const Head*>(at(s.where))->hash & mask;
    while (bigger[i].where != 0) i = (i + 1) & mask;
    bigger[i] = s;
  }
  slots_ = std::move(bigger);
}

std::uint8_t Texts::scheme(std::string_view name) {
  std::uint8_t& recent = recent_[name.size() % recent_.size()];
  if (recent < schemes_.size() && schemes_[recent] == name) return recent;
  const auto found = std::find(schemes_.begin(), schemes_.end(), name);
  const auto index = static_cast<std::size_t>(found - schemes_.begin());
  if (found == schemes_.end()) {
    if (schemes_.size() == max_schemes)
      throw Error(CW_PROTOCOL, "too_many_schemes", "A provider uses more than 250 kinds of ids, which cannot be right.",
                  "Check the provider's plugin.");
    schemes_.emplace_back(name.substr(0, 64));
  }
  return recent = static_cast<std::uint8_t>(index);
}

}  // namespace crosswatch::host::engine
