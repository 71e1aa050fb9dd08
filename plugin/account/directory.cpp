#include "account/directory.hpp"

#include <algorithm>

#include "account/memory.hpp"
#include "feature/libraries.hpp"

namespace crosswatch::plex {

namespace {

// Why a person cannot be chosen; empty: can be.
std::string obstacle(const Person& person, const Person& linked) {
  if (person.id == linked.id) return {};
  if (!person.home)
    return "A friend's data is only open to the friend: make a profile and link it with the friend's own account "
           "(crosswatch profile add plex NAME).";
  if (linked.restricted || linked.guest)
    return "The linked account may not act for others in this Home: link the account of the Home's owner.";
  return {};
}

Address to_address(const Attempt& a) {
  Address out;
  out.url = a.url;
  out.local = a.via == Via::local || a.via == Via::foreign_local;
  out.relay = a.via == Via::relay;
  out.ms = a.ms;
  out.state = a.state;
  out.why = a.why;
  return out;
}

}  // namespace

UserList PlexDirectory::users(Call& call) {
  const Profile profile = Profile::of(account_.host());
  const AccountToken token = account_.token(call);
  const PlexTv plex = account_.plex_tv(profile);
  const Person linked = plex.user(call, token);
  remember_identity(account_.host(), token, linked);
  UserList out;
  auto all = People(plex, token, linked).others(call, out.missing);
  all.insert(all.begin(), linked);
  if (out.missing) out.missing->remedy = "Choose among those who are listed, or try again later.";
  std::int64_t owner = 0;
  try {
    const auto devices = plex.devices(call, token);
    if (const Device* server = pick_device(devices, profile.server_id))
      owner = server->owned ? linked.id : server->owner_id;
  } catch (const Error& e) {
    if (e.status == CW_AUTH) throw;
    if (!out.missing) out.missing = e;  // whose the server is
  }
  for (const Person& p : all) {
    User u;
    u.id = std::to_string(p.id);
    u.uuid = p.uuid;
    u.name = p.name();
    u.kind = kind_of(p, linked);
    u.guest = p.guest;
    u.is_protected = p.is_protected;
    u.server_owner = p.id == owner;
    u.why = obstacle(p, linked);
    u.selectable = u.why.empty();
    out.users.push_back(std::move(u));
  }
  return out;
}

std::vector<Server> PlexDirectory::servers(Call& call) {
  const Profile profile = Profile::of(account_.host());
  const auto devices = account_.plex_tv(profile).devices(call, account_.token(call));
  const Device* chosen = pick_device(devices, profile.server_id);
  std::vector<Attempt> attempts;  // of all servers, so that they are tried together
  for (const Device& d : devices) {
    const bool meant = &d == chosen;
    for (Attempt& a : addresses_of(d, meant ? profile.server_url : std::string(), {}, profile.allow_insecure_http))
      attempts.push_back(std::move(a));
  }
  probe_all(call, account_.transport(), attempts);
  std::vector<Server> out;
  for (const Device& d : devices) {
    Server s;
    s.id = d.machine_id;
    s.name = d.name;
    s.owned = d.owned;
    s.selected = same_id(d.machine_id, profile.server_id);
    for (const Attempt& a : attempts)
      if (a.wanted_id == d.machine_id) s.addresses.push_back(to_address(a));
    out.push_back(std::move(s));
  }
  return out;
}

std::vector<Library> PlexDirectory::libraries(Call& call) {
  const UserScope scope = account_.open_scope(call, {.server = true});
  return feature::list_libraries(call, account_.transport(), scope.server, account_.host());
}

void PlexDirectory::select(Call& call, std::string_view user, std::string_view pin, std::string_view server,
                           Settings& settings) {
  const Choice choice{std::string(user), std::string(pin), std::string(server)};
  const Opened opened = [&] {
    try {
      return account_.open(call, {.server = true, .cloud = true}, choice);
    } catch (const Error& e) {
      // A user can be chosen before a server is, for the watchlist.
      if (!choice.server.empty() || e.code != "server_not_chosen") throw;
      return account_.open(call, {.cloud = true}, choice);
    }
  }();
  const UserScope& scope = opened.scope;
  settings.set("username", scope.username);
  settings.set("user_id", std::to_string(scope.user_id));
  settings.set("account_id", std::to_string(scope.server.owner ? 1 : scope.user_id));
  if (!scope.server.machine_id.empty()) settings.set("server_id", scope.server.machine_id);
  // The token of a Home user is made anew each time, and never stored.
  if (opened.itself && !scope.server.token.empty())
    settings.set("pms_token", scope.server.token.text());
  else if (!account_.host().secret("pms_token").empty())
    settings.clear("pms_token");
  if (!pin.empty())
    settings.set("home_pin", pin);
  else if (opened.itself && !account_.host().secret("home_pin").empty())
    settings.clear("home_pin");
  account_.forget_scopes();
}

}  // namespace crosswatch::plex
