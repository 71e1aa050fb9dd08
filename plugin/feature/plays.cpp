#include "feature/plays.hpp"

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

class PlaySink : public PageSink {
public:
  PlaySink(Reading& reading, Spool& times, std::int64_t account_id)
      : reading_(reading), times_(times), account_id_(account_id) {}
  Tally tally{};

  void row(const wire::Row& row) override {
    const std::string_view type = row.text(Field::type);
    if (type != "movie" && type != "episode") return tally.add(Note::other_play);
    if (row.number(Field::account_id, account_id_) != account_id_) return tally.add(Note::foreign_play);
    std::string_view key = row.text(Field::rating_key);
    if (key.empty()) key = key_of_path(row.text(Field::key));
    if (key.empty()) return tally.add(Note::lost_play);  // the item was deleted
    const std::int64_t at = row.time(Field::viewed_at);
    if (at == time_unknown) return tally.add(Note::undated_play);
    times_.add(join_key(key), at);
  }
  void page_end(std::uint64_t rows, std::uint64_t total) override { reading_.progress(rows, total); }

private:
  Reading& reading_;
  Spool& times_;
  std::int64_t account_id_;
};

}  // namespace

PlayTable::PlayTable(const std::string& folder) : times_(folder, 4 * 1024 * 1024) {}

void PlayTable::load(Reading& reading, const Section& section, const ServerAccess& access) {
  times_.clear();
  if (refused_) return times_.finish();
  const List list{"/status/sessions/history/all",
                  {{"sort", "viewedAt:desc"},
                   {"accountID", std::to_string(access.account_id)},
                   {"librarySectionID", section.key},
                   {"excludeFields", "thumb,parentThumb,grandparentThumb,grandparentArt"}},
                  "The plays in \"" + section.title + '"'};
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
