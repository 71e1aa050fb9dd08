#include "feature/plays.hpp"

#include <algorithm>

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

class PlaySink : public PageSink {
public:
  PlaySink(Reading& reading, Spool& times, std::int64_t account_id)
      : reading_(reading), times_(times), account_id_(account_id) {}
  Tally tally{};
  std::uint64_t newest = 0;
  std::int64_t newest_at = time_unknown;
  bool numbered = true;

  void row(const wire::Row& row) override {
    const Play play = read_play(row, account_id_);
    newest = std::max(newest, play.number);
    newest_at = std::max(newest_at, play.at);
    numbered = numbered && play.number != 0;
    if (play.fault != Note::count) return tally.add(play.fault);
    times_.add(play.item, play.at);
  }
  void page_end(std::uint64_t rows, std::uint64_t total) override { reading_.progress(rows, total); }

private:
  Reading& reading_;
  Spool& times_;
  std::int64_t account_id_;
};

}  // namespace

List plays_listing(const Section& section, const ServerAccess& access) {
  return {"/status/sessions/history/all",
          {{"sort", "viewedAt:desc"},
           {"accountID", std::to_string(access.account_id)},
           {"librarySectionID", section.key},
           {"excludeFields",
            "title,parentTitle,grandparentTitle,index,parentIndex,parentKey,grandparentKey,thumb,parentThumb,"
            "grandparentThumb,grandparentArt,originallyAvailableAt,deviceID"}},
          "The plays in \"" + section.title + '"'};
}

std::uint64_t play_number(const wire::Row& row) noexcept {
  constexpr std::string_view numbers = "/status/sessions/history/";
  const std::string_view name = row.text(Field::history_key);
  if (name.substr(0, numbers.size()) != numbers) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(wire::to_int(name.substr(numbers.size())).value_or(0), 0));
}

std::string_view played_key(const wire::Row& row) noexcept {
  const std::string_view key = row.text(Field::rating_key);
  return key.empty() ? key_of_path(row.text(Field::key)) : key;
}

Play read_play(const wire::Row& row, std::int64_t account_id) {
  Play play;
  play.number = play_number(row);
  play.at = row.time(Field::viewed_at);
  const std::string_view type = row.text(Field::type), key = played_key(row);
  if (type != "movie" && type != "episode")
    play.fault = Note::other_play;
  else if (row.number(Field::account_id, account_id) != account_id)
    play.fault = Note::foreign_play;
  else if (key.empty())
    play.fault = Note::lost_play;  // the item was deleted
  else if (play.at == time_unknown)
    play.fault = Note::undated_play;
  else
    play.item = join_key(key);
  return play;
}

PlayTable::PlayTable(const std::string& folder) : times_(folder, 1024 * 1024) {}

void PlayTable::load(Reading& reading, const Section& section, const ServerAccess& access) {
  times_.clear();
  if (refused_) return times_.finish();
  const List list = plays_listing(section, access);
  try {
    for (int attempt = 1;; ++attempt) {
      times_.clear();
      PlaySink sink(reading, times_, access.account_id);
      const ListEnd end = read_list(reading.call, reading.source, list, arena_, sink);
      if (!end.complete() && attempt == 1) continue;
      if (!end.complete()) reading.note_defect(end.defect);
      for (std::size_t i = 0; i < static_cast<std::size_t>(Note::count); ++i)
        reading.tally.add(static_cast<Note>(i), sink.tally.of(static_cast<Note>(i)));
      reading.rows_done += end.rows;
      rows_ = end.rows;
      newest_ = sink.newest;
      newest_at_ = sink.newest_at;
      numbered_ = sink.numbered;
      break;
    }
  } catch (const Error& e) {
    if (access.owner || (e.http_status != 401 && e.http_status != 403)) throw;
    // The library lists say what is watched all the same, and fail themselves when the token is not valid.
    refused_ = true;
    times_.clear();
    reading.host.log(LogLevel::warning, "history_refused: " + std::string(e.what()) +
                                            " Only the newest time of each watched item is known.");
  }
  times_.finish();
}

void PlayTable::find(std::uint64_t item, std::vector<std::int64_t>& out) {
  times_.find(item, out);
}

}  // namespace crosswatch::plex::feature
