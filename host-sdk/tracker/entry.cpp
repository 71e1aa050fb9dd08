#include "tracker.hpp"

CW_PROVIDER(crosswatch::tracker::Tracker, "tracker", "0.1.0");
