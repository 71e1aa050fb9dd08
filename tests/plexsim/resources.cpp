// The lists of a person's servers, with the addresses plex.tv believes in.
#include "universe.hpp"

namespace plexsim {

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::vector<ConnectionOptions> connections_of(const Universe& u, const MediaServer& server) {
  auto list = server.options.connections;
  const Listener& own = *u.media[static_cast<std::size_t>(server.number)];
  if (list.empty()) list.push_back({"{self}", "127.0.0.1", own.port(), true, false, false});
  for (auto& c : list) {
    if (c.uri == "{self}" && server.options.cert == CertMode::plex_direct) {
      c.uri = "https://127-0-0-1." + server.direct_hash + ".plex.direct:" + std::to_string(own.port());
    }
    c.uri = replaced(c.uri, "{self}", own.url());
    for (std::size_t n = 0; n < u.media.size(); ++n)
      c.uri = replaced(c.uri, "{server:" + std::to_string(n) + "}", u.media[n]->url());
    c.uri = replaced(c.uri, "{direct}", server.direct_hash);
    if (c.address.empty()) c.address = "127.0.0.1";
    if (c.port == 0) c.port = own.port();
  }
  return list;
}

void device(Writer& w, Universe& u, const MediaServer& server, std::size_t person, const Request& request, bool v1) {
  const auto& people = u.accounts.people();
  const bool owned = person == server.owner;
  w.begin(v1 ? "Device" : "resource");
  w.attr("name", server.options.name);
  w.attr("product", "Plex Media Server");
  w.attr("productVersion", server.options.version);
  w.attr("platform", "Linux");
  w.attr("platformVersion", "6.1");
  w.attr("device", "Docker Container");
  w.attr("clientIdentifier", server.machine_id);
  if (v1) {
    w.attr("createdAt", 1600000000);
    w.attr("lastSeenAt", u.now());
  } else {
    w.attr("createdAt", "2020-09-13T12:26:40Z");
    w.attr("lastSeenAt", "2024-09-05T03:15:45Z");
  }
  w.attr("provides", "server");
  if (!owned) {
    w.attr("ownerId", people[server.owner].options.id);
    w.attr("sourceTitle", people[server.owner].options.title);
  } else if (!v1) {
    w.attr_null("ownerId");
    w.attr_null("sourceTitle");
  }
  w.attr("publicAddress", "203.0.113.9");
  // Whoever asks with a JWT gets it back for the servers of their own.
  const std::string caller = request.plex("Token");
  w.attr("accessToken", owned && u.jwt.issued(caller) ? caller : u.server_token(person, server.number));
  w.attr("owned", owned);
  w.attr("home", !owned && people[person].in_home() && people[server.owner].in_home());
  w.attr("synced", false);
  w.attr("relay", true);
  w.attr("presence", true);
  w.attr("httpsRequired", false);
  w.attr("publicAddressMatches", true);
  w.attr("dnsRebindingProtection", false);
  w.attr("natLoopbackSupported", false);
  const bool relays = request.flag("includeRelay");
  const bool v6 = request.flag("includeIPv6");
  const bool tls = request.flag("includeHttps");
  // v2's XML wraps the list in an element of its own
  if (!v1 && w.json()) w.list("connections");
  if (!v1 && !w.json()) w.begin("connections");
  for (const auto& c : connections_of(u, server)) {
    if ((c.relay && !relays) || (c.ipv6 && !v6)) continue;
    w.begin(v1 ? "Connection" : "connection");
    // without includeHttps plex.tv names the bare address
    const std::string uri = tls ? c.uri : "http://" + c.address + ":" + std::to_string(c.port);
    w.attr("protocol", uri.starts_with("https") ? "https" : "http");
    w.attr("address", c.address);
    w.attr("port", c.port);
    w.attr("uri", uri);
    w.attr("local", c.local);
    w.attr("relay", c.relay);
    w.attr("IPv6", c.ipv6);
    w.end();
  }
  if (!v1 && w.json()) w.end_list();
  if (!v1 && !w.json()) w.end();
  w.end();
}

// Resource lists name players too; a client has to leave them out.
void player(Writer& w, bool v1) {
  w.begin(v1 ? "Device" : "resource");
  w.attr("name", "Living room");
  w.attr("product", "Plex for Android (TV)");
  w.attr("productVersion", "10.1");
  w.attr("platform", "Android");
  w.attr("clientIdentifier", "player-living-room");
  w.attr("provides", "client,player,pubsub-player");
  w.attr("owned", true);
  w.attr("presence", false);
  w.end();
}

}  // namespace

void handle_resources(Universe& u, const Request& request, Response& response, std::size_t person, bool v1) {
  Writer w(response.body, !v1 && request.wants_json());
  std::size_t count = 1;
  for (const auto& server : u.servers) count += server->options.listed && server->access[person] ? 1 : 0;
  if (v1) {
    w.root("MediaContainer", false);
    w.attr("size", count);
  } else {
    w.root_list("resources");
  }
  for (const auto& server : u.servers) {
    if (server->options.listed && server->access[person]) device(w, u, *server, person, request, v1);
  }
  player(w, v1);
  w.finish();
  set_type(response, w.json());
}

}  // namespace plexsim
