// Discover (and its older twin "metadata", which no longer has the watchlist): the catalogue of all titles, and each
// account's watchlist.
#include <algorithm>

#include "universe.hpp"

namespace plexsim {

namespace {

constexpr std::size_t kLargestPage = 100;
constexpr std::size_t kDefaultPage = 20;

using Entry = std::pair<std::string, std::int64_t>;

std::string_view identifier(const Request& request) {
  return request.host == HostKind::discover ? "tv.plex.provider.discover" : "tv.plex.provider.metadata";
}

void send(Response& response, Writer& w) {
  w.finish();
  set_type(response, w.json());
}

std::int64_t release_epoch(int year) {
  return static_cast<std::int64_t>(year - 1970) * 31'556'952;
}

void title(Writer& w, const EntityId& id, bool guids) {
  const std::string key = hex_key(id.kind, id.number);
  const bool show = id.kind == Kind::show;
  const int year = entity_year(id.number);
  w.begin(show ? "Directory" : "Video");
  w.attr("ratingKey", key);
  w.attr("key", "/library/metadata/" + key + (show ? "/children" : ""));
  w.attr("guid", plex_guid(id.kind, id.number));
  w.attr("type", kind_name(id.kind));
  w.attr("title", entity_title(id.kind, id.number));
  w.attr("slug", std::string(kind_name(id.kind)) + "-" + std::to_string(id.number));
  w.attr("publicPagesURL",
         "https://watch.plex.tv/" + std::string(kind_name(id.kind)) + "/" + std::to_string(id.number));
  w.attr("summary", summary_text(id.number));
  w.attr("year", year);
  w.attr("originallyAvailableAt", std::to_string(year) + "-03-11");
  w.attr("addedAt", release_epoch(year));  // the release, not the moment it was put on the list
  w.attr("duration", 5'400'000);
  if (show) {
    w.attr("leafCount", 12);
    w.attr("childCount", 2);
    w.attr("isContinuingSeries", id.number % 2 == 0);
  }
  w.attr_raw("rating", "7.8");
  w.attr("ratingImage", "imdb://image.rating");
  w.attr("imdbRatingCount", 3455);
  w.attr("contentRating", "TV-14");
  w.attr("studio", "Lantern Pictures");
  w.attr("userState", false);
  if (guids) {
    w.list("Guid");
    for (const auto& external :
         {"imdb://" + imdb_id(id.kind, id.number), "tmdb://" + std::to_string(tmdb_id(id.kind, id.number)),
          "tvdb://" + std::to_string(tvdb_id(id.kind, id.number))}) {
      w.begin("Guid");
      w.attr("id", external);
      w.end();
    }
    w.end_list();
  }
  w.list("Image");
  w.begin("Image");
  w.attr("alt", entity_title(id.kind, id.number));
  w.attr("type", "coverPoster");
  w.attr("url", "https://metadata-static.plex.tv/poster/" + key + ".jpg");
  w.end();
  w.end_list();
  w.end();
}

void sort_list(std::vector<Entry>& list, const std::string& sort) {
  std::reverse(list.begin(), list.end());  // the default is the newest entry first
  const bool down = sort.ends_with(":desc");
  const std::string field = sort.substr(0, sort.find(':'));
  auto compare = [&](const Entry& a, const Entry& b) {
    if (field == "watchlistedAt") return a.second < b.second;
    const auto x = from_hex_key(a.first);
    const auto y = from_hex_key(b.first);
    if (!x || !y) return false;
    if (field == "titleSort") return entity_title(x->kind, x->number) < entity_title(y->kind, y->number);
    if (field == "originallyAvailableAt") return entity_year(x->number) < entity_year(y->number);
    return false;
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const Entry& a, const Entry& b) { return down ? compare(b, a) : compare(a, b); });
}

void watchlist(Universe& u, std::size_t person, const Request& request, Response& response) {
  if (request.host == HostKind::metadata)
    return error_answer(request, response, 404, 0, "Section 'watchlist' not found!");
  Page page = page_of(request);
  const auto size = request.plex("Container-Size");
  if (!size.empty() && page.size > kLargestPage) {
    return error_answer(request, response, 400, 0, "Invalid value provided for x-plex-container-size!");
  }
  if (size.empty()) page.size = kDefaultPage;
  auto list = u.accounts.watchlist(person);
  if (const auto type = request.number("type")) {
    std::erase_if(list, [&](const Entry& e) {
      const auto id = from_hex_key(e.first);
      return !id || static_cast<std::int64_t>(id->kind) != *type;
    });
  }
  sort_list(list, request.param("sort").value_or(""));
  const Slice slice = slice_of(request, page, list.size());
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("librarySectionID", "watchlist");
  w.attr("librarySectionTitle", "Watchlist");
  w.attr("offset", slice.offset);
  w.attr("totalSize", slice.total);
  w.attr("identifier", identifier(request));
  w.attr("size", slice.end - slice.begin);
  if (slice.end > slice.begin) {
    w.list("Metadata");
    for (std::size_t i = slice.begin; i < slice.end; ++i) {
      if (const auto id = from_hex_key(list[i].first)) title(w, *id, request.flag("includeGuids"));
    }
    w.end_list();
  }
  send(response, w);
}

void change_list(Universe& u, std::size_t person, const Request& request, Response& response, bool add) {
  const std::string key = request.param("ratingKey").value_or("");
  if (key.empty()) return error_answer(request, response, 400, 0, "Missing required param ratingKey!");
  const auto id = from_hex_key(key);
  if (!id || !u.exists(*id)) return error_answer(request, response, 404, 0, "Metadata not found!");
  const bool changed = add ? u.accounts.watchlist_add(person, key, u.now()) : u.accounts.watchlist_remove(person, key);
  if (!changed) {
    return error_answer(request, response, add ? 409 : 404, 0,
                        add ? "Item is already on the watchlist" : "Item is not on the watchlist");
  }
  empty_answer(response);
}

void user_state(Universe& u, std::size_t person, const Request& request, Response& response, const EntityId& id) {
  const std::string key = hex_key(id.kind, id.number);
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("identifier", identifier(request));
  w.attr("size", 1);
  w.object("UserState");
  w.attr("ratingKey", key);
  w.attr("type", kind_name(id.kind));
  for (const auto& [listed, when] : u.accounts.watchlist(person)) {
    if (listed == key) w.attr("watchlistedAt", when);
  }
  w.end();
  send(response, w);
}

void titles(const Request& request, Response& response, const std::vector<EntityId>& found, bool guids) {
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("offset", 0);
  w.attr("totalSize", found.size());
  w.attr("identifier", identifier(request));
  w.attr("size", found.size());
  if (!found.empty()) {
    w.list("Metadata");
    for (const auto& id : found) title(w, id, guids);
    w.end_list();
  }
  send(response, w);
}

void matches(Universe& u, const Request& request, Response& response) {
  const std::string type = request.param("type").value_or("");
  const bool show = type == "2" || type == "show";
  if (!show && type != "1" && type != "movie")
    return error_answer(request, response, 400, 0, "Missing required param type!");
  std::string guid = request.param("guid").value_or("");
  if (guid.empty()) {  // the older spelling: title=imdb-tt0133093
    const std::string text = request.param("title").value_or("");
    const auto dash = text.find('-');
    if (dash != std::string::npos) guid = text.substr(0, dash) + "://" + text.substr(dash + 1);
  }
  std::vector<EntityId> found;
  const Kind kind = show ? Kind::show : Kind::movie;
  if (const auto id = from_external(guid, kind); id && id->kind == kind && u.exists(*id)) found.push_back(*id);
  titles(request, response, found, request.flag("includeGuids"));
}

void search(Universe& u, const Request& request, Response& response) {
  if (!request.param("searchProviders"))
    return error_answer(request, response, 400, 0, "Missing required param searchProviders!");
  const std::string query = lower(request.param("query").value_or(""));
  std::vector<EntityId> found;
  for (const Kind kind : {Kind::movie, Kind::show}) {
    const std::uint64_t limit = kind == Kind::movie ? u.movie_limit : u.show_limit;
    for (std::uint64_t n = 0; n < limit && found.size() < 30 && !query.empty(); ++n) {
      if (lower(entity_title(kind, n)).find(query) != std::string::npos) found.push_back({kind, n});
    }
  }
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("identifier", identifier(request));
  w.attr("size", 1);
  w.list("SearchResults");
  w.begin("SearchResults");
  w.attr("id", "external");
  w.attr("title", "More Ways To Watch");
  w.attr("size", found.size());
  if (!found.empty()) {
    w.list("SearchResult");
    for (const auto& id : found) {
      w.begin("SearchResult");
      w.attr_raw("score", "0.9");
      w.object("Metadata");
      w.attr("ratingKey", hex_key(id.kind, id.number));
      w.attr("guid", plex_guid(id.kind, id.number));
      w.attr("type", kind_name(id.kind));
      w.attr("title", entity_title(id.kind, id.number));
      w.attr("year", entity_year(id.number));
      w.end();
      w.end();
    }
    w.end_list();
  }
  w.end();
  w.end_list();
  send(response, w);
}

}  // namespace

