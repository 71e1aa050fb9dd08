#include "identity.hpp"

#include <algorithm>
#include <charconv>

#include "sqlite_text.hpp"

namespace crosswatch::tracker {
namespace {

constexpr std::int64_t number_of(Kind k) noexcept {
  return static_cast<std::int64_t>(k);
}

bool belongs_to_show(const Fact& f) noexcept {
  return f.kind == Kind::season || f.kind == Kind::episode;
}

bool usable(const Token& t) noexcept {
  return !t.scheme.empty() && !t.value.empty();
}

bool any_usable(const std::vector<Token>& ids) noexcept {
  return std::any_of(ids.begin(), ids.end(), usable);
}

bool has_place(const Fact& f) noexcept {
  if (!belongs_to_show(f) || !any_usable(f.show_ids)) return false;
  return f.season >= 0 && (f.kind == Kind::season || f.episode >= 0);
}

std::int32_t numbered(std::int32_t n) noexcept {
  return n < 0 ? -1 : n;
}

// The identity of an item without ids; sizes keep the texts apart.
std::string name_of_item(const Fact& f) {
  std::string name(name_of(f.kind));
  for (const std::int32_t n : {f.year, numbered(f.season), numbered(f.episode)}) name += '/' + std::to_string(n);
  for (const std::string* text : {&f.title, &f.series_title}) name += '/' + std::to_string(text->size()) + ':' + *text;
  return name;
}

std::string joined(const std::vector<Token>& ids) {
  std::string out;
  for (const Token& t : ids) (((out += t.scheme) += '\x1f') += t.value) += '\x1e';
  return out;
}

}  // namespace

Identity::Identity(Database& database)
    : database_(database),
      kind_of_(database.sql(), "SELECT kind FROM item WHERE id = ?"),
      find_id_(database.sql(), "SELECT item FROM token WHERE kind = ? AND scheme = ? AND value = ?"),
      ids_of_(database.sql(), "SELECT scheme, value FROM token WHERE item = ?"),
      find_place_(database.sql(), "SELECT id FROM item WHERE show = ? AND season = ? AND episode = ? AND kind = ?"),
      find_name_(database.sql(), "SELECT id FROM item WHERE name = ?"),
      insert_item_(database.sql(),
                   "INSERT INTO item(kind, show, season, episode, year, title, series_title, name) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_id_(database.sql(),
                 "INSERT INTO token(item, kind, scheme, value) VALUES (?, ?, ?, ?) "
                 "ON CONFLICT(item, scheme, value) DO NOTHING"),
      complete_item_(database.sql(),
                     "UPDATE item SET show = coalesce(show, ?2), season = iif(season < 0, ?3, season), "
                     "episode = iif(episode < 0, ?4, episode), year = iif(year = 0, ?5, year), "
                     "title = iif(title = '', ?6, title), series_title = iif(series_title = '', ?7, series_title) "
                     "WHERE id = ?1 AND ((show IS NULL AND ?2 IS NOT NULL) OR (season < 0 AND ?3 >= 0) OR "
                     "(episode < 0 AND ?4 >= 0) OR (year = 0 AND ?5 <> 0) OR (title = '' AND ?6 <> '') OR "
                     "(series_title = '' AND ?7 <> ''))") {}

Match Identity::find(const Fact& fact) {
  if (const Match m = find_strong(fact); m.state != Match::none) return m;
  if (has_place(fact)) return by_place(fact);
  if (any_usable(fact.ids)) return {};
  Use query(find_name_);
  if (query.bind(name_of_item(fact)).step()) return {Match::one, query.number(0)};
  return {};
}

Match Identity::find_strong(const Fact& fact) {
  std::optional<ItemId> referred;
  const std::string ours = database_.id() + '/';
  if (fact.ref.compare(0, ours.size(), ours) == 0) {
    ItemId id = 0;
    const char* const end = fact.ref.data() + fact.ref.size();
    const auto [stop, error] = std::from_chars(fact.ref.data() + ours.size(), end, id);
    Use query(kind_of_);
    if (error == std::errc() && stop == end && query.bind(id).step()) {
      if (query.number(0) != number_of(fact.kind)) return {Match::ambiguous};
      referred = id;
    }
  }
  return by_ids(fact.kind, fact.ids, referred);
}

Match Identity::by_ids(Kind kind, const std::vector<Token>& ids, std::optional<ItemId> also) {
  std::optional<ItemId> found = also;
  for (const Token& t : ids) {
    if (!usable(t)) continue;
    Use query(find_id_);
    if (!query.bind(number_of(kind), t.scheme, t.value).step()) continue;
    if (found && *found != query.number(0)) return {Match::ambiguous};
    found = query.number(0);
  }
  if (!found) return {};
  return {contradicts(*found, ids) ? Match::ambiguous : Match::one, *found};
}

bool Identity::contradicts(ItemId item, const std::vector<Token>& ids) {
  std::vector<Token> known_ids;
  Use query(ids_of_);
  query.bind(item);
  while (query.step()) known_ids.push_back({std::string(query.text(0)), std::string(query.text(1))});
  return std::any_of(ids.begin(), ids.end(), [&](const Token& wanted) {
    if (!usable(wanted)) return false;
    const auto same_scheme = [&](const Token& t) { return t.scheme == wanted.scheme; };
    if (std::none_of(known_ids.begin(), known_ids.end(), same_scheme)) return false;
    return std::none_of(ids.begin(), ids.end(), [&](const Token& t) {
      return same_scheme(t) && std::find(known_ids.begin(), known_ids.end(), t) != known_ids.end();
    });
  });
}

Match Identity::by_place(const Fact& fact) {
  const Match show = show_of(fact).match;
  if (show.state != Match::one) return show;
  std::vector<ItemId> there;
  {
    Use query(find_place_);
    const std::int32_t episode = fact.kind == Kind::season ? -1 : fact.episode;
    query.bind(show.id, fact.season, episode, number_of(fact.kind));
    while (query.step()) there.push_back(query.number(0));
  }
  std::erase_if(there, [&](ItemId id) { return contradicts(id, fact.ids); });
  if (there.size() > 1) return {Match::ambiguous};
  return there.empty() ? Match{} : Match{Match::one, there.front()};
}

Identity::RememberedShow& Identity::show_of(const Fact& fact) {
  std::string ids = joined(fact.show_ids);
  if (!remembered_show_ || remembered_show_->ids != ids)
    remembered_show_ = RememberedShow{std::move(ids), by_ids(Kind::show, fact.show_ids, std::nullopt), false};
  return *remembered_show_;
}

std::optional<ItemId> Identity::show_for(const Fact& fact) {
  if (!belongs_to_show(fact) || !any_usable(fact.show_ids)) return std::nullopt;
  RememberedShow& show = show_of(fact);
  if (show.match.state == Match::ambiguous) return std::nullopt;
  const bool known = show.match.state == Match::one;
  if (!known) {
    Use query(insert_item_);
    query.bind(number_of(Kind::show), std::optional<ItemId>(), -1, -1, 0, fact.series_title, std::string_view(),
               std::optional<std::string>());
    query.run();
    show.match = {Match::one, database_.sql().getLastInsertRowid()};
  }
  if (!std::exchange(show.learned, true)) {
    const int more = add_ids(show.match.id, Kind::show, fact.show_ids);
    if (known) learned_ += more;
  }
  return show.match.id;
}

std::optional<ItemId> Identity::make(const Fact& fact) {
  std::optional<std::string> name;
  if (!any_usable(fact.ids) && !has_place(fact)) {
    if (fact.title.empty() && fact.series_title.empty()) return std::nullopt;
    name = name_of_item(fact);
  }
  const std::optional<ItemId> show = show_for(fact);
  const std::int32_t episode = fact.kind == Kind::season ? -1 : numbered(fact.episode);
  Use query(insert_item_);
  query.bind(number_of(fact.kind), show, numbered(fact.season), episode, fact.year, fact.title, fact.series_title,
             name);
  query.run();
  const ItemId item = database_.sql().getLastInsertRowid();
  add_ids(item, fact.kind, fact.ids);
  if (fact.kind == Kind::show) forget_show();
  return item;
}

void Identity::learn(ItemId item, const Fact& fact) {
  learned_ += add_ids(item, fact.kind, fact.ids);
  const std::optional<ItemId> show = show_for(fact);
  const std::int32_t episode = fact.kind == Kind::season ? -1 : numbered(fact.episode);
  Use query(complete_item_);
  query.bind(item, show, numbered(fact.season), episode, fact.year, fact.title, fact.series_title);
  query.run();
  learned_ += query.changes();
  if (fact.kind == Kind::show) forget_show();
}

int Identity::add_ids(ItemId item, Kind kind, const std::vector<Token>& ids) {
  int added = 0;
  for (const Token& t : ids) {
    if (!usable(t)) continue;
    Use query(insert_id_);
    query.bind(item, number_of(kind), t.scheme, t.value).run();
    added += query.changes();
  }
  return added;
}

std::string Identity::ref(ItemId item) const {
  return database_.id() + '/' + std::to_string(item);
}

}  // namespace crosswatch::tracker
