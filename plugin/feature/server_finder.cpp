#include "feature/server_finder.hpp"

#include <algorithm>

#include "feature/item_sink.hpp"
#include "feature/title_search.hpp"

namespace crosswatch::plex::feature {

using wire::Field;

ServerFinder::ServerFinder(const Source& source, const LibraryRule& rule, Feature feature, index::Indexes& indexes,
                           std::string who)
    : source_(source), rule_(rule), feature_(feature), indexes_(indexes), who_(std::move(who)) {}

std::string ServerFinder::key_of_ref(const cw_fact& item) const {
  const std::string_view ref = view(item.ref);
  const std::string& machine = source_.id();
  if (ref.size() <= machine.size() + 1 || ref.substr(0, machine.size()) != machine || ref[machine.size()] != '/')
    return {};
  const std::string_view key = ref.substr(machine.size() + 1);
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  return plain ? std::string(key) : std::string();
}

void ServerFinder::take(const wire::Row& row) {
  const auto kind = kind_named(row.text(Field::type));
  Seen seen;
  seen.key = row.text(Field::rating_key);
  seen.library = row.text(Field::library_id);
  seen.known_kind = kind.has_value();
  seen.kind = kind.value_or(Kind::movie);
  seen.ids = ids_of(row, seen.kind);
  seen.present = read_value(row, feature_, seen.value);
  seen.views = static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.number(Field::view_count, 0), 0, 1 << 30));
  seen.offset_ms = std::max<std::int64_t>(row.number(Field::view_offset, 0), 0);
  seen.duration_ms = row.number(Field::duration, -1);
  seen.last_viewed = row.time(Field::last_viewed_at);
  seen.edition = row.has(Field::edition_title);
  std::string key = seen.key;
  seen_.insert_or_assign(std::move(key), std::move(seen));
}

void ServerFinder::read(const Call& call, const std::vector<std::string>& keys) {
  struct Taker : RowTaker {
    explicit Taker(ServerFinder& f) : finder(f) {}
    void take(const wire::Row& row) override { finder.take(row); }
    ServerFinder& finder;
  } taker(*this);
  std::vector<std::string_view> wanted(keys.begin(), keys.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  // A server may refuse a whole batch for one key that is gone; then it is asked for halves.
  unsigned budget = static_cast<unsigned>(2 * wanted.size() + 1);
  ask_for_rows(call, source_, wanted, budget, taker);
}

void ServerFinder::look_up(const Call& call, const cw_fact& item, Trail& trail) {
  trail.keys.clear();
  trail.contradiction = trail.show_known = false;
  if (!trail.ref_key.empty()) trail.keys.push_back(trail.ref_key);
  for (const Section& section : rule_.libraries()) {
    const bool of_show = item.kind != CW_MOVIE;
    if (of_show != (section.type == "show")) continue;
    index::IdIndex& index = indexes_.of(who_, section);
    index.refresh(call, source_, section);
    index::Hits hits = index.find(call, source_, section, item);
    std::sort(hits.keys.begin(), hits.keys.end());  // the copy that was there first comes first, every time
    for (const std::uint64_t key : hits.keys)
      if (std::string text = std::to_string(key); text != trail.ref_key) trail.keys.push_back(std::move(text));
    trail.show_known = trail.show_known || hits.show_known;
    trail.contradiction = trail.contradiction || hits.contradiction;
  }
}

bool ServerFinder::doubt_indexes(const Call& call) {
  bool rebuilt = false;
  for (const Section& section : rule_.libraries())
    rebuilt = indexes_.of(who_, section).doubt(call, source_, section) || rebuilt;
  return rebuilt;
}

Found ServerFinder::judge(const cw_fact& item, Trail& trail) const {
  Found found;
  bool contradicted = false;
  for (const std::string& key : trail.keys) {
    const auto at = seen_.find(key);
    if (at == seen_.end()) continue;
    const Seen& seen = at->second;
    if (!seen.known_kind || static_cast<std::uint32_t>(seen.kind) != item.kind) continue;
    if (!seen.library.empty() && !rule_.allows(seen.library)) {
      trail.outside = true;
    } else if (contradicts(item, seen)) {
      contradicted = true;
    } else {
      found.copies.push_back(seen);
    }
  }
  std::stable_partition(found.copies.begin(), found.copies.end(), [](const Target& t) { return !t.edition; });
  if (found.copies.empty() || trail.contradiction) {
    found.copies.clear();
    explain(item, trail, contradicted || trail.contradiction, found);
  }
  return found;
}

void ServerFinder::explain(const cw_fact& item, const Trail& trail, bool contradicted, Found& found) const {
  if (contradicted) {
    found.result = CW_AMBIGUOUS;
    found.reason = "contradicting_ids: its ids belong to different titles of " + source_.name();
  } else if (trail.outside) {
    found.reason = "outside_whitelist: it is in a library that does not take part";
  } else if (!index::has_ids(item)) {
    found.asked = !trail.ref_key.empty();
    found.reason = "no_ids: it has no id to find it by";
  } else if (trail.show_known && !index::has_place(item)) {
    found.reason = "numbering_differs: the show is there, but specials and year seasons need an id of their own";
  } else if (trail.show_known) {
    found.reason =
        std::string(item.kind == CW_SEASON ? "season" : "episode") + "_not_in_library: the show is there, without it";
  } else {
    found.reason = "not_in_library: " + source_.name() + " does not have it";
  }
}

std::vector<Found> ServerFinder::find(const Call& call, const std::vector<const cw_fact*>& items, bool all_copies) {
  std::vector<Found> out(items.size());
  std::vector<Trail> trails(items.size());
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < items.size(); ++i) {
    trails[i].ref_key = key_of_ref(*items[i]);
    if (trails[i].ref_key.empty()) continue;
    trails[i].keys = {trails[i].ref_key};
    keys.push_back(trails[i].ref_key);
  }
  read(call, keys);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < items.size(); ++i) {
    out[i] = judge(*items[i], trails[i]);
    if ((all_copies || out[i].copies.empty()) && index::has_ids(*items[i])) open.push_back(i);
  }
  for (bool again = false; !open.empty(); again = true) {
    keys.clear();
    for (const std::size_t i : open) {
      look_up(call, *items[i], trails[i]);
      for (const std::string& key : trails[i].keys)
        if (again || seen_.find(key) == seen_.end()) keys.push_back(key);
    }
    read(call, keys);
    for (const std::size_t i : open) out[i] = judge(*items[i], trails[i]);
    std::erase_if(open, [&](std::size_t i) { return !out[i].copies.empty(); });
    // What the indexes do not know, or know wrong, may have come to the library since it was listed.
    if (again || open.empty() || !doubt_indexes(call)) break;
  }
  return out;
}

