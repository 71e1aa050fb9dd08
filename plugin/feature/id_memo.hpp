// Remembers which external ids a host gave for an item whose list row came without, so that each version of an
// item is asked for once and not on every run.
#pragma once

#include <crosswatch/call.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace crosswatch::plex::feature {

// A small file that may be lost at any time: one that cannot be read is begun anew, one that cannot be written
// costs requests only. Read when it is first asked: most reads meet no such item. [owner]
class IdMemo {
public:
  IdMemo(const Host& host, const std::string& folder);

  // The guids of that version of the item, none if the host knows none; null when it has not been asked for a month.
  const std::vector<std::string>* find(std::string_view source, std::string_view key, std::string_view version);
  void keep(std::string_view source, std::string_view key, std::string_view version, std::vector<std::string> guids);
  void save();  // when there is something new; says so in the log when it fails

private:
  struct Entry {
    std::string version{};
    std::int64_t asked_at = 0;
    std::vector<std::string> guids{};
  };
  void load();

  Host host_;
  std::string file_;
  std::unordered_map<std::string, Entry> entries_{};  // by "source/key"
  bool loaded_ = false, changed_ = false;
};

}  // namespace crosswatch::plex::feature
