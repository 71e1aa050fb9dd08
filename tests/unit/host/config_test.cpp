#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "acme.hpp"
#include "config/config_store.hpp"
#include "config/profile.hpp"
#include "exit_code.hpp"
#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::acme;
using test::config_of;
using test::error_of;
using test::has;

// ---- the file

TEST_CASE("without a file the configuration is empty, and reading makes none") {
  const test::TempFolder temp;
  const ConfigStore store(temp / "config.json");
  CHECK(store.read() == json::object());
  CHECK_FALSE(std::filesystem::exists(temp / "config.json"));
}

TEST_CASE("a broken file is refused with path, line and column, and left as it is") {
  const test::TempFolder temp;
  test::put(temp / "config.json", "{\n \"a\": }");
  ConfigStore store(temp / "config.json");
  for (const Error& e :
       {error_of([&] { store.read(); }), error_of([&] { store.update([](json::Value& v) { v["x"] = 1; }); })}) {
    CHECK(exit_code(e) == ExitCode::error);
    CHECK(has(e.what(), (temp / "config.json").string()));
    CHECK(has(e.what(), "line 2, column 7"));
  }
  CHECK(test::slurp(temp / "config.json") == "{\n \"a\": }");
  test::put(temp / "config.json", "[]");
  CHECK(error_of([&] { store.read(); }).code == "bad_config");
}

TEST_CASE("a change keeps unknown keys, their order, and numbers as they were") {
  const test::TempFolder temp;
  test::put(temp / "config.json", R"({"zzz":{"big":9007199254740993,"f":10.0},"acme":{"k":1},"aaa":[1]})");
  ConfigStore store(temp / "config.json");
  store.update([](json::Value& v) { v["acme"]["n"] = true; });
  CHECK(json::dump(store.read()) == R"({"zzz":{"big":9007199254740993,"f":10.0},"acme":{"k":1,"n":true},"aaa":[1]})");
}

TEST_CASE("nothing is written when nothing changes or the change is given up") {
  const test::TempFolder temp;
  test::put(temp / "config.json", "{ \"a\" : 1 }");
  ConfigStore store(temp / "config.json");
  store.update([](json::Value& v) { v["a"] = 1; });
  CHECK_THROWS_AS(store.update([](json::Value& v) {
    v["a"] = 2;
    throw std::runtime_error("given up");
  }),
                  std::runtime_error);
  CHECK(test::slurp(temp / "config.json") == "{ \"a\" : 1 }");
}

TEST_CASE("writers in several processes and threads lose no change of each other") {
  const test::TempFolder temp;
  constexpr int processes = 4;
  constexpr int threads = 2;
  constexpr int changes = 10;
  const auto count = [&](const std::string& name) {
    ConfigStore store(temp / "config.json");
    for (int i = 0; i < changes; ++i)
      store.update([&](json::Value& v) {
        const auto* n = v[name].as<std::int64_t>();
        v[name] = (n ? *n : 0) + 1;
        v["all"].push_back(name);
      });
  };
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<std::thread> workers;
      for (int t = 0; t < threads; ++t)
        workers.emplace_back([&, t] { count(std::to_string(p) + "/" + std::to_string(t)); });
      for (std::thread& w : workers) w.join();
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const json::Value end = ConfigStore(temp / "config.json").read();
  CHECK(end.find("all")->as<json::Value::Array>()->size() == processes * threads * changes);
  for (int p = 0; p < processes; ++p)
    for (int t = 0; t < threads; ++t)
      CHECK(*end.find(std::to_string(p) + "/" + std::to_string(t)) == json::Value(changes));
}

TEST_CASE("a configuration that is reached by two names has one lock") {
  const test::TempFolder temp;
  test::put(temp / "real/config.json", "{}");
  std::filesystem::create_symlink("real/config.json", temp / "link.json");
  ConfigStore(temp / "link.json").update([](json::Value& v) { v["a"] = 1; });
  CHECK(std::filesystem::exists(temp / "real/config.json.lock"));
  CHECK_FALSE(std::filesystem::exists(temp / "link.json.lock"));
  CHECK(ConfigStore(temp / "real/config.json").read() == json::object({{"a", 1}}));
}

