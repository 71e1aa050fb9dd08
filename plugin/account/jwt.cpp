#include "account/jwt.hpp"

#include <openssl/evp.h>

#include <array>
#include <crosswatch/call.hpp>

#include "wire/tree.hpp"

namespace crosswatch::plex {

namespace {

constexpr std::size_t key_size = 32, signature_size = 64;
constexpr std::int64_t device_jwt_s = 300;
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += digits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += digits[held << (6 - bits) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = held << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) out += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return out;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
EVP_PKEY* raw(void* key) {
  return static_cast<EVP_PKEY*>(key);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + '"';
}

void expect(bool done) {
  if (!done) throw Error(CW_INTERNAL, "no_ed25519", "OpenSSL could not work with the device key.");
}

}  // namespace

std::optional<JwtLife> jwt_life(std::string_view token) {
  const std::size_t first = token.find('.'), second = token.find('.', first + 1);
  if (!token.starts_with("ey") || first == std::string_view::npos || second == std::string_view::npos)
    return std::nullopt;
  auto claims = from_base64url(token.substr(first + 1, second - first - 1));
  if (!claims) return std::nullopt;
  try {
    const wire::Node node = wire::parse_tree(*claims, "The login");
    const JwtLife life{node.number("iat").value_or(0), node.number("exp").value_or(0)};
    return life.expires > life.issued ? std::optional(life) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // then it is none
  }
}

void DeviceKey::Free::operator()(void* key) const {
  EVP_PKEY_free(raw(key));
}

DeviceKey DeviceKey::make() {
  DeviceKey made{Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))};
  expect(made.key_ != nullptr);
  return made;
}

DeviceKey DeviceKey::of(std::string_view text) {
  const auto secret = from_base64url(text);
  if (!secret || secret->size() != key_size)
    throw Error(CW_CONFIG, "bad_device_key", "plex.jwt_key is no device key.",
                "Link the profile again: crosswatch connect plex");
  DeviceKey key{Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(*secret), secret->size()))};
  expect(key.key_ != nullptr);
  return key;
}

std::string DeviceKey::text() const {
  std::string secret(key_size, '\0');
  std::size_t size = secret.size();
  expect(EVP_PKEY_get_raw_private_key(raw(key_.get()), bytes(secret), &size) == 1 && size == key_size);
  return base64url(secret);
}

std::string DeviceKey::public_text() const {
  std::string open(key_size, '\0');
  std::size_t size = open.size();
  expect(EVP_PKEY_get_raw_public_key(raw(key_.get()), bytes(open), &size) == 1 && size == key_size);
  return base64url(open);
}

std::string DeviceKey::kid() const {
  const std::string members = R"({"crv":"Ed25519","kty":"OKP","x":")" + public_text() + R"("})";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  expect(EVP_Digest(members.data(), members.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return base64url({reinterpret_cast<const char*>(digest.data()), size});
}

std::string DeviceKey::jwk() const {
  return R"({"kty":"OKP","crv":"Ed25519","x":")" + public_text() + R"(","kid":")" + kid() +
         R"(","alg":"EdDSA","use":"sig"})";
}

std::string DeviceKey::sign(std::string_view client_id, std::int64_t now, std::string_view nonce) const {
  std::string claims = R"({"aud":"plex.tv","iss":)" + quoted(client_id) + R"(,"iat":)" + std::to_string(now) +
                       R"(,"exp":)" + std::to_string(now + device_jwt_s);
  if (!nonce.empty()) claims += R"(,"scope":"username,friendly_name","nonce":)" + quoted(nonce);
  const std::string text =
      base64url(R"({"kid":")" + kid() + R"(","alg":"EdDSA","typ":"JWT"})") + "." + base64url(claims + "}");
  std::string signature(signature_size, '\0');
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  expect(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, raw(key_.get())) == 1 &&
         EVP_DigestSign(context.get(), bytes(signature), &size, bytes(text), text.size()) == 1 &&
         size == signature_size);
  return text + "." + base64url(signature);
}

}  // namespace crosswatch::plex
