// plex.tv and clients.plex.tv, API v2.
#include <ctime>

#include "universe.hpp"

namespace plexsim {

namespace {

std::string iso(std::int64_t epoch) {
  char text[40] = {};
  const std::time_t t = static_cast<std::time_t>(epoch);
  std::tm parts{};
  gmtime_r(&t, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void send(Response& response, Writer& w, int status = 200) {
  w.finish();
  response.status = status;
  set_type(response, w.json());
}

void write_pin(const Pin& pin, std::int64_t now, const Request& request, Response& response, int status) {
  Writer w(response.body, request.wants_json());
  w.root("pin", false);
  w.attr("id", pin.id);
  w.attr("code", pin.code);
  w.attr("product", pin.product);
  w.attr("trusted", false);
  w.attr("qr", "https://plex.tv/api/v2/pins/qr/" + pin.code);
  w.attr("clientIdentifier", pin.client_id);
  if (!w.json()) {  // attributes come first in XML
    w.attr("expiresIn", pin.expires - now);
    w.attr("createdAt", iso(pin.created));
    w.attr("expiresAt", iso(pin.expires));
    w.attr("authToken", pin.token);
  }
  w.object("location");
  w.attr("code", "PT");
  w.attr("european_union_member", true);
  w.attr("continent_code", "EU");
  w.attr("country", "Portugal");
  w.attr("city", "Lisboa");
  w.attr("time_zone", "Europe/Lisbon");
  w.attr("postal_code", "1000");
  w.attr("in_privacy_restricted_country", true);
  w.attr("subdivisions", "Lisboa");
  w.attr("coordinates", "38.7, -9.1");
  w.end();
  if (w.json()) {
    w.attr("expiresIn", pin.expires - now);
    w.attr("createdAt", iso(pin.created));
    w.attr("expiresAt", iso(pin.expires));
    if (pin.token.empty()) {
      w.attr_null("authToken");
    } else {
      w.attr("authToken", pin.token);
    }
    w.attr_null("newRegistration");
  }
  send(response, w, status);
}

void ask_pin(Universe& u, const Request& request, Response& response, const std::string& id) {
  auto pin = u.accounts.poll_pin(to_number(id).value_or(0), request.plex("Client-Identifier"), u.now());
  if (!pin) return error_answer(request, response, 404, 1020, "Code not found or expired");
  if (u.jwt.expects(pin->id)) {
    const auto token = u.jwt.claim(u.accounts, *pin, request.param("deviceJWT").value_or(""), u.now());
    if (!token) return error_answer(request, response, 422, 1097, "Signature verification failed");
    pin->token = *token;
  }
  write_pin(*pin, u.now(), request, response, 200);
}

// A device with a key renews its token: a nonce, and a device JWT that carries it.
void auth(Universe& u, const Request& request, Response& response) {
  if (request.path == "/api/v2/auth/nonce" && request.method == "GET") {
    Writer w(response.body, true);
    w.root("nonce", false);
    w.attr("nonce", u.jwt.nonce(u.now()));
    return send(response, w);
  }
  if (request.path == "/api/v2/auth/token" && request.method == "POST") {
    constexpr std::string_view before = "{\"jwt\":\"", after = "\"}";
    const std::string& body = request.body;
    const bool framed = body.starts_with(before) && body.ends_with(after);
    const std::string jwt =
        framed ? body.substr(before.size(), body.size() - before.size() - after.size()) : std::string();
    const auto token = u.jwt.renew(u.accounts, jwt, request.plex("Client-Identifier"), u.now());
    if (!token) return error_answer(request, response, 422, 1000, "Signature verification failed");
    Writer w(response.body, true);
    w.root("token", false);
    w.attr("auth_token", *token);
    return send(response, w);
  }
  error_answer(request, response, 404, 1000, "Not Found");
}

void home_users(Universe& u, std::size_t caller, const Request& request, Response& response) {
  const auto& people = u.accounts.people();
  if (!people[caller].in_home()) return error_answer(request, response, 404, 1000, "Not Found");
  Writer w(response.body, request.wants_json());
  w.root("home", false);
  w.attr("id", 1);
  w.attr("name", "our home");
  w.attr_null("guestUserID");
  w.attr("guestEnabled", false);
  w.attr("subscription", true);
  w.list("users");
  for (const auto& human : people) {
    if (!human.in_home()) continue;
    w.begin("user");
    w.attr("id", human.options.id);
    w.attr("uuid", human.uuid);
    w.attr("title", human.options.title);
    w.attr("username", human.options.username);
    w.attr("email", human.email);
    w.attr_null("friendlyName");
    w.attr("thumb", "https://plex.tv/users/" + human.uuid + "/avatar?c=1");
    w.attr("hasPassword", !human.restricted());
    w.attr("restricted", human.restricted());
    w.attr_null("restrictionProfile");
    w.attr("updatedAt", 1700000000);
    w.attr("admin", human.admin());
    w.attr("guest", human.options.kind == PersonKind::guest);
    w.attr("protected", !human.options.pin.empty());
    w.end();
  }
  w.end_list();
  send(response, w);
}

// Becomes another member of the Home. False: the error has been answered.
std::optional<std::size_t> switched(Universe& u, std::size_t caller, const std::string& id, const Request& request,
                                    Response& response) {
  const auto& people = u.accounts.people();
  const auto wanted = u.accounts.by_id(id);
  if (people[caller].restricted() || !people[caller].in_home() || u.jwt.issued(request.plex("Token"))) {
    error_answer(request, response, 403, 1001, "Not allowed to switch users");
    return std::nullopt;
  }
  if (!wanted || !people[*wanted].in_home()) {
    error_answer(request, response, 404, 1000, "User not found in this home");
    return std::nullopt;
  }
  const std::string& pin = people[*wanted].options.pin;
  if (!pin.empty() && request.param("pin").value_or("") != pin) {
    if (u.accounts.wrong_pins(*wanted, true) > 5) {
      error_answer(request, response, 429, 1003, "API rate limit exceeded");
    } else {
      error_answer(request, response, 403, 1041, "A valid PIN is required to perform this action");
    }
    return std::nullopt;
  }
  u.accounts.wrong_pins(*wanted, false);
  return wanted;
}

void friends(Universe& u, std::size_t caller, const Request& request, Response& response) {
  Writer w(response.body, request.wants_json());
  w.root_list("friends");
  for (const auto& human : u.accounts.people()) {
    const bool of_caller =
        u.accounts.people()[caller].admin() ? human.options.kind == PersonKind::friend_ : human.admin();
    if (!of_caller) continue;
    w.begin("friend");
    w.attr("id", human.options.id);
    w.attr("uuid", human.uuid);
    w.attr("title", human.options.title);
    w.attr("username", human.options.username);
    w.attr("restricted", false);
    w.attr("email", human.email);
    w.attr_null("friendlyName");
    w.attr("thumb", "https://plex.tv/users/" + human.uuid + "/avatar?c=1");
    w.attr("home", human.in_home());  // in any: also in one that is not the caller's
    w.attr("status", "accepted");
    w.end();
  }
  send(response, w);
}

}  // namespace

std::optional<std::size_t> cloud_person(Universe& u, const Request& request, Response& response) {
  const auto token = u.accounts.token(request.plex("Token"));
  if (!token || token->kind == TokenKind::server ||
      !u.jwt.belongs_to(request.plex("Token"), request.plex("Client-Identifier"))) {
    error_answer(request, response, 401, 1001, "User could not be authenticated");
    return std::nullopt;
  }
  if (u.jwt.expired(request.plex("Token"), u.now())) {
    error_answer(request, response, 498, 1000, "Token has expired");
    return std::nullopt;
  }
  return token->person;
}

void write_user(Writer& w, Universe& u, std::size_t person, const std::string& token) {
  const Person& human = u.accounts.people()[person];
  const auto& people = u.accounts.people();
  w.attr("id", human.options.id);
  w.attr("uuid", human.uuid);
  w.attr("username", human.options.username);
  w.attr("title", human.options.title);
  if (u.options.terse_account) {
    w.attr("authToken", token);
    return;
  }
  if (human.email.empty()) {
    w.attr_null("email");
  } else {
    w.attr("email", human.email);
  }
  w.attr("friendlyName", "");
  w.attr_null("locale");
  w.attr("confirmed", true);
  w.attr("joinedAt", 1446730096);
  w.attr("emailOnlyAuth", false);
  w.attr("hasPassword", !human.restricted());
  w.attr("protected", !human.options.pin.empty());
  w.attr("thumb", "https://plex.tv/users/" + human.uuid + "/avatar?c=1");
  w.attr("authToken", token);
  w.attr("mailingListStatus", "removed");
  w.attr("mailingListActive", false);
  w.attr("scrobbleTypes", "");
  w.attr("country", "PT");
  w.attr("restricted", human.restricted());
  w.attr("home", human.in_home());
  w.attr("guest", human.options.kind == PersonKind::guest);
  std::int64_t size = 0;
  for (const auto& p : people) size += p.in_home() ? 1 : 0;
  w.attr("homeSize", human.in_home() ? size : 1);
  w.attr("homeAdmin", human.admin());
  w.attr("maxHomeSize", 15);
  w.attr("rememberExpiresAt", 1890000000);
  w.attr("experimentalFeatures", false);
  w.attr("twoFactorEnabled", false);
  w.attr("backupCodesCreated", false);
  w.object("subscription");
  w.attr("active", human.admin());
  w.attr("subscribedAt", "2023-09-19 00:00:00 UTC");
  w.attr("status", human.admin() ? "Active" : "Inactive");
  w.attr_null("paymentService");
  w.attr("plan", "lifetime");
  w.end();
}

void handle_plextv(Universe& u, const Request& request, Response& response) {
  const std::string& path = request.path;
  const auto parts = split(path, '/');
  if (!path.starts_with("/api/v2/") || parts.size() < 3) {
    if (!handle_plextv_v1(u, request, response)) error_answer(request, response, 404, 1000, "Not Found");
    return;
  }
  if (request.plex("Client-Identifier").empty()) {
    return error_answer(request, response, 400, 1000, "X-Plex-Client-Identifier is missing");
  }
  const std::string& what = parts[2];
  if (what == "pins") {
    if (request.method == "POST" && parts.size() == 3) {
      const bool strong = request.flag("strong") || request.body.find("\"strong\":true") != std::string::npos;
      const auto product = request.plex("Product");
      const auto pin = u.accounts.new_pin(strong, request.plex("Client-Identifier"), product.empty() ? "0" : product,
                                          u.now(), u.options.pin_seconds);
      if (const auto key = JwtDesk::key_in(request.body, pin.client_id)) u.jwt.expect(pin.id, *key);
      return write_pin(pin, u.now(), request, response, 201);
    }
    if (request.method == "GET" && parts.size() == 4) return ask_pin(u, request, response, parts[3]);
    return error_answer(request, response, 404, 1000, "Not Found");
  }
  if (what == "auth") return auth(u, request, response);
  const auto person = cloud_person(u, request, response);
  if (!person) return;
  const std::string token = request.plex("Token");
  if (path == "/api/v2/user" && request.method == "GET") {
    Writer w(response.body, request.wants_json());
    w.root("user", false);
    write_user(w, u, *person, token);
    return send(response, w);
  }
  if (path == "/api/v2/ping") {
    Writer w(response.body, request.wants_json());
    w.root("pong", false);
    w.attr("pong", true);
    return send(response, w);
  }
  if (path == "/api/v2/users/signout" && request.method == "DELETE") {
    u.accounts.revoke(token);
    return empty_answer(response, 204);
  }
  if (path == "/api/v2/resources") return handle_resources(u, request, response, *person, false);
  if (path == "/api/v2/home/users") return home_users(u, *person, request, response);
  if (path == "/api/v2/friends") return friends(u, *person, request, response);
  if (parts.size() == 6 && what == "home" && parts[3] == "users" && parts[5] == "switch" && request.method == "POST") {
    const auto wanted = switched(u, *person, parts[4], request, response);
    if (!wanted) return;
    Writer w(response.body, request.wants_json());
    w.root("user", false);
    write_user(w, u, *wanted, u.accounts.issue(TokenKind::home, *wanted));
    return send(response, w, 201);
  }
  error_answer(request, response, 404, 1000, "Not Found");
}

// v1 shares the rules of switching.
std::optional<std::size_t> switch_home_user(Universe& u, std::size_t caller, const std::string& id,
                                            const Request& request, Response& response) {
  return switched(u, caller, id, request, response);
}

}  // namespace plexsim
