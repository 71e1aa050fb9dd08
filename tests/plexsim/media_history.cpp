// /status: play rows and sessions.
#include <algorithm>

#include "render.hpp"
#include "universe.hpp"

namespace plexsim {

namespace {

// The rows one request asks for, as positions in server.plays. Plays rise in time; ids nearly do.
std::vector<std::uint32_t> wanted_rows(Universe& u, const MediaServer& server, std::size_t person,
                                       const Request& request) {
  const bool honoured = request.fault.kind != FaultKind::ignore_filters;
  std::optional<std::int64_t> account;
  std::optional<std::int64_t> since;
  std::optional<std::int64_t> until;
  std::optional<std::int64_t> section;
  std::uint32_t of_item = kNone;
  bool newest_first = false;
  for (const auto& [key, value] : request.query) {
    if (!honoured) break;
    const auto number = to_number(value);
    if (key == "sort") newest_first = value == "viewedAt:desc";
    if (key == "metadataItemID") of_item = server.find(value);
    if (!number) continue;
    if (key == "accountID") account = number;
    if (key == "viewedAt>") since = number;  // "viewedAt>=": at or after; ">>=" is not known here and ignored
    if (key == "viewedAt<") until = number;
    if (key == "librarySectionID") section = number;
  }
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < server.plays.size(); ++i) {
    const PlayRow& row = server.plays[i];
    if (person != server.owner && row.person != person) continue;
    if (account && u.pms_account_id(server, row.person) != *account) continue;
    if (since && row.at < *since) continue;
    if (until && row.at > *until) continue;
    const Item& it = server.items[row.item];
    if (section && to_number(server.libraries[it.library].key) != *section) continue;
    if (of_item != kNone && row.item != of_item && it.parent != of_item && it.grandparent != of_item) continue;
    rows.push_back(i);
  }
  if (newest_first) std::reverse(rows.begin(), rows.end());
  return rows;
}

void write_row(Writer& w, Universe& u, const MediaServer& server, const PlayRow& row) {
  const Item& it = server.items[row.item];
  const std::string key = server.key(row.item);
  auto reference = [](const std::string& k) { return "/library/metadata/" + k; };
  w.begin(xml_tag(it.kind));
  w.attr("historyKey", "/status/sessions/history/" + std::to_string(row.id));
  const bool named = !it.deleted || it.stale_rows;
  if (named) {
    w.attr("key", reference(key));
    w.attr("ratingKey", key);
  }
  w.attr_quoted("librarySectionID", to_number(server.libraries[it.library].key).value_or(0));
  if (named && it.parent != kNone) w.attr("parentKey", reference(server.key(it.parent)));
  if (it.kind == Kind::episode && it.grandparent != kNone) {
    if (named) w.attr("grandparentKey", reference(server.key(it.grandparent)));
    w.attr("grandparentTitle", server.title(it.grandparent));
  }
  w.attr("title", server.title(row.item));
  w.attr("type", kind_name(it.kind));
  if (named) w.attr("thumb", reference(key) + "/thumb/-1");
  if (it.index >= 0) w.attr("index", it.index);
  if (it.parent != kNone && server.items[it.parent].index >= 0) w.attr("parentIndex", server.items[it.parent].index);
  if (const int year = server.year(row.item); year > 0)
    w.attr("originallyAvailableAt", std::to_string(year) + "-01-01");
  w.attr("viewedAt", row.at);
  w.attr("accountID", u.pms_account_id(server, row.person));
  w.attr("deviceID", 12);
  w.end();
}

void send(const Request&, Response& response, Writer& w) {
  w.finish();
  set_type(response, w.json());
  response.header("X-Plex-Protocol", "1.0");
}

void history(Universe& u, const MediaServer& server, std::size_t person, const Request& request, Response& response) {
  if (person != server.owner && server.options.refuse_user_history) return error_answer(request, response, 401, 0, "");
  std::string key = "history|" + std::to_string(server.version) + "|" + std::to_string(person);
  for (const auto& [name, value] : request.query) {
    if (!name.starts_with("X-Plex-")) key += "|" + name + "=" + value;
  }
  if (request.fault.kind == FaultKind::ignore_filters) key += "|all";
  const Rows selected = u.selections[static_cast<std::size_t>(server.number)]->cached(
      key, [&] { return wanted_rows(u, server, person, request); });
  const auto& rows = *selected;
  const Page page = page_of(request);
  const Slice slice = slice_of(request, page, rows.size());
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", slice.end - slice.begin);
  if (page.asked) {
    w.attr("totalSize", slice.total);
    w.attr("offset", slice.offset);
    response.header("X-Plex-Container-Start", std::to_string(slice.offset));
    response.header("X-Plex-Container-Total-Size", std::to_string(slice.total));
  }
  if (slice.end > slice.begin) {
    w.list("Metadata");
    for (std::size_t i = slice.begin; i < slice.end; ++i) write_row(w, u, server, server.plays[rows[i]]);
    w.end_list();
  }
  send(request, response, w);
}

void one_row(Universe& u, const MediaServer& server, std::size_t person, const Request& request, Response& response,
             const std::string& id) {
  for (const auto& row : server.plays) {
    if (std::to_string(row.id) != id || (person != server.owner && row.person != person)) continue;
    Writer w(response.body, request.wants_json());
    w.root("MediaContainer", true);
    w.attr("size", 1);
    w.list("Metadata");
    write_row(w, u, server, row);
    w.end_list();
    return send(request, response, w);
  }
  error_answer(request, response, 404, 0, "");
}

void sessions(Universe& u, const MediaServer& server, std::size_t person, const Request& request, Response& response) {
  if (person != server.owner) return error_answer(request, response, 403, 0, "");
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", server.sessions.size());
  if (!server.sessions.empty()) w.list("Metadata");
  for (const auto& session : server.sessions) {
    const auto& human = u.accounts.people()[session.person];
    const auto id = u.pms_account_id(server, session.person);
    w.begin("Video");
    w.attr("ratingKey", server.key(session.item));
    w.attr("key", "/library/metadata/" + server.key(session.item));
    w.attr("guid", server.guid(session.item));
    w.attr("type", kind_name(server.items[session.item].kind));
    w.attr("title", server.title(session.item));
    w.attr("sessionKey", std::to_string(session.number));
    w.attr_quoted("duration", server.duration(session.item));
    w.attr_quoted("viewOffset", session.offset);
    w.attr("librarySectionID", server.libraries[server.items[session.item].library].key);
    w.object("User");
    w.attr_quoted("id", id);
    w.attr("thumb", "https://plex.tv/users/" + human.uuid + "/avatar?c=1");
    w.attr("title", human.options.title);
    w.end();
    w.object("Player");
    w.attr("address", "192.168.1.20");
    w.attr("machineIdentifier", session.player);
    w.attr("platform", "Android");
    w.attr("product", "Plex for Android (TV)");
    w.attr("state", session.state);
    w.attr("title", "Living room");
    w.attr("local", true);
    w.attr("userID", id);
    w.end();
    w.object("Session");
    w.attr("id", "session-" + human.options.handle);
    w.attr("bandwidth", 7000);
    w.attr("location", "lan");
    w.end();
    w.end();
  }
  if (!server.sessions.empty()) w.end_list();
  send(request, response, w);
}

}  // namespace

bool handle_status(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response) {
  if (request.path == "/status/sessions") {
    sessions(u, server, person, request, response);
  } else if (request.path == "/status/sessions/history/all") {
    history(u, server, person, request, response);
  } else if (request.path.starts_with("/status/sessions/history/")) {
    one_row(u, server, person, request, response, request.path.substr(25));
  } else {
    return false;
  }
  return true;
}

}  // namespace plexsim
