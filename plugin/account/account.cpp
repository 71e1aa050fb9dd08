#include "account/account.hpp"

#include <algorithm>

#include "account/memory.hpp"

namespace crosswatch::plex {

namespace {

constexpr std::int64_t scope_lasts_ms = 10 * 60'000, failure_lasts_ms = 10'000;
constexpr std::int64_t day_ms = 24 * 3600'000;

std::string id_text(const Person& person) {
  return std::to_string(person.id);
}

bool has_id(const std::vector<Person>& people, std::int64_t id) {
  return std::any_of(people.begin(), people.end(), [&](const Person& p) { return p.id == id; });
}

Error unknown_user(const std::string& text) {
  return {CW_SCOPE, "user_unknown", "No user of this login is called or numbered \"" + text + "\".",
          "See who can be chosen: crosswatch users plex"};
}

// One may be called so by the title and another by the user name, so the list of users alone does not explain it.
Error ambiguous_user(const std::string& name, const std::vector<Person>& found, const Person& linked) {
  std::string who;
  for (const Person& p : found)
    who += (who.empty() ? "" : ", ") + id_text(p) + " (" + kind_of(p, linked) +
           (p.name() == name ? "" : ", \"" + p.name() + "\"") + ")";
  return {CW_SCOPE, "user_ambiguous", std::to_string(found.size()) + " users are called \"" + name + "\": " + who + ".",
          "Choose one by its number: crosswatch select plex --user ID"};
}

}  // namespace

Error contradiction(const std::string& what) {
  return {CW_SCOPE, "user_contradiction", "The settings do not agree on the user: " + what + ".",
          "Choose the user again: crosswatch select plex --user ID"};
}

Account::Account(Host host, http::Transport& transport) : host_(host), renewal_(host, transport) {}

AccountToken Account::token(const Call& call) {
  const AccountToken token(host_.secret("account_token"));
  if (token.empty())
    throw Error(CW_NOT_LINKED, "not_linked", "This profile is not linked to a Plex account.",
                "crosswatch connect plex");
  return renewal_.fresh(call, token);
}

Person Account::linked_user(const Call& call, const AccountToken& token) {
  if (auto known = recall_identity(host_, token)) return *known;
  Person person = plex_tv(Profile::of(host_)).user(call, token);
  remember_identity(host_, token, person);
  return person;
}

std::vector<Person> Account::home(const Call& call, const AccountToken& token, const Person& linked) {
  if (!linked.home && !linked.home_untold) return {};
  try {
    return plex_tv(Profile::of(host_)).home_users(call, token);
  } catch (const Error& e) {
    // So plex.tv answers who lives in no Home. One who does was told so with the account.
    if (linked.home_untold && (e.http_status == 403 || e.http_status == 404)) return {};
    throw;
  }
}

std::vector<Person> Account::people(const Call& call, const AccountToken& token, const Person& linked) {
  const PlexTv plex = plex_tv(Profile::of(host_));
  std::vector<Person> out;
  const auto add = [&](std::vector<Person> list) {
    for (Person& p : list)
      if (p.id != linked.id && !has_id(out, p.id)) out.push_back(std::move(p));
  };
  add(home(call, token, linked));  // first: these lists overlap, and this one knows more
  add(plex.friends(call, token));
  return out;
}

std::string kind_of(const Person& person, const Person& linked) {
  if (person.id == linked.id) return "owner";
  if (!person.home) return "friend";
  return person.restricted ? "managed" : "home";
}

std::optional<Person> Account::numbered(const Call& call, const AccountToken& token, const Person& linked,
                                        std::int64_t id) {
  for (const Person& p : home(call, token, linked))  // whoever is found here does not depend on the list of friends
    if (p.id == id) return p;
  for (const Person& p : plex_tv(Profile::of(host_)).friends(call, token))
    if (p.id == id) return p;
  return std::nullopt;
}

// The wanted user when it is not the linked account; known from the last time, or out of the lists.
Person Account::member(const Call& call, const AccountToken& token, const Person& linked, std::int64_t id) {
  if (auto known = recall_member(host_, id)) return *known;
  if (auto found = numbered(call, token, linked, id)) return *found;
  throw unknown_user(std::to_string(id));
}

Account::Wanted Account::resolve(const Call& call, const AccountToken& token, const Person& linked,
                                 const Profile& profile, const Choice& choice) {
  Wanted wanted{linked};
  std::int64_t id = profile.user_id.value_or(0);  // 0: the name decides
  std::string name = profile.username;
  if (!choice.user.empty()) {
    const std::int64_t number = wire::to_int(choice.user).value_or(0);
    // As on the server itself, where its owner has this number.
    wanted.must_own = number == 1;
    if (wanted.must_own || number == linked.id)
      id = linked.id;
    else  // there are people whose name is a number
      id = number != 0 && numbered(call, token, linked, number) ? number : 0;
    name = id != 0 ? std::string() : choice.user;
  } else {
    const std::int64_t account = profile.account_id.value_or(0);
    const bool owner = account == 1;
    // It is the number on the server that stands in the settings: of another one it says nothing.
    wanted.must_own = owner && (choice.server.empty() || id == 0);
    if (account != 0 && !owner) {
      if (id != 0 && id != account)
        throw contradiction("plex.user_id is " + std::to_string(id) + ", but plex.account_id is " +
                            std::to_string(account));
      id = account;
    }
    // The owner of the server is the linked account, or connect() finds that it is not.
    if (id == 0 && owner) id = linked.id;
  }
  if (id != 0) {
    if (id != linked.id) wanted.person = member(call, token, linked, id);
    // A renamed user is still the same; a name that means somebody else is a contradiction.
    if (!name.empty() && !wanted.person.is_named(name)) {
      auto others = people(call, token, linked);
      others.push_back(linked);
      for (const Person& p : others)
        if (p.id != id && p.is_named(name))
          throw contradiction("number " + std::to_string(id) + " is " + wanted.person.name() +
                              ", but plex.username is \"" + name + "\"");
    }
  } else if (!name.empty()) {
    auto all = people(call, token, linked);
    all.push_back(linked);
    std::vector<Person> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const Person& p) { return p.is_named(name); });
    if (found.empty()) throw unknown_user(name);
    if (found.size() > 1) throw ambiguous_user(name, found, linked);
    wanted.person = found.front();
  }
  wanted.itself = wanted.person.id == linked.id;
  if (!wanted.itself && !wanted.person.home)
    throw Error(CW_SCOPE, "friend_needs_own_profile",
                wanted.person.name() + " is a friend: Plex lets only friends themselves use their data.",
                "Make a profile and link it with the friend's own account: crosswatch profile add plex NAME, then "
                "crosswatch connect plex --profile NAME");
  return wanted;
}

