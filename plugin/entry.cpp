#include "provider.hpp"

CW_PROVIDER(crosswatch::plex::PlexProvider, "plex", "0.1.0");