// ---- profiles

struct Seen {
  std::string value{};
  std::string from{};
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen seen(const json::Value& config, std::string_view profile, std::string_view key) {
  static const Manifest manifest = acme();
  const auto s = ProfileView(config, manifest, profile).find(key);
  if (!s) return {"", "none"};
  return {json::dump(s->value), s->from == Origin::own ? "own" : s->from == Origin::base ? "base" : "default"};
}

TEST_CASE("tuning is inherited, what says who and where is not") {
  const json::Value config =
      config_of(R"({"acme":{"account_token":"T0","server_id":"S","timeout":30,"strict":"yes","pin":1234,
    "instances":{"kid":{"workers":"3"},"friend":{"timeout":5,"account_token":"T1"}}}})");
  CHECK(seen(config, "default", "timeout") == Seen{"30.0", "own"});
  CHECK(seen(config, "kid", "timeout") == Seen{"30.0", "base"});
  CHECK(seen(config, "friend", "timeout") == Seen{"5.0", "own"});
  CHECK(seen(config, "kid", "strict") == Seen{"true", "base"});
  CHECK(seen(config, "kid", "workers") == Seen{"3", "own"});
  CHECK(seen(config, "friend", "workers") == Seen{"12", "default"});
  CHECK(seen(config, "kid", "account_token") == Seen{"", "none"});
  CHECK(seen(config, "kid", "server_id") == Seen{"", "none"});
  CHECK(seen(config, "kid", "pin") == Seen{"", "none"});
  CHECK(seen(config, "friend", "account_token") == Seen{"\"T1\"", "own"});
  CHECK(seen(config, "default", "pin") == Seen{"\"1234\"", "own"});
}

TEST_CASE("a library list is inherited only by a profile of the same server") {
  const json::Value config = config_of(R"({"acme":{"server_id":"S","history":{"libraries":[1,"2"]},
    "instances":{"same":{"machine_id":"S"},"other":{"server_id":"X"},"unset":{},"own":{"server_id":"S","history":{"libraries":[]}}}}})");
  CHECK(seen(config, "default", "history.libraries") == Seen{"[\"1\",\"2\"]", "own"});
  CHECK(seen(config, "same", "history.libraries") == Seen{"[\"1\",\"2\"]", "base"});
  CHECK(seen(config, "other", "history.libraries") == Seen{"", "none"});
  CHECK(seen(config, "unset", "history.libraries") == Seen{"", "none"});
  CHECK(seen(config, "own", "history.libraries") == Seen{"[]", "own"});
}

TEST_CASE("older names are read, and the new name wins over them") {
  CHECK(seen(config_of(R"({"acme":{"token":"old"}})"), "default", "account_token") == Seen{"\"old\"", "own"});
  CHECK(seen(config_of(R"({"acme":{"token":"old","account_token":"new"}})"), "default", "account_token") ==
        Seen{"\"new\"", "own"});
}

TEST_CASE("an unknown profile ends in exit code 5 and never becomes the default one") {
  const Manifest manifest = acme();
  const json::Value config = config_of(R"({"acme":{"account_token":"T","instances":{"kid":{}}}})");
  const Error e = error_of([&] { ProfileView(config, manifest, "kids"); });
  CHECK(exit_code(e) == ExitCode::unknown);
  CHECK(has(e.what(), "It has: default, kid"));
  CHECK(error_of([&] { ProfileView(json::object(), manifest, "kid"); }).status == CW_NOT_FOUND);
  CHECK_NOTHROW(ProfileView(json::object(), manifest, "default"));
}

TEST_CASE("profile names are taken as people write them") {
  CHECK(normal_profile("") == "default");
  CHECK(normal_profile(" Default ") == "default");
  CHECK(normal_profile("kid:2") == "kid");
  CHECK(normal_profile("Kid") == "Kid");
  CHECK(normal_profile("a:b") == "a:b");
  CHECK(profiles_of(config_of(R"({"acme":{"instances":{"b":{},"a":{}}}})"), "acme") ==
        std::vector<std::string>{"default", "b", "a"});
}

