#include "feature/watchlist.hpp"

#include <unordered_map>

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

class WatchlistSink : public PageSink, public RowTaker {
public:
  WatchlistSink(Reading& reading, wire::Arena& arena) : reading_(reading), arena_(arena) {}

  void row(const wire::Row& row) override {
    const auto kind = kind_named(row.text(Field::type));
    if (!kind || (*kind != Kind::movie && *kind != Kind::show)) return reading_.tally.add(Note::other_kind);
    const std::string_view key = row.text(Field::rating_key);
    if (key.empty()) return reading_.tally.add(Note::no_key);
    cw_fact fact{};
    fact.struct_size = sizeof(cw_fact);
    fact.kind = static_cast<std::uint32_t>(*kind);
    fact.value = no_value;
    fact.value.at = row.time(Field::watchlisted_at);  // not addedAt: that is the day of release here
    fact.year = static_cast<std::int32_t>(std::clamp<std::int64_t>(row.number(Field::year, 0), 0, 9999));
    fact.season = fact.episode = -1;
    fact.ref = str(arena_.join(reading_.source.id(), "/", key));
    fact.title = str(row.text(Field::title));
    identify(row, *kind, arena_, who_);
    set_ids(fact, who_.ids);
    if (!who_.ids.external()) lacking_.emplace(key, facts_.size());
    facts_.push_back(fact);
  }

  void page_end(std::uint64_t rows, std::uint64_t total) override {
    std::vector<Nameless> items;
    for (const auto& [key, fact] : lacking_) items.push_back({key, {}});
    ask_for_ids(reading_, items, *this);
    reading_.tally.add(Note::no_external_ids, lacking_.size());
    lacking_.clear();
    if (!facts_.empty()) reading_.sink.accept(facts_);
    facts_.clear();
    reading_.progress(rows, total);
  }

  void take(const wire::Row& row) override {
    const auto at = lacking_.find(row.text(Field::rating_key));
    if (at == lacking_.end()) return;
    cw_fact& fact = facts_[at->second];
    who_.clear();
    const auto kind = static_cast<Kind>(fact.kind);
    for_each<cw_token>(fact.ids, fact.id_count, sizeof(cw_token),
                       [&](const cw_token& t) { who_.ids.add(view(t.scheme), view(t.value)); });
    for (const std::string_view guid : row.guids()) identity::read_guid(arena_.keep(guid), kind, arena_, who_);
    set_ids(fact, who_.ids);
    if (who_.ids.external()) lacking_.erase(at);
  }

private:
  void set_ids(cw_fact& fact, const identity::Tokens& ids) {
    fact.ids = arena_.keep(std::span<const cw_token>(ids.all()));
    fact.id_count = static_cast<std::uint32_t>(ids.all().size());
  }

  Reading& reading_;
  wire::Arena& arena_;
  identity::Identity who_{};
  std::vector<cw_fact> facts_{};  // of the page
  std::unordered_map<std::string_view, std::size_t> lacking_{};
};

}  // namespace

Error watchlist_error(const Error& e, const UserScope& user) {
  const bool refused = e.http_status == 401 || e.http_status == 403 || e.http_status == 404;
  const bool member = user.kind == "managed" || user.kind == "home";
  if (!refused || !member) return e;
  return Error(
             CW_UNSUPPORTED, "watchlist_unsupported",
             "Plex gives no watchlist to " + user.username + ": Discover answered " + std::to_string(e.http_status) +
                 " to this " + (user.kind == "managed" ? "managed user." : "member of the Home."),
             "Leave the watchlist out of this profile's pairs, or link the user's own account in a profile of its own.")
      .http(e.http_status);
}

List watchlist_listing() {
  List list{"/library/sections/watchlist/all",
            {{"sort", "watchlistedAt:desc"},
             {"includeCollections", "1"},
             {"includeExternalMedia", "1"},
             {"includeGuids", "1"}},
            "The watchlist"};
  list.page_size = 100;  // more is refused
  list.smaller_page_size = 25;
  return list;
}

void read_watchlist(Reading& reading) {
  const List list = watchlist_listing();
  wire::Arena arena;
  WatchlistSink sink(reading, arena);
  const ListEnd end = read_list(reading.call, reading.source, list, arena, sink);
  if (!end.complete()) reading.note_defect(end.defect);
  reading.rows_done += end.rows;
  reading.tally.report(reading.host, "watchlist");
}

}  // namespace crosswatch::plex::feature
