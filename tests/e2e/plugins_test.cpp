// Plugins that are not what they should be: each is named with the reason, and the good ones work on.
#include <doctest/doctest.h>

#include <cstring>

#include "world.hpp"

using namespace e2e;

namespace {

const fs::path installed = INSTALLED_PLUGINS;

// A folder with the real plugins, to which bad ones are added.
void own_plugins(Place& place) {
  place.plugins = place.dir / "plugins";
  fs::create_directories(place.plugins);
  for (const char* id : {"plex", "tracker"}) fs::create_directory_symlink(installed / id, place.plugins / id);
}

fs::path bad_plugin(Place& place, const std::string& id, const std::string& manifest) {
  const fs::path folder = place.plugins / id;
  write(folder / "manifest.json", manifest);
  place.configure("plugins." + id + ".enabled", true);
  return folder;
}
std::string plain_manifest(const std::string& id) {
  return R"({"id":")" + id + R"(","label":"Bad","version":"1.0.0","abi":1,"library":")" + id + R"(.so"})";
}

// "state" and "why" of a plugin in the listing.
Value row(Place& place, const std::string& id) {
  for (const Value& r : list(place.ok({"plugins", "list"}).last()))
    if (text(r, "id") == id) return r;
  FAIL("not listed: " << id);
  return {};
}

void expect_broken(World& w, const std::string& id, const std::string& reason) {
  CAPTURE(id);
  const Value r = row(w, id);
  CHECK(text(r, "state") == "broken");
  CHECK_MESSAGE(text(r, "why").find(reason) != std::string::npos, text(r, "why"));
  CHECK(!w.refused(1, {"snapshot", id, "history"}).empty());
  CHECK(text(row(w, "plex"), "state") == "ok");
  CHECK(text(row(w, "tracker"), "state") == "ok");
}

std::string replaced(std::string in, const std::string& what, const std::string& with) {
  const auto where = in.find(what);
  REQUIRE(where != std::string::npos);
  return in.replace(where, what.size(), with);
}

}  // namespace

TEST_CASE("a plugin that is missing, no library, another library or of an older interface is broken by itself") {
  World w;
  own_plugins(w);
  bad_plugin(w, "missing", plain_manifest("missing"));
  write(bad_plugin(w, "words", plain_manifest("words")) / "words.so", "this is no library");
  fs::copy_file(FOREIGN_LIBRARY, bad_plugin(w, "foreign", plain_manifest("foreign")) / "foreign.so");
  fs::create_directory_symlink(OLD_PLUGIN, w.plugins / "old");
  w.configure("plugins.old.enabled", true);
  bad_plugin(w, "empty", "");
  bad_plugin(w, "unreadable", "{\"id\":");
  bad_plugin(w, "other", plain_manifest("another"));
  bad_plugin(w, "keyless", R"({"id":"keyless"})");
  fs::create_directories(w.plugins / "bare");
  w.configure("plugins.bare.enabled", true);

  expect_broken(w, "missing", "missing.so is missing");
  expect_broken(w, "words", "cannot be loaded");
  expect_broken(w, "foreign", "is not a CrossWatch plugin");
  expect_broken(w, "old", "speaks version 0 of the plugin interface");
  expect_broken(w, "empty", "manifest");
  expect_broken(w, "unreadable", "line 1");
  expect_broken(w, "other", "holds the plugin \"another\"");
  expect_broken(w, "keyless", "does not hold");
  expect_broken(w, "bare", "is missing");

  w.link();
  w.pair();
  w.ok({"sync"});
  const Result plain = w.run({"plugins", "list"});
  CHECK(plain.exit == 0);
  CHECK(plain.out().find("words") != std::string::npos);
}

TEST_CASE("a plugin that cannot do what its manifest says, or can do more, is not used") {
  const std::string good = bytes_of(installed / "tracker" / "manifest.json");
  const struct {
    const char *what, *with, *reason;
  } lies[] = {{R"("backdate": true)", R"("backdate": false)", "is offered and not declared"},
              {R"("events": true,)", "", "events is offered and not declared"},
              {R"("rating_step": 0.1)", R"("rating_step": 0.5)", "rating_step"},
              {R"("kinds": ["movie", "show"])", R"("kinds": ["movie"])", "kinds: show is offered and not declared"},
              {R"("version": ")", R"("version": "9)", "the manifest is of version 9"},
              {R"("abi": 1)", R"("abi": 2)", "version 2 of the plugin interface"},
              {R"("config": [)", R"("directory": true, "config": [)", "a directory is declared and not offered"}};
  World w;
  own_plugins(w);
  fs::remove(w.plugins / "tracker");
  fs::create_directory(w.plugins / "tracker");
  fs::create_symlink(installed / "tracker" / "tracker.so", w.plugins / "tracker" / "tracker.so");
  for (const auto& lie : lies) {
    CAPTURE(lie.reason);
    write(w.plugins / "tracker" / "manifest.json", replaced(good, lie.what, lie.with));
    const Value r = row(w, "tracker");
    CHECK(text(r, "state") == "broken");
    CHECK_MESSAGE(text(r, "why").find(lie.reason) != std::string::npos, text(r, "why"));
    CHECK(w.refused(1, {"snapshot", "tracker", "history"}) == "plugin_broken");
    CHECK(w.refused(1, {"plugins", "enable", "tracker"}) == "plugin_broken");
    CHECK(text(row(w, "plex"), "state") == "ok");
  }
  CHECK(!fs::exists(w.state / "data" / "tracker"));
}

TEST_CASE("without any plugin folder nothing is there, and that is said") {
  Place place;
  place.plugins = place.dir / "nowhere";
  CHECK(list(place.ok({"plugins", "list"}).last()).empty());
  CHECK(place.refused(5, {"plugins", "info", "plex"}) == "plugin_unknown");
  CHECK(place.refused(5, {"users", "plex"}) == "plugin_unknown");
}
