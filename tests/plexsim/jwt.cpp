#include "jwt.hpp"

#include <openssl/evp.h>
#include <rapidjson/document.h>

#include <algorithm>

#include "tls.hpp"

namespace plexsim {

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  std::uint32_t held = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += digits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += digits[held << (6 - bits) & 63];
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  std::uint32_t held = 0;
  for (const char c : text) {
    const auto at = digits.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    held = held << 6 | static_cast<std::uint32_t>(at);
    if ((bits += 6) >= 8) out += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return out;
}

std::string text_of(const rapidjson::Value& object, const char* key) {
  const auto it = object.FindMember(key);
  return it != object.MemberEnd() && it->value.IsString() ? it->value.GetString() : std::string();
}
std::int64_t number_of(const rapidjson::Value& object, const char* key) {
  const auto it = object.FindMember(key);
  return it != object.MemberEnd() && it->value.IsInt64() ? it->value.GetInt64() : 0;
}

struct Claims {
  std::string kid{}, signed_part{}, signature{}, issuer{}, nonce{};
  bool for_plex{false};
  std::int64_t issued{0}, expires{0};
};

// Nothing: this is no JWT signed by EdDSA.
std::optional<Claims> read(const std::string& jwt) {
  const auto first = jwt.find('.'), second = jwt.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto head = decode(jwt.substr(0, first)), body = decode(jwt.substr(first + 1, second - first - 1)),
             signature = decode(jwt.substr(second + 1));
  if (!head || !body || !signature) return std::nullopt;
  rapidjson::Document h, b;
  h.Parse(head->c_str());
  b.Parse(body->c_str());
  if (h.HasParseError() || b.HasParseError() || !h.IsObject() || !b.IsObject() || text_of(h, "alg") != "EdDSA")
    return std::nullopt;
  Claims c;
  c.kid = text_of(h, "kid");
  c.signed_part = jwt.substr(0, second);
  c.signature = *signature;
  c.issuer = text_of(b, "iss");
  c.nonce = text_of(b, "nonce");
  c.for_plex = text_of(b, "aud") == "plex.tv";
  c.issued = number_of(b, "iat");
  c.expires = number_of(b, "exp");
  return c;
}

bool verifies(const DeviceKey& key, const Claims& c) {
  const auto raw = decode(key.x);
  if (!raw || raw->size() != 32) return false;
  const auto bytes = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
  const KeyPtr pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(*raw), raw->size()));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool good = pkey && context && EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, pkey.get()) == 1 &&
                    EVP_DigestVerify(context, bytes(c.signature), c.signature.size(), bytes(c.signed_part),
                                     c.signed_part.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

bool holds(const DeviceKey& key, const Claims& c, std::int64_t now) {
  return c.kid == key.kid && c.issuer == key.client_id && c.for_plex && c.issued <= now + 60 && c.expires > now &&
         c.expires <= now + 3600 && verifies(key, c);
}

}  // namespace

std::optional<DeviceKey> JwtDesk::key_in(const std::string& body, const std::string& client_id) {
  rapidjson::Document d;
  d.Parse(body.c_str());
  if (d.HasParseError() || !d.IsObject() || !d.HasMember("jwk") || !d["jwk"].IsObject()) return std::nullopt;
  const auto& jwk = d["jwk"];
  if (text_of(jwk, "kty") != "OKP" || text_of(jwk, "crv") != "Ed25519" || text_of(jwk, "alg") != "EdDSA" ||
      text_of(jwk, "use") != "sig" || text_of(jwk, "kid").empty())
    return std::nullopt;
  return DeviceKey{text_of(jwk, "kid"), text_of(jwk, "x"), client_id};
}

void JwtDesk::expect(std::int64_t pin, const DeviceKey& key) {
  std::lock_guard lock(mutex_);
  pins_[pin] = key;
}

bool JwtDesk::expects(std::int64_t pin) const {
  std::lock_guard lock(mutex_);
  return pins_.count(pin) > 0;
}

std::string JwtDesk::issue(Accounts& accounts, const Registered& device, std::int64_t now) {
  const std::string& handle = accounts.people()[device.person].options.handle;
  const std::string token =
      encode(R"({"kid":"plex","alg":"EdDSA","typ":"JWT"})") + "." +
      encode(R"({"iss":"plex.tv","aud":["plex.tv",")" + device.key.client_id + R"("],"iat":)" + std::to_string(now) +
             R"(,"exp":)" + std::to_string(now + jwt_life) + R"(,"thumbprint":")" + device.key.kid + R"("})") +
      ".canary-jwt-" + handle + "-" + std::to_string(++count_);
  accounts.adopt(token, {TokenKind::account, device.person, -1});
  issued_[token] = {device.key.client_id, now + jwt_life};
  return token;
}

std::optional<std::string> JwtDesk::claim(Accounts& accounts, const Pin& pin, const std::string& device_jwt,
                                          std::int64_t now) {
  std::lock_guard lock(mutex_);
  const auto claims = read(device_jwt);
  if (!claims || !holds(pins_[pin.id], *claims, now)) return std::nullopt;
  if (pin.token.empty()) return std::string();
  if (const auto done = claimed_.find(pin.id); done != claimed_.end()) return done->second;
  const auto approved = accounts.token(pin.token);
  if (!approved) return std::string();
  accounts.revoke(pin.token);  // the device has no other login than the JWT
  const Registered device{pins_[pin.id], approved->person};
  devices_[device.key.kid] = device;
  return claimed_[pin.id] = issue(accounts, device, now);
}

std::string JwtDesk::nonce(std::int64_t now) {
  std::lock_guard lock(mutex_);
  const std::string text = "7c415b56-" + std::to_string(++count_);
  nonces_[text] = now + nonce_life;
  return text;
}

std::optional<std::string> JwtDesk::renew(Accounts& accounts, const std::string& device_jwt,
                                          const std::string& client_id, std::int64_t now) {
  std::lock_guard lock(mutex_);
  const auto claims = read(device_jwt);
  if (!claims) return std::nullopt;
  const auto device = devices_.find(claims->kid);
  const auto nonce = nonces_.find(claims->nonce);
  if (device == devices_.end() || nonce == nonces_.end() || nonce->second < now ||
      device->second.key.client_id != client_id || !holds(device->second.key, *claims, now))
    return std::nullopt;
  nonces_.erase(nonce);
  return issue(accounts, device->second, now);
}

void JwtDesk::forget_keys() {
  std::lock_guard lock(mutex_);
  devices_.clear();
}

bool JwtDesk::issued(const std::string& token) const {
  std::lock_guard lock(mutex_);
  return issued_.count(token) > 0;
}

bool JwtDesk::expired(const std::string& token, std::int64_t now) const {
  std::lock_guard lock(mutex_);
  const auto it = issued_.find(token);
  return it != issued_.end() && it->second.expires <= now;
}

bool JwtDesk::belongs_to(const std::string& token, const std::string& client_id) const {
  std::lock_guard lock(mutex_);
  const auto it = issued_.find(token);
  return it == issued_.end() || it->second.client_id == client_id;
}

}  // namespace plexsim
