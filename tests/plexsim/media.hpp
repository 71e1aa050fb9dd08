// One media server's content and what each person did with it. Readers hold `mutex` shared, writers alone.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "model.hpp"
#include "plexsim/plexsim.hpp"
#include "push.hpp"

namespace plexsim {

struct MediaServer {
  int number{0};
  ServerOptions options{};
  std::string machine_id{};
  std::string direct_hash{};
  std::size_t owner{0};  // index of a person
  std::vector<bool> access{};
  mutable std::shared_mutex mutex{};
  std::vector<Item> items{};
  std::vector<Custom> customs{};
  std::vector<Recorded> recorded{};
  std::unordered_map<std::string, std::uint32_t> recorded_keys{};
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> more_children{};
  std::vector<Library> libraries{};
  std::vector<RecordedFile> recorded_files{};
  std::vector<PersonState> people{};
  std::vector<PlayRow> plays{};  // ids and times rise
  std::vector<Session> sessions{};
  int next_session{1};                        // begins anew when the server restarts
  std::vector<std::weak_ptr<Push>> pushes{};  // who listens for notifications
  std::uint64_t version{0};                   // rises with every change; cached selections hang on it
  std::uint32_t next_row{1};

  // reading
  std::uint32_t find(std::string_view rating_key) const;  // kNone when unknown or deleted
  std::string key(std::uint32_t item) const;
  std::string title(std::uint32_t item) const;
  std::string guid(std::uint32_t item) const;
  std::vector<std::string> ids(std::uint32_t item) const;  // Guid[]
  int year(std::uint32_t item) const;                      // -1 = absent
  std::int64_t duration(std::uint32_t item) const;
  State state(std::size_t person, std::uint32_t item) const;  // of the item alone; shows and seasons: own rating only
  bool sees(std::size_t person, const std::string& handle, const Library& library) const;
  template <class F>
  void children(std::uint32_t item, F&& f) const {
    const Item& it = items[item];
    for (std::uint32_t c = it.first_child; c < it.first_child + it.child_count; ++c) {
      if (!items[c].deleted) f(c);
    }
    if (const auto more = more_children.find(item); more != more_children.end()) {
      for (const auto c : more->second) {
        if (!items[c].deleted) f(c);
      }
    }
  }
  template <class F>
  void leaves(std::uint32_t item, F&& f) const {
    const Kind kind = items[item].kind;
    if (kind == Kind::show) {
      children(item, [&](std::uint32_t season) { children(season, f); });
    } else if (kind == Kind::season) {
      children(item, f);
    } else {
      f(item);
    }
  }

  // changing; the caller holds the mutex
  State& change(std::size_t person, std::uint32_t item);
  void scrobble(std::size_t person, std::uint32_t item, std::int64_t now, bool row);
  void unscrobble(std::size_t person, std::uint32_t item);
  void rate(std::size_t person, std::uint32_t item, double rating, std::int64_t at);
  void add_play(std::size_t person, std::uint32_t item, std::int64_t at);
  void set_offset(std::size_t person, std::uint32_t item, std::int64_t ms, std::int64_t now);
  std::uint32_t add(std::uint16_t library, const NewItem& item, std::int64_t now);
  void remove(std::uint32_t item, std::int64_t now);
  void retitle(std::uint32_t item, const std::string& title, std::int64_t now);
  void rematch(std::uint32_t item, const std::vector<std::string>& ids, std::int64_t now);
  void content_changed(std::uint16_t library, std::int64_t now);
  Custom& custom_of(std::uint32_t item);
};

void generate_catalog(MediaServer& server);                                                    // catalog.cpp
void generate_states(MediaServer& server, std::size_t people);                                 // states.cpp
void load_recordings(MediaServer& server, const std::string& folder);                          // recordings.cpp
std::vector<Fact> list_facts(const MediaServer& server, std::size_t person, Feature feature);  // facts.cpp

}  // namespace plexsim
