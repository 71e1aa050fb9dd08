// Making and changing pairs, and the libraries a profile takes part with, in the configuration.
#pragma once

#include <string>
#include <vector>

#include "config/pairs.hpp"
#include "service/library_use.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host {

struct NewPair {
  std::string id{};  // empty: the next free p1, p2, ..
  ProfileRef source{};
  ProfileRef target{};
  bool two_way = false;
  std::vector<Feature> features{};  // empty: all that both sides can take part in
  bool remove = false;
};

// Checks that both profiles exist, the features can go that way, and the id is free. Returns the id.
std::string add_pair(Workspace& ws, const NewPair& pair);
// Merges `changes` ("enabled", "mode", "conflict", "removal", and "features" with the options of each) into the pair.
// Errors NOT_FOUND "pair_unknown", CONFIG "bad_setting", UNSUPPORTED "feature_unsupported"; nothing is changed then.
void change_pair(Workspace& ws, const std::string& id, const json::Value& changes);
// Error NOT_FOUND "pair_unknown".
void enable_pair(Workspace& ws, const std::string& id, bool enabled);
void remove_pair(Workspace& ws, const std::string& id);

// `wanted`: library ids or titles; empty means all. Stores them for the profile after checking them against what the
// provider lists. Error CONFIG "library_unknown" names those that are not there; nothing is stored then.
struct LibraryChoice {
  LibraryUse use{};
  std::vector<std::string> wanted{};
};
void choose_libraries(Workspace& ws, const ProfileRef& ref, const std::vector<LibraryChoice>& choices);

}  // namespace crosswatch::host
