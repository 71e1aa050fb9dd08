// Whose events are told, and of which libraries: asked once for all that tells of them.
#pragma once

#include <crosswatch/call.hpp>

#include "account/scope.hpp"
#include "feature/source.hpp"
#include "watch/playback.hpp"

namespace crosswatch::plex::watch {

// With the libraries that plex.scrobble.libraries and `scope` allow, in one request. Error CONFIG when they cannot be
// used: never all of them instead. [owner]
Rules make_rules(const Call& call, const Host& host, const UserScope& user, const feature::Source& source,
                 const Scope& scope);

}  // namespace crosswatch::plex::watch
