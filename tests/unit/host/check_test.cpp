#include "config/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "acme.hpp"
#include "config/pairs.hpp"
#include "exit_code.hpp"
#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using test::acme;
using test::config_of;
using test::error_of;
using test::has;

std::vector<std::string> problems(const char* text) {
  std::vector<std::string> out;
  for (const Problem& p : check_config(config_of(text), {acme()})) out.push_back((p.error ? "E " : "W ") + p.message);
  return out;
}

TEST_CASE("a good configuration has no problems") {
  CHECK(problems("{}").empty());
  CHECK(problems(R"({"plugins":{"acme":{"enabled":true}},
    "acme":{"account_token":"env:TOKEN","timeout":20,"endpoints":{"api":"x"},"label":"Home","history":{"libraries":[1]},
            "instances":{"kid":{"pin":"1234"}}},
    "pairs":[{"id":"p1","source":"ACME","target":"acme","target_instance":"kid","mode":"two-way",
              "features":{"history":{"enable":true,"remove":false,"libraries":{"ACME":["1"]}},"ratings":true,
                          "progress":{"min_seconds":60},"watchlist":false}}],
    "safety":{"delete_ratio":0.2,"auto_capture":"no"},"runtime":{"chunk":50,"log_file":"/tmp/x"}})")
            .empty());
}

TEST_CASE("every problem is told at once, with key, value and what is allowed") {
  struct Row {
    const char* config;
    std::vector<std::string> wanted;
  };
  for (
      const Row& r : std::vector<Row>{
          {R"({"acme":{"timeout":0,"workers":"many"}})",
           {"E acme.timeout is 0; allowed is a number from 0.5 to 600.",
            "E acme.workers is \"many\"; allowed is a whole number from 1 to 64."}},
          {R"({"acme":{"wrokers":3}})",
           {"W acme.wrokers is no setting that is known here; it is kept and has no effect."}},
          {R"({"acme":{"history":5,"endpoints":{"apo":"x"}}})",
           {"E acme.history is a number; allowed is an object {..}.",
            "W acme.endpoints.apo is no setting that is known here; it is kept and has no effect."}},
          {R"({"acme":{"pin":{"n":1}}})", {"E acme.pin is ***; allowed is a text."}},
          {R"({"acme":[],"other":{}})",
           {"E acme is a list; allowed is an object {..}.",
            "W other is neither a part of the configuration nor an installed plugin; it is kept and has no effect."}},
          {R"({"acme":{"instances":{"Default":{},"kid":3,"x":{"strict":"?"}}}})",
           {"E acme.instances.Default: \"Default\" cannot be the name of a profile.",
            "E acme.instances.kid is a number; allowed is an object {..}.",
            "E acme.instances.x.strict is \"?\"; allowed is true or false."}},
          {R"({"plugins":{"acme":{"enabled":"maybe"},"gone":{"enabled":true}}})",
           {"E plugins.acme.enabled is \"maybe\"; allowed is true or false.",
            "W plugins.gone: There is no installed plugin of that name."}},
          {R"({"safety":{"delete_ratio":1.5,"delete_min":-1,"min":1},"runtime":{"chunk":0}})",
           {"E safety.delete_ratio is 1.5; allowed is a number from 0 to 1.",
            "E safety.delete_min is -1; allowed is a whole number from 0 to 1000000000.",
            "W safety.min is no setting that is known here; it is kept and has no effect.",
            "E runtime.chunk is 0; allowed is a whole number from 1 to 10000."}},
          {R"({"pairs":{}})", {"E pairs is an object; allowed is a list [..]."}},
          {R"({"pairs":["p"]})", {"E pairs.0 is a text; allowed is an object {..}."}},
          {R"({"pairs":[{"id":"a","source":"acme","target":"acme"}]})",
           {"E pairs.0.target: Both sides are acme; a pair needs two different profiles."}},
          {R"({"pairs":[{"source":"acme","source_instance":"kid","target":"trakt","mode":"both"}]})",
           {"E pairs.0.mode is \"both\"; allowed is one of one-way, two-way.",
            "E pairs.0.id: A pair needs a name of its own.",
            "E pairs.0.source_instance is \"kid\"; the provider acme has no such profile.",
            "E pairs.0.target is \"trakt\"; allowed is one of acme."}},
          {R"({"pairs":[{"id":"a","enabled":false,"source":"acme","target":"trakt","features":{"histroy":true,"playlists":true,"ratings":{"types":["songs"]},"history":7.5}}]})",
           {"E pairs.0.features.histroy: There is no such feature; allowed are watchlist, ratings, history, progress.",
            "W pairs.0.features.playlists: Playlists are not synced by this version; it is kept and has no effect.",
            "E pairs.0.features.ratings.types is [\"songs\"]; allowed is a list of movies, shows, seasons, episodes, "
            "all.",
            "W pairs.0.target is \"trakt\"; allowed is one of acme."}},
          {R"({"pairs":[{"id":"a","source":"acme","target":"acme","target_instance":"kid","profile_id":"u1","providers":{"ACME":{"strict_id_matching":true,"workers":9},"x":{"y":1}}},
                        {"id":"b","source":"acme","target":"acme","target_instance":"kid","profile_id":"","providers":{"acme":{"strict_id_matching":false}}},
                        {"id":"c","source":"acme","target":"acme","target_instance":"kid","providers":[]}],"acme":{"instances":{"kid":{}}}})",
           {("E pairs.0.providers.ACME.workers: A pair has no settings of a provider of its own. Make a profile with "
             "them: crosswatch profile add acme NAME --copy-from default; leave them out here."),
            "W pairs.0.providers.x: This is neither side of the pair; it is kept and has no effect.",
            "W pairs.0.profile_id: Whoever may open the page sees every pair; it is kept and has no effect.",
            ("W pairs.1.providers.acme.strict_id_matching: Items are matched by their ids alone, never by title; it "
             "has "
             "no effect."),
            "E pairs.2.providers: It is a list; allowed is an object {..}."}},
          {R"({"pairs":[{"id":"a","source":"acme","target":"acme","target_instance":"kid","features":{"history":{"libraries":{"ACME":"1","x":[1],"@":[]}}}}],"acme":{"instances":{"kid":{}}}})",
           {"E pairs.0.features.history.libraries.ACME is \"1\"; allowed is a list of texts or numbers.",
            "W pairs.0.features.history.libraries.x: This is neither side of the pair; it is kept and has no effect.",
            "W pairs.0.features.history.libraries.@: This is neither side of the pair; it is kept and has no "
            "effect."}}}) {
    const auto found = problems(r.config);
    CHECK_MESSAGE(found == r.wanted, std::string(r.config));
    for (std::size_t i = 0; i < std::min(found.size(), r.wanted.size()); ++i) CHECK(found[i] == r.wanted[i]);
  }
}

