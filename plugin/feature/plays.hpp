// The play rows of one person in one library, to be joined with its watched items.
#pragma once

#include <string>

#include "account/scope.hpp"
#include "feature/libraries.hpp"
#include "feature/reading.hpp"
#include "feature/spool.hpp"

namespace crosswatch::plex::feature {

// Holds rating key and time of each play, beyond 4 MiB on disk. [owner]
class PlayTable {
public:
  explicit PlayTable(const std::string& folder);

  // Reads the person's plays in the library, in place of those it held; a list that changed meanwhile once more.
  // A server that keeps its history from somebody who does not own it (some do from Home users) leaves the table
  // empty.
  void load(Reading& reading, const Section& section, const ServerAccess& access);
  // The known times of an item, newest first.
  void find(std::uint64_t item, std::vector<std::int64_t>& out);
  std::uint64_t size() const noexcept { return times_.size(); }
  bool refused() const noexcept { return refused_; }

private:
  Spool times_;
  wire::Arena arena_{};
  bool refused_ = false;
};

}  // namespace crosswatch::plex::feature
