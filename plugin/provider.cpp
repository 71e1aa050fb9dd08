#include "provider.hpp"

#include <algorithm>

#include "account/memory.hpp"

namespace crosswatch::plex {

namespace {

http::Options transport_options(const Host& host) {
  const Profile profile = Profile::of(host);
  http::Options options;
  options.client_id = [host] { return client_id_of(host); };
  options.version = version;
  options.ca_file = host.config("ca_file");
  options.allow_insecure_http = profile.allow_insecure_http;
  options.timeout_ms = static_cast<std::uint32_t>(
      1000 * std::clamp<std::int64_t>(wire::to_int(host.config("timeout")).value_or(30), 1, 600));
  options.tries = static_cast<std::uint32_t>(std::clamp<std::int64_t>(host.config_number("max_retries", 3), 1, 10));
  options.cloud = {
      {profile.plex_tv, 2, 4}, {profile.clients, 2, 4}, {profile.discover, 5, 5}, {profile.metadata, 5, 5}};
  return options;
}

feature::CloudHosts cloud_hosts(const Host& host) {
  const Profile profile = Profile::of(host);
  return {profile.discover, profile.metadata};
}

}  // namespace

template <class Ask>
auto PlexProvider::Watchful::heed(const http::Request& request, Ask&& ask) {
  try {
    return ask();
  } catch (const Error& e) {
    if (e.status == CW_UNREACHABLE) account_.forget_address(request.base_url);
    if (e.http_status == 401) account_.forget_scopes();
    throw;
  }
}

http::Response PlexProvider::Watchful::send(const Call& call, const http::Request& request, std::string& body) {
  return heed(request, [&] {
    http::Response response = inner_.send(call, request, body);
    if (response.status == 401 && !request.token.empty()) account_.forget_scopes();
    return response;
  });
}

std::unique_ptr<http::Push> PlexProvider::Watchful::web_socket(const Call& call, const http::Request& request) {
  return heed(request, [&] { return push_.web_socket(call, request); });
}

std::unique_ptr<http::Push> PlexProvider::Watchful::events(const Call& call, const http::Request& request) {
  return heed(request, [&] { return push_.events(call, request); });
}

PlexProvider::PlexProvider(Host host)
    : client_(transport_options(host)),
      account_(host, client_),
      sync_(host, watchful_, scopes_, cloud_hosts(host)),
      watcher_(host, watchful_, watchful_, scopes_) {
  if (host.config("verify_ssl", "true") == "false")
    host.log(LogLevel::warning,
             "plex.verify_ssl is false and has no effect: certificates are always checked. A server with its own "
             "certificate needs plex.ca_file.");
}

}  // namespace crosswatch::plex
