#include "feature/reading.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "wire/hash.hpp"

namespace crosswatch::plex::feature {
namespace {

constexpr std::size_t keys_a_request = 100;

struct Forward : wire::RowSink {
  explicit Forward(RowTaker& t) : taker(t) {}
  void row(const wire::Row& row) override { taker.take(row); }
  RowTaker& taker;
};

// A host that refuses a whole batch for one bad key is asked for the halves.
void ask_batch(const Call& call, const Source& source, const std::string_view* first, std::size_t count,
               unsigned& budget, RowTaker& taker) {
  if (count == 0 || budget == 0) return;
  --budget;
  std::string path = "/library/metadata/";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) path += ',';
    path += first[i];
  }
  const std::string what = "The metadata of " + std::to_string(count) + " items";
  const Window window{0, count};
  std::string body;
  const http::Response response = source.ask(call, path, {{"includeGuids", "1"}}, body, &window);
  if (response.status == 404 || response.status == 400) {
    if (count == 1) return;
    ask_batch(call, source, first, count / 2, budget, taker);
    ask_batch(call, source, first + count / 2, count - count / 2, budget, taker);
    return;
  }
  source.expect_success(response, body, what);
  wire::Arena arena;
  Forward forward(taker);
  wire::parse_rows(body, arena, what, forward);
}

}  // namespace

std::uint64_t join_key(std::string_view rating_key) noexcept {
  constexpr std::uint64_t upper = std::uint64_t{1} << 63;
  std::uint64_t number = 0;
  const char* end = rating_key.data() + rating_key.size();
  const auto r = std::from_chars(rating_key.data(), end, number);
  if (r.ec == std::errc() && r.ptr == end && number < upper) return number;
  return wire::hash_of(rating_key) | upper;
}

std::string_view key_of_path(std::string_view path) noexcept {
  constexpr std::string_view prefix = "/library/metadata/";
  if (path.substr(0, prefix.size()) != prefix) return {};
  path.remove_prefix(prefix.size());
  return path.substr(0, std::min(path.find('/'), path.size()));
}

// What is left out costs neither the server nor the line nor the parser anything.
List library_list(const Section& section, Kind kind) {
  std::string fields =
      "key,slug,summary,tagline,studio,titleSort,originalTitle,editionTitle,contentRating,rating,ratingImage,"
      "audienceRating,audienceRatingImage,addedAt,thumb,art,theme,parentThumb,parentStudio,parentTheme,parentYear,"
      "grandparentThumb,grandparentArt,grandparentTheme,grandparentSlug,chapterSource,primaryExtraKey,leafCount,"
      "viewedLeafCount,childCount";
  if (kind == Kind::episode) fields += ",parentRatingKey,parentKey,parentGuid,parentTitle";
  List list{"/library/sections/" + section.key + "/all",
            {},
            "The list of " + std::string(name_of(kind)) + "s of \"" + section.title + '"'};
  list.with_seams = true;
  list.query = {
      {"type", std::to_string(static_cast<unsigned>(kind))},
      {"includeGuids", "1"},
      {"excludeElements",
       "Media,Genre,Country,Director,Writer,Producer,Role,Collection,Label,Rating,Image,UltraBlurColors,Field,"
       "Similar,Chapter,Marker,Extras,Review,Location"},
      {"excludeFields", std::move(fields)}};
  return list;
}

void ask_for_rows(const Call& call, const Source& source, const std::vector<std::string_view>& rating_keys,
                  unsigned& budget, RowTaker& taker) {
  for (std::size_t at = 0; at < rating_keys.size(); at += keys_a_request)
    ask_batch(call, source, rating_keys.data() + at, std::min(keys_a_request, rating_keys.size() - at), budget, taker);
}

void ask_for_ids(Reading& reading, const std::vector<Nameless>& items, RowTaker& taker) {
  using wire::Field;
  const std::string& source = reading.source.id();
  std::unordered_map<std::string_view, std::string_view> versions;  // of those to be asked for
  for (const Nameless& item : items) {
    const auto* const known = reading.memo.find(source, item.key, item.version);
    if (!known) {
      versions.emplace(item.key, item.version);
    } else if (!known->empty()) {
      wire::Row row;
      row.set(Field::rating_key, item.key);
      for (const std::string& guid : *known) row.add_guid(guid);
      taker.take(row);
    }
  }
  if (versions.empty()) return;
  std::vector<std::string_view> keys;
  for (const auto& [key, version] : versions) keys.push_back(key);
  std::sort(keys.begin(), keys.end());

  struct Remembering : RowTaker {
    Remembering(Reading& r, RowTaker& n, decltype(versions)& v) : reading(r), next(n), versions(v) {}
    void take(const wire::Row& row) override {
      const auto at = versions.find(row.text(Field::rating_key));
      if (at == versions.end()) return;
      reading.memo.keep(reading.source.id(), at->first, at->second, {row.guids().begin(), row.guids().end()});
      versions.erase(at);
      next.take(row);
    }
    Reading& reading;
    RowTaker& next;
    std::unordered_map<std::string_view, std::string_view>& versions;
  } remembering(reading, taker, versions);
  ask_for_rows(reading.call, reading.source, keys, reading.id_requests_left, remembering);
  if (reading.id_requests_left == 0) return;  // those left over may not have been asked for
  for (const auto& [key, version] : versions) reading.memo.keep(source, key, version, {});
}

void identify(const wire::Row& row, Kind kind, wire::Arena& arena, identity::Identity& into) {
  into.clear();
  identity::read_guid(row.text(wire::Field::guid), kind, arena, into);
  for (const std::string_view guid : row.guids()) identity::read_guid(guid, kind, arena, into);
}

}  // namespace crosswatch::plex::feature
