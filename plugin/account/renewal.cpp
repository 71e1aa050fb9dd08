#include "account/renewal.hpp"

#include <algorithm>

#include "account/jwt.hpp"
#include "account/memory.hpp"
#include "account/profile.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex {

namespace {

Error rejected() {
  return {CW_AUTH, "token_rejected", "plex.tv no longer renews the login of this device.",
          "Link the profile again: crosswatch connect plex. Pairs, libraries and state are kept."};
}

}  // namespace

std::string jwt_client_id(const Host& host) {
  return fingerprint({"jwt", client_id_of(host)}).substr(0, 24);
}

http::Response Renewal::send(const Call& call, const http::Request& request, std::string& body) {
  if (!jwt_life(request.token)) return transport_.send(call, request, body);
  http::Request own = request;
  own.token = newest_of(request.token);
  own.headers.emplace_back("X-Plex-Client-Identifier", jwt_client_id(host_));
  http::Response response = transport_.send(call, own, body);
  if (response.status != 498) return response;
  own.token = renew(call, own.token);
  return transport_.send(call, own, body);
}

AccountToken Renewal::fresh(const Call& call, const AccountToken& stored) {
  std::string token = newest_of(stored.text());
  const auto life = jwt_life(token);
  if (!life || !life->due(host_.now())) return AccountToken(std::move(token));
  try {
    return AccountToken(renew(call, token));
  } catch (const Error& e) {
    const bool down = e.status == CW_UNREACHABLE || e.status == CW_THROTTLED;
    if (!down || life->expires <= host_.now()) throw;
    host_.log(LogLevel::debug, std::string("The login is renewed later: ") + e.what());
    return AccountToken(std::move(token));
  }
}

std::string Renewal::newest_of(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  return std::find(outlived_.begin(), outlived_.end(), token) == outlived_.end() ? token : newest_;
}

std::string Renewal::renew(const Call& call, const std::string& old) {
  const std::lock_guard renewing(renewing_);
  if (std::string known = newest_of(old); known != old) return known;  // somebody did it meanwhile
  const std::string secret = host_.secret("jwt_key");
  if (secret.empty()) throw rejected();
  http::Request nonce;
  nonce.path = "/api/v2/auth/nonce";
  nonce.tries = 1;
  const std::string once = ask(call, nonce, "nonce");
  http::Request request;
  request.method = "POST";
  request.path = "/api/v2/auth/token";
  request.safe_to_repeat = false;  // the nonce counts once
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"jwt":")" + DeviceKey::of(secret).sign(jwt_client_id(host_), host_.now(), once) + R"("})";
  std::string token = ask(call, request, "auth_token");
  try {
    host_.store("account_token", token);
  } catch (const Error& e) {
    host_.log(LogLevel::warning, std::string("The renewed login counts for this run only: ") + e.what());
  }
  const std::lock_guard lock(mutex_);
  outlived_.push_back(old);
  return newest_ = token;
}

std::string Renewal::ask(const Call& call, http::Request request, const char* member) const {
  request.base_url = Profile::of(host_).clients;
  request.headers.emplace_back("X-Plex-Client-Identifier", jwt_client_id(host_));
  std::string body;
  const http::Response response = transport_.send(call, request, body);
  if (response.status == 400 || response.status == 401 || response.status == 422) throw rejected();
  std::string value;
  if (response.ok()) value = wire::parse_tree(body, "The renewed login").attr(member);
  if (value.empty())
    throw Error(CW_UNREACHABLE, "plex_tv_refused",
                "plex.tv did not renew the login: it answered " + std::to_string(response.status) + ".",
                "Try again later.")
        .http(static_cast<std::uint32_t>(response.status));
  return value;
}

}  // namespace crosswatch::plex
