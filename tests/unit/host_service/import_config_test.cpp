#include "service/import_config.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "config/check.hpp"
#include "config/profile.hpp"
#include "place.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

// A configuration as CrossWatch writes it, with every older form of a setting somewhere in it.
constexpr const char* crosswatch_file = R"({
  "verify_ssl": false,
  "sync": {"enable_add": true, "enable_remove": false},
  "plex": {
    "account_token": "secret-account-token", "pms_token": "secret-server-token",
    "pms_token_server": "http://192.168.1.5:32400", "client_id": "0123456789abcdef01234567",
    "machine_id": "4f3e2d1c", "server_url": "http://192.168.1.5:32400", "verify_ssl": false,
    "username": "olivia", "account_id": 1, "home_pin": "", "password": "a real password",
    "timeout": 10.0, "max_retries": 3, "history_workers": 12, "webhook_secret": "very-secret",
    "_cloud": {"account_id": 1000001}, "_pending_pin": {"id": 5, "code": "ABCD"},
    "history": {"libraries": [1, 2], "include_marked_watched": true}, "ratings": {"libraries": []},
    "instances": {
      "PLEX-P01": {"token": "secret-friend-token", "label": "Frida", "account_id": "1000005",
                   "baseurl": "https://10.0.0.9:32400", "timeout": 20},
      "PLEX-P02": {"account_token": "enc:v1:Z0FBQUFB", "pms": {"x_plex_token": "secret-old-token"}, "account_id": ""},
      "PLEX-P03": {"label": "empty"}
    }
  },
  "trakt": {"access_token": "secret-of-another"},
  "pairs": [
    {"id": "a1", "enabled": true, "source": "PLEX", "source_instance": "PLEX-P01", "target": "CROSSWATCH",
     "mode": "one-way", "profile_id": "x", "providers": {"plex": {"strict_id_matching": true, "timeout": 60}},
     "features": {"history": {"enable": true, "add": true, "remove": true, "libraries": {"PLEX": [1]}},
                  "watchlist": {"enable": false}}},
    {"id": "a2", "source": "PLEX", "target": "TRAKT", "features": {"ratings": true}},
    {"id": "a3", "source": "PLEX", "source_instance": "gone", "target": "CROSSWATCH"},
    {"id": "a4", "source": "PLEX", "target": "PLEX"}
  ]
})";

struct ImportPlace : Place {
  explicit ImportPlace(const char* old = crosswatch_file) { put(file(), old); }
  std::filesystem::path file() const { return folder / "old.json"; }
  ImportResult import(bool dry_run = false) { return import_config(ws, file(), dry_run); }
};

std::string note_of(const ImportResult& r, const std::string& key) {
  std::string all;
  for (const ImportNote& n : r.notes)
    if (n.key == key) all += n.message;
  return all;
}

}  // namespace

TEST_CASE("an old configuration is taken with its profiles and pairs, every older name under today's") {
  ImportPlace p;
  const ImportResult r = p.import();
  CHECK(p.text("plex.account_token") == R"("secret-account-token")");
  CHECK(p.text("plex.pms_token") == R"("secret-server-token")");
  CHECK(p.text("plex.server_id") == R"("4f3e2d1c")");
  CHECK(p.text("plex.machine_id") == "absent");
  CHECK(p.text("plex.account_id") == "1");
  CHECK(p.text("plex.timeout") == "10.0");
  CHECK(p.text("plex.max_retries") == "absent");  // it is the default here, too
  CHECK(p.text("plex.history.libraries") == R"(["1","2"])");
  CHECK(p.text("plex.instances.PLEX-P01.account_token") == R"("secret-friend-token")");
  CHECK(p.text("plex.instances.PLEX-P01.server_url") == R"("https://10.0.0.9:32400")");
  CHECK(p.text("plex.instances.PLEX-P01.account_id") == "1000005");
  CHECK(p.text("plex.instances.PLEX-P01.label") == R"("Frida")");
  CHECK(p.text("plex.webhook_secret") == R"("very-secret")");
  CHECK(p.text("plex.instances.PLEX-P02.pms_token") == R"("secret-old-token")");
  CHECK(p.text("plugins.plex.enabled") == "true");
  CHECK(p.text("plugins.tracker.enabled") == "true");
  REQUIRE(r.profiles.size() == 4);
  CHECK(r.profiles[0].linked);
  CHECK(r.pairs == std::vector<std::string>{"a1"});
  CHECK(check_config(p.ws.config.read(), p.ws.plugins.manifests()).empty());
}

TEST_CASE("what an old configuration has and cannot be taken is told, and no value of it") {
  ImportPlace p;
  const ImportResult r = p.import();
  CHECK(has(note_of(r, "plex.verify_ssl"), "certificates are always checked"));
  const std::string unknown = note_of(r, "plex");
  for (const char* name : {"password", "history_workers", "_pending_pin.code", "pms_token_server"})
    CHECK_MESSAGE(has(unknown, name), name);
  CHECK(has(note_of(r, "plex.instances.PLEX-P02.account_token"), "encrypted"));
  CHECK(has(note_of(r, "plex.instances.PLEX-P02.account_token"), "crosswatch connect plex --profile PLEX-P02"));
  CHECK(has(note_of(r, "plex.instances.PLEX-P03"), "no login of its own"));
  CHECK(has(note_of(r, "pairs.0"), "crosswatch profile add plex NAME"));
  CHECK(has(note_of(r, "pairs.0"), "profile_id"));
  CHECK(has(note_of(r, "pairs.1"), "there is no trakt here"));
  CHECK(has(note_of(r, "pairs.2"), "plex@gone"));
  CHECK(has(note_of(r, "pairs.3"), "two different profiles"));
  std::string all;
  for (const ImportNote& n : r.notes) all += n.message;
  for (const char* secret : {"very-secret", "a real password", "ABCD", "enc:v1", "secret-account-token"})
    CHECK_FALSE(has(all, secret));
  CHECK(p.text("plex.password") == "absent");
  CHECK(p.text("trakt") == "absent");
}

TEST_CASE("removes that were on are off after the import, and that is told") {
  ImportPlace p;
  const ImportResult r = p.import();
  CHECK(p.text("pairs.0.features.history.remove") == "false");
  CHECK(has(note_of(r, "pairs.0"), "history"));

  ImportPlace global(R"({"plex":{"account_token":"secret-account-token"},"sync":{"enable_remove":true},
    "pairs":[{"id":"b","source":"PLEX","target":"CROSSWATCH","features":{"ratings":{"enable":true}}}]})");
  const ImportResult s = global.import();
  CHECK(global.text("pairs.0.features.ratings.remove") == "false");
  CHECK(has(note_of(s, "pairs.0"), "ratings"));
}

