// What each command prints: the members of its JSON objects are a promise to scripts.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "time.hpp"
#include "world.hpp"

using namespace e2e;
using Words = std::vector<std::string>;

namespace {

const std::string counted = "added,updated,removed,skipped,held,parked,conflicts,failed";

// The plain form succeeds as well, and is no JSON.
std::string plain(Place& place, std::vector<std::string> args) {
  const std::string what = joined(args);
  const Result result = place.run(Launch{std::move(args)});
  CHECK_MESSAGE(result.exit == 0, what << ": " << result.err);
  CHECK_MESSAGE(!result.lines.empty(), what);
  for (const std::string& line : result.lines) CHECK_MESSAGE((line.empty() || line[0] != '{'), line);
  return result.out();
}

std::set<std::string> events(const Result& result) {
  std::set<std::string> names;
  for (const Value& v : result.json()) names.insert(text(v, "event"));
  return names;
}

std::set<std::string> set_of_members(const Value& v) {
  std::set<std::string> names;
  std::string all = members(v) + ",";
  for (std::size_t from = 0, to = 0; (to = all.find(',', from)) != std::string::npos; from = to + 1)
    names.insert(all.substr(from, to - from));
  return names;
}

}  // namespace

TEST_CASE("version and plugins tell what is installed") {
  Place place;
  CHECK(members(place.ok({"version"}).last()) == "version,abi");
  CHECK(plain(place, {"version"}).starts_with("crosswatch "));

  const auto rows = list(place.ok({"plugins", "list"}).last());
  REQUIRE(rows.size() == 2);
  for (const Value& row : rows) {
    CHECK(members(row) == "id,version,label,enabled,state,why,path");
    CHECK(text(row, "state") == "disabled");
  }
  for (const char* id : {"plex", "tracker"}) {
    CHECK(members(place.ok({"plugins", "enable", id}).last()) == "id,enabled");
    CHECK(members(place.ok({"plugins", "enable", id}).last()) == "id,enabled");  // twice is no error
    const Value about = place.ok({"plugins", "info", id}).last();
    CHECK(members(about) == "id,label,version,abi,auth,directory,watcher,capabilities,config");
    for (const Value& key : list(at(about, "config")))
      CHECK(members(key).starts_with("key,type,label,help,allowed,default,secret,per_profile,advanced"));
    CHECK(plain(place, {"plugins", "info", id}).find("Settings") != std::string::npos);
  }
  CHECK(plain(place, {"plugins", "list"}).find("ok") != std::string::npos);
  for (const Value& row : list(place.ok({"plugins", "list"}).last())) CHECK(text(row, "state") == "ok");
  CHECK(members(place.ok({"plugins", "disable", "plex"}).last()) == "id,enabled");
  CHECK(place.refused(1, {"users", "plex"}) == "plugin_disabled");
  CHECK(place.refused(5, {"plugins", "info", "nothing"}) == "plugin_unknown");
  CHECK(place.refused(5, {"plugins", "enable", "nothing"}) == "plugin_unknown");
}

TEST_CASE("config reads and changes single settings, by their type") {
  Place place;
  CHECK(members(place.ok({"config", "set", "plex.timeout", "12.5"}).last()) == "key,value");
  place.ok({"config", "set", "plex.history.libraries", "1,2"});
  place.ok({"config", "set", "plex.allow_insecure_http", "yes"});
  CHECK(crosswatch::host::json::dump(at(place.configuration(), "plex")) ==
        R"({"timeout":12.5,"history":{"libraries":["1","2"]},"allow_insecure_http":true})");
  CHECK(place.ok({"config", "get", "plex.timeout"}).lines == std::vector<std::string>{"12.5"});
  CHECK(place.run({"config", "get", "plex.timeout"}).out() == "12.5\n");
  CHECK(members(place.ok({"config", "get"}).last()) == "plex");
  CHECK(members(place.ok({"config", "unset", "plex.timeout"}).last()) == "key,was_set");
  CHECK(place.refused(1, {"config", "get", "plex.timeout"}) == "not_set");
  CHECK(list(place.ok({"config", "check"}).last()).empty());
  CHECK(plain(place, {"config", "check"}).find("in order") != std::string::npos);
  plain(place, {"config", "path"});
}

TEST_CASE("a secret is stored as it is and shown as *** everywhere") {
  Place place;
  place.secrets = {"hunter2-hunter2", "2013"};
  CHECK(text(place.ok({"config", "set", "plex.account_token", "hunter2-hunter2"}).last(), "value") == "***");
  CHECK(text(place.ok({"config", "set", "plex.home_pin", "2013"}).last(), "value") == "***");
  CHECK(text(place.configuration(), "plex.account_token") == "hunter2-hunter2");
  CHECK(text(place.configuration(), "plex.home_pin") == "2013");
  CHECK(text(place.ok({"config", "get"}).last(), "plex.account_token") == "***");
  CHECK(place.run({"config", "get", "plex.home_pin"}).out() == "***\n");
}