// ---- pairs

TEST_CASE("a pair is read in CrossWatch's words") {
  const auto pairs = read_pairs(
      config_of(R"({"pairs":[{"id":"p1","enabled":false,"source":"ACME","source_instance":"","target":"CROSSWATCH",
    "target_instance":"kid","mode":"two-way","conflict":"source","removal":"mirror",
    "features":{"history":{"enable":true,"add":false,"remove":true,"libraries":{"Acme":[1,2],"tracker@kid":["9"],"tracker":["8"]}},
                "progress":{"enable":true,"min_seconds":"90"}}}]})"));
  REQUIRE(pairs.size() == 1);
  const PairConfig& p = pairs.front();
  CHECK(p.id == "p1");
  CHECK_FALSE(p.enabled);
  CHECK(p.source == ProfileRef{"acme", "default"});
  CHECK(p.target == ProfileRef{"tracker", "kid"});
  CHECK(p.mode == PairMode::two_way);
  CHECK(p.conflict == ConflictRule::source);
  CHECK(p.removal == RemovalRule::mirror);
  const FeatureConfig& history = p.feature(Feature::history);
  CHECK(history.enable);
  CHECK_FALSE(history.add);
  CHECK(history.remove);
  CHECK(history.source_libraries == std::vector<std::string>{"1", "2"});
  CHECK(history.target_libraries == std::vector<std::string>{"9"});
  CHECK_FALSE(p.feature(Feature::ratings).enable);
  CHECK(*p.feature(Feature::progress).options.find("min_seconds") == json::Value(90));
  CHECK(*p.feature(Feature::progress).options.find("max_percent") == json::Value(95));
}

