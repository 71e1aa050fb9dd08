// The snapshot of a person's watchlist, which Plex keeps in the cloud.
#pragma once

#include "feature/reading.hpp"

namespace crosswatch::plex::feature {

List watchlist_listing();

// Sends every movie and show of the list that the reading's source answers for. An Error with http_status 404
// means that this host has no watchlist (it has moved once already).
void read_watchlist(Reading& reading);

}  // namespace crosswatch::plex::feature
