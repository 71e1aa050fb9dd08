// Logins that live for days and renew themselves (plex.auth = jwt).
#pragma once

#include <crosswatch/call.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "account/tokens.hpp"
#include "http/http.hpp"

namespace crosswatch::plex {

// The client identifier of such logins: the first token of a device by JWT ends its older logins, so they are another
// device than the profile's own. Always the same for one profile.
std::string jwt_client_id(const Host& host);

// Sends requests on; those that carry a JWT under the identifier of their own, and once more with a new one when
// plex.tv finds that it has expired. Other logins pass untouched. [any]
class Renewal final : public http::Transport {
public:
  Renewal(Host host, http::Transport& transport) : host_(host), transport_(transport) {}

  http::Response send(const Call& call, const http::Request& request, std::string& body) override;

  // The login to use now: a JWT is renewed when four fifths of its life are over. That plex.tv cannot be asked matters
  // only to one that has ended. Error AUTH "token_rejected" when it cannot be renewed any more.
  AccountToken fresh(const Call& call, const AccountToken& stored);

private:
  std::string renew(const Call& call, const std::string& old);
  std::string ask(const Call& call, http::Request request, const char* member) const;
  std::string newest_of(const std::string& token) const;

  const Host host_;
  http::Transport& transport_;
  std::mutex renewing_{};       // one at a time: plex.tv counts them
  mutable std::mutex mutex_{};  // of the rest
  std::vector<std::string> outlived_{};
  std::string newest_{};
};

}  // namespace crosswatch::plex
