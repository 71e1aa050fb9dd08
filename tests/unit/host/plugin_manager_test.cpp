#include "plugin/plugin_manager.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "config/check.hpp"
#include "exit_code.hpp"
#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::error_of;
using test::has;
namespace fs = std::filesystem;

const fs::path built = TEST_PLUGINS;

// A host with a folder of plugins of its own.
struct World {
  test::TempFolder temp{};
  ConfigStore config{temp / "config.json"};
  Redactor redactor{};
  std::vector<std::string> lines{};
  Log log{redactor, LogLevel::warning, [this](LogLevel, std::string_view line) { lines.emplace_back(line); }};
  std::map<std::string, std::string> vars{};
  PluginManager plugins{temp / "plugins", context()};

  HostContext context() {
    return {config,
            log,
            redactor,
            temp / "state",
            [this](const std::string& name) -> std::optional<std::string> {
              const auto it = vars.find(name);
              if (it == vars.end()) return std::nullopt;
              return it->second;
            },
            [] { return std::int64_t{1709324100123}; }};
  }

  // Installs a library as the plugin `id`, with the toy's manifest changed by `change`.
  template <class F>
  void install(const std::string& id, const fs::path& library, F&& change) {
    json::Value manifest = json::parse(test::slurp(built / "toy/manifest.json"));
    change(manifest);
    test::put(temp / ("plugins/" + id + "/manifest.json"), json::dump(manifest));
    if (!library.empty()) fs::copy_file(library, temp / ("plugins/" + id + "/toy.so"));
  }
  void install_toy() {
    install("toy", built / "toy/toy.so", [](json::Value&) {});
  }
  void set(const char* text) { test::put(config.file(), std::string(text)); }
  PluginRow row(std::size_t i = 0) { return plugins.list().at(i); }
};

std::map<std::string, std::string> status_of(OpenProfile& open) {
  Operation op;
  std::vector<ReportLine> report;
  open.session->status(op, report);
  std::map<std::string, std::string> out;
  for (const ReportLine& l : report) out[l.section + "." + l.key] = l.value;
  return out;
}

TEST_CASE("a plugin is found and stays disabled until the user enables it") {
  World w;
  w.install_toy();
  CHECK(w.row().id == "toy");
  CHECK(w.row().label == "Toy");
  CHECK(w.row().version == "1.0.0");
  CHECK(w.row().state == "disabled");
  CHECK_FALSE(w.row().enabled);
  const Error e = error_of([&] { w.plugins.open("toy", "default"); });
  CHECK(e.code == "plugin_disabled");
  CHECK(e.remedy == "crosswatch plugins enable toy");
  w.plugins.enable("toy");
  w.plugins.enable("toy");
  CHECK(w.row().state == "ok");
  CHECK(json::dump(w.config.read()) == R"({"plugins":{"toy":{"enabled":true}}})");
  w.plugins.disable("toy");
  w.plugins.disable("toy");
  CHECK(w.row().state == "disabled");
}

TEST_CASE("without plugins the list is empty, and a name that does not exist ends in exit code 5") {
  World w;
  CHECK(w.plugins.list().empty());
  for (const char* id : {"toy", "", "..", "a/b"}) {
    CHECK(exit_code(error_of([&] { w.plugins.enable(id); })) == ExitCode::unknown);
    CHECK(exit_code(error_of([&] { w.plugins.disable(id); })) == ExitCode::unknown);
    CHECK(exit_code(error_of([&] { w.plugins.open(id, "default"); })) == ExitCode::unknown);
  }
  CHECK_FALSE(fs::exists(w.config.file()));
}

