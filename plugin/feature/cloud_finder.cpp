#include "feature/cloud_finder.hpp"

#include <algorithm>
#include <array>

#include "feature/reading.hpp"
#include "feature/watchlist.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex::feature {
namespace {

using wire::Field;

// Up to here single questions are fewer or fresher than reading the list.
constexpr std::size_t few = 20;
constexpr std::array<std::string_view, 3> matched{"tmdb", "imdb", "tvdb"};

bool is_key(std::string_view text) noexcept {
  return text.size() == 24 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "plex://movie/5d776b59ad5437001f79c6f8" -> the key, when it is of that kind.
std::string_view key_of_guid(std::string_view guid, std::string_view kind) noexcept {
  constexpr std::string_view scheme = "plex://";
  if (guid.substr(0, scheme.size()) != scheme) return {};
  guid.remove_prefix(scheme.size());
  if (guid.substr(0, kind.size()) != kind || guid.size() <= kind.size() || guid[kind.size()] != '/') return {};
  guid.remove_prefix(kind.size() + 1);
  return is_key(guid) ? guid : std::string_view{};
}

std::string own_key(const cw_fact& item, const std::string& source) {
  const std::string_view kind = name_of(static_cast<Kind>(item.kind));
  for (std::uint32_t i = 0; i < item.id_count; ++i)
    if (view(item.ids[i].scheme) == "plex")
      if (const auto key = key_of_guid(view(item.ids[i].value), kind); !key.empty()) return std::string(key);
  const std::string_view ref = view(item.ref);
  const bool ours = ref.size() > source.size() && ref.substr(0, source.size()) == source && ref[source.size()] == '/';
  const std::string_view key = ours ? ref.substr(source.size() + 1) : std::string_view{};
  return is_key(key) ? std::string(key) : std::string();
}

std::string name_of_match(const cw_fact& item, const cw_token& id) {
  return std::string(name_of(static_cast<Kind>(item.kind))) + ' ' + std::string(view(id.scheme)) + ' ' +
         std::string(view(id.value));
}

}  // namespace

CloudFinder::CloudFinder(const Source& source, const Source* older, KnownTitles& titles)
    : source_(source), older_(older), known_(titles) {}

void CloudFinder::read_titles(const Call& call, const std::vector<std::string>& keys) {
  struct Taker : RowTaker {
    explicit Taker(CloudFinder& f) : finder(f) {}
    void take(const wire::Row& row) override {
      const auto kind = kind_named(row.text(Field::type));
      if (kind) finder.titles_[std::string(row.text(Field::rating_key))] = {*kind, ids_of(row, *kind)};
    }
    CloudFinder& finder;
  } taker(*this);
  std::vector<std::string_view> wanted;
  for (const std::string& key : keys)
    if (titles_.find(key) == titles_.end()) wanted.push_back(key);
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  unsigned budget = static_cast<unsigned>(2 * wanted.size() + 1);
  ask_for_rows(call, source_, wanted, budget, taker);
}

// False: the title is another one.
bool CloudFinder::accept(const cw_fact& item, const std::string& key, Found& found) const {
  const auto at = titles_.find(key);
  if (at == titles_.end()) return true;
  Target target;
  target.key = key;
  target.ids = at->second.ids;
  if (static_cast<std::uint32_t>(at->second.kind) != item.kind || contradicts(item, target)) return false;
  found.copies.push_back(std::move(target));
  return true;
}

bool CloudFinder::carries(const std::string& key, const cw_token& id) const {
  const auto at = titles_.find(key);
  return at != titles_.end() && std::any_of(at->second.ids.begin(), at->second.ids.end(), [&](const Token& t) {
           return t.scheme == view(id.scheme) && t.value == view(id.value);
         });
}

void CloudFinder::match(const Call& call, const cw_fact& item, const cw_token& id, bool older,
                        std::vector<std::string>& keys) {
  const Source& source = older ? *older_ : source_;
  const std::string scheme(view(id.scheme)), value(view(id.value));
  const std::string what = "The title of " + scheme + ' ' + value;
  Query query{{"type", item.kind == CW_MOVIE ? "1" : "2"}, {"includeGuids", "1"}};
  if (older)
    query.emplace_back("title", scheme + '-' + value);
  else
    query.emplace_back("guid", scheme + "://" + value);
  std::string body;
  const http::Response response = source.ask(call, "/library/metadata/matches", query, body);
  if (response.status == 404 || response.status == 400) return;
  source.expect_success(response, body, what);
  struct : wire::RowSink {
    std::vector<std::pair<std::string, Title>> rows{};
    void row(const wire::Row& row) override {
      const auto kind = kind_named(row.text(Field::type));
      if (kind) rows.push_back({std::string(row.text(Field::rating_key)), {*kind, ids_of(row, *kind)}});
    }
  } sink;
  wire::Arena arena;
  wire::parse_rows(body, arena, what, sink);
  for (auto& [key, title] : sink.rows) {
    if (!is_key(key)) continue;
    titles_.insert_or_assign(key, std::move(title));
    if (!carries(key, id)) {  // the answer may have come without ids
      titles_.erase(key);
      read_titles(call, {key});
      if (!carries(key, id)) continue;
    }
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
}

void CloudFinder::ask_for_title(const Call& call, const cw_fact& item, Found& found) {
  bool any_id = false, contradicted = false;
  for (const std::string_view scheme : matched)
    for (std::uint32_t i = 0; i < item.id_count && found.copies.empty(); ++i) {
      const cw_token& id = item.ids[i];
      if (view(id.scheme) != scheme || view(id.value).empty()) continue;
      any_id = true;
      std::vector<std::string> keys;
      const std::string name = name_of_match(item, id);
      if (const auto known = known_.find(name)) {
        read_titles(call, {*known});
        if (carries(*known, id)) keys.push_back(*known);
      }
      if (keys.empty()) match(call, item, id, false, keys);
      if (keys.empty() && older_) match(call, item, id, true, keys);
      if (keys.size() == 1) known_.keep(name, keys.front());
      for (const std::string& key : keys) contradicted = !accept(item, key, found) || contradicted;
    }
  if (found.copies.size() > 1 || (found.copies.empty() && contradicted)) {
    found.copies.clear();
    found.result = CW_AMBIGUOUS;
    found.reason = "contradicting_ids: its ids belong to different titles";
  } else if (found.copies.empty()) {
    found.asked = any_id;
    found.reason = any_id ? "not_on_discover: Plex does not know a title with these ids"
                          : "no_ids: it has no id that Plex could find it by";
  }
}

std::vector<Found> CloudFinder::find(const Call& call, const std::vector<const cw_fact*>& items, bool) {
  std::vector<Found> out(items.size());
  std::vector<std::string> keys(items.size());
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < items.size(); ++i) {
    keys[i] = own_key(*items[i], source_.id());
    if (!keys[i].empty()) wanted.push_back(keys[i]);
  }
  read_titles(call, wanted);
  std::vector<Target*> targets;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!keys[i].empty() && !accept(*items[i], keys[i], out[i])) {
      out[i].result = CW_AMBIGUOUS;
      out[i].reason = "contradicting_ids: its Plex id belongs to another title";
    } else if (out[i].copies.empty()) {
      ask_for_title(call, *items[i], out[i]);
    }
    for (Target& t : out[i].copies) targets.push_back(&t);
  }
  read_again(call, targets);
  // Neither on the watchlist nor off it: a removal would be called done, and the entry would come back some day.
  for (Found& found : out)
    if (std::erase_if(found.copies, [](const Target& t) { return t.gone; }) != 0)
      found.reason = "gone: Plex says that it does not know this title any more";
  return out;
}

