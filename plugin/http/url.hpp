// Addresses of servers, and what can be told from them without asking anybody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::plex::http {

struct Url {
  bool secure = true;
  std::string host{};  // without brackets
  std::uint16_t port = 0;

  std::string host_port() const;  // as in the Host header and in messages: "[::1]:32400"
  std::string text() const { return (secure ? "https://" : "http://") + host_port(); }
};

// Reads "https://host[:port]" and "http://..", with or without a final slash. A port that is not given is
// `http_port` or 443. Nothing for whatever else (a path, a user, another scheme).
std::optional<Url> parse_url(std::string_view text, std::uint16_t http_port = 80);

// Percent-encodes everything but unreserved characters.
std::string encode(std::string_view value);

// "192-168-1-5.<hash>.plex.direct" names the address that it resolves to. Reading it from the name needs no DNS,
// which many routers and containers refuse for private addresses. Nothing for other names.
std::optional<std::string> plex_direct_address(std::string_view host);
// The reverse; `suffix` is "<hash>.plex.direct".
std::string plex_direct_name(std::string_view address, std::string_view suffix);

bool is_ip(std::string_view host);
// Loopback, private and link-local addresses, also as plex.direct names; "localhost".
bool is_local(std::string_view host);

}  // namespace crosswatch::plex::http
