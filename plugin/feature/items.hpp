// Snapshots of what lies on a media server: ratings, history and progress.
#pragma once

#include "account/scope.hpp"
#include "feature/libraries.hpp"
#include "feature/reading.hpp"

namespace crosswatch::plex::feature {

struct ItemsEnd {
  std::string state{};     // names what was read: the kept reads of all these libraries; "": one was not kept
  bool unchanged = false;  // it is what `since` names, and nothing was sent
};

// Sends every fact of the feature in the libraries of the rule, page by page. Whatever was defective on the way
// is noted in the reading. A library that was read completely before costs only what changed since. `who` is the proven
// identity of the scope; `folder` takes temporary files and what is kept.
ItemsEnd read_items(Reading& reading, Feature feature, const ServerAccess& access, const std::string& who,
                    const LibraryRule& rule, const std::string& folder, std::string_view since = {});

}  // namespace crosswatch::plex::feature
