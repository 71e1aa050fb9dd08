// The libraries of a server, and the one rule that says which of them a feature may touch.
#pragma once

#include <crosswatch/provider.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feature/source.hpp"

namespace crosswatch::plex::feature {

struct Section {
  std::string key{};  // "1": what items carry as their library
  std::string uuid{};
  std::string title{};
  std::string type{};  // "movie" "show" "artist" "photo"
  std::string agent{};
  // Another text when its content may have changed since; empty: the server does not tell.
  std::string marker{};
  bool syncs() const noexcept { return type == "movie" || type == "show"; }
};

// All libraries that this token sees, in one request, or none when `answer` is what came for that request (see
// ServerAccess). Error PROTOCOL when the list is not whole.
std::vector<Section> read_sections(const Call& call, const Source& source, std::string answer = {});

// What the profile's settings say about the libraries of one feature.
struct Whitelist {
  std::vector<std::string> entries{};             // keys or uuids; empty: all movie and show libraries
  std::map<std::string, std::string> recorded{};  // key -> uuid of the library that was meant when it was chosen
  static Whitelist of(const Host& host, Feature feature);         // empty for the watchlist, which has no libraries
  static Whitelist of(const Host& host, std::string_view group);  // plex.<group>.libraries
};

inline constexpr std::string_view live_events = "scrobble";  // as their libraries are called in the settings

// Which libraries count. Reading, writing and events ask the same rule, so that they cannot disagree.
class LibraryRule {
public:
  // `pair` is the list of a pair, which narrows the profile's; empty: it does not. Error CONFIG for an entry that
  // names no movie or show library of this server, for one whose library was replaced by another, and when
  // nothing is left: never "all" by accident. `use`: the name of a feature, or live_events.
  static LibraryRule make(std::string_view use, const std::vector<Section>& sections, const Whitelist& whitelist,
                          const std::vector<std::string_view>& pair, const std::string& server_name);
  static LibraryRule make(Feature feature, const std::vector<Section>& sections, const Whitelist& whitelist,
                          const std::vector<std::string_view>& pair, const std::string& server_name) {
    return make(name_of(feature), sections, whitelist, pair, server_name);
  }

  const std::vector<Section>& libraries() const noexcept { return libraries_; }
  bool allows(std::string_view library_key) const noexcept;
  // The same text as long as the same libraries count.
  std::string scope() const;

private:
  std::vector<Section> libraries_{};
};

// What is wrong with the profile's own list of the feature, if anything is.
std::optional<Error> library_problem(Feature feature, const std::vector<Section>& sections, const Host& host,
                                     const std::string& server_name);

// The listing for people and programs: which feature each library takes part in, and live events. A bad whitelist does
// not fail it, since it is where the right entries are looked up; it is logged.
std::vector<Library> list_libraries(const Call& call, http::Transport& transport, const ServerAccess& access,
                                    const Host& host);

}  // namespace crosswatch::plex::feature