CloudToken Account::enter(const Call& call, const AccountToken& token, const Person& person, const std::string& pin,
                          const Profile& profile) {
  const std::string key = fingerprint({token.text(), id_text(person), pin});
  const std::lock_guard entering(entering_);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [known, switched] : switched_)
      if (known == key) return switched;
    if (refused_pin_ == key)
      throw Error(CW_SCOPE, "pin_wrong", "Plex did not accept the PIN of " + person.name() + "; it is not tried again.",
                  "crosswatch select plex --user " + id_text(person) + " --pin-stdin");
  }
  if (person.is_protected && pin.empty())
    throw Error(CW_SCOPE, "pin_required", person.name() + " is protected by a PIN, and none is set.",
                "crosswatch select plex --user " + id_text(person) + " --pin-stdin");
  const PlexTv plex = plex_tv(profile);
  try {
    // An unprotected user gets no PIN, since the one in the settings is somebody else's.
    CloudToken switched = plex.switch_to(call, token, person, person.is_protected ? pin : std::string());
    if (const Person proven = plex.user(call, switched); proven.id != person.id)
      throw Error(CW_SCOPE, "scope_mismatch",
                  "plex.tv gave a login of " + proven.name() + " instead of " + person.name() + ". It was not used.",
                  "Try again later, and report this if it stays.");
    const std::lock_guard lock(mutex_);
    switched_.emplace_back(key, switched);
    return switched;
  } catch (const Error& e) {
    if (e.code == "pin_wrong") {
      const std::lock_guard lock(mutex_);
      refused_pin_ = key;
    }
    throw;
  }
}

