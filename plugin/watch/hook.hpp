// What Plex posts to a webhook, as it was written: nothing in it is proven yet.
#pragma once

#include <crosswatch/watcher.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::plex::watch {

struct Hook {
  std::optional<EventKind> kind{};  // none: of something else than plays and ratings
  std::string server{};             // machine id
  std::int64_t account = 0;         // who did it, as the server counts users; 0: it does not say
  std::string player{};             // client identifier
  std::string item{};               // rating key: a number, or nothing
  std::string show{};               // rating key of the show that it belongs to, if any
  std::string type{};
  std::string subtype{};
  std::string library{};
  bool live = false;
  std::int64_t position_ms = -1;
  std::int32_t rating = -1;  // tenths; -1: taken back, or not said
};

// The text of the part "payload" of multipart/form-data, or the whole of application/json; pictures beside it are
// passed over. Error PROTOCOL for anything else, and above 1 MiB. [any]
std::string payload_of(std::string_view content_type, std::string_view body);
// Error PROTOCOL when the payload is no event of Plex. [any]
Hook read_hook(std::string payload);

}  // namespace crosswatch::plex::watch
