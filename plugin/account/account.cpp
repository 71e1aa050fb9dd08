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

}  // namespace

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

Account::Wanted Account::resolve(const Call& call, const AccountToken& token, const Person& linked,
                                 const Profile& profile, const Choice& choice) {
  Wanted wanted{linked};
  std::int64_t id = profile.user_id.value_or(0);  // 0: the name decides
  std::string name = profile.username;
  const People people(plex_tv(profile), token, linked);
  std::optional<Person> listed;
  if (!choice.user.empty()) {
    const std::int64_t number = wire::to_int(choice.user).value_or(0);
    // As on the server itself, where its owner has this number.
    wanted.must_own = number == 1;
    id = wanted.must_own ? linked.id : number;
    if (id != 0 && id != linked.id && !(listed = people.numbered(call, id))) id = 0;  // a name may be a number
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
    if (id != linked.id) {
      if (!listed && (listed = recall_member(host_, id))) wanted.remembered = true;
      if (!listed) listed = people.numbered(call, id);
      if (!listed)
        throw unknown_user((profile.user_id ? "plex.user_id is " : "plex.account_id is ") + std::to_string(id) +
                           ", and no user of this login has that number.");
      wanted.person = std::move(*listed);
    }
    // A renamed user is still the same; a name that means somebody else is a contradiction.
    if (!name.empty() && !wanted.person.is_named(name)) {
      std::optional<Error> missing;
      auto others = people.others(call, missing);
      others.push_back(linked);
      for (const Person& p : others)
        if (p.id != id && p.is_named(name))
          throw contradiction("number " + std::to_string(id) + " is " + wanted.person.name() +
                              ", but plex.username is \"" + name + "\"");
      if (missing) throw *missing;
    }
  } else if (!name.empty()) {
    wanted.person = people.named(call, name);
  }
  wanted.itself = wanted.person.id == linked.id;
  if (!wanted.itself) expect_member(wanted.person);
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
    CloudToken switched = plex.switch_to(call, token, person, pin);
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

// As enter(). What was remembered of the user may be out of date: a PIN is new or gone, the membership has ended.
CloudToken Account::enter_member(const Call& call, const AccountToken& token, const People& people, Wanted& wanted,
                                 const Profile& profile, const Choice& choice) {
  const auto try_once = [&] {
    const bool pin = wanted.person.is_protected;
    return enter(call, token, wanted.person, pin ? pin_for(wanted.person, profile, choice) : std::string(), profile);
  };
  try {
    return try_once();
  } catch (const Error& e) {
    if (!wanted.remembered || !(e.code == "pin_required" || e.http_status == 404)) throw;
    const auto now = people.numbered(call, wanted.person.id);
    if (!now) throw unknown_user(wanted.person.name() + " is not in this Plex Home any more.");
    expect_member(*now);
    if (now->is_protected == wanted.person.is_protected) throw;
    wanted.person = *now;
    wanted.remembered = false;
  }
  return try_once();
}

// The stored PIN is that of the user in the settings; it is not tried on another one.
std::string Account::pin_for(const Person& person, const Profile& profile, const Choice& choice) const {
  if (!choice.pin.empty()) return choice.pin;
  const auto chosen = choice.user.empty() ? std::nullopt : recall_member(host_, profile.user_id.value_or(0));
  return chosen && chosen->is_protected && chosen->id != person.id ? std::string() : host_.secret("home_pin");
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
  Wanted wanted = resolve(call, account, out.linked, profile, choice);
  keep_alive(call, account, profile);
  const auto enter_user = [&] {
    out.scope.cloud =
        wanted.itself ? CloudToken(account.text())  // the wanted user's own
                      : enter_member(call, account, {plex_tv(profile), account, out.linked}, wanted, profile, choice);
  };
  enter_user();
  if (!wanted.itself) remember_member(host_, wanted.person);
  out.itself = wanted.itself;
  out.person = wanted.person;
  out.scope.user_id = wanted.person.id;
  out.scope.username = wanted.person.name();
  out.scope.kind = kind_of(wanted.person, out.linked);
  // Who is meant by "the owner" alone has to be looked up, also where the server is not needed.
  if (needs.server || (wanted.must_own && (!profile.user_id || !choice.user.empty()))) {
    try {
      connect(call, wanted, profile, choice, out);
    } catch (const Error& e) {
      // The login that an earlier switch gave: Plex ends those when a PIN or a password changes.
      if (wanted.itself || e.code != "token_rejected") throw;
      forget_scopes();
      enter_user();
      connect(call, wanted, profile, choice, out);
    }
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