// plex.tv forgets logins that are not used for long.
void Account::keep_alive(const Call& call, const AccountToken& token, const Profile& profile) {
  const Record last = recall(host_, "alive");
  const std::int64_t at = last.count("at") ? wire::to_int(last.at("at")).value_or(0) : 0;
  const std::int64_t now = host_.now_ms();
  if (now >= at && now - at < day_ms) return;
  remember(host_, "alive", {{"at", std::to_string(now)}});
  if (at == 0) return;  // just linked
  try {
    plex_tv(profile).ping(call, token);
  } catch (const Error& e) {
    if (e.status == CW_AUTH) throw;
    host_.log(LogLevel::debug, std::string("The daily sign of life failed: ") + e.what());
  }
}

Opened Account::open(const Call& call, Needs needs, const Choice& choice) {
  const Profile profile = Profile::of(host_);
  const AccountToken account = token(call);
  Opened out;
  out.linked = linked_user(call, account);
  const Wanted wanted = resolve(call, account, out.linked, profile, choice);
  keep_alive(call, account, profile);
  out.itself = wanted.itself;
  out.person = wanted.person;
  out.scope.user_id = wanted.person.id;
  out.scope.username = wanted.person.name();
  out.scope.kind = kind_of(wanted.person, out.linked);
  if (wanted.itself) {
    out.scope.cloud = CloudToken(account.text());  // the wanted user's own
  } else {
    out.scope.cloud =
        enter(call, account, wanted.person, choice.pin.empty() ? host_.secret("home_pin") : choice.pin, profile);
    remember_member(host_, wanted.person);
  }
  // Who is meant by "the owner" alone has to be looked up, also where the server is not needed.
  if (needs.server || (wanted.must_own && (!profile.user_id || !choice.user.empty()))) {
    connect(call, wanted, profile, choice, out);
  }
  if (!needs.server) out.scope.server = {};
  if (choice.user.empty() && choice.server.empty()) {
    Kept kept{host_.now_ms(), out.scope, {}};
    kept.scope.server.libraries.clear();  // they change while a scope lasts
    const std::lock_guard lock(mutex_);
    (needs.server ? with_server_ : cloud_only_) = std::move(kept);
  }
  return out;
}

UserScope Account::open_scope(const Call& call, Needs needs) {
  const std::int64_t now = host_.now_ms();
  {
    const std::lock_guard lock(mutex_);
    const auto& kept = needs.server ? with_server_ : cloud_only_;
    const std::int64_t lasts_ms = kept && kept->failure ? failure_lasts_ms : scope_lasts_ms;
    if (kept && now >= kept->since_ms && now - kept->since_ms < lasts_ms) {
      if (kept->failure) throw *kept->failure;
      return kept->scope;
    }
  }
  return open(call, needs).scope;
}

void Account::keep_failure(Needs needs, const Error& e) {
  const std::lock_guard lock(mutex_);
  (needs.server ? with_server_ : cloud_only_) = Kept{host_.now_ms(), {}, e};
}

void Account::forget_scopes() {
  const std::lock_guard lock(mutex_);
  with_server_.reset();
  cloud_only_.reset();
  switched_.clear();
}

void Account::forget_address(const std::string& base_url) {
  const std::lock_guard lock(mutex_);
  if (with_server_ && with_server_->scope.server.base_url == base_url) with_server_.reset();
}

}  // namespace crosswatch::plex