void handle_discover(Universe& u, const Request& request, Response& response) {
  const auto person = cloud_person(u, request, response);
  if (!person) return;
  response.header("X-RateLimit-Limit", "300");
  response.header("X-RateLimit-Remaining", "299");
  const std::string& path = request.path;
  const auto parts = split(path, '/');
  if (path == "/actions/addToWatchlist" || path == "/actions/removeFromWatchlist") {
    if (request.method != "PUT") return error_answer(request, response, 404, 0, "Not Found");
    return change_list(u, *person, request, response, path == "/actions/addToWatchlist");
  }
  if (parts.size() == 4 && parts[0] == "library" && parts[1] == "sections" && parts[2] == "watchlist") {
    return watchlist(u, *person, request, response);
  }
  if (path == "/library/search") return search(u, request, response);
  if (path == "/library/metadata/matches") return matches(u, request, response);
  if (parts.size() >= 3 && parts[0] == "library" && parts[1] == "metadata") {
    std::vector<EntityId> found;
    for (const auto& key : split(parts[2], ',')) {
      if (const auto id = from_hex_key(key); id && u.exists(*id)) found.push_back(*id);
    }
    if (found.empty()) return error_answer(request, response, 404, 0, "Metadata not found!");
    if (parts.size() == 4 && parts[3] == "userState") return user_state(u, *person, request, response, found.front());
    if (parts.size() == 3) return titles(request, response, found, request.flag("includeGuids"));
  }
  error_answer(request, response, 404, 0, "Not Found");
}

}  // namespace plexsim
