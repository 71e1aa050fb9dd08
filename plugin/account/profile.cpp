#include "account/profile.hpp"

#include "http/url.hpp"
#include "wire/text.hpp"

namespace crosswatch::plex {

namespace {

std::string endpoint(const Host& host, const std::string& key, const char* usual) {
  const std::string text = host.config("endpoints." + key, usual);
  const auto url = http::parse_url(text);
  if (!url)
    throw Error(CW_CONFIG, "bad_address", "plex.endpoints." + key + " is not an address: \"" + text + "\".",
                "Write it as https://host:port, or remove it to use " + std::string(usual) + ".");
  return url->text();
}

}  // namespace

Profile Profile::of(const Host& host) {
  Profile p;
  p.plex_tv = endpoint(host, "plex_tv", "https://plex.tv");
  p.clients = endpoint(host, "clients", "https://clients.plex.tv");
  p.discover = endpoint(host, "discover", "https://discover.provider.plex.tv");
  p.metadata = endpoint(host, "metadata", "https://metadata.provider.plex.tv");
  p.server_url = host.config("server_url");
  if (!p.server_url.empty() && !http::parse_url(p.server_url))
    throw Error(CW_CONFIG, "bad_address", "plex.server_url is not an address: \"" + p.server_url + "\".",
                "Write it as https://host:port, or remove it to have the server found.");
  p.server_id = host.config("server_id");
  p.user_id = wire::to_int(host.config("user_id"));
  p.account_id = wire::to_int(host.config("account_id"));
  p.username = host.config("username");
  p.allow_insecure_http = host.config_flag("allow_insecure_http", false);
  return p;
}

}  // namespace crosswatch::plex
