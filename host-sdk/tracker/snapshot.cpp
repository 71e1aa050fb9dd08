#include "snapshot.hpp"

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "facts.hpp"
#include "sqlite_text.hpp"

namespace crosswatch::tracker {
namespace {

constexpr std::size_t page_size = 500;

// Facts and their texts until they have been sent.
class Page {
public:
  Page() { facts_.reserve(page_size); }

  cw_str text(std::string_view s) {
    char* const copy = static_cast<char*>(arena_.allocate(s.size() + 1, 1));
    std::copy(s.begin(), s.end(), copy);
    return {copy, s.size()};
  }
  template <class T>
  const T* array(const std::vector<T>& values) {
    T* const copy = static_cast<T*>(arena_.allocate(values.size() * sizeof(T) + 1, alignof(T)));
    std::copy(values.begin(), values.end(), copy);
    return copy;
  }
  void add(const cw_fact& fact) { facts_.push_back(fact); }
  bool full() const noexcept { return facts_.size() == page_size; }
  void send(FactSink& sink) {
    if (!facts_.empty()) sink.accept(facts_);
    facts_.clear();
    arena_.release();
  }

private:
  std::vector<cw_fact> facts_{};
  std::vector<char> first_block_ = std::vector<char>(256 * 1024);
  std::pmr::monotonic_buffer_resource arena_{first_block_.data(), first_block_.size()};
};

class Reader {
public:
  Reader(Database& database, Feature feature)
      : feature_(feature),
        prefix_(database.id() + '/'),
        rows_(database.sql(),
              "SELECT f.item, f.at, f.progress_ms, f.duration_ms, f.rating, f.plays, i.kind, i.show, i.season, "
              "i.episode, i.year, i.title, i.series_title FROM fact f CROSS JOIN item i ON i.id = f.item "
              "WHERE f.feature = ? ORDER BY f.item"),
        ids_(database.sql(), "SELECT scheme, value FROM token WHERE item = ? ORDER BY scheme, value"),
        plays_(database.sql(), "SELECT at FROM play WHERE item = ? ORDER BY at DESC") {}

  // Calls `each` with one fact after the other, its texts lying in `page`.
  template <class F>
  void read(Page& page, F&& each) {
    Use row(rows_);
    row.bind(static_cast<std::int64_t>(feature_));
    while (row.step()) {
      const ItemId item = row.number(0);
      cw_fact f{};
      f.struct_size = sizeof f;
      f.value = {row.time(1), row.number(2), row.number(3), row.small(4), static_cast<std::uint32_t>(row.number(5))};
      f.kind = static_cast<std::uint32_t>(row.number(6));
      f.season = row.small(8);
      f.episode = row.small(9);
      f.year = row.small(10);
      f.title = page.text(row.text(11));
      f.series_title = page.text(row.text(12));
      f.ref = page.text(prefix_ + std::to_string(item));
      load_ids(item, own_);
      f.ids = lend(page, own_, f.id_count);
      if (!row.null(7)) {
        if (row.number(7) != show_) load_ids(show_ = row.number(7), show_ids_);  // episodes come in a row
        f.show_ids = lend(page, show_ids_, f.show_id_count);
      }
      if (feature_ == Feature::history) f.plays_at = load_plays(page, item, f.play_count);
      each(f);
    }
  }
  std::int64_t times() const noexcept { return times_; }

private:
  void load_ids(ItemId item, std::vector<Token>& to) {
    to.clear();
    Use query(ids_);
    query.bind(item);
    while (query.step()) to.push_back({std::string(query.text(0)), std::string(query.text(1))});
  }
  const cw_token* lend(Page& page, const std::vector<Token>& ids, std::uint32_t& count) {
    lent_.clear();
    for (const Token& t : ids) lent_.push_back({page.text(t.scheme), page.text(t.value)});
    count = static_cast<std::uint32_t>(lent_.size());
    return page.array(lent_);
  }
  const std::int64_t* load_plays(Page& page, ItemId item, std::uint32_t& count) {
    std::vector<std::int64_t> at;
    Use query(plays_);
    query.bind(item);
    while (query.step()) at.push_back(query.number(0));
    count = static_cast<std::uint32_t>(at.size());
    times_ += count;
    return page.array(at);
  }

  Feature feature_;
  std::string prefix_;
  std::int64_t times_ = 0;
  ItemId show_ = 0;
  std::vector<Token> own_{}, show_ids_{};
  std::vector<cw_token> lent_{};
  SQLite::Statement rows_, ids_, plays_;
};

}  // namespace

SnapshotEnd read_all(Database& database, const Call& call, Feature feature, std::string_view since, FactSink& sink) {
  SnapshotEnd end;
  database.read(call, [&] {
    end.state = database.state(feature);
    end.unchanged = !end.state.empty() && end.state == since;
    if (end.unchanged) return;
    Facts facts(database, feature);
    const std::int64_t expected = facts.tally();
    const std::int64_t expected_times = feature == Feature::history ? facts.tally(true) : 0;
    Reader reader(database, feature);
    Page page;
    const auto send = [&] {
      page.send(sink);
      call.progress(sink.count(), static_cast<std::uint64_t>(std::max<std::int64_t>(expected, 0)));
      call.check();
    };
    reader.read(page, [&](const cw_fact& fact) {
      page.add(fact);
      if (page.full()) send();
    });
    send();
    if (static_cast<std::int64_t>(sink.count()) != expected || reader.times() != expected_times)
      throw database.damaged("is damaged: it should hold " + std::to_string(expected) + " facts of this feature, " +
                             std::to_string(sink.count()) + " can be read");
  });
  end.complete = true;
  end.scope = "all";
  return end;
}

}  // namespace crosswatch::tracker
