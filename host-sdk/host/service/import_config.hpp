// Taking over the configuration that an existing CrossWatch has: the settings of installed plugins, in whatever older
// names a manifest knows, their profiles, and the pairs between them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "service/workspace.hpp"

namespace crosswatch::host {

struct ImportedProfile {
  ProfileRef ref{};
  std::vector<std::string> keys{};  // the settings that were taken
  bool linked = false;              // a login is among them
};
struct ImportNote {
  std::string key{};      // where in the old file
  std::string message{};  // a sentence: what was not taken as it stood there, and why
};
struct ImportResult {
  std::vector<ImportedProfile> profiles{};
  std::vector<std::string> pairs{};  // their ids
  std::vector<ImportNote> notes{};
  std::filesystem::path copy{};  // of the old file; empty for a dry run
};

// Adds to the configuration what `file` has and it lacks; a profile or pair that is set up already is left alone. All
// in one write, after a copy of the file (and of the configuration, where there is one) was put into the state folder.
// A value that is not allowed stops it: Error CONFIG "bad_config" names all of them, and nothing is changed.
// Error CONFIG "nothing_to_import" when the file has nothing that concerns an installed plugin.
ImportResult import_config(Workspace& ws, const std::filesystem::path& file, bool dry_run);

}  // namespace crosswatch::host
