// What the settings say about who is meant and where: read anew for each operation, without secrets.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace crosswatch::plex {

struct Profile {
  std::string plex_tv{}, clients{}, discover{}, metadata{};  // base addresses
  std::string server_url{};                                  // a hint where the server is; may be empty
  std::string server_id{};                                   // machine id; empty: not chosen
  // The wanted user. user_id is the plex.tv id; account_id is the id on the server, where 1 is its owner and every
  // other number is the plex.tv id again; all may be absent: the linked account itself.
  std::optional<std::int64_t> user_id{};
  std::optional<std::int64_t> account_id{};
  std::string username{};
  bool allow_insecure_http = false;

  // plex.server_url is plain http, and that is not allowed.
  bool insecure_url() const { return !allow_insecure_http && server_url.starts_with("http:"); }

  // Error CONFIG for an address that is none.
  static Profile of(const Host& host);
};

}  // namespace crosswatch::plex
