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

// Rows of the play history with a time, and the shows of the episodes among them.
struct HistoryRows final : feature::PageSink {
  std::vector<HistoryRow> rows{};
  std::map<std::string, std::string> shows{};  // rating keys, by that of the episode
  void row(const wire::Row& r) override;
  void page_end(std::uint64_t, std::uint64_t) override {}
};

// Rows of metadata as facts whose value is the length, and what the user gave and when.
class FactReader final : public feature::RowTaker {
public:
  explicit FactReader(std::string ref_prefix) : ref_prefix_(std::move(ref_prefix)) {}
  void take(const wire::Row& row) override;
  // By rating key. An episode has the ids of its show if the show was among the rows, now or before.
  std::map<std::string, Fact> facts() const;
  // The rating key of the show that an item among the rows belongs to; empty: none, or it is not known.
  std::string show_of(const std::string& key) const;
  // Of the items among the rows.
  std::map<std::string, Count> counts() const;
  bool knows_show(const std::string& key) const { return shows_.contains(key); }
  void forget_items() { items_.clear(); }

private:
  struct Item {
    Fact fact{};
    std::string show{};
    Count count{};
  };
  static void take_show(const wire::Row& row, Item& item, const identity::Identity& who, wire::Field title,
                        wire::Field guid, wire::Field rating_key, wire::Field path);

  std::string ref_prefix_;
  std::map<std::string, Item> items_{};
  std::map<std::string, std::vector<Token>> shows_{};
};

}  // namespace crosswatch::plex::watch
