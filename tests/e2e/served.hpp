// `crosswatch serve` as a process, and a program that asks it with the token of the configuration.
#pragma once

#include <string>

#include "world.hpp"

namespace e2e {

inline constexpr char server_token[] = "let-me-in-please";

class Served {
public:
  // The place's configuration has to name server_token as server.token.
  explicit Served(Place& place);
  Value ask(const std::string& method, const std::string& path, const std::string& body = {});  // must be answered 200
  // Status and body, whatever they are; without the token.
  std::pair<int, std::string> post(const std::string& path, const std::string& body,
                                   const std::string& content_type = "application/json");
  // Asks again until `good`; the test's time limit ends it.
  template <class F>
  Value until(const std::string& path, F&& good) {
    for (;;)
      if (Value v = ask("GET", path); good(v)) return v;
  }
  const std::string& url() const noexcept { return url_; }
  Result end();  // as systemd does

  Command server;

private:
  std::string url_;
};

}  // namespace e2e