void CloudFinder::read_again(const Call& call, const std::vector<Target*>& targets) {
  if (targets.size() > few) return read_list(call, targets);
  for (Target* t : targets) read_state(call, *t);
}

void CloudFinder::read_list(const Call& call, const std::vector<Target*>& targets) {
  struct : PageSink {
    std::unordered_map<std::string, std::int64_t> listed{};
    void row(const wire::Row& row) override {
      listed.emplace(row.text(Field::rating_key), row.time(Field::watchlisted_at));
    }
    void page_end(std::uint64_t, std::uint64_t) override {}
  } sink;
  wire::Arena arena;
  const ListEnd end = feature::read_list(call, source_, watchlist_listing(), arena, sink);
  if (!end.complete()) throw Error(CW_PROTOCOL, "incomplete_list", end.defect, "Run again later.");
  for (Target* t : targets) {
    const auto at = sink.listed.find(t->key);
    t->present = at != sink.listed.end();
    t->value = no_value;
    if (t->present) t->value.at = at->second;
  }
}

void CloudFinder::read_state(const Call& call, Target& target) {
  const std::string what = "The watchlist state of a title";
  std::string body;
  const http::Response response = source_.ask(call, "/library/metadata/" + target.key + "/userState", {}, body);
  target.present = false;
  target.value = no_value;
  target.gone = response.status == 404;
  if (target.gone) return;
  source_.expect_success(response, body, what);
  const wire::Node root = wire::parse_tree(body, what);
  const wire::Node* const state = root.name == "UserState" ? &root : root.child("UserState");
  if (!state) throw Error(CW_PROTOCOL, "unexpected_answer", what + " could not be read: there is none in the answer.");
  target.value.at = state->time("watchlistedAt");
  target.present = target.value.at != time_unknown;
}

}  // namespace crosswatch::plex::feature