TEST_CASE("a plugin that cannot be used says why, cannot be enabled, and stops no other") {
  struct Row {
    std::string why;
    fs::path library;
    void (*change)(json::Value&);
  };
  const auto same = [](json::Value&) {};
  for (const Row& r : std::vector<Row>{
           {"is missing", "", same},
           {"is not a CrossWatch plugin", built / "not_a_plugin.so", same},
           {"speaks version 99 of the plugin interface, this CrossWatch speaks version 1", built / "wrong_abi.so",
            same},
           {"The moon is in the wrong phase.", built / "no_instance.so", same},
           {"a provider without its functions", built / "no_functions.so", same},
           {"cannot be loaded", "/etc/passwd", same},
           {"made for version 2 of the plugin interface", built / "toy/toy.so", [](json::Value& m) { m["abi"] = 2; }},
           {"manifest is of version 2.0 and the library of version 1.0.0", built / "toy/toy.so",
            [](json::Value& m) { m["version"] = "2.0"; }},
           {"holds the plugin \"other\"", built / "toy/toy.so", [](json::Value& m) { m["id"] = "other"; }},
           {"lacks \"abi\"", built / "toy/toy.so", [](json::Value& m) { m.erase("abi"); }},
           {"history.add is offered and not declared", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"]["history"]["add"] = false; }},
           {"history.remove is declared and not offered", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"]["history"]["remove"] = true; }},
           {"ratings.rating_step (in tenths) is declared as 1 and offered as 5", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"]["ratings"]["rating_step"] = 0.1; }},
           {"history.kinds: episode is declared and not offered", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"]["history"]["kinds"].push_back("episode"); }},
           {"progress.read is declared and not offered", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"]["progress"] = json::parse(R"({"read":true,"kinds":["movie"]})"); }},
           {"ratings.read is offered and not declared", built / "toy/toy.so",
            [](json::Value& m) { m["capabilities"].erase("ratings"); }},
           {"sync is offered and not declared", built / "toy/toy.so", [](json::Value& m) { m.erase("capabilities"); }},
           {"a login is offered and not declared", built / "toy/toy.so", [](json::Value& m) { m.erase("auth"); }},
           {"a directory is declared and not offered", built / "toy/toy.so",
            [](json::Value& m) { m["directory"] = true; }},
           {"watcher.pause is declared and not offered", built / "toy/toy.so",
            [](json::Value& m) { m["watcher"] = json::parse(R"({"events":["pause"]})"); }}}) {
    World w;
    w.install("bad", "", [](json::Value& m) { m["id"] = "bad"; });
    fs::remove_all(w.temp / "plugins/bad");
    w.install("toy", r.library, r.change);
    w.install("zoo", built / "toy/toy.so", [](json::Value&) {});  // its own folder is not its name
    w.set(R"({"plugins":{"toy":{"enabled":true}}})");
    const auto rows = w.plugins.list();
    REQUIRE(rows.size() == 2);
    CHECK_MESSAGE(rows[0].state == "broken", r.why);
    CHECK_MESSAGE(has(rows[0].why, r.why), rows[0].why);
    w.set("{}");
    const Error e = error_of([&] { w.plugins.enable("toy"); });
    CHECK_MESSAGE(has(e.what(), r.why), std::string(e.what()));
    CHECK(exit_code(e) == ExitCode::error);
    CHECK(w.config.read() == json::object());
  }
}

TEST_CASE("a plugin that became broken can be disabled") {
  World w;
  w.install("toy", "", [](json::Value&) {});
  w.set(R"({"plugins":{"toy":{"enabled":true},"gone":{"enabled":true}}})");
  w.plugins.disable("toy");
  w.plugins.disable("gone");  // not installed any more
  CHECK(json::dump(w.config.read()) == R"({"plugins":{"toy":{"enabled":false},"gone":{"enabled":false}}})");
}

TEST_CASE("a provider sees its settings, its secrets and a store of its own profile") {
  World w;
  w.install_toy();
  w.vars["KID"] = "kid-token-9";
  w.set(
      R"({"plugins":{"toy":{"enabled":true}},"toy":{"token":"base-token-1","workers":3,"history":{"libraries":[1,"b"]},
            "instances":{"kid":{"token":"env:KID","greeting":"hi"},"new":{}}}})");
  OpenProfile base = w.plugins.open("toy", "default");
  OpenProfile kid = w.plugins.open("toy", "kid");
  OpenProfile fresh = w.plugins.open("toy", "new");
  auto seen = status_of(base);
  CHECK(seen["config.greeting"] == "hello");
  CHECK(seen["config.workers"] == "3");
  CHECK(seen["config.libraries"] == "1;b;");
  CHECK(seen["config.undeclared"] == "host_refused");
  CHECK(seen["secret.size"] == "12");
  CHECK(seen["clock.now"] == "1709324100123");
  CHECK(seen["kv.before"] == "");
  CHECK(status_of(base)["kv.before"] == "x");
  seen = status_of(kid);
  CHECK(seen["config.greeting"] == "hi");
  CHECK(seen["config.workers"] == "3");
  CHECK(seen["secret.size"] == "11");
  CHECK(seen["kv.before"] == "");  // not that of the other profile
  CHECK(status_of(fresh)["secret.size"] == "0");

  const fs::path dir = seen["data.dir"];
  CHECK(dir == w.temp / "state/data/toy/kid");
  struct stat s {};
  REQUIRE(::stat(dir.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0700);

  std::string all;
  for (const std::string& line : w.lines) all += line + "\n";
  CHECK(has(all, "toy: my token is ***"));
  CHECK(has(all, "toy@kid: my token is ***"));
  CHECK_FALSE(has(all, "token-"));
  CHECK(w.redactor.mask("base-token-1 kid-token-9") == "*** ***");
}

TEST_CASE("a profile that does not exist, or has bad settings, is not opened") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}},"toy":{"workers":0,"instances":{"ok":{"workers":2}}}})");
  CHECK(exit_code(error_of([&] { w.plugins.open("toy", "nobody"); })) == ExitCode::unknown);
  const Error e = error_of([&] { w.plugins.open("toy", "default"); });
  CHECK(exit_code(e) == ExitCode::error);
  CHECK(has(e.what(), "toy.workers is 0; allowed is a whole number from 1 to 64."));
  CHECK_NOTHROW(w.plugins.open("toy", "ok"));
}

