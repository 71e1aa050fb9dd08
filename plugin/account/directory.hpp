// The users, servers and libraries of a profile, and choosing among them.
#pragma once

#include <crosswatch/provider.hpp>

#include "account/account.hpp"

namespace crosswatch::plex {

class PlexDirectory final : public Directory {
public:
  explicit PlexDirectory(Account& account) : account_(account) {}

  UserList users(Call& call) override;
  std::vector<Server> servers(Call& call) override;
  std::vector<Library> libraries(Call& call) override;
  void select(Call& call, std::string_view user, std::string_view pin, std::string_view server,
              Settings& settings) override;

private:
  Account& account_;
};

}  // namespace crosswatch::plex
