// Finds titles on Discover, where a person's watchlist is.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feature/source.hpp"
#include "feature/target.hpp"

namespace crosswatch::plex::feature {

// Titles that were found by an external id, kept from call to call. [owner]
class KnownTitles {
public:
  void keep(const std::string& id, const std::string& key) {
    if (keys_.size() < most) keys_.insert_or_assign(id, key);
  }
  std::optional<std::string> find(const std::string& id) const {
    const auto at = keys_.find(id);
    return at == keys_.end() ? std::nullopt : std::optional(at->second);
  }

private:
  static constexpr std::size_t most = 50'000;
  std::unordered_map<std::string, std::string> keys_{};
};

// A title's own Plex guid holds its key; else Discover is asked for the title of a tmdb, imdb or tvdb id, and the
// title's ids must agree. [owner]
class CloudFinder final : public Finder {
public:
  // The references must outlive it. `older` is the host that answers the older form of the question; may be null.
  CloudFinder(const Source& source, const Source* older, KnownTitles& titles);

  std::vector<Found> find(const Call& call, const std::vector<const cw_fact*>& items, bool all_copies) override;
  void read_again(const Call& call, const std::vector<Target*>& targets) override;
  std::string ref_of(const Target& target) const override { return source_.id() + '/' + target.key; }

private:
  struct Title {
    Kind kind = Kind::movie;
    std::vector<Token> ids{};
  };
  void read_titles(const Call& call, const std::vector<std::string>& keys);
  void ask_for_title(const Call& call, const cw_fact& item, Found& found);
  void match(const Call& call, const cw_fact& item, const cw_token& id, bool older, std::vector<std::string>& keys);
  bool carries(const std::string& key, const cw_token& id) const;  // of a title that was read
  bool accept(const cw_fact& item, const std::string& key, Found& found) const;
  void read_list(const Call& call, const std::vector<Target*>& targets);
  void read_state(const Call& call, Target& target);

  const Source& source_;
  const Source* older_;
  KnownTitles& known_;
  std::unordered_map<std::string, Title> titles_{};  // that were read, by key
};

}  // namespace crosswatch::plex::feature
