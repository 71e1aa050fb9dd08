// The snapshot of a person's watchlist, which Plex keeps in the cloud.
#pragma once

#include "account/scope.hpp"
#include "feature/reading.hpp"

namespace crosswatch::plex::feature {

List watchlist_listing();

// Sends every movie and show of the list that the reading's source answers for. An Error with http_status 404
// means that this host has no watchlist (it has moved once already).
void read_watchlist(Reading& reading);

// What a refusal of Discover means for this user: not every member of a Home has a watchlist. Error UNSUPPORTED
// "watchlist_unsupported", never an empty list; everything else as it is.
Error watchlist_error(const Error& e, const UserScope& user);

}  // namespace crosswatch::plex::feature
