// A proven statement of whose data is meant, and the tokens to reach it. Made by open_scope only; a value, so
// nothing in the process can change it under a running request.
#pragma once

#include <cstdint>
#include <string>

#include "account/tokens.hpp"

namespace crosswatch::plex {

struct ServerAccess {
  std::string machine_id{};
  std::string name{};
  std::string base_url{};  // the address that answered with that machine id
  ServerToken token{};
  // The user's id on this server: 1 for its owner, else the plex.tv id. What history rows carry.
  std::int64_t account_id = 0;
  bool owner = false;  // the wanted user owns this server: may see /accounts, sessions, everybody's history
  // The server's answer to the request for its libraries by which it accepted the token, when that was just now for
  // this very operation; else empty.
  std::string libraries{};
};

struct UserScope {
  std::int64_t user_id = 0;  // plex.tv id of the wanted user
  std::string username{};
  std::string kind{};  // "owner" "managed" "home" "friend"
  CloudToken cloud{};
  ServerAccess server{};  // machine_id empty when only the cloud was asked for

  // Whose facts these are: "plex:<user id>@<machine id>", for the cloud "plex:<user id>".
  std::string identity() const {
    const std::string user = "plex:" + std::to_string(user_id);
    return server.machine_id.empty() ? user : user + "@" + server.machine_id;
  }
};

}  // namespace crosswatch::plex
