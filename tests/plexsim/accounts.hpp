// The people, their tokens, PINs and watchlists: what plex.tv and Discover know.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "entity.hpp"
#include "plexsim/options.hpp"

namespace plexsim {

struct Person {
  PersonOptions options{};
  std::string uuid{};
  std::string email{};
  std::vector<std::pair<std::string, std::int64_t>> watchlist{};  // Discover key, time; newest last
  bool in_home() const { return options.kind != PersonKind::friend_; }
  bool restricted() const { return options.kind == PersonKind::managed; }
  bool admin() const { return options.kind == PersonKind::owner; }
};

enum class TokenKind { account, home, server };
struct Token {
  TokenKind kind{TokenKind::account};
  std::size_t person{0};
  int server{-1};
};

struct Pin {
  std::int64_t id{0};
  std::string code{};
  bool strong{false};
  std::string client_id{};
  std::string product{};
  std::int64_t created{0};
  std::int64_t expires{0};
  std::string token{};
  bool gone{false};
  int polls{0};
};

// Thread-safe.
class Accounts {
public:
  explicit Accounts(const Options& options);

  const std::vector<Person>& people() const {
    return people_;
  }  // fixed after the start, except watchlists: watchlist() copies under the lock
  std::optional<std::size_t> find(const std::string& handle) const;
  std::size_t require(const std::string& handle) const;  // throws std::invalid_argument
  std::optional<std::size_t> by_id(const std::string& id_or_uuid) const;

  std::optional<Token> token(const std::string& text) const;
  std::string issue(TokenKind kind, std::size_t person,
                    int server = -1);  // server tokens stay the same, others are new each time
  std::string first_account_token(std::size_t person) const;
  void adopt(const std::string& text, Token token);
  bool revoke(const std::string& text);

  Pin new_pin(bool strong, const std::string& client_id, const std::string& product, std::int64_t now, int seconds);
  std::optional<Pin> poll_pin(std::int64_t id, const std::string& client_id, std::int64_t now);  // nullopt: 404
  bool approve(const std::string& code, std::size_t person, std::int64_t now);
  bool end_pin(const std::string& code);
  void auto_approve(std::optional<std::size_t> person, int after_polls);
  std::vector<std::string> open_pins(std::int64_t now) const;

  std::vector<std::pair<std::string, std::int64_t>> watchlist(std::size_t person) const;
  bool watchlist_add(std::size_t person, const std::string& key, std::int64_t now);
  bool watchlist_remove(std::size_t person, const std::string& key);
  int wrong_pins(std::size_t person, bool wrong);  // counts wrong tries in a row

private:
  std::string issue_locked(TokenKind kind, std::size_t person, int server);

  std::vector<Person> people_{};
  mutable std::mutex mutex_{};
  std::map<std::string, Token> tokens_{};
  std::map<std::size_t, int> issued_{};
  std::map<std::size_t, int> wrong_pins_{};
  std::vector<Pin> pins_{};
  std::optional<std::size_t> auto_person_{};
  int auto_polls_{1};
};

}  // namespace plexsim
