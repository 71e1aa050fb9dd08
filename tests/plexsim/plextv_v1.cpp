// plex.tv, the older API: XML whatever the client asks for.
#include "universe.hpp"

namespace plexsim {

std::optional<std::size_t> switch_home_user(Universe& u, std::size_t caller, const std::string& id,
                                            const Request& request, Response& response);

namespace {

void send(Response& response, Writer& w, int status = 200) {
  w.finish();
  response.status = status;
  response.content_type = "application/xml; charset=utf-8";
}

std::string thumb(const Person& human) {
  return "https://plex.tv/users/" + human.uuid + "/avatar?c=1";
}

void home_users(Universe& u, Response& response) {
  Writer w(response.body, false);
  std::int64_t size = 0;
  for (const auto& human : u.accounts.people()) size += human.in_home() ? 1 : 0;
  w.root("MediaContainer", false);
  w.attr("friendlyName", "myPlex");
  w.attr("identifier", "com.plexapp.plugins.myplex");
  w.attr("machineIdentifier", "0000000000000000000000000000000000000000");
  w.attr("totalSize", size);
  w.attr("size", size);
  w.attr("guestEnabled", false);
  for (const auto& human : u.accounts.people()) {
    if (!human.in_home()) continue;
    w.begin("User");
    w.attr("id", human.options.id);
    w.attr("uuid", human.uuid);
    w.attr("admin", human.admin());
    w.attr("guest", human.options.kind == PersonKind::guest);
    w.attr("restricted", human.restricted());
    w.attr("hasPassword", !human.restricted());
    w.attr("protected", !human.options.pin.empty());
    w.attr("title", human.options.title);
    w.attr("username", human.options.username);
    w.attr("email", human.email);
    w.attr("thumb", thumb(human));
    w.end();
  }
  send(response, w);
}

// Everybody with access to something of the caller's, in or out of the Home; never the caller.
void users(Universe& u, std::size_t caller, Response& response) {
  Writer w(response.body, false);
  w.root("MediaContainer", false);
  w.attr("friendlyName", "myPlex");
  w.attr("identifier", "com.plexapp.plugins.myplex");
  const auto& people = u.accounts.people();
  for (std::size_t p = 0; p < people.size(); ++p) {
    if (p == caller) continue;
    const Person& human = people[p];
    bool shared = false;
    for (const auto& server : u.servers) shared = shared || (server->owner == caller && server->access[p]);
    if (!shared && !(people[caller].admin() && human.in_home())) continue;
    w.begin("User");
    w.attr("id", human.options.id);
    w.attr("title", human.options.title);
    w.attr("username", human.options.username);
    w.attr("email", human.email);
    w.attr("recommendationsPlaylistId", "");
    w.attr("thumb", thumb(human));
    w.attr("protected", !human.options.pin.empty());
    w.attr("home", human.in_home());
    w.attr("restricted", human.restricted());
    w.attr("allowSync", true);
    for (const auto& server : u.servers) {
      if (server->owner != caller || !server->access[p]) continue;
      w.begin("Server");
      w.attr("id", 100 * (server->number + 1) + static_cast<int>(p));
      w.attr("serverId", 10 + server->number);
      w.attr("machineIdentifier", server->machine_id);
      w.attr("name", server->options.name);
      w.attr("lastSeenAt", u.now());
      w.attr("numLibraries", server->libraries.size());
      w.attr("allLibraries", !server->options.libraries.contains(human.options.handle));
      w.attr("owned", true);
      w.attr("pending", false);
      w.end();
    }
    w.end();
  }
  send(response, w);
}

void shared_servers(Universe& u, std::size_t caller, const std::string& machine_id, const Request& request,
                    Response& response) {
  for (const auto& server : u.servers) {
    if (server->machine_id != machine_id || server->owner != caller) continue;
    Writer w(response.body, false);
    w.root("MediaContainer", false);
    w.attr("friendlyName", "myPlex");
    w.attr("identifier", "com.plexapp.plugins.myplex");
    w.attr("machineIdentifier", machine_id);
    const auto& people = u.accounts.people();
    for (std::size_t p = 0; p < people.size(); ++p) {
      if (p == server->owner || !server->access[p]) continue;
      w.begin("SharedServer");
      w.attr("id", 500 + p);
      w.attr("username", people[p].options.username.empty() ? people[p].options.title : people[p].options.username);
      w.attr("email", people[p].email);
      w.attr("userID", people[p].options.id);
      if (u.options.shared_servers_tokens) w.attr("accessToken", u.server_token(p, server->number));
      w.attr("name", server->options.name);
      w.attr("acceptedAt", 1600000000);
      w.attr("invitedAt", 1590000000);
      w.attr("allowSync", true);
      w.attr("allLibraries", !server->options.libraries.contains(people[p].options.handle));
      w.attr("owned", true);
      for (const auto& library : server->libraries) {
        if (!server->sees(p, people[p].options.handle, library)) continue;
        w.begin("Section");
        w.attr("id", "90" + library.key);
        w.attr("key", library.key);
        w.attr("title", library.title);
        w.attr("type", library.type);
        w.attr("shared", true);
        w.end();
      }
      w.end();
    }
    return send(response, w);
  }
  error_answer(request, response, 404, 0, "Server not found");
}

}  // namespace

bool handle_plextv_v1(Universe& u, const Request& request, Response& response) {
  const auto parts = split(request.path, '/');
  if (parts.empty() || (parts[0] != "api" && parts[0] != "users")) return false;
  const auto person = cloud_person(u, request, response);
  if (!person) return true;
  if (request.path == "/api/home/users") {
    if (u.accounts.people()[*person].in_home())
      home_users(u, response);
    else
      error_answer(request, response, 404, 1000, "Not Found");
  } else if (parts.size() == 5 && parts[1] == "home" && parts[2] == "users" && parts[4] == "switch" &&
             request.method == "POST") {
    const auto wanted = switch_home_user(u, *person, parts[3], request, response);
    if (!wanted) return true;
    const std::string token = u.accounts.issue(TokenKind::home, *wanted);
    Writer w(response.body, false);
    w.root("user", false);
    w.attr("authenticationToken", token);
    write_user(w, u, *wanted, token);
    send(response, w, 201);
  } else if (parts.size() == 2 && parts[0] == "api" && parts[1] == "users") {
    users(u, *person, response);
  } else if (request.path == "/api/resources") {
    handle_resources(u, request, response, *person, true);
  } else if (parts.size() == 4 && parts[1] == "servers" && parts[3] == "shared_servers") {
    shared_servers(u, *person, parts[2], request, response);
  } else if (parts.size() >= 2 && parts[1] == "friends") {
    error_answer(request, response, 410, 0, "This endpoint was deprecated and removed");
  } else if (request.path == "/users/account") {
    Writer w(response.body, false);
    w.root("user", false);
    write_user(w, u, *person, request.plex("Token"));
    send(response, w);
  } else {
    return false;
  }
  return true;
}

}  // namespace plexsim
