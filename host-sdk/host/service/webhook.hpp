// Where a service may post what happens: an address for each profile, with a secret in it.
#pragma once

#include <string>

#include "service/workspace.hpp"

namespace crosswatch::host {

inline constexpr char webhook_secret_key[] = "webhook_secret";  // in the profile's own block; never inherited

// "/hook/acme@friend/SECRET". Makes the secret when there is none; `anew`: in place of the one there is. Errors
// NOT_FOUND for a profile; UNSUPPORTED "no_webhooks"; CONFIG "secret_is_reference" when it comes from elsewhere and is
// to change.
std::string webhook_path(Workspace& ws, const ProfileRef& ref, bool anew);
// Whether there was one. Nothing is taken at its address from then on.
bool remove_webhook(Workspace& ws, const ProfileRef& ref);
// Empty when there is none, nor such a profile.
std::string webhook_secret(const json::Value& config, const ProfileRef& ref);

}  // namespace crosswatch::host
