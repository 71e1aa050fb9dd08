// Finds items in the libraries of a media server.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "feature/libraries.hpp"
#include "feature/reading.hpp"
#include "feature/target.hpp"
#include "index/id_index.hpp"

namespace crosswatch::plex::feature {

// For one call of the host. A ref is followed when the item there is of the kind and does not contradict; else the id
// indexes of the rule's libraries say which items to look at. Requests: one a hundred items, and what the indexes
// need. [owner]
class ServerFinder final : public Finder {
public:
  // The references must outlive it; `who` is the identity of the scope.
  ServerFinder(const Source& source, const LibraryRule& rule, Feature feature, index::Indexes& indexes,
               std::string who);

  std::vector<Found> find(const Call& call, const std::vector<const cw_fact*>& items, bool all_copies) override;
  std::vector<Found> find_by_title(const Call& call, const std::vector<const cw_fact*>& items) override;
  void read_again(const Call& call, const std::vector<Target*>& targets) override;
  std::string ref_of(const Target& target) const override { return source_.id() + '/' + target.key; }

private:
  // What is known of one item so far.
  struct Trail {
    std::string ref_key{};  // of this server
    std::vector<std::string> keys{};
    bool outside = false;  // found, in a library that does not count
    bool show_known = false;
    bool contradiction = false;
  };
  struct Seen : Target {
    Kind kind = Kind::movie;
    bool known_kind = false;
  };

  std::string key_of_ref(const cw_fact& item) const;
  void look_up(const Call& call, const cw_fact& item, Trail& trail);
  bool doubt_indexes(const Call& call);
  void read(const Call& call, const std::vector<std::string>& keys);
  Found judge(const cw_fact& item, Trail& trail) const;
  void explain(const cw_fact& item, const Trail& trail, bool contradicted, Found& found) const;
  void take(const wire::Row& row);

  const Source& source_;
  const LibraryRule& rule_;
  Feature feature_;
  index::Indexes& indexes_;
  std::string who_;
  std::unordered_map<std::string, Seen> seen_{};  // rows that were read, by rating key
};

}  // namespace crosswatch::plex::feature
