#include "server/access.hpp"

#include <algorithm>
#include <crosswatch/call.hpp>

#include "config/values.hpp"
#include "files/random.hpp"
#include "server/same_secret.hpp"

namespace crosswatch::host::server {
namespace {

constexpr std::int64_t session_ms = 12 * 3600 * 1000;  // without a request
constexpr std::size_t max_sessions = 256;
constexpr int max_failed = 5;
constexpr std::int64_t wait_ms = 60 * 1000;
constexpr std::size_t max_addresses = 1024;

// "localhost:8787", "[::1]:8787" without port and brackets.
std::string_view name_of_host(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

// No name that somebody else's DNS could point here.
bool is_address(std::string_view name) noexcept {
  const bool v6 = name.find(':') != std::string_view::npos;
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || c == '.' || (v6 && (c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  });
}

}  // namespace

Access::Access(const Options& options, Clock clock) : options_(options), clock_(std::move(clock)) {}

bool Access::host_allowed(std::string_view host) const {
  const std::string name = lower_case(name_of_host(host));
  if (is_loopback(name) && (name == "localhost" || is_address(name))) return true;
  if (std::any_of(options_.hosts.begin(), options_.hosts.end(),
                  [&](const std::string& h) { return lower_case(h) == name; }))
    return true;
  return !options_.loopback() && is_address(name);
}

bool Access::is_program(const Request& request) const {
  return !options_.token.empty() && !request.bearer.empty() && same_secret(request.bearer, options_.token);
}

Access::Session* Access::find(const std::string& id) {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return nullptr;
  const std::int64_t now = clock_();
  if (now - it->second.used > session_ms) {
    sessions_.erase(it);
    return nullptr;
  }
  it->second.used = now;
  return &it->second;
}

std::optional<Reply> Access::refuse(const Request& request) {
  if (!host_allowed(request.host))
    return error_reply(421, "wrong_host", "This server does not answer to the name \"" + request.host + "\".",
                       "Open it by its address, or add the name to server.hosts.");
  const std::size_t scheme = request.origin.find("://");
  const bool own =
      request.origin.empty() || (scheme != std::string::npos && request.origin.substr(scheme + 3) == request.host);
  if (!own || request.embedded)
    return error_reply(403, "foreign_origin", "Another site asked for this; only the page of this server may.");
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!request.path.starts_with("/api/")) return std::nullopt;
  if (!reads && !request.body.empty() && !request.content_type.starts_with("application/json"))
    return error_reply(415, "not_json", "The body of a request has to be application/json.");
  if (request.path == "/api/login") return std::nullopt;
  const std::lock_guard lock(mutex_);
  const bool has_token = !options_.token.empty() && !request.bearer.empty();
  if (has_token) {
    if (auto wait = too_many(request.peer)) return wait;
    if (is_program(request)) return std::nullopt;
  }
  const Session* const session = find(request.session);
  if (!session && has_token) guessed_wrong(request.peer);
  if (!session)
    return error_reply(401, options_.password.empty() ? "no_session" : "login_needed",
                       options_.password.empty() ? "Open the page first: this address answers only to it."
                                                 : "The password is needed.");
  if (!reads && !same_secret(request.csrf, session->csrf))
    return error_reply(403, "no_csrf", "The request does not come from the page: its X-CSRF-Token is missing.",
                       "Load the page again.");
  return std::nullopt;
}

bool Access::still_in(const Request& request) {
  if (is_program(request)) return true;
  const std::lock_guard lock(mutex_);
  const auto it = sessions_.find(request.session);
  return it != sessions_.end() && clock_() - it->second.used <= session_ms;
}

std::string Access::open_session() {
  while (sessions_.size() >= max_sessions) {
    const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    sessions_.erase(oldest);
  }
  std::string id = random_hex();
  sessions_[id] = {random_hex(), clock_()};
  return id;
}

std::string session_cookie(std::string_view host) {
  std::string name = "crosswatch_session";
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : host.substr(colon + 1);
  if (!port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos) name += '_' + std::string(port);
  return name;
}

std::string Access::cookie(const Request& request, const std::string& id) const {
  return session_cookie(request.host) + "=" + id + "; Path=/; HttpOnly; SameSite=Strict" +
         (options_.tls() ? "; Secure" : "") + (id.empty() ? "; Max-Age=0" : "");
}

std::string Access::welcome(const Request& request) {
  // With a token alone the server is for programs: whoever opens the page has to have a password.
  if (!options_.password.empty() || !options_.loopback() || !is_loopback(name_of_host(request.host))) return {};
  const std::lock_guard lock(mutex_);
  return find(request.session) ? std::string() : cookie(request, open_session());
}

std::optional<Reply> Access::too_many(const std::string& peer) {
  std::erase_if(attempts_, [now = clock_()](const auto& a) { return now - a.second.since >= wait_ms; });
  const auto at = attempts_.find(peer);
  if (attempts_.size() < max_addresses && (at == attempts_.end() || at->second.failed < max_failed))
    return std::nullopt;
  Reply wait = error_reply(429, "too_many_attempts", "Too many wrong passwords. Wait a minute, then try again.");
  wait.headers.emplace_back("Retry-After", "60");
  return wait;
}

void Access::guessed_wrong(const std::string& peer) {
  Attempts& attempts = attempts_[peer];
  attempts = {attempts.failed + 1, clock_()};
}

Reply Access::login(const Request& request, const std::string& password) {
  const std::lock_guard lock(mutex_);
  if (auto wait = too_many(request.peer)) return *wait;
  if (!same_secret(password, options_.password)) {
    guessed_wrong(request.peer);
    return error_reply(403, "wrong_password", "That is not the password.");
  }
  attempts_.erase(request.peer);
  const std::string id = open_session();
  Reply ok = json_reply(json::object({{"csrf", sessions_[id].csrf}}));
  ok.headers.emplace_back("Set-Cookie", cookie(request, id));
  return ok;
}

Reply Access::logout(const Request& request) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(request.session);
  Reply out = json_reply(json::object());
  out.headers.emplace_back("Set-Cookie", cookie(request, {}));
  return out;
}

std::string Access::csrf_of(const Request& request) {
  const std::lock_guard lock(mutex_);
  const Session* const session = find(request.session);
  return session ? session->csrf : std::string();
}

}  // namespace crosswatch::host::server
