// What a simulated Plex world is made of. Everything has a default that gives one owner, one media server and a small
// library.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plexsim {

enum class PersonKind { owner, managed, home, guest, friend_ };

// One human. `handle` is the simulator's own unique name (used in every call below and in token canaries); what Plex
// shows are `title` and `username`, which two people may share.
struct PersonOptions {
  std::string handle{};
  PersonKind kind{PersonKind::friend_};
  std::int64_t id{};       // plex.tv account id; 0 = one is given
  std::string title{};     // "" = the handle
  std::string username{};  // "" = the title; managed users never have one
  std::string pin{};       // Plex Home PIN, "" = none
};

enum class CertMode { good, wrong_name, unknown_ca, expired, plex_direct, plain_http };

// How large and how odd a server's libraries are. The same number is the same title on every server.
struct CatalogOptions {
  std::uint32_t movies{200};
  std::uint32_t shows{10};
  std::uint32_t seasons{2};   // a show, specials not counted
  std::uint32_t episodes{8};  // a season
  std::uint32_t plays{300};   // play rows over all people
  std::uint64_t seed{1};
  std::uint32_t nasty_percent{5};
  std::uint32_t watched_percent{
      20};  // further titles marked watched without a play row, for the owner; others get half
  std::uint32_t rated_percent{10};
  std::uint32_t progress_percent{2};
  bool side_libraries{true};  // a second movie library with copies, other videos, music, photos, an empty one
  bool people_state{true};    // false: nobody has watched or rated anything
};

struct ConnectionOptions {
  // "{self}" = this server's own address, "{server:N}" = that of server N, "{direct}" = this server's plex.direct hash
  std::string uri{};
  std::string address{};
  int port{};
  bool local{true};
  bool relay{false};
  bool ipv6{false};
};

struct ServerOptions {
  std::string name{"Sim Media"};
  std::string machine_id{};  // "" = one is given
  std::string owner{"owner"};
  std::string version{"1.43.2.10687-563d026ea"};
  std::vector<std::string> shared_with{};                       // handles; empty = everybody else
  std::map<std::string, std::vector<std::string>> libraries{};  // handle -> section keys that person sees; absent = all
  std::vector<ConnectionOptions> connections{};                 // empty = the server itself
  CatalogOptions catalog{};
  CertMode cert{CertMode::good};
  int handshake_delay_ms{0};
  bool listed{true};                // appears in plex.tv's resource lists
  bool old_history{false};          // PMS before 1.40: every mark writes a play row
  bool refuse_user_history{false};  // non-owners get 401 on history, as seen with switched Home users
  bool gzip{true};
  bool keep_answers{false};   // lists are rendered once and sent from memory until something changes
  std::string recordings{};   // a folder: its files are the libraries, nothing is generated
  bool rate_recorded{false};  // what nobody has rated in the recordings, the owner has: then ratings list every row
};

struct Options {
  std::vector<PersonOptions> people{};   // empty = owner, managed, pin (PIN 1234), home, friend
  std::vector<ServerOptions> servers{};  // empty = one
  std::string auto_approve{};            // handle: every PIN is approved as this person
  int approve_after_polls{1};
  int pin_seconds{900};
  std::uint32_t watchlist{12};       // seeded entries of each person's watchlist
  bool owner_token_differs{true};    // the owner's server token is not the account token
  bool shared_servers_tokens{true};  // false: shared_servers lists people without accessToken
  CertMode cloud_cert{CertMode::good};
  bool jwt_on_servers{false};  // media servers take the owner's JWT, as Plex's documents say
  bool terse_account{false};   // plex.tv tells no more of an account than who it is: number, uuid, names
  std::size_t most_rows{0};    // a page never holds more, whatever is asked; 0 = no limit
  std::size_t log_limit{500000};
};

}  // namespace plexsim
