#include "account/people.hpp"

#include <algorithm>

namespace crosswatch::plex {

namespace {

bool has_id(const std::vector<Person>& people, std::int64_t id) {
  return std::any_of(people.begin(), people.end(), [&](const Person& p) { return p.id == id; });
}

// One may be called so by the title and another by the user name, so the list of users alone does not explain it.
Error ambiguous_user(const std::string& name, const std::vector<Person>& found, const Person& linked) {
  std::string who;
  for (const Person& p : found)
    who += (who.empty() ? "" : ", ") + std::to_string(p.id) + " (" + kind_of(p, linked) +
           (p.name() == name ? "" : ", \"" + p.name() + "\"") + ")";
  return {CW_SCOPE, "user_ambiguous", std::to_string(found.size()) + " users are called \"" + name + "\": " + who + ".",
          "Choose one by its number: crosswatch select plex --user ID"};
}

}  // namespace

// None when the account lives in no Home.
std::vector<Person> People::home(const Call& call) const {
  try {
    return plex_.home_users(call, token_);
  } catch (const Error& e) {
    // So plex.tv answers who lives in no Home. The account itself has the last word: people join and leave a Home.
    if (e.status != CW_UNREACHABLE || e.http_status / 100 != 4 || plex_.user(call, token_).home) throw;
    return {};
  }
}

// Of somebody who is in this list only, it may tell a Home, but that is another one.
std::vector<Person> People::friends(const Call& call) const {
  auto list = plex_.friends(call, token_);
  for (Person& p : list) p.home = false;
  return list;
}

std::vector<Person> People::others(const Call& call, std::optional<Error>& missing) const {
  std::vector<Person> out;
  const auto add = [&](auto&& list) {
    try {
      for (Person& p : list())
        if (p.id != linked_.id && !has_id(out, p.id)) out.push_back(std::move(p));
    } catch (const Error& e) {
      if (e.status == CW_AUTH) throw;
      if (!missing) missing = e;
    }
  };
  add([&] { return home(call); });  // first: these lists overlap, and this one knows more
  // Without the list of the Home the one of friends is all that tells of it.
  add([&] { return missing ? plex_.friends(call, token_) : friends(call); });
  return out;
}

std::optional<Person> People::numbered(const Call& call, std::int64_t id) const {
  for (const Person& p : home(call))
    if (p.id == id) return p;
  for (const Person& p : friends(call))
    if (p.id == id) return p;
  return std::nullopt;
}

Person People::named(const Call& call, const std::string& name) const {
  std::optional<Error> missing;
  auto found = others(call, missing);
  found.push_back(linked_);
  std::erase_if(found, [&](const Person& p) { return !p.is_named(name); });
  if (found.size() > 1) throw ambiguous_user(name, found, linked_);
  if (missing && found.size() == 1) {
    const std::string number = std::to_string(found.front().id);
    throw Error(missing->status, missing->code,
                std::string(missing->what()) + " So others than number " + number + " may be called \"" + name + "\".",
                "Try again later, or choose by number: crosswatch select plex --user " + number)
        .http(missing->http_status);
  }
  if (missing) throw *missing;
  if (found.empty()) throw unknown_user("No user of this login is called or numbered \"" + name + "\".");
  return found.front();
}

std::string kind_of(const Person& person, const Person& linked) {
  if (person.id == linked.id) return "owner";
  if (!person.home) return "friend";
  return person.restricted ? "managed" : "home";
}

void expect_member(const Person& person) {
  if (!person.home)
    throw Error(CW_SCOPE, "friend_needs_own_profile",
                person.name() + " is a friend: Plex lets only friends themselves use their data.",
                "Make a profile and link it with the friend's own account: crosswatch profile add plex NAME, then "
                "crosswatch connect plex --profile NAME");
}

Error unknown_user(const std::string& message) {
  return {CW_SCOPE, "user_unknown", message, "See who can be chosen: crosswatch users plex"};
}

Error contradiction(const std::string& what) {
  return {CW_SCOPE, "user_contradiction", "The settings do not agree on the user: " + what + ".",
          "Choose the user again: crosswatch select plex --user ID"};
}

}  // namespace crosswatch::plex
