// The control listener of the stand-alone program: the Simulator's calls as JSON over plain http on loopback.
#include <rapidjson/document.h>

#include <stdexcept>

#include "recorded_text.hpp"
#include "universe.hpp"

namespace plexsim {

namespace {

using Json = rapidjson::Document;

std::string text(const Json& json, const char* name, const std::string& fallback = "") {
  const auto it = json.FindMember(name);
  if (it == json.MemberEnd() || it->value.IsNull()) return fallback;
  if (it->value.IsString()) return {it->value.GetString(), it->value.GetStringLength()};
  if (it->value.IsInt64()) return std::to_string(it->value.GetInt64());
  throw std::invalid_argument(std::string(name) + " must be text");
}

std::int64_t number(const Json& json, const char* name, std::int64_t fallback = 0) {
  const auto it = json.FindMember(name);
  if (it == json.MemberEnd()) return fallback;
  if (!it->value.IsInt64()) throw std::invalid_argument(std::string(name) + " must be a whole number");
  return it->value.GetInt64();
}

double real(const Json& json, const char* name, double fallback) {
  const auto it = json.FindMember(name);
  if (it == json.MemberEnd()) return fallback;
  if (!it->value.IsNumber()) throw std::invalid_argument(std::string(name) + " must be a number");
  return it->value.GetDouble();
}

FaultRule fault_of(const Json& json) {
  FaultRule rule;
  const std::string kind = text(json, "kind", "status");
  const auto known = fault_kind(kind);
  if (!known) throw std::invalid_argument("unknown kind of fault: " + kind);
  rule.kind = *known;
  rule.host = text(json, "host", "any");
  rule.server = static_cast<int>(number(json, "server", -1));
  rule.method = text(json, "method");
  rule.path = text(json, "path");
  rule.path_prefix = text(json, "path_prefix");
  rule.path_contains = text(json, "path_contains");
  rule.query_contains = text(json, "query_contains");
  rule.nth = static_cast<int>(number(json, "nth", 1));
  rule.count = static_cast<int>(number(json, "count", 1));
  rule.status = static_cast<int>(number(json, "status", 500));
  if (json.HasMember("retry_after")) rule.retry_after = static_cast<int>(number(json, "retry_after"));
  rule.delay_ms = static_cast<int>(number(json, "delay_ms"));
  rule.bytes = number(json, "bytes", -1);
  rule.interval_ms = static_cast<int>(number(json, "interval_ms", 100));
  rule.amount = number(json, "amount", 1);
  const std::string framing = text(json, "framing", "length");
  rule.framing = framing == "chunked"       ? Framing::chunked
                 : framing == "until_close" ? Framing::until_close
                                            : Framing::length;
  rule.text = text(json, "text");
  return rule;
}

NewItem new_item(const Json& json) {
  NewItem item;
  item.type = text(json, "type", "movie");
  item.title = text(json, "title");
  item.year = static_cast<int>(number(json, "year", 2020));
  item.number = static_cast<std::uint32_t>(number(json, "number"));
  item.show = text(json, "show");
  item.season = static_cast<int>(number(json, "season", 1));
  item.episode = static_cast<int>(number(json, "episode", 1));
  item.guid = text(json, "guid");
  item.duration_ms = number(json, "duration_ms", 6000000);
  if (const auto ids = json.FindMember("ids"); ids != json.MemberEnd() && ids->value.IsArray()) {
    for (const auto& id : ids->value.GetArray()) {
      if (id.IsString()) item.ids.emplace_back(id.GetString());
    }
  }
  return item;
}

void fact(Simulator& sim, const Json& json, Writer& w) {
  const std::string op = text(json, "op");
  const std::string user = text(json, "user", "owner");
  const std::string key = text(json, "key");
  const int server = static_cast<int>(number(json, "server"));
  if (op == "watched")
    sim.mark_watched(user, key, server);
  else if (op == "unwatched")
    sim.mark_unwatched(user, key, server);
  else if (op == "play")
    sim.play(user, key, number(json, "at"), server);
  else if (op == "rate")
    sim.rate(user, key, real(json, "rating", -1), server);
  else if (op == "unrate")
    sim.rate(user, key, -1, server);
  else if (op == "progress")
    sim.set_progress(user, key, number(json, "ms"), server);
  else if (op == "playing")
    sim.set_playing(user, key, number(json, "ms"), server);
  else if (op == "remove")
    sim.remove_item(key, server);
  else if (op == "retitle")
    sim.touch_item(key, text(json, "title"), server);
  else if (op == "watchlist_add")
    sim.watchlist_add(user, key);
  else if (op == "watchlist_remove")
    sim.watchlist_remove(user, key);
  else if (op == "add")
    w.attr("key", sim.add_item(text(json, "library", "1"), new_item(json), server));
  else
    throw std::invalid_argument("unknown op: " + op);
}

void requests(Simulator& sim, Writer& w) {
  w.list("requests");
  for (const auto& e : sim.requests()) {
    w.begin("request");
    w.attr("host", e.host);
    w.attr("server", e.server);
    w.attr("method", e.method);
    w.attr("path", e.path);
    w.attr("query", e.query);
    w.attr("start", e.start);
    w.attr("size", e.size);
    w.attr("token", e.token);
    w.attr("token_in_query", e.token_in_query);
    w.attr("client_id", e.client_id);
    w.attr("accept", e.accept);
    w.attr("user_agent", e.user_agent);
    w.attr("status", e.status);
    w.attr("bytes", e.bytes);
    w.attr("fault", e.fault);
    w.end();
  }
  w.end_list();
  w.object("peak_in_flight");
  for (const auto* host : {"plex_tv", "clients", "discover", "metadata"}) w.attr(host, sim.peak_in_flight(host));
  for (int s = 0; s < sim.server_count(); ++s) w.attr("server_" + std::to_string(s), sim.peak_in_flight("server", s));
  w.end();
}

// The control answers are always valid JSON, whatever the titles are made of.
void facts(Writer& w, const std::vector<Fact>& list, Feature feature) {
  for (const auto& f : list) {
    w.begin("fact");
    w.attr("key", valid_utf8(f.key));
    w.attr("type", f.type);
    w.attr("title", valid_utf8(f.title));
    w.attr("guid", valid_utf8(f.guid));
    if (!f.library.empty()) w.attr("library", f.library);
    if (!f.show.empty()) w.attr("show", valid_utf8(f.show));
    if (f.season) w.attr("season", *f.season);
    if (f.episode) w.attr("episode", *f.episode);
    if (feature == Feature::history) {
      w.attr("views", f.view_count);
      w.attr("last_viewed_at", f.last_viewed_at);
      w.list("plays");
      std::string times;
      for (const auto at : f.plays) times += (times.empty() ? "" : ",") + std::to_string(at);
      w.raw(times);
      w.end_list();
    } else if (feature == Feature::ratings) {
      w.attr("rating", f.rating);
      w.attr("rated_at", f.rated_at);
    } else if (feature == Feature::progress) {
      w.attr("offset_ms", f.offset_ms);
      w.attr("duration_ms", f.duration_ms);
      w.attr("last_viewed_at", f.last_viewed_at);
    } else {
      w.attr("listed_at", f.last_viewed_at);
    }
    w.end();
  }
}

void world(Simulator& sim, Universe& u, const Request& request, Writer& w) {
  const auto only = request.param("user");
  const auto only_feature = request.param("feature");
  constexpr std::pair<Feature, const char*> features[] = {
      {Feature::history, "history"}, {Feature::ratings, "ratings"}, {Feature::progress, "progress"}};
  w.list("users");
  for (const auto& human : u.accounts.people()) {
    const std::string& handle = human.options.handle;
    if (only && *only != handle) continue;
    w.begin("user");
    w.attr("user", handle);
    w.attr("id", human.options.id);
    w.attr("uuid", human.uuid);
    w.attr("title", human.options.title);
    w.attr("username", human.options.username);
    w.attr("account_token", sim.account_token(handle));
    if (!only_feature || *only_feature == "watchlist") {
      w.list("watchlist");
      facts(w, sim.facts(handle, Feature::watchlist), Feature::watchlist);
      w.end_list();
    }
    w.list("servers");
    for (int s = 0; s < sim.server_count(); ++s) {
      const MediaServer& server = *u.servers[static_cast<std::size_t>(s)];
      const auto person = u.accounts.require(handle);
      if (!server.access[person]) continue;
      w.begin("server");
      w.attr("id", server.machine_id);
      w.attr("server", s);
      w.attr("account_id", u.pms_account_id(server, person));
      w.attr("token", sim.server_token(handle, s));
      for (const auto& [feature, name] : features) {
        if (only_feature && *only_feature != name) continue;
        w.list(name);
        facts(w, sim.facts(handle, feature, s), feature);
        w.end_list();
      }
      w.end();
    }
    w.end_list();
    w.end();
  }
  w.end_list();
}

void keys(Simulator& sim, const Request& request, Writer& w) {
  w.list("keys");
  const auto server = static_cast<int>(request.number("server").value_or(0));
  for (const auto& key :
       sim.keys(request.param("library").value_or("1"), request.param("type").value_or("movie"), server)) {
    w.raw("\"" + key + "\",");
  }
  w.end_list();
}

bool routed(Simulator& sim, Universe& u, const Request& request, const Json& json, Writer& w) {
  const std::string call = request.method + " " + request.path;
  if (call == "POST /sim/pin/approve")
    w.attr("ok", sim.approve_pin(text(json, "code"), text(json, "user", "owner")));
  else if (call == "POST /sim/pin/deny")
    w.attr("ok", sim.deny_pin(text(json, "code")));
  else if (call == "POST /sim/pin/expire")
    w.attr("ok", sim.expire_pin(text(json, "code")));
  else if (call == "POST /sim/pin/auto")
    sim.auto_approve_as(text(json, "user"), static_cast<int>(number(json, "after_polls", 1)));
  else if (call == "GET /sim/pins") {
    w.list("codes");
    for (const auto& code : sim.open_pins()) w.raw("\"" + code + "\",");
    w.end_list();
  } else if (call == "POST /sim/token/issue")
    w.attr("token", sim.issue_account_token(text(json, "user", "owner")));
  else if (call == "POST /sim/token/revoke")
    sim.revoke_token(text(json, "token"));
  else if (call == "POST /sim/fact")
    fact(sim, json, w);
  else if (call == "POST /sim/clock")
    sim.advance_clock(number(json, "seconds"));
  else if (call == "POST /sim/fault")
    w.attr("id", sim.add_fault(fault_of(json)));
  else if (call == "DELETE /sim/faults")
    sim.clear_faults();
  else if (call == "GET /sim/requests")
    requests(sim, w);
  else if (call == "DELETE /sim/requests")
    sim.clear_requests();
  else if (call == "GET /sim/world")
    world(sim, u, request, w);
  else if (call == "GET /sim/keys")
    keys(sim, request, w);
  else if (call == "POST /sim/stop") {
    std::lock_guard lock(u.stop_mutex);
    u.stopping = true;
    u.stop_signal.notify_all();
  } else
    return false;
  return true;
}

}  // namespace

void handle_control(Simulator& sim, Universe& u, const Request& request, Response& response) {
  response.content_type = "application/json";
  Json json;
  json.SetObject();
  std::string failure;
  {
    Writer w(response.body, true);
    w.root("", false);
    try {
      if (!request.body.empty()) json.Parse(request.body.data(), request.body.size());
      if (json.HasParseError() || !json.IsObject()) throw std::invalid_argument("the body is not a JSON object");
      if (!routed(sim, u, request, json, w)) {
        response.status = 404;
        failure = "no such call: " + request.method + " " + request.path;
      }
    } catch (const std::exception& e) {
      response.status = 400;
      failure = e.what();
    }
    if (failure.empty()) w.finish();
  }
  if (failure.empty()) return;
  response.body.clear();
  Writer w(response.body, true);
  w.root("", false);
  w.attr("error", failure);
  w.finish();
}

}  // namespace plexsim
