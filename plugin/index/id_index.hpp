// Which items of a library carry an id: made out of complete listings, kept in the profile's folder, and thrown away
// whenever it may be wrong. What it says is a hint: whoever follows it looks at the item itself before writing.
#pragma once

#include <crosswatch/provider.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feature/libraries.hpp"
#include "index/id_file.hpp"

namespace crosswatch::plex::index {

// What the index of one library knows about an item.
struct Hits {
  std::vector<std::uint64_t> keys{};  // rating keys of items that carry one of its ids, or stand in its place
  bool show_known = false;            // a season or an episode: its show is there
  bool contradiction = false;         // its show ids belong to different shows
};

// Whether the item has anything that it could be found by.
bool has_ids(const cw_fact& item) noexcept;
// Whether a season or an episode may be found by its show and its numbers. Specials, and seasons that are years, are
// numbered differently from place to place.
bool has_place(const cw_fact& item) noexcept;

// Of one library, as one user sees it. [owner]
class IdIndex {
public:
  // `path` is where it is kept; `who` is the user, the server and the library that it is about.
  IdIndex(Host host, std::string path, std::string who);

  // Makes it one of the library as it is now: costs nothing when the library's marker has not moved, a request for each
  // kind when it has and little changed, and else the listing. Error when that is not complete.
  void refresh(const Call& call, const feature::Source& source, const feature::Section& section);
  // After a miss: true when the library is not the one that was listed, and the index was changed.
  bool doubt(const Call& call, const feature::Source& source, const feature::Section& section);
  Hits find(const Call& call, const feature::Source& source, const feature::Section& section, const cw_fact& item);

private:
  bool look_up(const cw_fact& item, Hits& hits);
  bool look_up(Kind kind, const cw_token* ids, std::uint32_t count, bool all_agree, std::vector<std::uint64_t>& keys,
               bool& contradiction);
  bool knows(std::uint64_t name, std::uint64_t key);
  bool update(const Call& call, const feature::Source& source, const feature::Section& section);
  void take_over(const feature::Section& section);
  void build(const Call& call, const feature::Source& source, const feature::Section& section);

  Host host_;
  std::string path_;
  std::string who_;
  std::optional<IdFile> file_{};
  std::string marker_{};  // of the library when the file was last known to be right
  bool checked_ = false;  // the file was compared with the library since the marker moved
};

// The indexes of one user on one server, opened as they are needed. [owner]
class Indexes {
public:
  explicit Indexes(Host host) : host_(host) {}
  // `who` is the identity of the scope: another one forgets those that are open.
  IdIndex& of(const std::string& who, const feature::Section& section);

private:
  Host host_;
  std::string who_{};
  std::unordered_map<std::string, std::unique_ptr<IdIndex>> open_{};
};

}  // namespace crosswatch::plex::index
