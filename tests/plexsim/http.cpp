#include "http.hpp"

#include <algorithm>
#include <charconv>

namespace plexsim {

std::string_view host_name(HostKind kind) {
  switch (kind) {
    case HostKind::plex_tv:
      return "plex_tv";
    case HostKind::clients:
      return "clients";
    case HostKind::discover:
      return "discover";
    case HostKind::metadata:
      return "metadata";
    case HostKind::server:
      return "server";
    case HostKind::control:
      return "control";
  }
  return "?";
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    if (at != 0) parts.emplace_back(text.substr(0, at));
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  }
  return parts;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string url_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      result.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      result.push_back(' ');
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string& piece : split(text, '&')) {
    auto equals = piece.find('=');
    // "title==x": everything up to the last of a run of '=' belongs to the key
    while (equals != std::string::npos && equals + 1 < piece.size() && piece[equals + 1] == '=') ++equals;
    if (equals == std::string::npos) {
      result.emplace_back(url_decode(piece, true), "");
    } else {
      result.emplace_back(url_decode(std::string_view(piece).substr(0, equals), true),
                          url_decode(std::string_view(piece).substr(equals + 1), true));
    }
  }
  return result;
}

bool parse_head(std::string_view head, Request& request) {
  const auto line_end = head.find("\r\n");
  const auto line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first || !line.substr(last + 1).starts_with("HTTP/1.")) return false;
  request.method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && target.front() != '/') {
    const auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const auto mark = target.find('?');
  request.path = url_decode(target.substr(0, mark), false);
  request.raw_query = mark == std::string_view::npos ? "" : std::string(target.substr(mark + 1));
  request.query = parse_query(request.raw_query);
  auto rest = line_end == std::string_view::npos ? std::string_view{} : head.substr(line_end + 2);
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const auto field = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 2);
    if (field.empty()) break;
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) return false;
    request.headers.emplace_back(lower(trim(field.substr(0, colon))), std::string(trim(field.substr(colon + 1))));
  }
  return true;
}

std::optional<std::string> Request::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::param(std::string_view key) const {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  if (!body.empty() && header("content-type").value_or("").starts_with("application/x-www-form-urlencoded")) {
    for (auto& [name, value] : parse_query(body)) {
      if (name == key) return value;
    }
  }
  return std::nullopt;
}

std::string Request::plex(std::string_view name) const {
  if (auto value = header("x-plex-" + lower(name))) return *value;
  const std::string wanted = "x-plex-" + lower(name);
  for (const auto& [key, value] : query) {
    if (lower(key) == wanted) return value;
  }
  return {};
}

std::optional<std::int64_t> Request::number(std::string_view key) const {
  const auto text = param(key);
  return text ? to_number(*text) : std::nullopt;
}

bool Request::flag(std::string_view key) const {
  const auto text = param(key);
  return text && (*text == "1" || *text == "true");
}

bool Request::wants_json() const {
  if (fault.kind == FaultKind::force_xml) return false;
  const std::string accept = lower(header("accept").value_or(param("Accept").value_or("")));
  const auto json = accept.find("json");
  const auto xml = accept.find("xml");
  return json != std::string::npos && (xml == std::string::npos || json < xml);
}

void Response::reset() {
  status = 200;
  content_type.clear();
  headers.clear();
  body.clear();
  push.reset();
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace plexsim
