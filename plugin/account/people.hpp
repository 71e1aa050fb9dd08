// Who can be meant in a profile: the linked account, the members of its Home, and its friends.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "account/plextv.hpp"

namespace crosswatch::plex {

// Asks plex.tv anew each time. Everything throws Error AUTH when it rejects the login. [any]
class People {
public:
  // `token` and `linked` must outlive it.
  People(PlexTv plex, const AccountToken& token, const Person& linked)
      : plex_(std::move(plex)), token_(token), linked_(linked) {}

  // Home members and friends without the linked account itself, each id once. `missing`: why a list of them could not
  // be read; then others may be missing.
  std::vector<Person> others(const Call& call, std::optional<Error>& missing) const;
  // None of them: nothing. A Home member is found although the list of friends cannot be read.
  std::optional<Person> numbered(const Call& call, std::int64_t id) const;
  // The only one, or the linked account, who is called so; Error SCOPE "user_unknown", "user_ambiguous". While a list
  // is missing nobody is: somebody in it may have the same name.
  Person named(const Call& call, const std::string& name) const;

private:
  std::vector<Person> home(const Call& call) const;
  std::vector<Person> friends(const Call& call) const;

  PlexTv plex_;
  const AccountToken& token_;
  const Person& linked_;
};

std::string kind_of(const Person& person, const Person& linked);  // "owner" "managed" "home" "friend"
void expect_member(const Person& person);                         // Error SCOPE for a friend
Error unknown_user(const std::string& message);                   // SCOPE "user_unknown"
Error contradiction(const std::string& what);  // SCOPE "user_contradiction": the settings mean two users at once

}  // namespace crosswatch::plex
