#include "watch/answers.hpp"

#include <algorithm>

#include "feature/item_sink.hpp"
#include "feature/plays.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex::watch {
namespace {

using wire::Field;

constexpr std::size_t most_shows = 500;

std::vector<Token> tokens_of(const identity::Tokens& ids) {
  std::vector<Token> out;
  for (const cw_token& t : ids.all()) out.push_back({std::string(view(t.scheme)), std::string(view(t.value))});
  return out;
}

void add_ids(std::vector<Token>& to, const std::vector<Token>& more) {
  for (const Token& t : more)
    if (std::find(to.begin(), to.end(), t) == to.end()) to.push_back(t);
}

std::int32_t small(const wire::Row& row, Field field) {
  const std::int64_t n = row.number(field, -1);
  return n >= 0 && n <= 1'000'000 ? static_cast<std::int32_t>(n) : -1;
}

}  // namespace

std::vector<Notice> read_notices(std::string text) {
  const wire::Node root = wire::parse_tree(text, "A notification");
  const wire::Node* const wrapped = root.child("NotificationContainer");
  std::vector<Notice> out;
  for (const wire::Node& n : (wrapped ? *wrapped : root).children) {
    if (n.name != "PlaySessionStateNotification") continue;
    Notice notice;
    notice.session = n.attr("sessionKey");
    notice.item = n.attr("ratingKey");
    if (notice.item.empty()) notice.item = feature::key_of_path(n.attr("key"));
    notice.state = n.attr("state");
    notice.position_ms = n.number("viewOffset").value_or(-1);
    notice.player = n.attr("clientIdentifier");
    out.push_back(std::move(notice));
  }
  return out;
}

std::vector<SessionRow> read_sessions(std::string& body) {
  const wire::Node root = wire::parse_tree(body, "The list of sessions");
  std::vector<SessionRow> out;
  for (const wire::Node& n : root.children) {
    if (n.name != "Metadata" && n.name != "Video" && n.name != "Track" && n.name != "Photo") continue;
    SessionRow row;
    Seen& s = row.seen;
    s.session = n.attr("sessionKey");
    s.item = n.attr("ratingKey");
    if (s.item.empty()) s.item = feature::key_of_path(n.attr("key"));
    if (s.item.empty()) s.item = n.attr("key");  // of live television
    s.type = n.attr("type");
    s.subtype = n.attr("subtype");
    s.library = n.attr("librarySectionID");
    s.live = n.flag("live") || n.attr("key").starts_with("/livetv/");
    s.position_ms = n.number("viewOffset").value_or(-1);
    s.length_ms = n.number("duration").value_or(-1);
    if (const wire::Node* user = n.child("User")) s.user = user->number("id").value_or(0);
    if (const wire::Node* player = n.child("Player")) {
      s.state = player->attr("state");
      s.player = player->attr("machineIdentifier");
    }
    row.show = n.attr("grandparentRatingKey");
    out.push_back(std::move(row));
  }
  return out;
}

int read_threshold(std::string& body) {
  const wire::Node root = wire::parse_tree(body, "The settings of the server");
  for (const wire::Node& n : root.children)
    if (n.attr("id") == "LibraryVideoPlayedThreshold")
      return static_cast<int>(std::clamp<std::int64_t>(n.number("value").value_or(90), 1, 100));
  return 90;
}

void HistoryRows::row(const wire::Row& r) {
  HistoryRow out;
  out.number = feature::play_number(r);
  out.item = feature::played_key(r);
  out.type = r.text(Field::type);
  out.library = r.text(Field::library_id);
  out.account = r.number(Field::account_id, 0);
  out.at = r.time(Field::viewed_at);
  std::string show(r.text(Field::grandparent_rating_key));
  if (show.empty()) show = feature::key_of_path(r.text(Field::grandparent_key));
  if (!show.empty()) shows[out.item] = show;
  if (out.at != time_unknown) rows.push_back(std::move(out));
}

void FactReader::take(const wire::Row& row) {
  const std::string key(row.text(Field::rating_key));
  const auto kind = kind_named(row.text(Field::type));
  if (key.empty() || !kind || row.has(Field::subtype)) return;
  wire::Arena arena;
  identity::Identity who;
  feature::identify(row, *kind, arena, who);
  Item item;
  Fact& f = item.fact;
  f.kind = *kind;
  f.ref = ref_prefix_ + key;
  f.library_id = row.text(Field::library_id);
  f.title = row.text(Field::title);
  f.year = std::max(small(row, Field::year), 0);
  f.ids = tokens_of(who.ids);
  feature::read_value(row, Feature::ratings, f.value);
  f.value.duration_ms = row.number(Field::duration, -1);
  item.count = {row.number(Field::view_count, 0), row.time(Field::last_viewed_at)};
  if (*kind == Kind::show) {
    if (shows_.size() >= most_shows) shows_.clear();
    shows_[key] = f.ids;
  } else if (*kind == Kind::season) {
    f.season = small(row, Field::index);
    take_show(row, item, who, Field::parent_title, Field::parent_guid, Field::parent_rating_key, Field::parent_key);
  } else if (*kind == Kind::episode) {
    f.season = small(row, Field::parent_index);
    f.episode = small(row, Field::index);
    take_show(row, item, who, Field::grandparent_title, Field::grandparent_guid, Field::grandparent_rating_key,
              Field::grandparent_key);
  }
  items_[key] = std::move(item);
}

void FactReader::take_show(const wire::Row& row, Item& item, const identity::Identity& who, Field title, Field guid,
                           Field rating_key, Field path) {
  Fact& f = item.fact;
  if (f.season < 0) f.season = who.season;
  if (f.episode < 0) f.episode = who.episode;
  f.series_title = row.text(title);
  f.show_ids = tokens_of(who.show_ids);
  wire::Arena arena;
  identity::Identity show;
  identity::read_guid(row.text(guid), Kind::show, arena, show);
  add_ids(f.show_ids, tokens_of(show.ids));
  item.show = row.text(rating_key);
  if (item.show.empty()) item.show = feature::key_of_path(row.text(path));
}

std::string FactReader::show_of(const std::string& key) const {
  const auto item = items_.find(key);
  return item == items_.end() ? std::string() : item->second.show;
}

std::map<std::string, Count> FactReader::counts() const {
  std::map<std::string, Count> out;
  for (const auto& [key, item] : items_) out[key] = item.count;
  return out;
}

std::map<std::string, Fact> FactReader::facts() const {
  std::map<std::string, Fact> out;
  for (const auto& [key, item] : items_) {
    Fact& fact = out[key] = item.fact;
    if (const auto show = shows_.find(item.show); show != shows_.end()) add_ids(fact.show_ids, show->second);
  }
  return out;
}

}  // namespace crosswatch::plex::watch
