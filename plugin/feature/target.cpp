#include "feature/target.hpp"

#include <algorithm>

#include "feature/reading.hpp"

namespace crosswatch::plex::feature {

bool contradicts(const cw_fact& item, const Target& target) noexcept {
  for (std::uint32_t i = 0; i < item.id_count; ++i) {
    const auto same_scheme = [&](const Token& t) { return t.scheme == view(item.ids[i].scheme); };
    if (std::none_of(target.ids.begin(), target.ids.end(), same_scheme)) continue;
    bool agree = false;  // in one of the ids of that kind, of which each may have several
    for (std::uint32_t k = 0; k < item.id_count && !agree; ++k)
      agree = view(item.ids[k].scheme) == view(item.ids[i].scheme) &&
              std::any_of(target.ids.begin(), target.ids.end(),
                          [&](const Token& t) { return same_scheme(t) && t.value == view(item.ids[k].value); });
    if (!agree) return true;
  }
  return false;
}

std::vector<Token> ids_of(const wire::Row& row, Kind kind) {
  wire::Arena arena;
  identity::Identity who;
  identify(row, kind, arena, who);
  std::vector<Token> out;
  for (const cw_token& t : who.ids.all()) out.push_back({std::string(view(t.scheme)), std::string(view(t.value))});
  return out;
}

}  // namespace crosswatch::plex::feature
