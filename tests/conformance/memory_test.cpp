#include "conformance.hpp"
#include "memory_provider.hpp"

TEST_CASE("the provider in memory does what the host relies on") {
  crosswatch::Traits traits;
  traits.keeps_profiles = false;
  expect_conformance(crosswatch::entry_of<crosswatch::MemoryProvider>("memory", "1.0.0"), traits);
}
