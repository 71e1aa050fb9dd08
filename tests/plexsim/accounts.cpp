#include "accounts.hpp"

#include <algorithm>
#include <stdexcept>

namespace plexsim {

Accounts::Accounts(const Options& options) {
  std::vector<PersonOptions> wanted = options.people;
  if (wanted.empty()) {
    wanted = {{"owner", PersonKind::owner, 1000001, "Olivia Owner", "olivia", ""},
              {"managed", PersonKind::managed, 1000002, "Kid", "", ""},
              {"pin", PersonKind::managed, 1000003, "Teen", "", "1234"},
              {"home", PersonKind::home, 1000004, "Henry Home", "henry", ""},
              {"friend", PersonKind::friend_, 1000005, "Frida Friend", "frida", ""}};
  }
  for (auto& w : wanted) {
    Person person;
    const auto n = static_cast<std::int64_t>(people_.size());
    if (w.id == 0) w.id = 1000001 + n;
    if (w.title.empty()) w.title = w.handle;
    if (w.kind == PersonKind::managed) {
      w.username.clear();
    } else if (w.username.empty()) {
      w.username = w.title;
    }
    if (!w.username.empty()) person.email = w.handle + "@example.invalid";
    person.uuid = hex_key(Kind::clip, static_cast<std::uint64_t>(w.id)).substr(8);
    if (find(w.handle) || w.handle.empty())
      throw std::invalid_argument("plexsim: every person needs a handle of its own: " + w.handle);
    const auto movies = options.servers.empty() ? CatalogOptions{}.movies : options.servers.front().catalog.movies;
    for (std::uint32_t i = 0; i < options.watchlist; ++i) {
      const std::uint64_t h = mix(static_cast<std::uint64_t>(n) * 1009 + i);
      const bool show = i % 4 == 3;
      // two of three are in the library, the rest exist on Discover alone
      const std::uint64_t number =
          show ? i / 4 + static_cast<std::uint64_t>(n)
               : (i % 3 == 2 ? movies + 1000 + i * 8 + static_cast<std::uint64_t>(n) : h % (movies + 1));
      const std::string key = hex_key(show ? Kind::show : Kind::movie, number);
      const bool known =
          std::any_of(person.watchlist.begin(), person.watchlist.end(), [&](const auto& e) { return e.first == key; });
      if (!known) person.watchlist.emplace_back(key, 1'650'000'000 + static_cast<std::int64_t>(i) * 86'400);
    }
    person.options = std::move(w);
    people_.push_back(std::move(person));
  }
  for (std::size_t p = 0; p < people_.size(); ++p) issue_locked(TokenKind::account, p, -1);
  if (!options.auto_approve.empty()) auto_approve(require(options.auto_approve), options.approve_after_polls);
}

std::optional<std::size_t> Accounts::find(const std::string& handle) const {
  for (std::size_t p = 0; p < people_.size(); ++p) {
    if (people_[p].options.handle == handle) return p;
  }
  return std::nullopt;
}

std::size_t Accounts::require(const std::string& handle) const {
  const auto p = find(handle);
  if (!p) throw std::invalid_argument("plexsim: nobody has the handle '" + handle + "'");
  return *p;
}

std::optional<std::size_t> Accounts::by_id(const std::string& id) const {
  for (std::size_t p = 0; p < people_.size(); ++p) {
    if (std::to_string(people_[p].options.id) == id || people_[p].uuid == id) return p;
  }
  return std::nullopt;
}

std::optional<Token> Accounts::token(const std::string& text) const {
  std::lock_guard lock(mutex_);
  const auto it = tokens_.find(text);
  return it == tokens_.end() ? std::nullopt : std::optional<Token>(it->second);
}

std::string Accounts::issue_locked(TokenKind kind, std::size_t person, int server) {
  const std::string& handle = people_[person].options.handle;
  std::string text;
  if (kind == TokenKind::server) {
    text = "canary-srv-" + handle + "-s" + std::to_string(server);
  } else {
    text =
        (kind == TokenKind::home ? "canary-home-" : "canary-acct-") + handle + "-" + std::to_string(++issued_[person]);
  }
  tokens_[text] = Token{kind, person, server};
  return text;
}

std::string Accounts::issue(TokenKind kind, std::size_t person, int server) {
  std::lock_guard lock(mutex_);
  return issue_locked(kind, person, server);
}

std::string Accounts::first_account_token(std::size_t person) const {
  return "canary-acct-" + people_[person].options.handle + "-1";
}

void Accounts::adopt(const std::string& text, Token token) {
  std::lock_guard lock(mutex_);
  tokens_[text] = token;
}

bool Accounts::revoke(const std::string& text) {
  std::lock_guard lock(mutex_);
  return tokens_.erase(text) > 0;
}

Pin Accounts::new_pin(bool strong, const std::string& client_id, const std::string& product, std::int64_t now,
                      int seconds) {
  std::lock_guard lock(mutex_);
  Pin pin;
  const auto n = static_cast<std::uint64_t>(pins_.size() + 1);
  pin.id = 900'000'000 + static_cast<std::int64_t>(n);
  constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::uint64_t h = n * 0x9E37;  // four letters that do not repeat soon
  for (int i = 0; i < 4; ++i, h /= 32) pin.code += letters[(h + static_cast<std::uint64_t>(i)) % 32];
  if (strong) pin.code = hex_key(Kind::clip, n) + "q";
  pin.strong = strong;
  pin.client_id = client_id;
  pin.product = product;
  pin.created = now;
  pin.expires = now + seconds;
  pins_.push_back(pin);
  return pin;
}

std::optional<Pin> Accounts::poll_pin(std::int64_t id, const std::string& client_id, std::int64_t now) {
  std::lock_guard lock(mutex_);
  for (auto& pin : pins_) {
    if (pin.id != id) continue;
    if (pin.gone || pin.client_id != client_id || now >= pin.expires) return std::nullopt;
    ++pin.polls;
    if (pin.token.empty() && auto_person_ && pin.polls > auto_polls_)
      pin.token = issue_locked(TokenKind::account, *auto_person_, -1);
    return pin;
  }
  return std::nullopt;
}

bool Accounts::approve(const std::string& code, std::size_t person, std::int64_t now) {
  std::lock_guard lock(mutex_);
  for (auto& pin : pins_) {
    if (pin.code != code || pin.gone || now >= pin.expires || !pin.token.empty()) continue;
    pin.token = issue_locked(TokenKind::account, person, -1);
    return true;
  }
  return false;
}

bool Accounts::end_pin(const std::string& code) {
  std::lock_guard lock(mutex_);
  for (auto& pin : pins_) {
    if (pin.code != code || pin.gone) continue;
    pin.gone = true;
    return true;
  }
  return false;
}

void Accounts::auto_approve(std::optional<std::size_t> person, int after_polls) {
  std::lock_guard lock(mutex_);
  auto_person_ = person;
  auto_polls_ = after_polls;
}

std::vector<std::string> Accounts::open_pins(std::int64_t now) const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> codes;
  for (const auto& pin : pins_) {
    if (!pin.gone && pin.token.empty() && now < pin.expires) codes.push_back(pin.code);
  }
  return codes;
}

std::vector<std::pair<std::string, std::int64_t>> Accounts::watchlist(std::size_t person) const {
  std::lock_guard lock(mutex_);
  return people_[person].watchlist;
}

bool Accounts::watchlist_add(std::size_t person, const std::string& key, std::int64_t now) {
  std::lock_guard lock(mutex_);
  auto& list = people_[person].watchlist;
  if (std::any_of(list.begin(), list.end(), [&](const auto& e) { return e.first == key; })) return false;
  list.emplace_back(key, now);
  return true;
}

bool Accounts::watchlist_remove(std::size_t person, const std::string& key) {
  std::lock_guard lock(mutex_);
  return std::erase_if(people_[person].watchlist, [&](const auto& e) { return e.first == key; }) > 0;
}

int Accounts::wrong_pins(std::size_t person, bool wrong) {
  std::lock_guard lock(mutex_);
  int& count = wrong_pins_[person];
  count = wrong ? count + 1 : 0;
  return count;
}

}  // namespace plexsim
