// Histories that once broke a promise.
#pragma once

#include "sequence.hpp"

namespace crosswatch::test {

inline std::vector<Numbers> kept_sequences() {
  return {};
}

}  // namespace crosswatch::test
