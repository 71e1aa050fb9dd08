// What a sign-in by JWT needs: the key of this device, and what it signs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::plex {

// When a JWT was made and when it ends, in epoch seconds. Nothing: the text is no JWT, so it is a login of the older
// kind, of which nothing can be told by looking at it.
struct JwtLife {
  std::int64_t issued = 0;
  std::int64_t expires = 0;
  bool due(std::int64_t now) const { return now >= issued + (expires - issued) / 5 * 4; }  // to be renewed
};
std::optional<JwtLife> jwt_life(std::string_view token);

// An Ed25519 key pair. Throws Error INTERNAL when OpenSSL fails.
class DeviceKey {
public:
  static DeviceKey make();
  // Of text(). Error CONFIG "bad_device_key".
  static DeviceKey of(std::string_view text);

  std::string text() const;  // a secret: the private key, base64url
  std::string jwk() const;   // the public key, for plex.tv to register
  // A JWT of this device: valid for five minutes, issued by `client_id` (plex.tv wants exactly the identifier of the
  // request). `nonce` may be empty.
  std::string sign(std::string_view client_id, std::int64_t now, std::string_view nonce) const;

private:
  struct Free {
    void operator()(void* key) const;
  };
  using Key = std::unique_ptr<void, Free>;  // EVP_PKEY
  explicit DeviceKey(Key key) : key_(std::move(key)) {}
  std::string public_text() const;
  std::string kid() const;  // the thumbprint of RFC 7638

  Key key_;
};

}  // namespace crosswatch::plex
