// Settings of the configuration, changed so that the file never becomes worse than it is.
#pragma once

#include <string>
#include <vector>

#include "service/workspace.hpp"

namespace crosswatch::host {

// Error CONFIG "bad_setting" when `after` has an error that `before` has not. Returns the warnings that are new.
std::vector<Problem> expect_no_new_error(const json::Value& before, const json::Value& after,
                                         const std::vector<Manifest>& manifests);

// The settings of a profile as they count, in the order of the manifest: an array of {"key","value","set","from"},
// where `from` is "own", "base" (inherited), "default" or "none". A secret has no value, only whether it is set, and
// "source" when it is a reference to elsewhere.
json::Value settings_json(const Workspace& ws, const ProfileRef& ref);
// `changes` maps keys of the manifest to values; null removes a setting. All or nothing, in the profile's own block.
// Error CONFIG "bad_config" lists everything that is not allowed, "unknown_setting", "secret_is_reference".
void change_settings(Workspace& ws, const ProfileRef& ref, const json::Value& changes);

}  // namespace crosswatch::host
