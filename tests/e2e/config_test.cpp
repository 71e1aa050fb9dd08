// A configuration that is not right: every command says what and where, and leaves it alone.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "world.hpp"

using namespace e2e;
using Words = std::vector<std::string>;

namespace {

// One command of every sort, for which the configuration must be readable.
const std::vector<Words> readers{{"plugins", "list"},
                                 {"plugins", "enable", "tracker"},
                                 {"config", "get"},
                                 {"config", "set", "runtime.chunk", "5"},
                                 {"config", "check"},
                                 {"status"},
                                 {"connect", "plex"},
                                 {"users", "plex"},
                                 {"profile", "list"},
                                 {"pair", "list"},
                                 {"snapshot", "tracker", "history"},
                                 {"sync"},
                                 {"plan"}};

void every_command_refuses(Place& place, const std::string& code, const std::string& hint) {
  const std::string before = bytes_of(place.config);
  for (const Words& words : readers) {
    CAPTURE(joined(words));
    const Result result = place.json(words);
    CHECK(result.exit == 1);
    CHECK(error_code(result) == code);
    CHECK(text(result.last(), "error.message").find(hint) != std::string::npos);
    const Result plain = place.run(Launch{words});
    CHECK(plain.exit == 1);
    CHECK(plain.lines.empty());
    CHECK(plain.err.starts_with("crosswatch: "));
  }
  // What needs no configuration works on: where it lies has to be found out.
  for (const Words& words : {Words{"version"}, {"config", "path"}, {"completion", "bash"}})
    CHECK(place.run(Launch{words}).exit == 0);
  CHECK(bytes_of(place.config) == before);
}

}  // namespace

TEST_CASE("a file that is no JSON is refused with line and column") {
  Place place;
  write(place.config, "{\n  \"plex\": {\"timeout\": 30,}\n}\n");
  fs::permissions(place.config, fs::perms::owner_read | fs::perms::owner_write);
  every_command_refuses(place, "bad_json", "line 2");
}

TEST_CASE("a file that holds something else than an object is refused") {
  Place place;
  write(place.config, "[]");
  fs::permissions(place.config, fs::perms::owner_read | fs::perms::owner_write);
  every_command_refuses(place, "bad_config", "a list");
}

TEST_CASE("a configuration that is a folder is refused") {
  Place place;
  fs::create_directories(place.config);
  every_command_refuses(place, "storage_failed", place.config.string());
}

TEST_CASE("a configuration that may not be read is refused" * doctest::skip(::geteuid() == 0)) {
  Place place;
  write(place.config, "{}");
  fs::permissions(place.config, fs::perms::none);
  every_command_refuses(place, "storage_failed", place.config.string());
}

TEST_CASE("a file that is no configuration by its size alone is refused") {
  Place place;
  write(place.config, std::string(5 << 20, ' '));
  fs::permissions(place.config, fs::perms::owner_read | fs::perms::owner_write);
  every_command_refuses(place, "file_too_large", place.config.string());
}

