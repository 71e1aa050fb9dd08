// What a client changes on a media server: watched, rating, resume point; and the preferences that decide about it.
#include <charconv>

#include "render.hpp"
#include "universe.hpp"

namespace plexsim {

namespace {

constexpr std::string_view kLibrary = "com.plexapp.plugins.library";
constexpr int kPlayedPercent = 90;

bool known_identifier(const Request& request) {
  return request.param("identifier").value_or("") == kLibrary;
}

std::string key_of(const Request& request, std::string_view name) {
  std::string key = request.param(name).value_or("");
  if (const auto slash = key.rfind('/'); slash != std::string::npos) key = key.substr(slash + 1);
  return key;
}

// The item a request names, if this person may see it; otherwise the error is answered.
std::uint32_t target(Universe& u, const MediaServer& server, std::size_t person, const Request& request,
                     Response& response, const std::string& key) {
  if (key.empty()) {
    error_answer(request, response, 400, 0, "");
    return kNone;
  }
  const auto item = server.find(key);
  if (item == kNone ||
      !server.sees(person, u.accounts.people()[person].options.handle, server.libraries[server.items[item].library])) {
    error_answer(request, response, 404, 0, "");
    return kNone;
  }
  return item;
}

void mark(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response,
          bool watched) {
  if (!known_identifier(request)) return error_answer(request, response, 400, 0, "");
  const std::string key = request.param("key") ? key_of(request, "key") : key_of(request, "uri");
  const auto item = target(u, server, person, request, response, key);
  if (item == kNone) return;
  if (watched) {
    // a whole show or season still writes play rows on servers that no longer do so for a single title
    const Kind kind = server.items[item].kind;
    const bool row = server.options.old_history || kind == Kind::show || kind == Kind::season;
    server.scrobble(person, item, u.now(), row);
  } else {
    server.unscrobble(person, item);
  }
  empty_answer(response);
}

void rate(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response) {
  double rating = 0;
  const std::string text = request.param("rating").value_or("");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rating);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  if (!known_identifier(request) || !number || rating > 10 || (rating < 0 && rating != -1)) {
    return error_answer(request, response, 400, 0, "");
  }
  std::int64_t at = u.now();
  if (const auto given = request.number("ratedAt")) {
    if (*given > at) return error_answer(request, response, 400, 0, "");
    at = *given;
  }
  const auto item = target(u, server, person, request, response, key_of(request, "key"));
  if (item == kNone) return;
  server.rate(person, item, rating, at);
  empty_answer(response);
}

void reported(Universe& u, MediaServer& server, std::size_t person, std::uint32_t item, std::int64_t ms,
              std::int64_t duration) {
  if (duration > 0 && ms * 100 >= duration * kPlayedPercent) {
    server.add_play(person, item, u.now());
  } else if (ms > 0) {
    server.set_offset(person, item, ms, u.now());
  }
  // 0 leaves the resume point as it is: only unscrobble removes one reliably
}

void timeline(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response) {
  const std::string key = request.param("ratingKey") ? key_of(request, "ratingKey") : key_of(request, "key");
  const auto item = target(u, server, person, request, response, key);
  if (item == kNone) return;
  const auto time = request.number("time").value_or(0);
  const auto duration = request.number("duration").value_or(0);
  const std::string state = request.param("state").value_or("");
  std::erase_if(server.sessions, [&](const Session& s) { return s.person == person && s.item == item; });
  if (state == "playing" || state == "paused" || state == "buffering") {
    server.sessions.push_back({static_cast<std::uint16_t>(person), item, time, server.next_session++,
                               request.plex("Client-Identifier"), state == "paused" ? "paused" : "playing"});
  }
  // a report without duration or client identifier is answered, and has no effect
  if (duration > 0 && !request.plex("Client-Identifier").empty() && !state.empty())
    reported(u, server, person, item, time, duration);
  const State now = server.state(person, item);
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", 0);
  w.attr("playbackState", now.offset > 0 ? "progress" : now.views > 0 ? "played" : "unplayed");
  w.attr("skipCount", 0);
  w.attr("viewCount", now.views);
  w.attr("viewOffset", now.offset);
  w.finish();
  set_type(response, w.json());
}

void progress(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response) {
  if (person != server.owner) return error_answer(request, response, 401, 0, "");
  if (!known_identifier(request)) return error_answer(request, response, 400, 0, "");
  const auto item = target(u, server, person, request, response, key_of(request, "key"));
  if (item == kNone) return;
  reported(u, server, person, item, request.number("time").value_or(0), server.duration(item));
  empty_answer(response);
}

void preferences(const MediaServer& server, std::size_t person, const Request& request, Response& response, bool one) {
  if (person != server.owner) return error_answer(request, response, 403, 0, "");
  const std::string id = request.param("id").value_or("");
  if (one && id != "LibraryVideoPlayedThreshold" && id != "FriendlyName")
    return error_answer(request, response, 404, 0, "");
  Writer w(response.body, request.wants_json());
  w.root("MediaContainer", true);
  w.attr("size", one ? 1 : 2);
  w.list("Setting");
  auto setting = [&](std::string_view name, std::string_view label, std::string_view type, auto value, auto fallback) {
    if (one && id != name) return;
    w.begin("Setting");
    w.attr("id", name);
    w.attr("label", label);
    w.attr("summary", "");
    w.attr("type", type);
    w.attr("default", fallback);
    w.attr("value", value);
    w.attr("hidden", false);
    w.attr("advanced", false);
    w.attr("group", "library");
    w.end();
  };
  setting("FriendlyName", "Friendly name", "text", std::string_view(server.options.name), std::string_view(""));
  setting("LibraryVideoPlayedThreshold", "Video played threshold", "int", kPlayedPercent, kPlayedPercent);
  w.end_list();
  w.finish();
  set_type(response, w.json());
}

}  // namespace

bool handle_action(Universe& u, MediaServer& server, std::size_t person, const Request& request, Response& response) {
  const std::string& path = request.path;
  std::unique_lock lock(server.mutex);
  if (path == "/:/scrobble") {
    mark(u, server, person, request, response, true);
  } else if (path == "/:/unscrobble") {
    mark(u, server, person, request, response, false);
  } else if (path == "/:/rate") {
    rate(u, server, person, request, response);
  } else if (path == "/:/timeline") {
    timeline(u, server, person, request, response);
  } else if (path == "/:/progress") {
    progress(u, server, person, request, response);
  } else if (path == "/:/prefs" || path == "/:/prefs/get") {
    preferences(server, person, request, response, path.ends_with("/get"));
  } else if (path == "/actions/removeFromContinueWatching") {
    const auto item = target(u, server, person, request, response, key_of(request, "ratingKey"));
    if (item == kNone) return true;
    server.change(person, item).offset = 0;
    empty_answer(response);
  } else {
    return false;  // notifications (websocket, server-sent events) are not simulated yet
  }
  return true;
}

}  // namespace plexsim