TEST_CASE("all bad settings of a profile are told at once, with the place of each") {
  const Manifest manifest = acme();
  const json::Value config = config_of(R"({"acme":{"timeout":"soon","pin":[1],"instances":{"kid":{"workers":65}}}})");
  const Error e = error_of([&] { ProfileView(config, manifest, "kid").validate(); });
  CHECK(has(e.what(), "acme.timeout is \"soon\"; allowed is a number from 0.5 to 600."));
  CHECK(has(e.what(), "acme.instances.kid.workers is 65; allowed is a whole number from 1 to 64."));
  CHECK_FALSE(has(e.what(), "pin"));  // does not reach this profile
}

// ---- values

TEST_CASE("yes and no are read in every spelling, and nothing else is") {
  for (const char* yes : {"true", "1", "1.5", "-1", "\"1\"", "\"TRUE\"", "\" yes \"", "\"on\""})
    CHECK_MESSAGE(read_boolean(config_of(yes)) == true, std::string(yes));
  for (const char* no : {"false", "0", "0.0", "\"0\"", "\"False\"", "\"no\"", "\"OFF\""})
    CHECK_MESSAGE(read_boolean(config_of(no)) == false, std::string(no));
  for (const char* neither : {"null", "\"\"", "\"maybe\"", "[]", "{}", "\"2\""})
    CHECK_MESSAGE(!read_boolean(config_of(neither)), std::string(neither));
}

TEST_CASE("a value is read in the type of its setting") {
  const Manifest m = acme();
  struct Row {
    const char* key;
    const char* stands;
    const char* reads;  // "bad", or as JSON
  };
  for (const Row& r : std::vector<Row>{{"workers", "5", "5"},
                                       {"workers", "5.0", "5"},
                                       {"workers", "\"5\"", "5"},
                                       {"workers", "5.5", "bad"},
                                       {"workers", "0", "bad"},
                                       {"workers", "65", "bad"},
                                       {"workers", "\"\"", "null"},
                                       {"workers", "null", "null"},
                                       {"workers", "true", "bad"},
                                       {"workers", "\"5x\"", "bad"},
                                       {"timeout", "0.5", "0.5"},
                                       {"timeout", "\"2.5\"", "2.5"},
                                       {"timeout", "1e3", "bad"},
                                       {"timeout", "\"nan\"", "bad"},
                                       {"strict", "\"off\"", "false"},
                                       {"strict", "\"?\"", "bad"},
                                       {"mode", "\"fast\"", "\"Fast\""},
                                       {"mode", "\"quick\"", "bad"},
                                       {"mode", "\"\"", "null"},
                                       {"server_id", "\"\"", "\"\""},
                                       {"server_id", "7", "\"7\""},
                                       {"server_id", "7.5", "bad"},
                                       {"server_id", "{}", "bad"},
                                       {"history.libraries", "[1,\"b\"]", "[\"1\",\"b\"]"},
                                       {"history.libraries", "[]", "[]"},
                                       {"history.libraries", "[[1]]", "bad"},
                                       {"history.libraries", "\"1\"", "bad"},
                                       {"history.libraries", "[\"\"]", "bad"},
                                       {"history.order", "[\"IMDB\"]", "[\"imdb\"]"},
                                       {"history.order", "[\"tvdb\"]", "bad"}}) {
    const auto v = read_value(*m.find(r.key), config_of(r.stands));
    CHECK_MESSAGE((v ? json::dump(*v) : "bad") == r.reads, (std::string(r.key) + " " + r.stands));
  }
}

TEST_CASE("a value that is typed in becomes the type of its setting") {
  const Manifest m = acme();
  const auto typed = [&](const char* key, const char* text) {
    const auto v = from_text(*m.find(key), std::string(text));
    return v ? json::dump(*v) : "bad";
  };
  CHECK(typed("workers", "7") == "7");
  CHECK(typed("workers", "") == "null");
  CHECK(typed("strict", "yes") == "true");
  CHECK(typed("history.libraries", "1, b") == "[\"1\",\"b\"]");
  CHECK(typed("history.libraries", "1,,2") == "bad");
  CHECK(typed("server_id", "0123") == "\"0123\"");
}

}  // namespace
