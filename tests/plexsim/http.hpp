// HTTP/1.1 requests and answers, as far as a simulated Plex needs them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "buffer.hpp"
#include "plexsim/faults.hpp"

namespace plexsim {

enum class HostKind { plex_tv, clients, discover, metadata, server, control };
std::string_view host_name(HostKind kind);

struct Request {
  HostKind host{HostKind::server};
  int server{-1};
  std::string method{};
  std::string path{};       // decoded
  std::string raw_query{};  // as received
  std::vector<std::pair<std::string, std::string>>
      query{};  // decoded; an operator stays with its key: "userRating>>" = "0"
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
  std::string body{};
  std::size_t most_rows{0};  // a page may hold; 0: no limit
  FaultRule fault{.kind = FaultKind::none};

  std::optional<std::string> header(std::string_view lower_name) const;
  std::optional<std::string> param(std::string_view key) const;    // query, then a urlencoded form body
  std::string plex(std::string_view name) const;                   // X-Plex-<name> from header or query, "" when absent
  std::optional<std::int64_t> number(std::string_view key) const;  // a query number
  bool flag(std::string_view key) const;                           // "1" or "true"
  bool wants_json() const;
};

class Push;

struct Response {
  int status{200};
  std::string content_type{};
  std::vector<std::pair<std::string, std::string>> headers{};
  Buffer body{};
  std::shared_ptr<Push> push{};  // instead of a body: what the connection goes on with

  void reset();
  void header(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

std::string url_decode(std::string_view text, bool plus_is_space);
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text);
// False when the head is malformed.
bool parse_head(std::string_view head, Request& request);
std::string_view reason_phrase(int status);
std::string lower(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::optional<std::int64_t> to_number(std::string_view text);

}  // namespace plexsim
