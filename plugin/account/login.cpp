#include "account/login.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "account/jwt.hpp"
#include "account/memory.hpp"

namespace crosswatch::plex {

namespace {

constexpr std::uint32_t interval_ms = 2'000, most_gap_ms = 30'000;
constexpr const char* link_page = "https://plex.tv/link";

// A flow between two calls, which may be two processes.
struct Flow {
  std::int64_t pin = 0;
  std::int64_t expires_at = 0;
  std::string client_id{};

  std::string text() const {
    return "plex1 " + std::to_string(pin) + " " + std::to_string(expires_at) + " " + client_id;
  }
  static Flow of(std::string_view state) {
    std::array<std::string, 4> parts{};
    for (std::string& part : parts) {
      part = state.substr(0, state.find(' '));
      state.remove_prefix(std::min(part.size() + 1, state.size()));
    }
    Flow flow{wire::to_int(parts[1]).value_or(0), wire::to_int(parts[2]).value_or(0), parts[3]};
    if (parts[0] != "plex1" || flow.pin == 0 || flow.client_id.empty())
      throw Error(CW_CONFIG, "bad_state", "This is not the state of a Plex login.",
                  "Begin again: crosswatch connect plex");
    return flow;
  }
};

// The key of this device, made once and kept: an older login of the profile is renewed with it until the new one
// counts.
DeviceKey device_key(const Host& host) {
  if (const std::string known = host.secret("jwt_key"); !known.empty()) return DeviceKey::of(known);
  DeviceKey key = DeviceKey::make();
  host.store("jwt_key", key.text());
  return key;
}

// Whether the settings say that somebody else than the linked account is meant.
bool means_another(const Profile& profile, const Person& person) {
  if (profile.user_id) return profile.user_id != person.id;
  if (profile.account_id && profile.account_id != 1) return profile.account_id != person.id;
  return !profile.username.empty() && !person.is_named(profile.username);
}

// Puts everything that a proven login brings, in place of what the old one had.
void store(const Host& host, const Profile& profile, const Flow& flow, const AccountToken& token, const Person& person,
           const std::optional<std::vector<Device>>& devices, Settings& settings) {
  const AccountToken old(host.secret("account_token"));
  const auto before = old.empty() ? std::nullopt : recall_identity(host, old);
  const bool same = !old.empty() && (before ? before->id == person.id : profile.user_id == person.id);
  settings.set("account_token", token.text());
  settings.set("client_id", jwt_life(token.text()) ? client_id_of(host) : flow.client_id);
  if (!jwt_life(token.text()) && !host.secret("jwt_key").empty()) settings.clear("jwt_key");
  remember_identity(host, token, person);
  // A chosen user stays chosen: when the same account is linked again, and when the settings came before any login,
  // as from an older configuration. Whether this login may use that user is seen when the scope is opened.
  if ((same || old.empty()) && means_another(profile, person)) {
    host.log(LogLevel::info, "The user that was chosen before stays chosen: crosswatch status plex");
    return;
  }

  // The same account never moves to another server by itself; another account cannot know what was meant.
  const bool pinned = same && !profile.server_id.empty();
  const Device* device = nullptr;
  if (devices) {
    device = pick_device(*devices, profile.server_id);
    if (!device && !pinned) device = pick_device(*devices, {});
    if (!device && !pinned)
      host.log(LogLevel::warning, devices->empty()
                                      ? "This account has no server, owned or shared."
                                      : "This account may use several servers, and none is chosen yet: "
                                        "crosswatch servers plex, then crosswatch select plex --server ID");
  }
  settings.set("username", person.name());
  settings.set("user_id", std::to_string(person.id));
  settings.set("account_id", device && device->owned ? "1" : std::to_string(person.id));
  if (!same && !host.secret("home_pin").empty()) settings.clear("home_pin");
  if (device) {
    settings.set("server_id", device->machine_id);
    // A JWT is renewed, and plex.tv lists the new one.
    if (!jwt_life(device->token.text()))
      settings.set("pms_token", device->token.text());
    else if (!host.secret("pms_token").empty())
      settings.clear("pms_token");
    ServerAccess access;
    access.machine_id = device->machine_id;
    access.name = device->name;
    access.token = device->token;
    access.owner = device->owned;
    remember_server(host, access, *device, person.id, true);
  } else if (!pinned) {
    settings.clear("server_id");
    if (!host.secret("pms_token").empty()) settings.clear("pms_token");
  } else if (profile.account_id == 1) {
    settings.set("account_id", "1");  // as it was: nothing was learnt about the server
  }
}

}  // namespace

Challenge Login::begin(Call& call) {
  const Profile profile = Profile::of(account_.host());
  const bool jwt = account_.host().config("auth", "pin") == "jwt";
  const std::string client_id = jwt ? jwt_client_id(account_.host()) : client_id_of(account_.host());
  const Pin pin =
      account_.plex_tv(profile).new_pin(call, client_id, jwt ? device_key(account_.host()).jwk() : std::string());
  Challenge challenge;
  challenge.code = pin.code;
  challenge.verify_url = link_page;
  // By our clock: plex.tv's own times would have to agree with it.
  challenge.expires_at = account_.host().now() + pin.expires_in;
  challenge.interval_ms = interval_ms;
  challenge.state = Flow{pin.id, challenge.expires_at, client_id}.text();
  return challenge;
}

LinkState Login::poll(Call& call, std::string_view state, Settings& settings) {
  const Host& host = account_.host();
  const Flow flow = Flow::of(state);
  if (host.kv_get("link.cancelled") == std::to_string(flow.pin) || host.now() >= flow.expires_at)
    return LinkState::expired;
  const Profile profile = Profile::of(host);
  const PlexTv plex = account_.plex_tv(profile);
  std::optional<Pin> pin;
  try {
    const std::string device_jwt =
        flow.client_id == jwt_client_id(host) ? device_key(host).sign(flow.client_id, host.now(), {}) : std::string();
    pin = plex.pin(call, flow.pin, flow.client_id, device_jwt);
    gap_ms_ = interval_ms;
  } catch (Error& e) {
    if (e.status != CW_THROTTLED) throw;
    gap_ms_ = std::min(2 * std::max(gap_ms_, interval_ms), most_gap_ms);
    throw e.retry_after(std::max(e.retry_after_ms, gap_ms_));
  }
  if (!pin) return LinkState::expired;
  if (pin->token.empty()) return LinkState::pending;

  Person person;
  try {
    person = plex.user(call, pin->token);
  } catch (const Error& e) {
    if (e.status != CW_AUTH) throw;
    throw Error(CW_AUTH, "token_rejected",
                "plex.tv does not accept the login that it has just given. Nothing was changed.",
                "Begin again: crosswatch connect plex");
  }
  std::optional<std::vector<Device>> devices;
  try {
    devices = plex.devices(call, pin->token);
  } catch (const Error& e) {
    // The login counts all the same; the server is found when it is needed.
    host.log(LogLevel::warning, e.what());
  }
  store(host, profile, flow, pin->token, person, devices, settings);
  return LinkState::linked;
}

void Login::cancel(Call&, std::string_view state) {
  // plex.tv cannot take a code back. Remembered here, so that nobody who still holds the state stores its login.
  account_.host().kv_set("link.cancelled", std::to_string(Flow::of(state).pin));
}

void Login::disconnect(Call& call, Settings& settings) {
  const Host& host = account_.host();
  if (const AccountToken token(host.secret("account_token")); !token.empty()) {
    try {
      account_.plex_tv(Profile::of(host)).sign_out(call, token);
      host.log(LogLevel::info, "The login was ended at plex.tv.");
    } catch (const Error& e) {
      host.log(LogLevel::warning, std::string("The login was removed here, but could not be ended at plex.tv: ") +
                                      e.what() + " Remove CrossWatch there under Settings, Authorized Devices.");
    }
  }
  for (const char* key : {"account_token", "jwt_key", "pms_token", "home_pin"})
    if (!host.secret(key).empty()) settings.clear(key);
  for (const char* key : {"username", "account_id", "user_id"}) settings.clear(key);
  for (const char* name : {"identity", "member", "server", "alive", "jwt", "reports"}) forget(host, name);
  account_.forget_scopes();
}

}  // namespace crosswatch::plex
