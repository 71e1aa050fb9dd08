// What a read that follows changes asks the server for.
#include <algorithm>

#include "feature/follow.hpp"
#include "feature/touched.hpp"

namespace crosswatch::plex::feature {

using wire::Field;

namespace {

constexpr std::size_t most_touched = 2000;

// With this parameter a server sends only items that have such a fact.
std::pair<std::string, std::string> filter_of(Feature feature) {
  switch (feature) {
    case Feature::ratings:
      return {"userRating>>", "0"};
    case Feature::progress:
      return {"viewOffset>>", "0"};
    default:
      return {"unwatched", "0"};
  }
}

Field time_field(Feature feature) {
  return feature == Feature::ratings ? Field::last_rated_at : Field::last_viewed_at;
}

}  // namespace

std::vector<Kind> kinds_of(Feature feature, const Section& section) {
  if (section.type == "movie") return {Kind::movie};
  if (feature == Feature::ratings) return {Kind::show, Kind::season, Kind::episode};
  return {Kind::episode};
}

List listing_of(Feature feature, const Section& section, Kind kind) {
  List list = library_list(section, kind);
  list.query.push_back(filter_of(feature));
  return list;
}

bool Follower::ask() {
  const auto kinds = kinds_of(feature_, section_);
  if (!std::equal(kinds.begin(), kinds.end(), parts_.begin(), parts_.end(),
                  [](Kind kind, const Part& part) { return kind == part.kept.kind; }))
    return false;
  if (feature_ == Feature::history && !ask_plays()) return false;
  if (section_.type == "show" && !ask_shows()) return false;
  for (Part& part : parts_)
    if (!ask_part(part)) return false;
  return ask_touched() && own_.defect.empty() && own_.id_requests_left > 0;
}

bool Follower::ask_plays() {
  struct NewPlays : PageSink {
    NewPlays(const Kept& kept, std::int64_t account_id, std::map<std::uint64_t, Times>& times)
        : last(kept.newest_play), newest(last), account(account_id), into(times) {}
    void row(const wire::Row& row) override {
      const Play play = read_play(row, account);
      numbered = numbered && play.number != 0;
      if (play.number <= last) return;
      ++count;
      newest = std::max(newest, play.number);
      if (play.fault == Note::count) into[play.item].push_back(play.at);
    }
    void page_end(std::uint64_t, std::uint64_t) override {}
    std::uint64_t last, newest, count = 0;
    std::int64_t account;
    bool numbered = true;
    std::map<std::uint64_t, Times>& into;
  } sink(kept_, access_.account_id, new_plays_);
  const Head head = read_head(own_.call, own_.source, plays_listing(section_, access_), Field::viewed_at,
                              kept_.plays_since, arena_, sink);
  if (!head.sure || !sink.numbered || kept_.plays_total + sink.count != head.total) return false;
  changed_ = sink.count > 0;
  kept_.plays_total = head.total;
  kept_.newest_play = sink.newest;
  kept_.plays_since = std::max(kept_.plays_since, since(head.top, began_, reading_.host.now()));
  return true;
}

// While the marker stands still the shows are what they were.
bool Follower::ask_shows() {
  if (!moved_) {
    joins_.shows.load(kept_.shows);
    return true;
  }
  joins_.shows.load(own_, section_);
  joins_.shows_loaded = true;
  for (auto at = kept_.shows.begin(); at != kept_.shows.end();) {
    KeptShow now;
    identity::Tokens ids;
    std::string_view title;
    arena_.clear();
    if (!joins_.shows.find(at->first, arena_, ids, &title)) {
      shows_lost_ = shows_lost_ || at->second.listed;
      at = at->second.listed ? kept_.shows.erase(at) : std::next(at);
      continue;
    }
    now.title = title;
    now.ids = kept_tokens(ids.all());
    at->second = std::move(now);
    ++at;
  }
  return own_.defect.empty();
}

bool Follower::ask_part(Part& part) {
  const List list = listing_of(feature_, section_, part.kept.kind);
  const auto head = [&](const char* sort, Field field, std::int64_t since_then) {
    List sorted = list;
    sorted.query.emplace_back("sort", sort);
    ++round_;
    ItemSink sink(own_, feature_, section_, part.kept.kind, ref_prefix_, joins_, arena_);
    sink.records = this;
    return read_head(own_.call, own_.source, sorted, field, since_then, arena_, sink);
  };
  part.by_time = head(feature_ == Feature::ratings ? "lastRatedAt:desc" : "lastViewedAt:desc", time_field(feature_),
                      part.kept.since);
  if (moved_ && part.by_time.sure) part.by_update = head("updatedAt:desc", Field::updated_at, part.kept.updated_since);
  // Every row of a list must be what was asked for.
  for (const Note note : {Note::other_kind, Note::no_key, Note::other_library, Note::filtered})
    if (own_.tally.of(note) > 0) return false;
  if (!sure_ || !part.by_time.sure) return false;
  if (moved_ && (!part.by_update.sure || part.by_update.total != part.by_time.total)) return false;
  // That nothing at all is watched may as well mean that the filter is not known any more.
  return part.by_time.total > 0 || feature_ != Feature::history;
}

bool Follower::ask_touched() {
  const std::vector<std::string> keys = Touched(place_.path).keys();
  if (keys.size() > most_touched) return false;
  struct Taker : RowTaker {
    explicit Taker(Follower& f) : follower(f) {}
    void take(const wire::Row& row) override {
      const auto kind = kind_named(row.text(Field::type));
      cw_value value = no_value;
      if (!kind || !read_value(row, follower.feature_, value)) return;
      ItemSink sink(follower.own_, follower.feature_, follower.section_, *kind, follower.ref_prefix_, follower.joins_,
                    arena);
      sink.records = &follower;
      arena.clear();
      ++follower.round_;
      sink.row(row);
      sink.page_end(1, 1);
    }
    Follower& follower;
    wire::Arena arena{};
  } taker(*this);
  std::vector<std::string_view> wanted;
  for (const std::string& key : keys) {
    const std::uint64_t number = join_key(key);
    if (std::to_string(number) != key) return false;
    news_[number].record.clear();
    wanted.push_back(key);
  }
  unsigned budget = static_cast<unsigned>(2 * wanted.size() + 1);
  ask_for_rows(own_.call, own_.source, wanted, budget, taker);
  return sure_ && own_.tally.of(Note::other_library) == 0;
}

void Follower::take(const Record& record) {
  News& news = news_[record.key];
  if (news.round == round_) sure_ = false;  // twice in one list
  news.round = round_;
  news.kind = record.kind;
  news.record.clear();
  encode(record, news.record);
}

void Follower::take_show(std::uint64_t key, std::string_view title, std::span<const cw_token> ids, bool listed) {
  const KeptShow show{std::string(title), kept_tokens(ids), listed};
  const auto [at, is_new] = kept_.shows.try_emplace(key, show);
  if (!is_new && at->second != show) sure_ = false;
}

// Something was taken back: which, tells only the whole list, without anything but keys and times.
bool Follower::ask_members(Part& part) {
  List list = listing_of(feature_, section_, part.kept.kind);
  std::erase_if(list.query, [](const auto& q) { return q.first == "includeGuids"; });
  for (auto& [name, value] : list.query) {
    if (name == "excludeFields")
      value +=
          ",title,guid,year,index,parentIndex,parentRatingKey,parentKey,parentGuid,parentTitle,grandparentRatingKey,"
          "grandparentKey,grandparentGuid,grandparentTitle,duration,originallyAvailableAt,updatedAt";
    if (name == "excludeElements") value += ",Guid";
  }
  struct Members : PageSink {
    Members(Part& p, Field f) : part(p), field(f) {}
    void row(const wire::Row& row) override {
      part.members.push_back(member(join_key(row.text(Field::rating_key)), row.time(field)));
    }
    void page_end(std::uint64_t, std::uint64_t) override {}
    Part& part;
    Field field;
  } sink(part, time_field(feature_));
  part.members.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(part.by_time.total, 1 << 22)));
  const ListEnd end = read_list(own_.call, own_.source, list, arena_, sink);
  std::sort(part.members.begin(), part.members.end());
  part.members_known = true;
  return end.complete() && end.rows == part.by_time.total;
}

}  // namespace crosswatch::plex::feature
