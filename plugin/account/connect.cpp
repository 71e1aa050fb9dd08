// The part of Account that finds the server and proves that it is the right one and takes the token.
#include <algorithm>
#include <sstream>

#include "account/account.hpp"
#include "account/jwt.hpp"
#include "account/memory.hpp"
#include "http/trouble.hpp"
#include "http/url.hpp"

namespace crosswatch::plex {

namespace {

// For an address that worked last time, before plex.tv is asked for others.
constexpr std::uint32_t warm_ms = 1'500;

std::string quoted(const std::string& name) {
  return "\"" + name + "\"";
}

// A machine id, or a name that only one server has; else null.
const Device* find_device(const std::vector<Device>& devices, const std::string& text) {
  const auto by_id =
      std::find_if(devices.begin(), devices.end(), [&](const Device& d) { return same_id(d.machine_id, text); });
  if (by_id != devices.end()) return &*by_id;
  const auto named = [&](const Device& d) { return same_id(d.name, text); };
  const auto first = std::find_if(devices.begin(), devices.end(), named);
  if (first == devices.end()) return nullptr;
  if (std::count_if(devices.begin(), devices.end(), named) > 1)
    throw Error(CW_NOT_FOUND, "server_ambiguous", "Several servers are called " + quoted(text) + ".",
                "Choose one by its id: crosswatch servers plex, then crosswatch select plex --server ID");
  return &*first;
}

// The libraries of the server, if it accepts the token; it must have proven its machine id before.
std::optional<std::string> accepts(const Call& call, http::Transport& transport, const std::string& url,
                                   const ServerToken& token, const std::string& name) {
  http::Request request;
  request.base_url = url;
  request.path = "/library/sections";
  request.token = token.text();
  std::string body;
  const http::Response response = transport.send(call, request, body);
  if (response.ok()) return body;
  if (response.status == 401 || response.status == 403) return std::nullopt;
  throw Error(CW_UNREACHABLE, "server_unavailable",
              "The server " + quoted(name) + ' ' + http::answered(response) +
                  (response.status == 503 ? ": it is starting, or under maintenance." : "."),
              http::remedy_for(response))
      .http(static_cast<std::uint32_t>(response.status));
}

// A JWT is for plex.tv; a server that refused one never sees one again.
Error jwt_refused(const std::string& name) {
  return {CW_AUTH, "jwt_refused", "The server " + quoted(name) + " does not take a login of the kind JWT.",
          "crosswatch config set plex.auth pin, then crosswatch connect plex"};
}

std::string text(const Record& record, const char* key) {
  const auto at = record.find(key);
  return at == record.end() ? std::string() : at->second;
}

}  // namespace

const Device* pick_device(const std::vector<Device>& devices, const std::string& pinned) {
  if (!pinned.empty()) return find_device(devices, pinned);
  const auto owned = std::count_if(devices.begin(), devices.end(), [](const Device& d) { return d.owned; });
  if (owned == 1 || devices.size() == 1) return &devices.front();  // owned ones come first
  return nullptr;
}

std::vector<Attempt> known_addresses(const Host& host, const Profile& profile) {
  const Record known = recall(host, "server");
  Device device;
  device.machine_id = text(known, "machine");
  if (device.machine_id.empty() || !(profile.server_id.empty() || same_id(device.machine_id, profile.server_id)))
    return {};
  device.direct = text(known, "direct");
  device.same_network = true;  // or not: they are tried in the order in which they were listed
  std::istringstream listed(text(known, "listed"));
  for (Connection c{{}, {}, 0, true}; listed >> c.uri;) device.connections.push_back(c);
  return addresses_of(device, profile.server_url, text(known, "url"), profile.allow_insecure_http);
}

// Under the token that was proven when it was stored; asks plex.tv nothing. False: that way is not open, and `why`
// is filled when only the server is to blame.
bool Account::connect_warm(const Call& call, const Profile& profile, bool plex_tv_is_down, Opened& out,
                           std::optional<Error>& why) {
  const Record known = recall(host_, "server");
  const ServerToken stored(host_.secret("pms_token"));
  if (stored.empty() || profile.server_id.empty() || !same_id(text(known, "machine"), profile.server_id) ||
      text(known, "token") != server_proof(stored, text(known, "machine"), out.linked.id))
    return false;
  Device device;
  device.name = text(known, "name");
  device.direct = text(known, "direct");
  auto attempts = known_addresses(host_, profile);
  // While plex.tv can be asked it knows better than an old list: then only the address of last time is tried, and not
  // for long.
  if (!plex_tv_is_down) std::erase_if(attempts, [](const Attempt& a) { return a.via > Via::remembered; });
  const auto winner = race(call, renewal_, attempts, plex_tv_is_down ? attempt_ms : warm_ms);
  if (!winner) {
    why = no_way_to(quoted(device.name), attempts, profile.insecure_url());
    return false;
  }
  auto libraries = accepts(call, renewal_, attempts[*winner].url, stored, device.name);
  if (!libraries) return false;
  ServerAccess& server = out.scope.server;
  server.machine_id = text(known, "machine");
  server.name = device.name;
  server.base_url = attempts[*winner].url;
  server.token = stored;
  server.libraries = std::move(*libraries);
  server.owner = text(known, "owner") == "1";
  server.account_id = server.owner ? 1 : out.linked.id;
  out.via = attempts[*winner].via;
  out.server_version = attempts[*winner].version;
  remember_server(host_, server, device, out.linked.id, true);
  return true;
}

Device Account::choose(const Call& call, const std::vector<Device>& devices, const Wanted& wanted,
                       const Profile& profile, const Choice& choice) {
  const std::string& named = choice.server.empty() ? profile.server_id : choice.server;
  if (!named.empty()) {
    if (const Device* d = find_device(devices, named)) return *d;
    const Record known = recall(host_, "server");
    const bool remembered = same_id(text(known, "machine"), named) && !text(known, "name").empty();
    const std::string server = remembered ? quoted(text(known, "name")) + " (" + named + ")" : quoted(named);
    if (!wanted.itself)
      throw Error(CW_SCOPE, "no_server_access", wanted.person.name() + " has no access to the server " + server + ".",
                  "Share libraries of the server with " + wanted.person.name() + ", or choose another server.");
    throw Error(CW_NOT_FOUND, "server_not_listed",
                "The server " + server + " is not among those that this login may use. No other one is used instead.",
                "See them: crosswatch servers plex, and choose: crosswatch select plex --server ID");
  }
  if (!profile.server_url.empty()) {
    // Whoever answers at the address tells which server is meant.
    std::vector<Attempt> attempts;
    for (const Device& d : devices) add_given(attempts, profile.server_url, d, profile.allow_insecure_http);
    for (Attempt& a : attempts)
      if (http::parse_url(a.url)->host.find(".plex.direct") == std::string::npos) a.wanted_id.clear();
    const auto winner = race(call, renewal_, attempts);
    if (!winner) throw no_way_to("at " + profile.server_url, attempts, profile.insecure_url());
    if (const Device* d = find_device(devices, attempts[*winner].machine_id)) return *d;
    throw Error(CW_NOT_FOUND, "server_not_listed",
                "The server at " + profile.server_url + " is not among those that this login may use.",
                "See them: crosswatch servers plex, and choose: crosswatch select plex --server ID");
  }
  if (const Device* d = pick_device(devices, {})) return *d;
  if (devices.empty())
    throw Error(CW_SCOPE, "no_server_access", wanted.person.name() + " has no Plex Media Server, owned or shared.",
                "Claim a server with this account, or let somebody share one with it.");
  throw Error(CW_NOT_FOUND, "server_not_chosen",
              wanted.person.name() + " may use " + std::to_string(devices.size()) + " servers, and none is chosen.",
              "See them: crosswatch servers plex, and choose: crosswatch select plex --server ID");
}

void Account::connect(const Call& call, const Wanted& wanted, const Profile& profile, const Choice& choice,
                      Opened& out) {
  std::optional<Error> why;
  const bool owner = text(recall(host_, "server"), "owner") == "1";
  if (wanted.itself && (owner || !wanted.must_own) && choice.server.empty() &&
      connect_warm(call, profile, false, out, why))
    return;
  std::vector<Device> devices;
  try {
    devices = plex_tv(profile).devices(call, out.scope.cloud);
  } catch (const Error& e) {
    if (!why || e.status != CW_UNREACHABLE) throw;
    // Without plex.tv the addresses of last time are all there is, so they get their full time; and that plex.tv is
    // down as well is not what has to be mended.
    if (connect_warm(call, profile, true, out, why)) return;
    throw *why;
  }
  const Device device = choose(call, devices, wanted, profile, choice);
  if (wanted.must_own && !device.owned)
    throw contradiction("user number 1 is the owner of the server, and " + wanted.person.name() + " is not");
  if (device.token.empty())
    throw Error(CW_SCOPE, "no_server_access",
                "plex.tv lists no login of " + wanted.person.name() + " for the server " + quoted(device.name) + ".",
                "Share libraries of the server with " + wanted.person.name() + ", or choose another server.");
  const bool jwt = jwt_life(device.token.text()).has_value();
  if (jwt && text(recall(host_, "jwt"), "refused by") == device.machine_id) throw jwt_refused(device.name);
  const Record known = recall(host_, "server");
  const bool same = profile.server_id.empty() || same_id(device.machine_id, profile.server_id);
  auto attempts = addresses_of(device, same ? profile.server_url : std::string(),
                               same_id(text(known, "machine"), device.machine_id) ? text(known, "url") : std::string(),
                               profile.allow_insecure_http);
  const auto winner = race(call, renewal_, attempts);
  if (!winner) throw no_way_to(quoted(device.name), attempts, profile.insecure_url());
  const Attempt& way = attempts[*winner];
  auto libraries = accepts(call, renewal_, way.url, device.token, device.name);
  if (!libraries) {
    if (jwt) {
      remember(host_, "jwt", {{"refused by", device.machine_id}});
      throw jwt_refused(device.name);
    }
    throw Error(CW_AUTH, "server_token_rejected",
                "The server " + quoted(device.name) + " does not accept the login of " + wanted.person.name() +
                    " that plex.tv lists.",
                "Shares take some minutes to become valid; then link again: crosswatch connect plex");
  }
  ServerAccess& server = out.scope.server;
  server.machine_id = device.machine_id;
  server.name = device.name;
  server.base_url = way.url;
  server.token = device.token;
  server.libraries = std::move(*libraries);
  server.owner = device.owned;
  server.account_id = device.owned ? 1 : wanted.person.id;
  out.via = way.via;
  out.server_version = way.version;
  remember_server(host_, server, device, wanted.person.id, wanted.itself);
}

}  // namespace crosswatch::plex
