// The simulator's name for a feature: it shares no header with the product.
#pragma once

#include <crosswatch/item.hpp>

#include "plexsim/plexsim.hpp"

inline plexsim::Feature to_sim(crosswatch::Feature f) {
  switch (f) {
    case crosswatch::Feature::watchlist:
      return plexsim::Feature::watchlist;
    case crosswatch::Feature::ratings:
      return plexsim::Feature::ratings;
    case crosswatch::Feature::history:
      return plexsim::Feature::history;
    case crosswatch::Feature::progress:
      return plexsim::Feature::progress;
  }
  return {};
}
