// plex.tv and clients.plex.tv: logins, people, and the servers that a token may use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/tokens.hpp"
#include "http/http.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex {

struct Person {
  std::int64_t id = 0;  // plex.tv id
  std::string uuid{};
  std::string username{};  // empty for managed users
  std::string title{};
  bool restricted = false;  // a managed user: lives in somebody's Home, has no login of its own
  bool guest = false;
  bool is_protected = false;  // switching to this user needs a PIN
  bool home = false;          // member of a Plex Home, as far as the answer told

  const std::string& name() const noexcept { return username.empty() ? title : username; }
  bool is_named(std::string_view text) const;  // the title or the user name, whatever their case
};

struct Connection {
  std::string uri{};
  std::string address{};
  int port = 0;
  bool local = false;
  bool relay = false;
};

struct Device {
  std::string machine_id{};
  std::string name{};
  bool owned = false;
  std::int64_t owner_id = 0;  // 0: the token's own account, or unknown
  bool same_network = false;  // plex.tv sees server and client behind one address
  std::string direct{};       // "<hash>.plex.direct", by which its certificate names it; may be empty
  ServerToken token{};        // empty: none was given
  std::vector<Connection> connections{};
};

struct Pin {
  std::int64_t id = 0;
  std::string code{};
  std::int64_t expires_in = 0;  // seconds
  AccountToken token{};         // empty until the user has entered the code
};

// A user's own plex.tv token, that of the linked account or of a Home user: what may see its person and devices.
struct PlexToken {
  PlexToken(const AccountToken& t) : text(t.text()) {}
  PlexToken(const CloudToken& t) : text(t.text()) {}
  const std::string& text;
};

// Every function throws Error: AUTH "token_rejected" only when plex.tv itself condemned the token; UNREACHABLE and
// THROTTLED say nothing about it. API v2 first; where v1 has the same, it is asked when v2 fails. [any]
class PlexTv {
public:
  PlexTv(http::Transport& transport, std::string plex_tv, std::string clients);

  // With the public key of a device (jwk) the login will be a JWT; then the device signs every question for it.
  Pin new_pin(const Call& call, const std::string& client_id, const std::string& jwk = {}) const;
  // Nothing: plex.tv does not know the PIN any more.
  std::optional<Pin> pin(const Call& call, std::int64_t id, const std::string& client_id,
                         const std::string& device_jwt = {}) const;
  Person user(const Call& call, PlexToken token, std::uint32_t deadline_ms = 0) const;
  // Servers only, in a stable order: owned first, then by name.
  std::vector<Device> devices(const Call& call, PlexToken token) const;
  std::vector<Person> home_users(const Call& call, const AccountToken& token) const;
  std::vector<Person> friends(const Call& call, const AccountToken& token) const;
  // Error SCOPE "pin_required" or "pin_wrong"; asked once, since wrong PINs lock the user out.
  CloudToken switch_to(const Call& call, const AccountToken& token, const Person& person, const std::string& pin) const;
  void ping(const Call& call, const AccountToken& token) const;
  void sign_out(const Call& call, const AccountToken& token) const;

private:
  struct Answer {
    http::Response head{};
    bool array = false;  // a JSON array: lists of v2 have no other mark
    std::string body{};
    int status() const noexcept { return head.status; }
  };
  Answer ask(const Call& call, const http::Request& request) const;
  Answer get(const Call& call, PlexToken token, http::Request request, const std::string& what) const;
  [[noreturn]] void refuse(const Call& call, PlexToken token, const Answer& answer, const std::string& what) const;
  std::vector<wire::Node> rows(const Call& call, PlexToken token, http::Request request, const std::string& what,
                               const char* one, const char* many = "") const;

  http::Transport& transport_;
  std::string plex_tv_;
  std::string clients_;
};

}  // namespace crosswatch::plex
