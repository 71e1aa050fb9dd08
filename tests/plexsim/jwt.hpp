// Sign-in by JWT: the keys of devices, nonces, and the tokens that plex.tv gives for them. Such a token ends in a
// canary where Plex has a signature.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "accounts.hpp"

namespace plexsim {

constexpr std::int64_t jwt_life = 7 * 24 * 3600, nonce_life = 300;  // seconds

struct DeviceKey {
  std::string kid{};
  std::string x{};  // the public key, base64url
  std::string client_id{};
};

// Thread-safe.
class JwtDesk {
public:
  static std::optional<DeviceKey> key_in(const std::string& body, const std::string& client_id);  // {"jwk":{..}}

  void expect(std::int64_t pin, const DeviceKey& key);
  bool expects(std::int64_t pin) const;
  // The token of an approved PIN. Nullopt: the device JWT does not hold.
  std::optional<std::string> claim(Accounts& accounts, const Pin& pin, const std::string& device_jwt, std::int64_t now);
  std::string nonce(std::int64_t now);
  std::optional<std::string> renew(Accounts& accounts, const std::string& device_jwt, const std::string& client_id,
                                   std::int64_t now);
  void forget_keys();  // as when the device was removed from the account

  bool issued(const std::string& token) const;
  bool expired(const std::string& token, std::int64_t now) const;
  bool belongs_to(const std::string& token, const std::string& client_id) const;

private:
  struct Registered {
    DeviceKey key{};
    std::size_t person{0};
  };
  struct Issued {
    std::string client_id{};
    std::int64_t expires{0};
  };
  std::string issue(Accounts& accounts, const Registered& device, std::int64_t now);

  mutable std::mutex mutex_{};
  std::map<std::int64_t, DeviceKey> pins_{};
  std::map<std::int64_t, std::string> claimed_{};
  std::map<std::string, Registered> devices_{};  // by kid
  std::map<std::string, Issued> issued_{};
  std::map<std::string, std::int64_t> nonces_{};
  int count_{0};
};

}  // namespace plexsim