TEST_CASE("config check reports everything that is wrong at once, with key, value and what is allowed") {
  World w;
  w.configure("plex.timeout", "soon");
  w.configure("plex.verify_ssl", "perhaps");
  w.configure("plex.instances", crosswatch::host::json::parse(R"({"kid":{"max_retries":99},"default":{}})"));
  w.configure("runtime.chunk", 0);
  w.configure("safety.delete_ratio", 7);
  w.configure("pairs", crosswatch::host::json::parse(
                           R"([{"id":"p1","source":"nothing","target":"tracker","mode":"sideways"}])"));
  w.configure("plex.no_such_key", 1);
  w.configure("nobody", crosswatch::host::json::object());
  const std::string before = bytes_of(w.config);
  const Result result = w.json({"config", "check"});
  CHECK(result.exit == 1);
  std::vector<std::string> errors, warnings;
  for (const Value& p : list(result.last())) {
    CHECK(members(p) == "severity,key,message");
    (text(p, "severity") == "error" ? errors : warnings).push_back(text(p, "key"));
    CHECK(text(p, "message").find(text(p, "key")) != std::string::npos);
  }
  for (const char* key : {"plex.timeout", "plex.verify_ssl", "plex.instances.kid.max_retries", "plex.instances.default",
                          "runtime.chunk", "safety.delete_ratio", "pairs.0.source", "pairs.0.mode"})
    CHECK_MESSAGE(std::count(errors.begin(), errors.end(), key) == 1, key);
  for (const char* key : {"plex.no_such_key", "nobody"})
    CHECK_MESSAGE(std::count(warnings.begin(), warnings.end(), key) == 1, key);
  const Result plain = w.run({"config", "check"});
  CHECK(plain.exit == 1);
  CHECK(plain.out().find("plex.timeout is \"soon\"; allowed is a number from 1 to 600.") != std::string::npos);
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("config check says when everybody can read the secrets in the file, and how to mend it") {
  Place place;
  const auto warnings = [&] { return list(place.ok({"config", "check"}).last()); };
  write(place.config, R"({"runtime":{"chunk":7}})");
  fs::permissions(place.config, fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  CHECK(warnings().empty());
  place.secrets.emplace_back("canary-account");
  place.ok({"config", "set", "plex.account_token", "canary-account"});
  REQUIRE(warnings().size() == 1);
  CHECK(text(warnings()[0], "message").find("chmod 600 " + place.config.string()) != std::string::npos);
  fs::permissions(place.config, fs::perms::others_read, fs::perm_options::remove);
  CHECK(warnings().empty());
}

TEST_CASE("a profile with wrong settings does not start, all of them are named, and others work") {
  World w;
  w.link();
  w.configure("plex.timeout", "soon");
  w.configure("plex.max_retries", 99);
  const Result result = w.json({"snapshot", "plex", "history"});
  CHECK(result.exit == 1);
  CHECK(error_code(result) == "bad_config");
  const std::string message = text(result.last(), "error.message");
  CHECK(message.find("plex.timeout") != std::string::npos);
  CHECK(message.find("plex.max_retries") != std::string::npos);
  w.ok({"snapshot", "tracker", "history"});
  const Result status = w.json({"status"});
  CHECK(status.exit == 1);
  const auto profiles = list(at(status.last(), "profiles"));
  REQUIRE(profiles.size() == 2);
  CHECK(text(profiles[0], "state") == "bad_config");
  CHECK(text(profiles[1], "state") == "ok");
}

TEST_CASE("config set refuses a value that is not allowed, and nothing is changed") {
  World w;
  const std::string before = bytes_of(w.config);
  const std::vector<Words> wrong{
      {"plex.timeout", "soon"},     {"plex.timeout", "0"}, {"plex.max_retries", "2.5"}, {"runtime.chunk", "none"},
      {"safety.delete_ratio", "2"}, {"plugins.plex", "5"}, {"plex.instances.kid", "1"}, {"pairs", "all"}};
  for (const Words& w2 : wrong) {
    CAPTURE(joined(w2));
    CHECK(w.json({"config", "set", w2[0], w2[1]}).exit == 1);
    CHECK(!w.refused(1, {"config", "set", w2[0], w2[1]}).empty());
    CHECK(bytes_of(w.config) == before);
  }
}

TEST_CASE("config set takes a list with commas or as it stands in the file, and says when nobody knows the key") {
  World w;
  for (const char* value : {"1,2", R"(["1","2"])", "[1, 2]"}) {
    CAPTURE(value);
    w.ok({"config", "set", "plex.history.libraries", value});
    CHECK(w.json({"config", "get", "plex.history.libraries"}).out() == "[\"1\",\"2\"]\n");
  }
  w.ok({"config", "set", "plex.history.libraries", "[]"});
  CHECK(w.json({"config", "get", "plex.history.libraries"}).out() == "[]\n");
  CHECK(w.refused(1, {"config", "set", "plex.history.libraries", "[1"}) == "bad_config");
  const Result typo = w.ok({"config", "set", "plex.tmieout", "5"});
  CHECK(typo.err.find("plex.tmieout is no setting that is known here") != std::string::npos);
  CHECK(w.ok({"config", "set", "plex.timeout", "5"}).err.empty());
}

TEST_CASE("a secret may come from the environment or a file, and a missing one is named") {
  World w;
  w.link();
  const std::string token = text(w.configuration(), "plex.account_token");
  w.configure("plex.account_token", "env:MY_TOKEN");
  CHECK(w.refused(1, {"users", "plex"}) == "secret_missing");
  const Result users = w.run(Launch{{"users", "plex", "--json"}, {}, {{"MY_TOKEN", token}}});
  CHECK_MESSAGE(users.exit == 0, users.out());
  CHECK(text(w.ok({"config", "get"}).last(), "plex.account_token") == "env:MY_TOKEN");
  const fs::path missing = w.dir / "token";
  w.configure("plex.account_token", "file:" + missing.string());
  const Result result = w.json({"users", "plex"});
  CHECK(error_code(result) == "secret_missing");
  CHECK(text(result.last(), "error.message").find(missing.string()) != std::string::npos);
}

TEST_CASE("a chosen library is remembered with its uuid, and one that took its number is not taken for it") {
  World w;
  w.link();
  w.ok({"libraries", "plex", "--set", "history=1"});
  CHECK(list(w.ok({"config", "check"}).last()).empty());
  const auto libraries = list(w.ok({"libraries", "plex"}).last());
  CHECK(at(w.configuration(), "plex.library_uuids.1") == at(libraries.at(0), "uuid"));
  CHECK(at(libraries.at(0), "features.history") == Value(true));
  CHECK(at(libraries.at(1), "features.history") == Value(false));
  const Result all = w.ok({"snapshot", "plex", "history"});
  for (const Value& line : all.json())
    if (at(line, "end").is_null()) CHECK(text(line, "library_id") == "1");

  w.configure("plex.library_uuids.1", "of-a-library-that-is-gone");
  const Result refused = w.json({"snapshot", "plex", "history"});
  CHECK(refused.exit == 1);
  CHECK(refused.lines.size() == 1);  // the error, and no fact
  CHECK(error_code(refused) == "library_missing");
  w.ok({"libraries", "plex", "--set", "history=1"});
  w.ok({"snapshot", "plex", "history"});
}

TEST_CASE("choosing a library that was made anew for one feature does not choose it for the others") {
  World w;
  w.link();
  w.ok({"libraries", "plex", "--set", "history=1", "--set", "ratings=1,2", "--set", "progress=2"});
  w.sim.swap_library("1");
  REQUIRE(w.refused(1, {"snapshot", "plex", "ratings"}) == "library_missing");
  w.ok({"libraries", "plex", "--set", "history=1"});
  w.ok({"snapshot", "plex", "history"});
  w.ok({"snapshot", "plex", "progress"});
  CHECK(w.refused(1, {"snapshot", "plex", "ratings"}) == "library_missing");
  w.ok({"libraries", "plex", "--set", "ratings=1,2"});
  w.ok({"snapshot", "plex", "ratings"});
}

TEST_CASE("another library can be chosen in place of the first, by number, uuid or title") {
  World w;
  w.link();
  const auto libraries = list(w.ok({"libraries", "plex"}).last());
  for (const std::string& name : {std::string("1"), std::string("2"), text(libraries.at(0), "uuid"),
                                  text(libraries.at(1), "title"), std::string("1,2")}) {
    CAPTURE(name);
    w.ok({"libraries", "plex", "--set", "history=" + name, "--set", "ratings=" + name});
  }
  CHECK(crosswatch::host::json::dump(at(w.configuration(), "plex.history.libraries")) == R"(["1","2"])");
}

TEST_CASE("a list of libraries with one that is malformed or gone is an error without a single fact") {
  World w;
  w.link();
  for (const char* entry : {"99", "1.2", "films"}) {
    CAPTURE(entry);
    w.configure("plex.history.libraries", crosswatch::host::json::array({"1", entry}));
    const Result result = w.json({"snapshot", "plex", "history"});
    CHECK(result.exit == 1);
    CHECK(result.lines.size() == 1);
    CHECK(error_code(result) == "library_missing");
  }
  const std::string before = bytes_of(w.config);
  CHECK(w.refused(1, {"libraries", "plex", "--set", "history=99"}) == "library_unknown");
  CHECK(bytes_of(w.config) == before);
  w.ok({"libraries", "plex", "--set", "history=all"});
  CHECK(list(w.ok({"config", "check"}).last()).empty());
}

TEST_CASE("a log file that cannot be written is told, and the setting can be mended by command") {
  Place place;
  place.configure("runtime.log_file", (place.dir / "config.json" / "log").string());
  place.configure("runtime.chunk", "many");
  const Result result = place.ok({"config", "unset", "runtime.chunk"});
  CHECK(result.err.find("There is no log of this command.") != std::string::npos);
  place.ok({"config", "unset", "runtime.log_file"});
  CHECK(place.ok({"version"}).err.empty());
}

TEST_CASE("what sounds like a secret is not printed when it is set, wherever it stands") {
  World w;
  w.secrets = {"let-me-in-please"};  // looked for in all that is printed
  for (const char* key : {"server.password", "plex.webhook_secret", "plex.home_pin", "other.api_key"})
    CHECK(text(w.ok({"config", "set", key, "let-me-in-please"}).last(), "value") == "***");
  CHECK(text(w.ok({"config", "set", "plex.username", "Anna"}).last(), "value") == "Anna");
}