// What bears the title and contradicts in no id. Copies of one title share an id; else they are several titles.
std::vector<Found> ServerFinder::find_by_title(const Call& call, const std::vector<const cw_fact*>& items) {
  const auto named = search_titles(call, source_, rule_.libraries(), items);
  std::vector<std::string> keys;
  for (const auto& some : named)
    for (const Named& n : some) keys.push_back(n.key);
  read(call, keys);
  std::vector<Found> out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Trail trail;
    for (const Named& n : named[i]) trail.keys.push_back(n.key);
    Found found = judge(*items[i], trail);
    if (found.copies.empty()) continue;
    const auto words = [&](const Target& t) {
      const auto at = std::find_if(named[i].begin(), named[i].end(), [&](const Named& n) { return n.key == t.key; });
      const auto id = std::find_if(t.ids.begin(), t.ids.end(), [](const Token& x) { return x.scheme != "plex"; });
      return at->label + ", " + (id == t.ids.end() ? "without ids" : id->scheme + ':' + id->value);
    };
    const auto same = [&](const Target& t) {
      return t.key == found.copies.front().key || std::any_of(t.ids.begin(), t.ids.end(), [&](const Token& x) {
               const auto& ids = found.copies.front().ids;
               return std::find(ids.begin(), ids.end(), x) != ids.end();
             });
    };
    found.guessed = words(found.copies.front());
    const auto odd = std::find_if_not(found.copies.begin(), found.copies.end(), same);
    if (odd != found.copies.end()) {
      found.guessed += "; " + words(*odd);
      found.result = CW_AMBIGUOUS;
      found.copies.clear();
    }
    out[i] = std::move(found);
  }
  return out;
}

void ServerFinder::read_again(const Call& call, const std::vector<Target*>& targets) {
  std::vector<std::string> keys;
  for (const Target* t : targets) {
    keys.push_back(t->key);
    seen_.erase(t->key);
  }
  read(call, keys);
  for (Target* t : targets) {
    const auto at = seen_.find(t->key);
    if (at == seen_.end())
      t->gone = true;
    else
      *t = static_cast<const Target&>(at->second);
  }
}

}  // namespace crosswatch::plex::feature
