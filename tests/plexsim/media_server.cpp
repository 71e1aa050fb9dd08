// The media server's reading side.
#include <algorithm>

#include "render.hpp"
#include "universe.hpp"

namespace plexsim {

namespace {

struct Call {
  Universe& u;
  MediaServer& server;
  std::size_t person;
  const Request& request;
  Response& response;
};

// Null: a token this server does not know, and the error has been answered.
std::optional<std::size_t> person_of(Universe& u, const MediaServer& server, const Request& request,
                                     Response& response) {
  const auto token = u.accounts.token(request.plex("Token"));
  // a server token works on its own server; account and Home tokens where their person belongs to the household of the
  // owner
  bool good = token.has_value() && server.access[token->person];
  if (good && token->kind == TokenKind::server) good = token->server == server.number;
  if (good && token->kind == TokenKind::account) good = token->person == server.owner;
  if (good && u.jwt.issued(request.plex("Token"))) good = u.options.jwt_on_servers;
  if (!good) {
    error_answer(request, response, 401, 1001, "User could not be authenticated");
    return std::nullopt;
  }
  return token->person;
}

void send(Call& c, Writer& w) {
  w.finish();
  set_type(c.response, w.json());
  c.response.header("X-Plex-Protocol", "1.0");
  c.response.header("Cache-Control", "no-cache");
}

const std::string& handle_of(const Call& c) {
  return c.u.accounts.people()[c.person].options.handle;
}
bool sees(const Call& c, const Library& library) {
  return c.server.sees(c.person, handle_of(c), library);
}

void identity(Universe&, const MediaServer& server, const Request& request, Response& response) {
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", 0);
  w.attr("apiVersion", "1.2.0");
  w.attr("claimed", true);
  w.attr("machineIdentifier", server.machine_id);
  w.attr("version", server.options.version);
  w.finish();
  set_type(response, w.json());
  response.header("X-Plex-Protocol", "1.0");
}

void root(Call& c) {
  const auto& owner = c.u.accounts.people()[c.server.owner];
  Writer w(c.response.body, c.request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", 2);
  w.attr("allowSync", true);
  w.attr("apiVersion", "1.2.0");
  w.attr("claimed", true);
  w.attr("friendlyName", c.server.options.name);
  w.attr("machineIdentifier", c.server.machine_id);
  w.attr("multiuser", true);
  w.attr("myPlex", true);
  if (c.person == c.server.owner) {
    w.attr("myPlexMappingState", "mapped");
    w.attr("myPlexSigninState", "ok");
    w.attr("myPlexSubscription", true);
    w.attr("myPlexUsername", owner.email);
    w.attr("ownerFeatures", "pass,sync,webhooks");
  }
  w.attr("platform", "Linux");
  w.attr("platformVersion", "6.1");
  w.attr("updatedAt", 1700000000);
  w.attr("version", c.server.options.version);
  if (w.list("Directory")) {
    for (const auto* name : {"library", "playlists"}) {
      w.begin("Directory");
      w.attr("count", 1);
      w.attr("key", name);
      w.attr("title", name);
      w.end();
    }
    w.end_list();
  }
  send(c, w);
}

void accounts(Call& c) {
  if (c.person != c.server.owner) return error_answer(c.request, c.response, 403, 0, "");
  Writer w(c.response.body, c.request.wants_json());
  const auto& people = c.u.accounts.people();
  w.root("MediaContainer", true);
  w.attr("size", 1 + std::count(c.server.access.begin(), c.server.access.end(), true));
  w.attr("identifier", "com.plexapp.system.accounts");
  w.list("Account");
  auto row = [&](std::int64_t id, const std::string& name) {
    w.begin("Account");
    w.attr("id", id);
    w.attr("key", "/accounts/" + std::to_string(id));
    w.attr("name", name);
    w.attr("defaultAudioLanguage", "en");
    w.attr("autoSelectAudio", true);
    w.attr("defaultSubtitleLanguage", "en");
    w.attr("subtitleMode", 1);
    w.attr("thumb", "");
    w.end();
  };
  row(0, "");
  row(1, people[c.server.owner].options.title);
  for (std::size_t p = 0; p < people.size(); ++p) {
    if (p != c.server.owner && c.server.access[p]) row(people[p].options.id, people[p].options.title);
  }
  w.end_list();
  send(c, w);
}

void directory(Writer& w, const Library& library) {
  w.begin("Directory");
  w.attr("allowSync", true);
  w.attr("art", "/:/resources/" + library.type + "-fanart.jpg");
  w.attr("composite", "/library/sections/" + library.key + "/composite/" + std::to_string(library.updated_at));
  w.attr("filters", true);
  w.attr("refreshing", false);
  w.attr("thumb", "/:/resources/" + library.type + ".png");
  w.attr("key", library.key);
  w.attr("type", library.type);
  w.attr("title", library.title);
  w.attr("agent", library.agent);
  w.attr("scanner", library.scanner);
  w.attr("language", "en-US");
  w.attr("uuid", library.uuid);
  w.attr("updatedAt", library.updated_at);
  w.attr("createdAt", 1499601583);
  w.attr("scannedAt", library.scanned_at);
  w.attr("content", true);
  w.attr("directory", true);
  w.attr("contentChangedAt", library.content_changed_at);
  w.attr("hidden", 0);
  w.list("Location");
  w.begin("Location");
  w.attr("id", to_number(library.key).value_or(0));
  w.attr("path", "/storage/library-" + library.key);
  w.end();
  w.end_list();
  w.end();
}

void sections(Call& c) {
  Writer w(c.response.body, c.request.wants_json());
  const auto& all = c.server.libraries;
  const auto count = std::count_if(all.begin(), all.end(), [&](const Library& l) { return sees(c, l); });
  w.root("MediaContainer", true);
  w.attr("size", count);
  w.attr("allowSync", false);
  w.attr("title1", "Plex Library");
  if (count > 0) {
    w.list("Directory");
    for (const auto& library : all) {
      if (sees(c, library)) directory(w, library);
    }
    w.end_list();
  }
  send(c, w);
}

const Library* library_of(Call& c, std::string_view key) {
  for (const auto& library : c.server.libraries) {
    if (library.key == key && sees(c, library)) return &library;
  }
  error_answer(c.request, c.response, 404, 0, "");
  return nullptr;
}

Kind main_kind(const Library& library) {
  if (library.type == "show") return Kind::show;
  if (library.type == "artist") return Kind::artist;
  if (library.type == "photo") return Kind::photo;
  return Kind::movie;
}

// One list of items as an answer; `library` may be null for lists across libraries.
void item_list(Call& c, const Rows& rows, const Library* library, bool full) {
  const Page page = page_of(c.request);
  const Slice slice = slice_of(c.request, page, rows->size());
  Excludes excludes;
  excludes.add_list(c.request.param("excludeFields").value_or(""));
  excludes.add_list(c.request.param("excludeElements").value_or(""));
  ItemStyle style;
  style.guids = full || c.request.flag("includeGuids");
  style.section = library == nullptr;
  style.excludes = excludes.empty() ? nullptr : &excludes;
  Writer w(c.response.body, c.request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", slice.end - slice.begin);
  if (page.asked) {
    w.attr("totalSize", slice.total);
    w.attr("offset", slice.offset);
    c.response.header("X-Plex-Container-Start", std::to_string(slice.offset));
    c.response.header("X-Plex-Container-Total-Size", std::to_string(slice.total));
  }
  w.attr("allowSync", true);
  w.attr("identifier", "com.plexapp.plugins.library");
  if (library != nullptr) {
    w.attr("librarySectionID", to_number(library->key).value_or(0));
    w.attr("librarySectionTitle", library->title);
    w.attr("librarySectionUUID", library->uuid);
  }
  w.attr("mediaTagPrefix", "/system/bundle/media/flags/");
  w.attr("mediaTagVersion", 1726069332);
  if (library != nullptr) {
    w.attr("title1", library->title);
    w.attr("viewGroup", library->type);
  }
  if (slice.end > slice.begin) {
    w.list("Metadata");
    for (std::size_t i = slice.begin; i < slice.end; ++i) render_item(w, c.server, c.person, (*rows)[i], style);
    w.end_list();
  }
  send(c, w);
}

void section_all(Call& c, const Library& library) {
  static const std::vector<std::uint32_t> nothing;
  const auto type = c.request.number("type");
  const std::vector<std::uint32_t>* source = &nothing;
  if (!type && !library.all.empty()) {
    source = &library.all;
  } else {
    const Kind kind = type ? static_cast<Kind>(*type) : main_kind(library);
    if (const auto rows = library.rows.find(kind); rows != library.rows.end()) source = &rows->second;
  }
  const auto number = static_cast<std::size_t>(c.server.number);
  item_list(c, c.u.selections[number]->select(c.server, c.person, *source, c.request), &library, false);
}

void library_all(Call& c) {
  std::vector<std::uint32_t> source;
  const auto type = c.request.number("type");
  if (const auto guid = c.request.param("guid"); guid && guid->starts_with("plex://")) {
    // the one case that must not cost a scan of a million items
    if (const auto id = from_hex_key(guid->substr(guid->rfind('/') + 1))) {
      for (const auto& library : c.server.libraries) {
        const auto rows = library.rows.find(id->kind);
        if (rows == library.rows.end() || !sees(c, library)) continue;
        for (const auto item : rows->second) {
          if (c.server.items[item].number == id->number) source.push_back(item);
        }
      }
    }
  }
  if (source.empty()) {
    for (const auto& library : c.server.libraries) {
      if (!sees(c, library)) continue;
      for (const auto& [kind, rows] : library.rows) {
        if (!type || static_cast<std::int64_t>(kind) == *type) source.insert(source.end(), rows.begin(), rows.end());
      }
    }
  }
  const auto number = static_cast<std::size_t>(c.server.number);
  item_list(c, c.u.selections[number]->select(c.server, c.person, source, c.request), nullptr, false);
}

void metadata(Call& c, const std::string& ids, std::string_view below) {
  auto rows = std::make_shared<std::vector<std::uint32_t>>();
  for (const auto& key : split(ids, ',')) {
    const auto item = c.server.find(key);
    if (item == kNone || !sees(c, c.server.libraries[c.server.items[item].library])) continue;
    if (below.empty()) {
      rows->push_back(item);
    } else if (below == "children") {
      c.server.children(item, [&](std::uint32_t child) { rows->push_back(child); });
    } else if (below == "allLeaves" || below == "grandchildren") {
      c.server.leaves(item, [&](std::uint32_t leaf) { rows->push_back(leaf); });
    }
  }
  const auto parent = below.empty() ? kNone : c.server.find(ids);
  if (rows->empty() && parent == kNone) return error_answer(c.request, c.response, 404, 0, "");
  item_list(c, rows, nullptr, below.empty());
}

void read(Call& c) {
  const std::string& path = c.request.path;
  const auto parts = split(path, '/');
  if (parts.empty()) return root(c);
  if (path == "/accounts") return accounts(c);
  if (parts[0] == "library" && parts.size() >= 2) {
    if (parts[1] == "sections") {
      if (parts.size() == 2 || (parts.size() == 3 && parts[2] == "all")) return sections(c);
      const Library* library = library_of(c, parts[2]);
      if (library == nullptr) return;
      if (parts.size() == 4 && parts[3] == "all") return section_all(c, *library);
      if (parts.size() == 3) {
        Writer w(c.response.body, c.request.wants_json());
        w.root("MediaContainer", true);
        w.attr("size", 1);
        w.attr("allowSync", false);
        w.attr("librarySectionID", to_number(library->key).value_or(0));
        w.attr("title1", library->title);
        w.list("Directory");
        directory(w, *library);
        w.end_list();
        return send(c, w);
      }
    }
    if (parts[1] == "all" && parts.size() == 2) return library_all(c);
    if (parts[1] == "metadata" && (parts.size() == 3 || parts.size() == 4)) {
      return metadata(c, parts[2], parts.size() == 4 ? std::string_view(parts[3]) : std::string_view{});
    }
  }
  if (handle_status(c.u, c.server, c.person, c.request, c.response)) return;
  error_answer(c.request, c.response, 404, 0, "");
}

}  // namespace

void handle_media(Universe& u, const Request& request, Response& response) {
  MediaServer& server = *u.servers[static_cast<std::size_t>(request.server)];
  if (request.path == "/identity") return identity(u, server, request, response);
  const auto person = person_of(u, server, request, response);
  if (!person) return;
  {
    std::unique_lock lock(server.mutex);
    if (handle_push(server, *person, request, response)) return;
  }
  if (request.path.starts_with("/:/") || request.path.starts_with("/actions/")) {
    if (!handle_action(u, server, *person, request, response)) error_answer(request, response, 404, 0, "");
    return;
  }
  if (request.method != "GET" && request.method != "HEAD") return error_answer(request, response, 404, 0, "");
  std::shared_lock lock(server.mutex);
  Call call{u, server, *person, request, response};
  if (!server.options.keep_answers || request.fault.kind != FaultKind::none) return read(call);
  const std::string key = KeptAnswers::key(server, *person, request);
  if (u.kept.find(key, response)) return;
  read(call);
  if (response.status == 200) u.kept.keep(key, response);
}

}  // namespace plexsim
