// Any text may stand where a guid is expected; ids that come out have the form that their scheme promises.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "identity/guid.hpp"

using namespace crosswatch;
using namespace crosswatch::plex;

namespace {

bool digits(std::string_view text) {
  return !text.empty() && text[0] != '0' && text.find_first_not_of("0123456789") == text.npos;
}

void check(const cw_token& token) {
  const std::string_view scheme = view(token.scheme), value = view(token.value);
  bool good = !value.empty();
  if (scheme == "tmdb" || scheme == "tvdb" || scheme == "anidb") good = digits(value);
  if (scheme == "imdb")
    good = value.size() >= 9 && value.substr(0, 2) == "tt" && value.find_first_not_of("0123456789", 2) == value.npos;
  if (scheme == "plex") good = value.substr(0, 7) == "plex://";
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string guid(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto kind = static_cast<Kind>(1 + data[0] % 4);
  wire::Arena arena;
  identity::Identity who;
  identity::read_guid(guid, kind, arena, who);
  for (const auto* tokens : {&who.ids, &who.show_ids})
    for (const cw_token& t : tokens->all()) check(t);
  const bool part = kind == Kind::season || kind == Kind::episode;
  if (!part && !who.show_ids.all().empty()) std::abort();
  return 0;
}