TEST_CASE("what a login stores goes into its own profile, typed, in one write") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}},"toy":{"token":"old","instances":{"kid":{"greeting":"hi","x":1}}}})");
  OpenProfile kid = w.plugins.open("toy", "kid");
  Operation op;
  SettingList settings;
  REQUIRE(kid.session->poll(op, "state", settings) == LinkState::linked);
  kid.services->apply_settings(settings);
  CHECK(json::dump(*w.config.read().find("toy")) ==
        R"({"token":"old","instances":{"kid":{"x":1,"token":"new-token-1","workers":7}}})");
  kid.services->apply_settings(kid.session->disconnect(op));
  CHECK(json::dump(*w.config.read().find("toy")) == R"({"token":"old","instances":{"kid":{"x":1,"workers":7}}})");
}

TEST_CASE("names that nobody could declare are read and written one by one in a map") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}},"toy":{"uuids":{"1":"one"},"instances":{"kid":{}}}})");
  OpenProfile open = w.plugins.open("toy", "default");
  CHECK(status_of(open)["config.uuids.3"] == "none");
  open.services->apply_settings({{"uuids.3", "three"}, {"uuids.1", ""}});
  CHECK(json::dump(*w.config.read().find("toy")) == R"({"uuids":{"3":"three"},"instances":{"kid":{}}})");
  OpenProfile kid = w.plugins.open("toy", "kid");
  CHECK(status_of(kid)["config.uuids.3"] == "three");
  w.set(R"({"toy":{"uuids":{"1":[]}}})");
  const auto problems = check_config(w.config.read(), w.plugins.manifests());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "toy.uuids is {\"1\":[]}; allowed is an object of texts.");
}

TEST_CASE("a setting that is bad or unknown is not stored, and neither is anything beside it") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}}})");
  OpenProfile open = w.plugins.open("toy", "default");
  CHECK(has(error_of([&] {
              open.services->apply_settings({{"greeting", "x"}, {"workers", "many"}});
            }).what(),
            "toy.workers is \"many\""));
  CHECK(error_of([&] {
          open.services->apply_settings({{"greeting", "x"}, {"colour", "red"}});
        }).code == "undeclared_setting");
  CHECK(w.config.read().find("toy") == nullptr);
}

TEST_CASE("a secret that stands elsewhere is never overwritten, and the source is named beforehand") {
  World w;
  w.install_toy();
  const char* config =
      R"({"plugins":{"toy":{"enabled":true}},"toy":{"token":"file:/run/secrets/toy","instances":{"kid":{}}}})";
  w.set(config);
  OpenProfile open = w.plugins.open("toy", "default");
  for (const Error& e : {error_of([&] { open.services->expect_writable(open.manifest->auth_writes); }), error_of([&] {
                           open.services->apply_settings({{"workers", "1"}, {"token", "new-token-1"}});
                         })}) {
    CHECK(e.code == "secret_is_reference");
    CHECK(has(e.what(), "the file /run/secrets/toy"));
  }
  CHECK(test::slurp(w.config.file()) == config);
  OpenProfile kid = w.plugins.open("toy", "kid");
  CHECK_NOTHROW(kid.services->expect_writable(kid.manifest->auth_writes));
}

TEST_CASE("a stored value is at most 64 KiB, survives, and is forgotten when it is empty") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}}})");
  const auto get = [&](const char* key) {
    std::string out = "absent";
    w.plugins.open("toy", "default").services->kv_get(key, [&](std::string_view v) { out = v; });
    return out;
  };
  OpenProfile open = w.plugins.open("toy", "default");
  open.services->kv_set("a/../b", std::string("\0\xff", 2));
  CHECK(get("a/../b") == std::string("\0\xff", 2));
  open.services->kv_set("big", std::string(65536, 'x'));
  CHECK(error_of([&] { open.services->kv_set("big", std::string(65537, 'y')); }).code == "value_too_large");
  CHECK(get("big") == std::string(65536, 'x'));
  open.services->kv_set("big", "");
  open.services->kv_set("big", "");
  CHECK(get("big") == "absent");
}

TEST_CASE("a session outlives its manager") {
  World w;
  w.install_toy();
  w.set(R"({"plugins":{"toy":{"enabled":true}}})");
  auto manager = std::make_unique<PluginManager>(w.temp / "plugins", w.context());
  OpenProfile open = manager->open("toy", "default");
  manager.reset();
  CHECK(status_of(open)["config.greeting"] == "hello");
}

}  // namespace
