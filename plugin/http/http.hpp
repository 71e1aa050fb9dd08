// Requests and answers as the rest of the plugin sees them; the seam at which tests put a scripted transport.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crosswatch::plex::http {

struct Request {
  std::string method = "GET";
  std::string base_url{};  // "https://host:port", no trailing slash
  std::string path{};      // "/library/sections"
  // Keys go out as they are given, since Plex's operators are part of them ("userRating>>"); values are encoded.
  std::vector<std::pair<std::string, std::string>> query{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string token{};  // sent as the header X-Plex-Token, nowhere else; empty: none
  std::string body{};
  bool want_xml = false;       // else Accept: application/json
  bool safe_to_repeat = true;  // reads, and writes whose second sending changes nothing
  // Of the whole exchange, 0: the profile's timeout. An answer that arrives at 32 kB/s or more may take longer.
  std::uint32_t deadline_ms = 0;
  std::uint32_t tries = 0;  // 0: the profile's number; 1: the first answer counts
};

struct Response {
  int status = 0;
  std::string content_type{};
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
  std::string_view header(std::string_view lower_case_name) const noexcept {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return {};
  }
  bool ok() const noexcept { return status >= 200 && status < 300; }
};

class Transport {
public:
  virtual ~Transport() = default;
  // Sends, and reads the whole answer into `body` (whose capacity is reused; decoded; NUL-terminated as every
  // std::string, so that it can be parsed in place). Any HTTP status is an answer. Throws Error UNREACHABLE
  // (also when the answer is shorter than announced), THROTTLED after waiting in vain, or Stopped. [any]
  virtual Response send(const Call& call, const Request& request, std::string& body) = 0;
};

}  // namespace crosswatch::plex::http