TEST_CASE("without a login every command on it says to link, and status shows it as well") {
  World w;
  for (const char* command : {"users", "servers", "libraries"}) CHECK(w.refused(4, {command, "plex"}) == "not_linked");
  CHECK(w.refused(4, {"snapshot", "plex", "history"}) == "not_linked");
  CHECK(w.refused(4, {"select", "plex", "--user", "owner"}) == "not_linked");
  const Result status = w.json({"status", "plex"});
  CHECK(status.exit == 4);
  CHECK(members(status.last()) == "profiles,pairs");
  CHECK(text(list(at(status.last(), "profiles")).at(0), "remedy") == "crosswatch connect plex");
  CHECK(w.asked("server", "") == 0);
}

TEST_CASE("users, servers, libraries and status of a linked account") {
  World w;
  w.link();
  const auto users = list(w.ok({"users", "plex"}).last());
  std::set<std::string> kinds;
  for (const Value& u : users) {
    CHECK(members(u) == "id,uuid,name,kind,guest,protected,server_owner,selectable,why");
    kinds.insert(text(u, "kind"));
  }
  CHECK(kinds == std::set<std::string>{"friend", "home", "managed", "owner"});
  plain(w, {"users", "plex"});

  const auto servers = list(w.ok({"servers", "plex"}).last());
  REQUIRE(servers.size() == 1);
  CHECK(members(servers[0]) == "id,name,owned,selected,addresses");
  CHECK(text(servers[0], "id") == w.sim.server_id());
  for (const Value& a : list(at(servers[0], "addresses"))) CHECK(members(a) == "url,local,relay,state,ms,why");
  plain(w, {"servers", "plex"});

  const auto libraries = list(w.ok({"libraries", "plex"}).last());
  REQUIRE(libraries.size() == 2);
  for (const Value& l : libraries) {
    CHECK(members(l) == "id,uuid,title,type,features");
    CHECK(members(at(l, "features")) == "watchlist,ratings,history,progress,scrobble");
  }
  plain(w, {"libraries", "plex"});

  const Result status = w.ok({"status"});
  CHECK(members(status.last()) == "profiles,pairs");
  for (const Value& p : list(at(status.last(), "profiles"))) {
    CHECK(members(p).starts_with("provider,profile,state,checked_at"));
    CHECK(crosswatch::host::parse_iso(text(p, "checked_at")).has_value());
    CHECK(text(p, "state") == "ok");
    for (const char* f : {"history", "ratings", "progress", "watchlist"})
      CHECK(members(at(p, std::string("features.") + f)) == "read,write,code");
  }
  plain(w, {"status"});
  plain(w, {"status", "plex"});
}

TEST_CASE("a server that is down does not hide from the status what still works") {
  World w;
  w.link();
  w.fault(plexsim::FaultKind::status, "server", "/");
  const Result status = w.json({"status", "plex"});
  CHECK(status.exit == 3);
  const Value p = list(at(status.last(), "profiles")).at(0);
  CHECK(text(p, "watchlist.state") == "ok");
  CHECK(*at(p, "features.watchlist.read").as<bool>());
  for (const char* f : {"history", "ratings", "progress"}) {
    CHECK(!*at(p, std::string("features.") + f + ".read").as<bool>());
    CHECK(text(p, std::string("features.") + f + ".code") != "");
  }
}

TEST_CASE("profiles are made, renamed and removed, and what is unknown is exit 5") {
  World w;
  CHECK(members(w.ok({"profile", "add", "plex", "kid", "--label", "The kid"}).last()) == "provider,id");
  const auto rows = list(w.ok({"profile", "list"}).last());
  REQUIRE(rows.size() == 3);
  for (const Value& row : rows) CHECK(members(row) == "id,provider,label,linked,username,user_id,server_id");
  CHECK(text(rows[1], "label") == "The kid");
  CHECK(list(w.ok({"config", "check"}).last()).empty());
  plain(w, {"profile", "list", "plex"});
  CHECK(w.refused(5, {"profile", "list", "nobody"}) == "plugin_unknown");
  for (const Words& one : {Words{"status", "plex@kid"}, {"status", "plex", "--profile", "kid"}})
    CHECK(text(list(at(w.json(one).last(), "profiles")).at(0), "profile") == "kid");
  CHECK(w.refused(5, {"status", "plex@nobody"}) == "profile_unknown");
  CHECK(w.refused(1, {"profile", "add", "plex", "kid"}) == "profile_exists");
  CHECK(members(w.ok({"profile", "rename", "plex", "kid", "child"}).last()) == "provider,id");
  CHECK(w.refused(5, {"users", "plex", "--profile", "kid"}) == "profile_unknown");
  CHECK(w.refused(5, {"status", "plex", "--profile", "kid"}) == "profile_unknown");
  w.pair();
  w.ok({"pair", "add", "--source", "plex@child", "--target", "tracker", "--id", "p2"});
  CHECK(w.refused(1, {"profile", "remove", "plex", "child"}) == "profile_in_use");
  w.ok({"pair", "remove", "p2"});
  CHECK(members(w.ok({"profile", "remove", "plex", "child"}).last()) == "provider,id,removed");
}

