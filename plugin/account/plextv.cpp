#include "account/plextv.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "http/trouble.hpp"
#include "http/url.hpp"

namespace crosswatch::plex {

using http::Request;
using wire::Node;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

Request request(const std::string& base_url, std::string path) {
  Request r;
  r.base_url = base_url;
  r.path = std::move(path);
  return r;
}

Request with_client(Request r, const std::string& client_id) {
  r.headers.emplace_back("X-Plex-Client-Identifier", client_id);
  return r;
}

// v1 lists no uuid, but the address of the picture holds it.
std::string uuid_of(const Node& node) {
  const std::string_view uuid = node.attr("uuid"), thumb = node.attr("thumb");
  if (!uuid.empty()) return std::string(uuid);
  constexpr std::string_view mark = "/users/";
  const std::size_t at = thumb.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = thumb.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find('/')));
}

Person to_person(const Node& node) {
  Person p;
  p.id = node.number("id").value_or(0);
  p.uuid = uuid_of(node);
  p.username = node.attr("username");
  p.title = node.attr("title");
  p.restricted = node.flag("restricted");
  p.guest = node.flag("guest");
  p.is_protected = node.flag("protected");
  p.home = node.flag("home");
  return p;
}

std::vector<Person> to_people(const std::vector<Node>& rows) {
  std::vector<Person> people;
  for (const Node& row : rows)
    if (Person p = to_person(row); p.id > 0) people.push_back(std::move(p));
  return people;
}

bool serves(std::string_view provides) {
  while (!provides.empty()) {
    const std::string_view one = provides.substr(0, provides.find(','));
    if (one == "server") return true;
    provides.remove_prefix(std::min(one.size() + 1, provides.size()));
  }
  return false;
}

std::vector<Device> to_servers(const std::vector<Node>& rows) {
  std::vector<Device> devices;
  for (const Node& row : rows) {
    if (!serves(row.attr("provides"))) continue;
    Device d;
    d.machine_id = row.attr("clientIdentifier");
    if (d.machine_id.empty()) d.machine_id = row.attr("machineIdentifier");
    d.name = row.attr("name");
    d.owned = row.flag("owned");
    d.owner_id = row.number("ownerId").value_or(0);
    d.same_network = row.flag("publicAddressMatches");
    d.token = ServerToken(std::string(row.attr("accessToken")));
    for (const Node* c : row.list("connection", "connections"))
      d.connections.push_back({std::string(c->attr("uri")), std::string(c->attr("address")),
                               static_cast<int>(c->number("port").value_or(0)), c->flag("local"), c->flag("relay")});
    for (const Connection& c : d.connections) {
      const auto url = http::parse_url(c.uri);
      if (url && http::plex_direct_address(url->host)) d.direct = url->host.substr(url->host.find('.') + 1);
    }
    if (!d.machine_id.empty()) devices.push_back(std::move(d));
  }
  std::stable_sort(devices.begin(), devices.end(), [](const Device& a, const Device& b) {
    return std::tuple(!a.owned, a.name, a.machine_id) < std::tuple(!b.owned, b.name, b.machine_id);
  });
  return devices;
}

// v1 is older and may go away, v2 may have a bad day; a verdict on the login is final in both.
template <class V2, class V1>
auto either(V2&& v2, V1&& v1) {
  try {
    return v2();
  } catch (const Error& first) {
    if (first.status != CW_UNREACHABLE) throw;
    try {
      return v1();
    } catch (const Error& second) {
      if (second.status == CW_AUTH || second.status == CW_SCOPE) throw;
    }
    throw;
  }
}

// plex.tv answered something else than what was asked for.
Error refused(const char* code, const std::string& message, const std::string& said, const http::Response& answer) {
  return Error(CW_UNREACHABLE, code,
               message + ": plex.tv " + http::answered(answer) + (said.empty() ? "." : " (" + said + ")."),
               http::remedy_for(answer))
      .http(static_cast<std::uint32_t>(answer.status));
}

// What cannot be read says as little about a login as no answer.
Node read(std::string& body, const std::string& what) {
  try {
    return wire::parse_tree(body, what);
  } catch (const Error& e) {
    throw Error(CW_UNREACHABLE, "odd_answer", e.what(), "Try again later; plex.tv may have trouble.");
  }
}

std::int64_t error_code(std::string body) {
  try {
    const Node root = wire::parse_tree(body, "The refusal");
    for (const Node* e : root.list("error", "errors"))
      if (const auto code = e->number("code")) return *code;
    return root.number("code").value_or(0);
  } catch (const Error&) {
    return 0;  // no code is what an unreadable refusal has
  }
}

}  // namespace

bool Person::is_named(std::string_view text) const {
  const std::string wanted = lower(text);
  return !wanted.empty() && (lower(username) == wanted || lower(title) == wanted);
}