TEST_CASE("removes are off unless the user switched them on, and a pair without a map syncs all features") {
  const PairConfig p = find_pair(config_of(R"({"pairs":[{"id":"a","source":"x","target":"y"}]})"), "a");
  for (const Feature f : all_features) {
    CHECK(p.feature(f).enable);
    CHECK(p.feature(f).add);
    CHECK_FALSE(p.feature(f).remove);
  }
  const PairConfig one = find_pair(
      config_of(R"({"pairs":[{"id":"a","source":"x","target":"y","feature":"ratings","features":{"history":true}}]})"),
      "a");
  CHECK(one.feature(Feature::ratings).enable);
  CHECK_FALSE(one.feature(Feature::history).enable);
}

TEST_CASE("an unknown pair ends in exit code 5 and names those there are") {
  const Error e = error_of([] { find_pair(config_of(R"({"pairs":[{"id":"a","source":"x","target":"y"}]})"), "b"); });
  CHECK(exit_code(e) == ExitCode::unknown);
  CHECK(has(e.what(), "there are: a."));
  CHECK(has(error_of([] {
              read_pairs(config_of(
                  R"({"pairs":[{"id":"a","source":"x","target":"y"},{"id":"a","source":"x","target":"y"}]})"));
            }).what(),
            "There are two pairs \"a\""));
}

TEST_CASE("a profile is named as PROVIDER or PROVIDER@PROFILE") {
  CHECK(parse_profile_ref("Acme@kid") == ProfileRef{"acme", "kid"});
  CHECK(to_string(parse_profile_ref("acme@default")) == "acme");
  CHECK(to_string(ProfileRef{"acme", "kid"}) == "acme@kid");
  CHECK(exit_code(error_of([] { parse_profile_ref("@kid"); })) == ExitCode::usage);
}

TEST_CASE("safety and runtime have defaults, and refuse what is not allowed") {
  CHECK(read_safety(json::object()).delete_min == 10);
  CHECK(read_safety(config_of(R"({"safety":{"delete_min":"3","delete_ratio":1}})")).delete_min == 3);
  CHECK(read_runtime(json::object()).chunk == 100);
  CHECK(error_of([] { read_safety(config_of(R"({"safety":{"delete_ratio":"all"}})")); }).code == "bad_config");
}

TEST_CASE("routes are checked like pairs, every problem at once") {
  CHECK(problems(R"({"routes":[{"id":"r1","source":"acme","target":"acme","target_instance":"kid",
    "events":["plays","ratings","finished"],"remove":true,
    "filters":{"users":[7],"libraries":["1"],"types":["movies"]}}],"acme":{"instances":{"kid":{}}}})")
            .empty());
  CHECK(problems(R"({"routes":{}})") == std::vector<std::string>{"E routes is an object; allowed is a list [..]."});
  const auto found = problems(R"({"routes":[{"id":"r1","source":"acme","target":"ACME","events":["play"]},
    {"id":"r1","source":"acme","target":"other","filters":{"types":["songs"],"people":[]}},
    {"target":"acme","target_instance":"kid","enabled":"?","events":[]}]})");
  std::string all;
  for (const std::string& p : found) all += p + "\n";
  for (const char* part :
       {"E routes.0.target: Both sides are acme; a route needs two different profiles.", "E routes.0.events",
        "plays, ratings, finished", "E routes.1.id: There are two routes \"r1\".",
        "E routes.1.target is \"other\"; allowed is one of acme.", "E routes.1.filters.types",
        "W routes.1.filters.people is no setting that is known here", "E routes.2.id: A route needs a name of its own.",
        "E routes.2.source: A route needs a source, the name of a provider.", "E routes.2.enabled",
        "E routes.2.events: The list is empty, so the route would do nothing; leave it out for plays.",
        "E routes.2.target_instance is \"kid\"; the provider acme has no such profile."})
    CHECK_MESSAGE(has(all, part), part << "\n" << all);
}

}  // namespace