TEST_CASE("a pair or profile whose name was written as a number or with spaces around it is one like any other") {
  World w;
  w.ok({"profile", "add", "plex", "1"});
  w.configure("pairs", crosswatch::host::json::parse(
                           R"([{"id":7,"source":"plex","source_instance":1,"target":"tracker"},
                               {"id":" b ","source":"plex","target":"tracker"}])"));
  for (const char* id : {"7", "b"}) {
    w.ok({"pair", "disable", id});
    CHECK(at(w.ok({"pair", "show", id}).last(), "enabled") == Value(false));
  }
  CHECK(w.refused(1, {"pair", "add", "--source", "plex", "--target", "tracker", "--id", "7"}) == "pair_exists");
  w.ok({"profile", "rename", "plex", "1", "2"});
  CHECK(text(w.ok({"pair", "show", "7"}).last(), "source_instance") == "2");
  w.ok({"pair", "remove", "b"});
  CHECK(text(list(w.ok({"pair", "list"}).last()).at(0), "id") == "7");
  w.ok({"pair", "remove", "7"});
  CHECK(list(w.ok({"pair", "list"}).last()).empty());
}

TEST_CASE("pairs are made, shown, switched and removed") {
  World w;
  const std::string keys =
      "id,enabled,source,source_instance,target,target_instance,mode,conflict,removal,schedule,features";
  const Value made = w.ok({"pair", "add", "--source", "plex", "--target", "tracker"}).last();
  CHECK(members(made) == keys);
  CHECK(text(made, "id") == "p1");
  CHECK(members(list(w.ok({"pair", "list"}).last()).at(0)) == keys);
  CHECK(members(w.ok({"pair", "show", "p1"}).last()) == keys);
  plain(w, {"pair", "list"});
  CHECK(plain(w, {"pair", "show", "p1"}).find("removes: off") != std::string::npos);
  CHECK(members(w.ok({"pair", "disable", "p1"}).last()) == "id,enabled");
  CHECK(w.refused(5, {"sync"}) == "no_pairs");
  CHECK(members(w.ok({"pair", "enable", "p1"}).last()) == "id,enabled");
  CHECK(w.refused(1, {"pair", "add", "--source", "plex", "--target", "tracker", "--id", "p1"}) == "pair_exists");
  CHECK(members(w.ok({"pair", "remove", "p1"}).last()) == "id,removed");
  for (const char* command : {"show", "enable", "disable", "remove"})
    CHECK(w.refused(5, {"pair", command, "p1"}) == "pair_unknown");
  CHECK(w.refused(5, {"sync", "p1"}) == "pair_unknown");
  CHECK(w.refused(5, {"plan", "p1"}) == "pair_unknown");
}

TEST_CASE("snapshot prints one fact a line and then whether that was all") {
  World w;
  w.link();
  const std::set<std::string> of_every{"type", "title", "ref"};
  const std::set<std::string> may_be{"ids",     "show_ids", "series_title", "season",
                                     "episode", "year",     "library_id",   "guid"};
  const std::map<std::string, std::set<std::string>> own{{"history", {"watched_at", "plays", "plays_at"}},
                                                         {"ratings", {"rating", "rated_at"}},
                                                         {"progress", {"progress_ms", "duration_ms", "progress_at"}},
                                                         {"watchlist", {"listed_at"}}};
  for (const auto& entry : own) {
    const auto& [feature, values] = entry;
    CAPTURE(entry.first);
    const Result result = w.ok({"snapshot", "plex", feature});
    auto lines = result.json();
    CHECK(members(lines.back()) == "end,complete,count");  // and the reason when it is not complete
    CHECK(number(lines.back(), "count") == static_cast<std::int64_t>(lines.size()) - 1);
    lines.pop_back();
    CHECK(!lines.empty());
    for (const Value& line : lines) {
      CAPTURE(crosswatch::host::json::dump(line));
      const auto names = set_of_members(line);
      for (const std::string& name : of_every) CHECK(names.count(name) == 1);
      for (const std::string& name : names) CHECK(of_every.count(name) + may_be.count(name) + values.count(name) == 1);
    }
    const Result text_form = w.run({"snapshot", "plex", feature});
    CHECK(text_form.exit == 0);
    CHECK(text_form.lines.size() == lines.size());
    CHECK(text_form.err.find(std::to_string(lines.size()) + " items.") != std::string::npos);
  }
}