PlexTv::PlexTv(http::Transport& transport, std::string plex_tv, std::string clients)
    : transport_(transport), plex_tv_(std::move(plex_tv)), clients_(std::move(clients)) {}

PlexTv::Answer PlexTv::ask(const Call& call, const Request& request) const {
  Answer answer;
  answer.head = transport_.send(call, request, answer.body);
  const std::size_t first = answer.body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  answer.array = first != std::string::npos && answer.body[first] == '[';
  return answer;
}

void PlexTv::refuse(const Call& call, PlexToken token, const Answer& answer, const std::string& what) const {
  // Other parts of plex.tv refuse for other reasons too: the user's own page has the last word on a token.
  if (answer.status() == 401 || answer.status() == 422 || answer.status() == 498) static_cast<void>(user(call, token));
  throw refused("plex_tv_refused", what + " could not be read", wire::error_text(answer.body), answer.head);
}

PlexTv::Answer PlexTv::get(const Call& call, PlexToken token, Request request, const std::string& what) const {
  request.token = token.text;
  Answer answer = ask(call, request);
  if (!answer.head.ok()) refuse(call, token, answer, what);
  return answer;
}

std::vector<Node> PlexTv::rows(const Call& call, PlexToken token, Request request, const std::string& what,
                               const char* one, const char* many) const {
  Answer answer = get(call, token, std::move(request), what);
  Node root = read(answer.body, what);
  std::vector<Node> rows;
  auto found = root.list(one, many);
  if (found.empty()) found = root.list(one);  // also the elements of a bare array
  for (const Node* row : found) rows.push_back(*row);
  // An answer that has no list at all is not an empty list.
  const bool list = answer.array || lower(root.name) == "mediacontainer" || !root.attr("size").empty() ||
                    root.name == "resources" || root.name == "friends" || root.name == "home" || root.name == "users";
  if (rows.empty() && !list)
    throw Error(CW_UNREACHABLE, "odd_answer", what + " could not be read: plex.tv sent something else.",
                "Try again later.");
  return rows;
}

Pin PlexTv::new_pin(const Call& call, const std::string& client_id, const std::string& jwk) const {
  // Keys of devices are known at clients.plex.tv.
  Request r = with_client(request(jwk.empty() ? plex_tv_ : clients_, "/api/v2/pins"), client_id);
  r.method = "POST";
  if (!jwk.empty()) {
    r.headers.emplace_back("Content-Type", "application/json");
    r.body = R"({"jwk":)" + jwk + "}";
  }
  Answer answer = ask(call, r);
  if (!answer.head.ok()) throw refused("no_code", "There is no code", wire::error_text(answer.body), answer.head);
  const Node node = read(answer.body, "The code");
  Pin pin;
  pin.id = node.number("id").value_or(0);
  pin.code = node.attr("code");
  pin.expires_in = node.number("expiresIn").value_or(900);
  if (pin.id == 0 || pin.code.empty())
    throw Error(CW_UNREACHABLE, "no_code", "plex.tv gave an answer without a code.", "Try again later.");
  return pin;
}

std::optional<Pin> PlexTv::pin(const Call& call, std::int64_t id, const std::string& client_id,
                               const std::string& device_jwt) const {
  Request r =
      with_client(request(device_jwt.empty() ? plex_tv_ : clients_, "/api/v2/pins/" + std::to_string(id)), client_id);
  if (!device_jwt.empty()) r.query = {{"deviceJWT", device_jwt}};
  r.tries = 1;  // whoever polls comes again anyway
  Answer answer = ask(call, r);
  if (answer.status() == 404 || answer.status() == 410) return std::nullopt;
  if (!answer.head.ok())
    throw refused("plex_tv_refused", "It is not known whether the code was entered", {}, answer.head);
  const Node node = read(answer.body, "The state of the code");
  Pin pin;
  pin.id = id;
  pin.token = AccountToken(std::string(node.attr("authToken")));
  return pin;
}

Person PlexTv::user(const Call& call, PlexToken token, std::uint32_t deadline_ms) const {
  Request r = request(plex_tv_, "/api/v2/user");
  r.token = token.text;
  if (deadline_ms) r.deadline_ms = deadline_ms;
  Answer answer = ask(call, r);
  if (answer.status() == 401 || answer.status() == 422)
    throw Error(CW_AUTH, "token_rejected", "plex.tv no longer accepts this login.",
                "Link the profile again: crosswatch connect plex. Pairs, libraries and state are kept.")
        .http(static_cast<std::uint32_t>(answer.status()));
  if (answer.status() != 200) throw refused("plex_tv_refused", "It is not known whose login this is", {}, answer.head);
  Person person = to_person(read(answer.body, "The user of the login"));
  if (person.id <= 0)
    throw Error(CW_UNREACHABLE, "odd_answer", "plex.tv did not say whose login this is.", "Try again later.");
  return person;
}

