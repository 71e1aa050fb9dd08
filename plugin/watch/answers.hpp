// What a server answers and pushes, as the values that Playback takes.
#pragma once

#include <crosswatch/watcher.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "feature/reading.hpp"
#include "watch/playback.hpp"

namespace crosswatch::plex::watch {

// The "playing" entries of one pushed text, wrapped or not; none for other kinds. Error PROTOCOL when it is no JSON.
std::vector<Notice> read_notices(std::string text);

// A session row, and the key of the show that its item belongs to.
struct SessionRow {
  Seen seen{};
  std::string show{};
};
std::vector<SessionRow> read_sessions(std::string& body);

// The percentage of the setting LibraryVideoPlayedThreshold; 90 when the answer has none.
int read_threshold(std::string& body);

// Rows of metadata as facts without a value but the length: movies, episodes, and the shows they belong to.
class FactReader final : public feature::RowTaker {
public:
  explicit FactReader(std::string ref_prefix) : ref_prefix_(std::move(ref_prefix)) {}
  void take(const wire::Row& row) override;
  // By rating key. An episode has the ids of its show if the show was among the rows, now or before.
  std::map<std::string, Fact> facts() const;
  bool knows_show(const std::string& key) const { return shows_.contains(key); }
  void forget_items() { items_.clear(); }

private:
  struct Item {
    Fact fact{};
    std::string show{};
  };
  std::string ref_prefix_;
  std::map<std::string, Item> items_{};
  std::map<std::string, std::vector<Token>> shows_{};
};

}  // namespace crosswatch::plex::watch