TEST_CASE("import takes what snapshot printed, once") {
  World w;
  w.link();
  const Result facts = w.ok({"snapshot", "plex", "ratings"});
  const auto count = static_cast<std::int64_t>(facts.lines.size()) - 1;
  const Result first = w.run(Launch{{"import", "tracker", "ratings", "-", "--json"}, facts.out()});
  CHECK(first.exit == 0);
  CHECK(members(first.last()) == "stored,unchanged,refused");
  CHECK(number(first.last(), "stored") == count);
  write(w.dir / "facts", facts.out());
  const Result again = w.ok({"import", "tracker", "ratings", (w.dir / "facts").string()});
  CHECK(number(again.last(), "stored") == 0);
  CHECK(number(again.last(), "unchanged") == count);

  std::string other = facts.out();
  other.replace(other.find("\"rating\":"), std::string("\"rating\":").size(), "\"rating\":0.");
  const Result changed = w.run(Launch{{"import", "tracker", "ratings", "-", "--json"}, other});
  CHECK(changed.exit == 0);
  CHECK(number(changed.last(), "stored") == 1);

  std::string cut = facts.out();
  cut.erase(cut.rfind("{\"end\""));
  const Result refused = w.run(Launch{{"import", "tracker", "ratings", "-", "--json"}, cut});
  CHECK(refused.exit == 1);
  CHECK(error_code(refused) == "incomplete_import");
  CHECK(w.refused(1, {"import", "tracker", "ratings", (w.dir / "nothing").string()}) == "cannot_read");
}

TEST_CASE("plan, sync and runs print their objects") {
  World w;
  w.link();
  w.pair();
  auto plan = w.ok({"plan"}).json();
  CHECK(members(plan.back()) == "end,status,counts,undated,digest");
  CHECK(members(at(plan.back(), "counts")) == counted);
  CHECK(text(plan.back(), "status") == "planned");  // and not that there is nothing to do
  CHECK(w.run({"runs", "list"}).out().find("nothing") == std::string::npos);
  plan.pop_back();
  REQUIRE(!plan.empty());
  for (const Value& line : plan) {
    const auto names = set_of_members(line);
    for (const char* name : {"op", "pair", "side", "feature", "type", "ids", "title", "before", "after", "reason"})
      CHECK_MESSAGE(names.count(name) == 1, crosswatch::host::json::dump(line));
  }
  plain(w, {"plan"});
  plain(w, {"sync", "--dry-run"});

  const Result sync = w.ok({"sync", "p1"});
  CHECK(members(sync.json().front()) == "event,run,dry_run");
  CHECK(members(sync.last()) == "event,run,status,digest,totals");
  CHECK(members(at(sync.last(), "totals")) == counted);
  const auto seen = events(sync);
  for (const char* name : {"run_start", "lane_start", "plan_ready", "lane_end", "run_end"})
    CHECK(seen.count(name) == 1);
  CHECK(plain(w, {"sync"}).find("nothing to do") != std::string::npos);

  const auto runs = list(w.ok({"runs", "list"}).last());
  REQUIRE(!runs.empty());
  for (const Value& run : runs) {
    CHECK(members(run) == "id,started,finished,dry_run,trigger,status,digest,totals");
    CHECK(members(at(run, "totals")) == counted);
  }
  plain(w, {"runs", "list"});
  const std::string id = std::to_string(number(sync.last(), "run"));
  CHECK(members(w.ok({"runs", "show", id}).last()) == "id,started,finished,dry_run,status,digest,totals,pairs,items");
  plain(w, {"runs", "show", id});
  CHECK(w.refused(5, {"runs", "show", "999"}) == "run_unknown");
  CHECK(w.refused(5, {"runs", "show", "first"}) == "run_unknown");

  const Value pair = list(at(w.ok({"status"}).last(), "pairs")).at(0);
  CHECK(members(pair) == "id,enabled,status,last_run,held,parked");
}

TEST_CASE("disconnect forgets the login and keeps the rest") {
  World w;
  w.link();
  w.ok({"libraries", "plex", "--set", "history=1"});
  CHECK(members(w.ok({"disconnect", "plex"}).last()) == "provider,profile,linked");
  const Value config = w.configuration();
  for (const char* key : {"plex.account_token", "plex.pms_token"}) CHECK(at(config, key).is_null());
  CHECK(crosswatch::host::json::dump(at(config, "plex.history.libraries")) == R"(["1"])");
  CHECK(bytes_of(w.config).find("canary") == std::string::npos);
  CHECK(w.refused(4, {"users", "plex"}) == "not_linked");
}
