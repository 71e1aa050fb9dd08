// Who is meant, proven: the linked account, the wanted user, the server, and the tokens of exactly that user.
#pragma once

#include <crosswatch/provider.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account/people.hpp"
#include "account/plextv.hpp"
#include "account/profile.hpp"
#include "account/renewal.hpp"
#include "account/scope.hpp"
#include "account/servers.hpp"
#include "account/tokens.hpp"
#include "http/http.hpp"

namespace crosswatch::plex {

struct Needs {
  bool server = false;
  bool cloud = false;
};

// A user and a server in place of those in the settings; empty texts leave the settings' choice.
struct Choice {
  std::string user{};  // id or name
  std::string pin{};
  std::string server{};  // machine id or name
};

// What open_scope found out on the way, beyond the scope.
struct Opened {
  UserScope scope{};
  Person linked{};     // the linked account
  Person person{};     // the wanted user
  bool itself = true;  // the wanted user is the linked account
  std::string server_version{};
  Via via = Via::given;
};

class Account {
public:
  // Both must outlive it. Does nothing yet.
  Account(Host host, http::Transport& transport);

  // The wanted user's scope, entered and proven: plex.tv says that the token is that user's, the server that it has
  // the wanted machine id (before it sees a token) and that it accepts the token. No other identity is ever used
  // instead. Kept in memory for ten minutes. Error NOT_LINKED, AUTH (the login is dead), SCOPE (unknown, ambiguous
  // or contradictory user, PIN, no access), NOT_FOUND (the pinned server is not listed, or none is chosen),
  // UNREACHABLE, THROTTLED. [any]
  UserScope open_scope(const Call& call, Needs needs);
  // As open_scope, always anew; without a choice, the result is kept as well.
  Opened open(const Call& call, Needs needs, const Choice& choice = {});
  // To be called when such a scope, or what it is for, was found not to work: for ten seconds open_scope says the same,
  // instead of waiting for it once more. [any]
  void keep_failure(Needs needs, const Error& e);
  // To be called when a server rejected a scope's token: the next scope is opened anew, under the token that
  // plex.tv lists now. [any]
  void forget_scopes();
  // To be called when an address died: the next scope looks for the server anew. [any]
  void forget_address(const std::string& base_url);

  // The stored login, renewed where its kind needs that. Error NOT_LINKED when there is none.
  AccountToken token(const Call& call);
  // Whose login it is: from plex.tv the first time, then as it was proven for this very token.
  Person linked_user(const Call& call, const AccountToken& token);
  PlexTv plex_tv(const Profile& profile) { return {renewal_, profile.plex_tv, profile.clients}; }

  const Host& host() const noexcept { return host_; }
  http::Transport& transport() noexcept { return renewal_; }

private:
  struct Wanted {
    Person person{};
    bool itself = true;       // the linked account
    bool must_own = false;    // plex.account_id says that this is the owner of the server
    bool remembered = false;  // as it was last time: since then Plex may know the user otherwise, or not any more
  };
  Wanted resolve(const Call& call, const AccountToken& token, const Person& linked, const Profile& profile,
                 const Choice& choice);
  std::string pin_for(const Person& person, const Profile& profile, const Choice& choice) const;
  CloudToken enter(const Call& call, const AccountToken& token, const Person& person, const std::string& pin,
                   const Profile& profile);
  CloudToken enter_member(const Call& call, const AccountToken& token, const People& people, Wanted& wanted,
                          const Profile& profile, const Choice& choice);
  Device choose(const Call& call, const std::vector<Device>& devices, const Wanted& wanted, const Profile& profile,
                const Choice& choice);
  void connect(const Call& call, const Wanted& wanted, const Profile& profile, const Choice& choice, Opened& out);
  bool connect_warm(const Call& call, const Profile& profile, bool plex_tv_is_down, Opened& out,
                    std::optional<Error>& why);
  void keep_alive(const Call& call, const AccountToken& token, const Profile& profile);

  const Host host_;
  Renewal renewal_;
  struct Kept {
    std::int64_t since_ms = 0;
    UserScope scope{};
    std::optional<Error> failure{};
  };
  std::mutex entering_{};  // one switch at a time: Plex counts them
  std::mutex mutex_{};     // of the rest
  std::optional<Kept> with_server_{}, cloud_only_{};
  std::vector<std::pair<std::string, CloudToken>> switched_{};  // by login, user and PIN
  std::string refused_pin_{};                                   // likewise, of a PIN that Plex did not accept
};

// The pinned server; when none is pinned, the only owned one, or the only one. Else null.
const Device* pick_device(const std::vector<Device>& devices, const std::string& pinned);
// Where the chosen server answered last, and wherever plex.tv listed it then, but no relay: to be asked without
// plex.tv. Empty when nothing is known of it.
std::vector<Attempt> known_addresses(const Host& host, const Profile& profile);

}  // namespace crosswatch::plex
