// The shows of a library, to give their ids to seasons and episodes.
#pragma once

#include <string>

#include "feature/libraries.hpp"
#include "feature/reading.hpp"
#include "feature/record.hpp"
#include "feature/spool.hpp"

namespace crosswatch::plex::feature {

// Holds titles and ids only, beyond 4 MiB on disk. [owner]
class ShowTable {
public:
  explicit ShowTable(const std::string& folder);

  // Lists the shows of the library, in place of those it held. A list that changed meanwhile is read once more;
  // a defect that stays is noted in the reading.
  void load(Reading& reading, const Section& section);
  // Takes over what is known of the listed shows, without asking.
  void load(const KeptShows& kept);
  // Adds the ids of a show; texts are kept in `arena`. False: not listed.
  bool find(std::uint64_t show, wire::Arena& arena, identity::Tokens& out, std::string_view* title = nullptr);

private:
  void clear();

  Spool places_;
  Blob texts_;
  wire::Arena arena_{};
  std::vector<std::int64_t> found_{};
};

}  // namespace crosswatch::plex::feature
