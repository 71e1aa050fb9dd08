// Links a profile to a Plex account by a code that the user enters at plex.tv/link.
#pragma once

#include <crosswatch/provider.hpp>
#include <cstdint>
#include <string_view>

#include "account/account.hpp"

namespace crosswatch::plex {

// Keeps nothing between calls: what a flow needs is in its state (which holds no token), and the login that is there
// stays until the new one has proven whose it is.
class Login final : public AuthProvider {
public:
  explicit Login(Account& account) : account_(account) {}

  Challenge begin(Call& call) override;
  LinkState poll(Call& call, std::string_view state, Settings& settings) override;
  void cancel(Call& call, std::string_view state) override;
  void disconnect(Call& call, Settings& settings) override;
  void status(Call& call, Report& report) override;  // status.cpp

private:
  Account& account_;
  std::uint32_t gap_ms_ = 0;  // grows while plex.tv finds that it is asked too often
};

}  // namespace crosswatch::plex