std::vector<Device> PlexTv::devices(const Call& call, PlexToken token) const {
  const std::string what = "The list of servers";
  const decltype(Request::query) query{{"includeHttps", "1"}, {"includeRelay", "1"}, {"includeIPv6", "1"}};
  Request v2 = request(clients_, "/api/v2/resources"), v1 = request(plex_tv_, "/api/resources");
  v1.query = v2.query = query;
  v1.want_xml = true;
  return either([&] { return to_servers(rows(call, token, v2, what, "resource")); },
                [&] { return to_servers(rows(call, token, v1, what, "Device")); });
}

std::vector<Person> PlexTv::home_users(const Call& call, const AccountToken& token) const {
  const std::string what = "The list of Home users";
  const Request v2 = request(clients_, "/api/v2/home/users");
  Request v1 = request(plex_tv_, "/api/home/users");
  v1.want_xml = true;
  auto people = either([&] { return to_people(rows(call, token, v2, what, "user", "users")); },
                       [&] { return to_people(rows(call, token, v1, what, "User")); });
  for (Person& p : people) {
    p.home = true;
    p.restricted = p.restricted || p.username.empty();  // a full account always has a user name
  }
  return people;
}

std::vector<Person> PlexTv::friends(const Call& call, const AccountToken& token) const {
  const std::string what = "The list of friends";
  Request v2 = request(plex_tv_, "/api/v2/friends"), v1 = request(plex_tv_, "/api/users/");
  v2.query = {{"status", "accepted"}};
  v1.want_xml = true;
  return either([&] { return to_people(rows(call, token, v2, what, "friend", "friends")); },
                [&] { return to_people(rows(call, token, v1, what, "User")); });
}

CloudToken PlexTv::switch_to(const Call& call, const AccountToken& token, const Person& person,
                             const std::string& pin) const {
  const auto attempt = [&](Request r, bool last) {
    r.method = "POST";
    r.token = token.text();
    if (!pin.empty()) r.query = {{"pin", pin}};
    Answer answer = ask(call, r);
    if (answer.status() == 403 && error_code(answer.body) == 1041)
      throw Error(CW_SCOPE, pin.empty() ? "pin_required" : "pin_wrong",
                  pin.empty() ? person.name() + " is protected by a PIN, and none is set."
                              : "Plex did not accept the PIN of " + person.name() + "; it was tried once.",
                  "crosswatch select plex --user " + std::to_string(person.id) + " --pin-stdin")
          .http(403);
    // Members who may not switch are refused either way; a dead login is only refused by 401.
    if (answer.status() == 401 && last) static_cast<void>(user(call, token));
    if (answer.status() == 403 || (answer.status() == 401 && last))
      throw Error(CW_SCOPE, "switch_refused", "Plex does not let this login act as " + person.name() + ".",
                  "Link the account of the Home's owner, or make a profile for " + person.name() + ".")
          .http(static_cast<std::uint32_t>(answer.status()));
    if (answer.status() == 404 && last)
      throw Error(CW_SCOPE, "user_unknown", person.name() + " is not in this Plex Home any more.",
                  "See who can be chosen: crosswatch users plex")
          .http(404);
    if (!answer.head.ok()) refuse(call, token, answer, "A login as " + person.name());
    const Node node = read(answer.body, "The login as " + person.name());
    std::string_view text = node.attr("authToken");
    if (text.empty()) text = node.attr("authenticationToken");
    if (text.empty())
      throw Error(CW_UNREACHABLE, "no_token", "plex.tv gave no login as " + person.name() + ".", "Try again later.");
    return CloudToken(std::string(text));
  };
  const std::string id = std::to_string(person.id);
  const std::string v2_id = person.uuid.empty() ? id : http::encode(person.uuid);
  const Request v2 = request(clients_, "/api/v2/home/users/" + v2_id + "/switch");
  Request v1 = request(plex_tv_, "/api/home/users/" + id + "/switch");
  v1.want_xml = true;
  return either([&] { return attempt(v2, false); }, [&] { return attempt(v1, true); });
}

void PlexTv::ping(const Call& call, const AccountToken& token) const {
  Request r = request(plex_tv_, "/api/v2/ping");
  r.tries = 1;
  static_cast<void>(get(call, token, std::move(r), "The sign of life"));
}

void PlexTv::sign_out(const Call& call, const AccountToken& token) const {
  Request r = request(plex_tv_, "/api/v2/users/signout");
  r.method = "DELETE";
  r.token = token.text();
  const Answer answer = ask(call, r);
  if (answer.status() == 401 || answer.status() == 422) return;  // it was dead already
  if (!answer.head.ok()) refuse(call, token, answer, "The end of the login");
}

}  // namespace crosswatch::plex
