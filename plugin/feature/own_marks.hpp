// What we marked as watched ourselves, and when: some servers write a play for a mark, and all of them count it, though
// nobody watched anything then.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "account/scope.hpp"

namespace crosswatch::plex::feature {

// Two files of the profile's data folder, a line a mark: the newer one, and the one before it. What is so old that it
// is in neither was told, or left out, long ago. Several processes may add. [owner]
class OwnMarks {
public:
  // Of that user on that server. Error STORAGE without a data folder.
  OwnMarks(const Host& host, const ServerAccess& access);

  // Before the mark is sent; `at` in epoch seconds by our clock. False: it could not be written down.
  bool add(std::string_view key, std::int64_t at) const;
  // Whether we marked that item about then, by the server's clock.
  bool has(const std::string& key, std::int64_t at);

private:
  void read();

  std::string path_, old_path_;
  std::uint64_t size_ = 0;  // of what was read, both files
  std::multimap<std::string, std::int64_t> marks_{};
};

}  // namespace crosswatch::plex::feature
