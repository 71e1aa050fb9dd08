// What a server sends by itself over one connection: a web socket, or server-sent events where a proxy on the way
// refuses the upgrade. Poco's web socket is not used: it reads frames without regard to the time limit of the call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/http.hpp"
#include "http/stream.hpp"

namespace crosswatch::plex::http {

// [owner]
class Push {
public:
  virtual ~Push() = default;
  // The next text; nothing when none came within the time. Throws Error UNREACHABLE when the connection is gone or the
  // other side has been silent for too long, PROTOCOL when what it sends cannot be understood, or Stopped.
  virtual std::optional<std::string> next(const Call& call, std::uint32_t limit_ms) = 0;
};

struct PushTimes {
  std::uint32_t ping_ms = 20'000;    // without a word from the other side, it is asked whether it is there
  std::uint32_t silent_ms = 50'000;  // then the connection is dead
  std::uint32_t open_ms = 15'000;
};

class PushSource {
public:
  virtual ~PushSource() = default;
  // Error UNSUPPORTED when this way is refused (another may be open); AUTH for the token; THROTTLED with the wait that
  // was asked for; UNREACHABLE as Transport, and when the server is in trouble. With the answer's http_status. [any]
  virtual std::unique_ptr<Push> web_socket(const Call& call, const Request& request) = 0;
  virtual std::unique_ptr<Push> events(const Call& call, const Request& request) = 0;
};

// Over a stream on which nothing was sent; `head` is the request without its final empty line.
std::unique_ptr<Push> open_web_socket(std::unique_ptr<Stream> stream, std::string head, const Call& call,
                                      const std::string& where, const PushTimes& times = {});
std::unique_ptr<Push> open_events(std::unique_ptr<Stream> stream, const std::string& head, const Call& call,
                                  const std::string& where, const PushTimes& times = {});

}  // namespace crosswatch::plex::http
