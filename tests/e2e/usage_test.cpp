// Help and usage, for every command there is: they are found by reading the help texts, as a user would.
#include <doctest/doctest.h>

#include <sstream>

#include "world.hpp"

using namespace e2e;

namespace {

using Words = std::vector<std::string>;

// The names under every heading that lists commands.
Words subcommands(const Result& help) {
  Words names;
  bool inside = false;
  for (const std::string& line : help.lines) {
    if (line.ends_with(':') && line[0] != ' ')
      inside = line != "Options:" && line != "Positionals:";
    else if (inside && line.starts_with("  ") && line[2] != ' ')
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

// Calls `visit(words, is_leaf)` for the program and everything below.
template <class F>
void each_command(Place& place, const Words& words, F&& visit) {
  Words ask = words;
  ask.emplace_back("--help");
  const Result help = place.run(Launch{ask});
  const Words below = subcommands(help);
  visit(words, help, below.empty());
  for (const std::string& name : below) {
    Words deeper = words;
    deeper.push_back(name);
    each_command(place, deeper, visit);
  }
}

}  // namespace

TEST_CASE("every command explains itself with --help and changes nothing by it") {
  Place place;
  int leaves = 0;
  each_command(place, {}, [&](const Words& words, const Result& help, bool leaf) {
    CAPTURE(joined(words));
    CHECK(help.exit == 0);
    CHECK(help.err.empty());
    CHECK(help.out().find("Usage: crosswatch " + joined(words)) != std::string::npos);
    CHECK(help.lines.front().size() > 5);  // what it is for
    leaves += leaf ? 1 : 0;
  });
  CHECK(leaves >= 60);
  CHECK(fs::is_empty(place.dir));
}

TEST_CASE("an option that no command knows is a usage error, as text and as JSON, and nothing is done") {
  Place place;
  each_command(place, {}, [&](const Words& words, const Result&, bool) {
    Words wrong = words;
    wrong.emplace_back("--no-such-option");
    CAPTURE(joined(wrong));
    const Result plain = place.run(Launch{wrong});
    CHECK(plain.exit == 2);
    CHECK(plain.lines.empty());
    CHECK(plain.err.starts_with("crosswatch: "));
    CHECK(place.refused(2, wrong) == "usage");
  });
  CHECK(fs::is_empty(place.dir));
}

TEST_CASE("an unknown command, a missing or superfluous word and a wrong choice are usage errors") {
  Place place;
  const std::vector<Words> wrong{{},
                                 {"no-such-command"},
                                 {"plugins"},
                                 {"plugins", "lst"},
                                 {"plugins", "list", "more"},
                                 {"plugins", "enable"},
                                 {"config", "set", "runtime.chunk"},
                                 {"snapshot", "plex"},
                                 {"snapshot", "tracker", "films"},
                                 {"capture", "take", "tracker", "films"},
                                 {"status", "--profile", "kid"},
                                 {"users", "plex@kid", "--profile", "default"},
                                 {"profile", "add", "plex", "a b"},
                                 {"profile", "add", "plex", "default"},
                                 {"pair", "add", "--source", "plex", "--target", "tracker", "--id", "a b"},
                                 {"pair", "add", "--source", "plex", "--target", "tracker", "--id=-a"},
                                 {"route", "add", "--source", "plex", "--target", "tracker", "--id", "a/b"},
                                 {"pair", "add", "--source", "plex"},
                                 {"pair", "add", "--source", "plex", "--target", "tracker", "--mode", "both"},
                                 {"pair", "add", "--source", "plex", "--target", "tracker", "--features", "films"},
                                 {"pair", "add", "--source", "plex", "--target", "plex"},
                                 {"connect", "plex", "--no-wait", "--resume"},
                                 {"libraries", "plex", "--set", "history"},
                                 {"libraries", "plex", "--set", "history="},
                                 {"--config"}};
  for (const Words& words : wrong) {
    CAPTURE(joined(words));
    CHECK(place.refused(2, words) == "usage");
  }
}

TEST_CASE("help that cannot be printed is an error") {
  Place place;
  Launch help{{"--help"}};
  help.reader_is_gone = true;
  const Result result = place.run(help);
  CHECK(result.exit == 1);
  CHECK(result.err.find("Standard output cannot be written") != std::string::npos);
}

TEST_CASE("an unknown command is named") {
  Place place;
  const auto message = [&](const Words& words) { return text(place.json(words).last(), "error.message"); };
  CHECK(message({"no-such-command"}) == "There is no command \"crosswatch no-such-command\".");
  CHECK(message({"plugins", "lst"}) == "There is no command \"crosswatch plugins lst\".");
  CHECK(message({"plugins"}) == "A subcommand is required.");
}

TEST_CASE("where the files lie is said by options, then by the environment, then by the XDG folders") {
  Place place;
  const auto paths = [&](Words args, std::map<std::string, std::string> env) {
    std::string said;
    args.insert(args.end(), {"config", "path", "--json"});
    Command command(CROSSWATCH, Launch{args, {}, std::move(env)}, place.dir.string(), said);
    const Value v = command.wait().last();
    CHECK(members(v) == "config,state,plugins");
    return text(v, "config") + " " + text(v, "state");
  };
  const std::string home = place.dir.string();
  CHECK(paths({}, {}) == home + "/.config/crosswatch/config.json " + home + "/.local/state/crosswatch");
  const std::map<std::string, std::string> xdg{{"XDG_CONFIG_HOME", "/x/c"}, {"XDG_STATE_HOME", "/x/s"}};
  CHECK(paths({}, xdg) == "/x/c/crosswatch/config.json /x/s/crosswatch");
  auto env = xdg;
  env["CROSSWATCH_CONFIG"] = "/e/c.json";
  env["CROSSWATCH_STATE"] = "/e/s";
  CHECK(paths({}, env) == "/e/c.json /e/s");
  CHECK(paths({"--config", "/o/c.json", "--state", "/o/s"}, env) == "/o/c.json /o/s");
}
