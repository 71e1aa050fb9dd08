// Two logins of one provider: what is said to the user of one is never about the other.
#include <doctest/doctest.h>

#include <regex>

#include "world.hpp"

using namespace e2e;
using plexsim::FaultKind;

namespace {

// The words of every failure that a command reports, wherever in its output they stand.
void collect(const Value& v, std::vector<std::string>& remedies) {
  if (const auto* members = v.as<Value::Object>()) {
    for (const auto& member : *members) {
      if (member.key == "remedy" && member.value.as<std::string>()) remedies.push_back(*member.value.as<std::string>());
      collect(member.value, remedies);
    }
  } else if (const auto* elements = v.as<Value::Array>()) {
    for (const Value& element : *elements) collect(element, remedies);
  }
}

std::vector<std::string> remedies_of(const Result& result) {
  std::vector<std::string> out;
  for (const Value& line : result.json()) collect(line, out);
  return out;
}

// Whether each command on an account that is advised is about the profile "friend".
void expect_about_friend(const std::vector<std::string>& remedies) {
  static const std::regex command(
      "crosswatch (connect|disconnect|status|users|servers|libraries|select|snapshot) plex");
  for (const std::string& remedy : remedies) {
    CAPTURE(remedy);
    for (auto at = std::sregex_iterator(remedy.begin(), remedy.end(), command); at != std::sregex_iterator(); ++at)
      CHECK(at->suffix().str().find(" --profile friend") == 0);
  }
}

struct TwoProfiles : World {
  TwoProfiles() {
    wanted = {"owner", "friend"};
    configure("plex.max_retries", 1);
    configure("plex.timeout", 5);
    link();
    ok({"profile", "add", "plex", "friend"});
  }
  std::string remedy(std::vector<std::string> args, const std::string& code) {
    const Result result = json(std::move(args));
    CHECK(result.exit != 0);
    CHECK_MESSAGE(error_code(result) == code, result.out());
    const auto all = remedies_of(result);
    expect_about_friend(all);
    return all.empty() ? "" : all.back();
  }
};

}  // namespace

TEST_CASE("what a user of another profile is told to do is done to that profile") {
  TwoProfiles w;
  CHECK(w.remedy({"users", "plex", "--profile", "friend"}, "not_linked") == "crosswatch connect plex --profile friend");
  CHECK(w.remedy({"connect", "plex", "--profile", "friend", "--resume"}, "no_link_in_progress") ==
        "crosswatch connect plex --profile friend");
  w.link("friend", "friend");
  CHECK(w.remedy({"select", "plex", "--profile", "friend", "--user", "nobody"}, "user_unknown") ==
        "See who can be chosen: crosswatch users plex --profile friend");
  CHECK(w.remedy({"libraries", "plex", "--profile", "friend", "--set", "history=99"}, "library_unknown") ==
        "crosswatch libraries plex --profile friend");
  w.configure("plex.instances.friend.history.libraries", crosswatch::host::json::parse(R"(["99"])"));
  CHECK(w.remedy({"snapshot", "plex", "history", "--profile", "friend"}, "library_missing")
            .find("crosswatch libraries plex --profile friend;") != std::string::npos);
  w.configure("plex.instances.friend.user_id", 4711);
  CHECK(w.remedy({"snapshot", "plex", "history", "--profile", "friend"}, "user_contradiction") ==
        "Choose the user again: crosswatch select plex --profile friend --user ID");
  w.configure("plex.instances.friend.server_url", "nonsense://");
  CHECK(w.json({"servers", "plex", "--profile", "friend"}).out().find("plex.instances.friend.server_url is not") !=
        std::string::npos);
  w.ok({"config", "unset", "plex.instances.friend.server_url"});
  w.sim.revoke_token(text(w.configuration(), "plex.instances.friend.account_token"));
  CHECK(w.remedy({"users", "plex", "--profile", "friend"}, "token_rejected")
            .find("crosswatch connect plex --profile friend. ") != std::string::npos);
  CHECK(w.json({"users", "plex"}).exit == 0);
}

TEST_CASE("a secret of a profile that stands elsewhere is named by its place, with the command that removes it") {
  TwoProfiles w;
  w.configure("plex.instances.friend.account_token", "env:NO_SUCH_VARIABLE");
  const Result missing = w.json({"users", "plex", "--profile", "friend"});
  CHECK(missing.exit == 1);
  CHECK(error_code(missing) == "secret_missing");
  CHECK(missing.out().find("plex.instances.friend.account_token") != std::string::npos);
  CHECK(w.remedy({"connect", "plex", "--profile", "friend"}, "secret_is_reference")
            .find("crosswatch config unset plex.instances.friend.account_token") != std::string::npos);
  w.ok({"config", "unset", "plex.instances.friend.account_token"});
  CHECK(w.remedy({"users", "plex", "--profile", "friend"}, "not_linked") == "crosswatch connect plex --profile friend");
}

TEST_CASE("the commands that are advised with a profile are those that take one") {
  Place place;
  for (const char* verb : {"connect", "disconnect", "status", "users", "servers", "libraries", "select", "snapshot"})
    CHECK(place.run({verb, "--help"}).out().find("--profile") != std::string::npos);
}

TEST_CASE("a pair whose profile is down tells why, in the run, in its record and in its exit code") {
  TwoProfiles w;
  w.link("friend", "friend");
  w.ok({"pair", "add", "--source", "plex@friend", "--target", "tracker", "--id", "p1"});
  w.ok({"sync"});
  w.fault(FaultKind::status, "server", "");
  const Result sync = w.json({"sync"});
  CHECK(sync.exit == 3);
  expect_about_friend(remedies_of(sync));
  int lanes = 0;
  for (const Result& told : {sync, w.json({"runs", "show", "2"})}) {
    const std::string all = told.out();
    CHECK(all.find("\"server_unreachable\"") != std::string::npos);
    CHECK(all.find("could not be reached") != std::string::npos);
    CHECK(all.find("crosswatch servers plex --profile friend") != std::string::npos);
  }
  for (const Value& line : sync.json())
    if (text(line, "event") == "lane_end" && text(line, "feature") != "watchlist") {
      ++lanes;
      CHECK(text(line, "code") == "server_unreachable");
      CHECK(text(line, "message").find(w.sim.server_name()) != std::string::npos);
    }
  CHECK(lanes == 3);
  const std::string said = w.run({"sync"}).out();
  CHECK(said.find("history: failed\n    The server ") != std::string::npos);
  CHECK(said.find("Not all was done: failed.") != std::string::npos);
  CHECK(said.find("Done: nothing") == std::string::npos);
  w.sim.clear_faults();
  w.sim.revoke_token(text(w.configuration(), "plex.instances.friend.account_token"));
  w.sim.revoke_token(text(w.configuration(), "plex.instances.friend.pms_token"));
  const Result login = w.json({"sync"});
  CHECK(login.exit == 4);
  CHECK(login.out().find("crosswatch connect plex --profile friend") != std::string::npos);
}
