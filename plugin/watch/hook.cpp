#include "watch/hook.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/tree.hpp"

namespace crosswatch::plex::watch {
namespace {

constexpr std::size_t most_payload = 1u << 20;
constexpr std::size_t most_head = 4096;  // of a part
constexpr int most_parts = 16;

Error unfit(const std::string& why) {
  return Error(CW_PROTOCOL, "bad_webhook", "What was posted is no webhook of Plex: " + why + ".",
               "Enter the address in Plex under Settings, Webhooks; nothing else is to post there.");
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Where the next ';' stands that is in no quotes.
std::size_t end_of_parameter(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\') ++i;
    if (!quoted && text[i] == ';') return i;
  }
  return text.size();
}

std::string unquoted(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string out;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

// The value of a parameter of a header: form-data; name="payload". Names in lower case.
std::string parameter(std::string_view header, std::string_view name) {
  for (std::size_t end = end_of_parameter(header); end < header.size(); end = end_of_parameter(header)) {
    header.remove_prefix(end + 1);
    const std::string_view one = header.substr(0, end_of_parameter(header));
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos && lower(trimmed(one.substr(0, equals))) == name)
      return unquoted(trimmed(one.substr(equals + 1)));
  }
  return {};
}

bool names_payload(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && lower(line.substr(0, colon)) == "content-disposition")
      return parameter(line, "name") == "payload";
  }
  return false;
}

std::string_view part_of(std::string_view body, const std::string& boundary) {
  if (boundary.empty() || boundary.size() > 200) throw unfit("it names no boundary between its parts");
  const std::string mark = "--" + boundary;
  std::size_t at = body.find(mark);
  for (int part = 0; at != std::string_view::npos && part < most_parts; ++part) {
    body.remove_prefix(at + mark.size());
    if (body.starts_with("--")) break;  // the end
    const std::size_t head = body.find("\r\n\r\n");
    if (head == std::string_view::npos || head > most_head) throw unfit("one of its parts has no end of its head");
    const std::string_view content = body.substr(head + 4);
    const std::size_t end = content.find("\r\n" + mark);
    if (end == std::string_view::npos) throw unfit("it is cut off");
    if (names_payload(body.substr(0, head))) return content.substr(0, end);
    body = content;
    at = end + 2;
  }
  throw unfit("it has no part \"payload\"");
}

std::optional<EventKind> kind_of(std::string_view event) {
  static constexpr std::pair<std::string_view, EventKind> kinds[] = {
      {"media.play", EventKind::start}, {"media.resume", EventKind::start},     {"media.pause", EventKind::pause},
      {"media.stop", EventKind::stop},  {"media.scrobble", EventKind::watched}, {"media.rate", EventKind::rated}};
  for (const auto& [name, kind] : kinds)
    if (name == event) return kind;
  return std::nullopt;
}

// It becomes part of a path that the server is asked for: nothing but a number may.
std::string key_in(const wire::Node& node, std::string_view name) {
  const std::string_view key = node.attr(name);
  const bool number = key.size() <= 19 && key.find_first_not_of("0123456789") == std::string_view::npos;
  return number ? std::string(key) : std::string();
}

}  // namespace

std::string payload_of(std::string_view content_type, std::string_view body) {
  const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  std::string_view payload = body;
  if (type == "multipart/form-data")
    payload = part_of(body, parameter(content_type, "boundary"));
  else if (type != "application/json")
    throw unfit("it is neither multipart/form-data nor JSON");
  if (payload.size() > most_payload) throw unfit("it is too large");
  return std::string(payload);
}

Hook read_hook(std::string payload) {
  wire::Node root;
  try {
    root = wire::parse_tree(payload, "The payload");
  } catch (const Error& e) {
    throw unfit(e.what());
  }
  const std::string_view event = root.attr("event");
  if (event.empty()) throw unfit("it names no event");
  Hook hook;
  hook.kind = kind_of(event);
  if (!hook.kind) return hook;
  if (const wire::Node* server = root.child("Server")) hook.server = server->attr("uuid");
  if (const wire::Node* account = root.child("Account")) hook.account = account->number("id").value_or(0);
  if (const wire::Node* player = root.child("Player")) hook.player = player->attr("uuid");
  hook.rating = wire::to_tenths(root.attr("rating"));
  if (const wire::Node* item = root.child("Metadata")) {
    hook.item = key_in(*item, "ratingKey");
    hook.type = item->attr("type");
    if (hook.type == "episode") hook.show = key_in(*item, "grandparentRatingKey");
    if (hook.type == "season") hook.show = key_in(*item, "parentRatingKey");
    hook.subtype = item->attr("subtype");
    hook.library = item->attr("librarySectionID");
    hook.live = item->flag("live") || item->attr("key").starts_with("/livetv/");
    hook.position_ms = item->number("viewOffset").value_or(-1);
    if (hook.rating < 0) hook.rating = wire::to_tenths(item->attr("userRating"));
  }
  return hook;
}

}  // namespace crosswatch::plex::watch
