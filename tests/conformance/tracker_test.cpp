#include <manifest/manifest.hpp>
#include <plugin/plugin.hpp>

#include "conformance.hpp"

TEST_CASE("the tracker does what the host relies on") {
  const auto manifest = crosswatch::host::load_manifest(TRACKER_FOLDER "/manifest.json");
  const auto plugin = crosswatch::host::Plugin::load(manifest.library, manifest.id);
  crosswatch::Traits traits;
  traits.declared = manifest.capabilities;
  expect_conformance(plugin->entry(), traits);
}