TEST_CASE("a dry run tells the same and writes nothing") {
  ImportPlace p;
  const ImportResult dry = p.import(true);
  CHECK(dry.copy.empty());
  CHECK_FALSE(std::filesystem::exists(p.ws.config.file()));
  CHECK_FALSE(std::filesystem::exists(p.folder / "state/imports"));
  const ImportResult real = p.import();
  REQUIRE(dry.profiles.size() == real.profiles.size());
  for (std::size_t i = 0; i < dry.profiles.size(); ++i) CHECK(dry.profiles[i].keys == real.profiles[i].keys);
  CHECK(dry.pairs == real.pairs);
  CHECK(dry.notes.size() == real.notes.size());
}

TEST_CASE("the old file is copied for its owner alone, and stays as it was") {
  ImportPlace p;
  const ImportResult r = p.import();
  CHECK(slurp(r.copy) == crosswatch_file);
  CHECK(r.copy.filename().string().find_first_of("%:") == std::string::npos);  // a name that can be typed
  CHECK(slurp(p.file()) == crosswatch_file);
  struct stat about {};
  REQUIRE(::stat(r.copy.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
}

TEST_CASE("importing never mixes a login with one that is there, and importing twice changes nothing") {
  ImportPlace p;
  put(p.ws.config.file(), R"({"plex":{"account_token":"my own","timeout":99},"other":1})");
  const ImportResult r = p.import();
  CHECK(has(note_of(r, "plex"), "already"));
  CHECK(p.text("plex.account_token") == R"("my own")");
  CHECK(p.text("plex.server_id") == "absent");
  CHECK(p.text("other") == "1");
  CHECK(p.text("plex.instances.PLEX-P01.account_token") == R"("secret-friend-token")");
  const std::string once = slurp(p.ws.config.file());
  const ImportResult again = p.import();
  CHECK(again.pairs.empty());
  CHECK(slurp(p.ws.config.file()) == once);

  ImportPlace tuned;
  put(tuned.ws.config.file(), R"({"plex":{"timeout":99}})");
  tuned.import();
  CHECK(tuned.text("plex.timeout") == "99");  // what was tuned here counts
  CHECK(tuned.text("plex.account_token") == R"("secret-account-token")");
}

TEST_CASE("values that are not allowed stop the import, all named at once, and nothing is written") {
  ImportPlace p(R"({"plex":{"account_token":"secret-account-token","timeout":"soon",
    "history":{"libraries":[1,{"a":2}]}}})");
  const Error e = error_of([&] { p.import(); });
  CHECK(e.code == "bad_config");
  CHECK(has(e.what(), "plex.timeout"));
  CHECK(has(e.what(), "plex.history.libraries"));
  CHECK_FALSE(std::filesystem::exists(p.ws.config.file()));
}

TEST_CASE("a file with nothing to take, no file, and the configuration itself are refused with what to do") {
  ImportPlace p(R"({"trakt":{"access_token":"x"}})");
  CHECK(error_of([&] { p.import(); }).code == "nothing_to_import");
  CHECK(error_of([&] { import_config(p.ws, p.folder / "absent.json", false); }).code == "no_such_file");
  put(p.ws.config.file(), R"({"plex":{"account_token":"my own"}})");
  CHECK(error_of([&] { import_config(p.ws, p.ws.config.file(), false); }).code == "own_config");
  put(p.file(), "{ not json");
  CHECK(has(error_of([&] { p.import(); }).what(), "line 1"));
}

TEST_CASE("a login in an older place is found, and an empty text hides none of the older names") {
  ImportPlace p(
      R"({"auth":{"plex":{"account_token":"secret-older-place"}},"plex":{"account_token":"","username":"olivia"}})");
  p.import();
  CHECK(p.text("plex.account_token") == R"("secret-older-place")");
  CHECK(p.text("plex.username") == R"("olivia")");

  const json::Value config = json::parse(R"({"plex":{"account_token":"","token":"older","server_id":""}})");
  const auto manifest = p.ws.plugins.manifest("plex");
  const ProfileView view(config, *manifest, "default");
  CHECK(*view.find("account_token")->value.as<std::string>() == "older");
}
