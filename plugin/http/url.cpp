#include "http/url.hpp"

#include <Poco/Net/IPAddress.h>

#include <algorithm>
#include <charconv>

namespace crosswatch::plex::http {

namespace {

constexpr std::string_view plex_direct = ".plex.direct";

bool takes(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::optional<Poco::Net::IPAddress> ip(std::string_view host) {
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(std::string(host), address)) return std::nullopt;
  return address;
}

}  // namespace

std::string Url::host_port() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text, std::uint16_t http_port) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  std::string_view rest = lower;
  Url url;
  if (takes(rest, "http://"))
    url.secure = false;
  else if (!takes(rest, "https://"))
    return std::nullopt;
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (takes(rest, "[")) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (url.host.find(':') == std::string::npos || !ip(url.host)) return std::nullopt;
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    url.host = rest.substr(0, end);
    rest.remove_prefix(end);
    if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), host_character)) return std::nullopt;
  }
  url.port = url.secure ? 443 : http_port;
  if (takes(rest, ":")) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), url.port);
    if (error != std::errc{} || end != rest.data() + rest.size() || url.port == 0) return std::nullopt;
  } else if (!rest.empty()) {
    return std::nullopt;
  }
  return url;
}

std::string encode(std::string_view value) {
  constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    if (unreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return out;
}

std::optional<std::string> plex_direct_address(std::string_view host) {
  if (!host.ends_with(plex_direct)) return std::nullopt;
  std::string label(host.substr(0, host.find('.')));
  std::string v4 = label;
  std::replace(v4.begin(), v4.end(), '-', '.');
  if (ip(v4)) return v4;
  std::replace(label.begin(), label.end(), '-', ':');
  if (ip(label)) return label;
  return std::nullopt;
}

std::string plex_direct_name(std::string_view address, std::string_view suffix) {
  std::string name(address);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '-');
  return name + "." + std::string(suffix);
}

bool is_ip(std::string_view host) {
  return ip(host).has_value();
}

bool is_local(std::string_view host) {
  if (host == "localhost") return true;
  const auto named = plex_direct_address(host);
  const auto address = ip(named ? std::string_view(*named) : host);
  if (!address) return false;
  if (address->isLoopback() || address->isSiteLocal() || address->isLinkLocal()) return true;
  const auto* bytes = static_cast<const unsigned char*>(address->addr());
  return address->family() == Poco::Net::IPAddress::IPv6 && (bytes[0] & 0xFE) == 0xFC;  // fc00::/7
}

}  // namespace crosswatch::plex::http
