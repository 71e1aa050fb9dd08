// Linking an account with a code.
#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "world.hpp"

using namespace e2e;
using plexsim::FaultKind;

namespace {

// Counts how often a file is put in its place.
class Replacements {
public:
  explicit Replacements(const fs::path& file) : name_(file.filename().string()), fd_(::inotify_init1(IN_NONBLOCK)) {
    REQUIRE(::inotify_add_watch(fd_, file.parent_path().c_str(), IN_MOVED_TO | IN_MODIFY) >= 0);
  }
  ~Replacements() { ::close(fd_); }
  int count() {
    alignas(inotify_event) char buffer[16384];
    for (ssize_t n = 0; (n = ::read(fd_, buffer, sizeof buffer)) > 0;)
      for (ssize_t from = 0; from < n;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + from);
        if (event->len != 0 && name_ == event->name) ++count_;
        from += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    return count_;
  }

private:
  std::string name_;
  int fd_;
  int count_ = 0;
};

// Until the simulated Plex has been asked; the time limit of the test is the limit.
void until_asked(const World& w, const std::string& host, const std::string& path, int times = 1) {
  while (w.asked(host, path) < times) std::this_thread::yield();
}

std::string begin(World& w, const std::string& profile = "default") {
  return text(w.ok({"connect", "plex", "--profile", profile, "--no-wait"}).last(), "code");
}

bool token_was_used(const World& w) {
  for (const auto& e : w.sim.requests())
    if (!e.token.empty()) return true;
  return false;
}

}  // namespace

TEST_CASE("connect shows a code, waits until it is entered, and says who is linked now") {
  World w;
  Command command = w.start({{"connect", "plex", "--json"}});
  const Value code = crosswatch::host::json::parse(command.read_line());
  CHECK(members(code) == "event,code,verify_url,expires_at");
  CHECK(text(code, "verify_url") == "https://plex.tv/link");
  REQUIRE(w.sim.approve_pin(text(code, "code"), "owner"));
  const Result result = command.wait();
  CHECK(result.exit == 0);
  const Value linked = result.last();
  CHECK(members(linked) == "event,client_id,username,user_id,account_id,server_id");
  CHECK(text(linked, "event") == "linked");
  CHECK(text(linked, "username") == "olivia");
  CHECK(number(linked, "account_id") == 1);
  CHECK(number(linked, "user_id") == w.sim.plex_id("owner"));
  CHECK(text(linked, "server_id") == w.sim.server_id());
  const Value config = w.configuration();
  for (const char* key : {"username", "account_id", "user_id", "server_id"})
    CHECK(at(config, std::string("plex.") + key) == at(linked, key));
}

TEST_CASE("connect for a person shows the code, where to enter it and how things stand afterwards") {
  World w;
  w.sim.auto_approve_as("owner");
  const Result result = w.run({"connect", "plex"});
  CHECK(result.exit == 0);
  CHECK(result.out().find("Open https://plex.tv/link and enter this code:") == 0);
  CHECK(result.out().find("Linked as olivia.") != std::string::npos);
  CHECK(result.out().find("plex: ok") != std::string::npos);
}

TEST_CASE("a login has succeeded although a server is still to be chosen, for people and programs alike") {
  plexsim::Options options;
  options.servers.resize(2);
  options.servers[1].name = "Second";
  for (const bool json : {false, true}) {
    World w(options);
    w.sim.auto_approve_as("owner");
    const Result result = json ? w.json({"connect", "plex"}) : w.run({"connect", "plex"});
    CHECK(result.exit == 0);
    CHECK((result.out() + result.err).find("crosswatch select plex --server ID") != std::string::npos);
  }
}

TEST_CASE("linking writes the configuration once, keeps it private and keeps what it does not know") {
  World w;
  w.configure("plex.of_another_program", "stays");
  w.configure("simkl", crosswatch::host::json::object({{"k", 1}}));
  const std::string code = begin(w);
  REQUIRE(w.sim.approve_pin(code, "owner"));
  Replacements written(w.config);
  w.ok({"connect", "plex", "--resume"});
  CHECK(written.count() == 1);
  CHECK((fs::status(w.config).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(text(w.configuration(), "plex.of_another_program") == "stays");
  CHECK(number(w.configuration(), "simkl.k") == 1);
}

TEST_CASE("a code that expired or was taken back ends the login with exit 4 and changes nothing") {
  for (const bool expired : {true, false}) {
    World w;
    const std::string before = bytes_of(w.config);
    const std::string code = begin(w);
    REQUIRE((expired ? w.sim.expire_pin(code) : w.sim.deny_pin(code)));
    const Result result = w.json({"connect", "plex", "--resume"});
    CHECK(result.exit == 4);
    CHECK(text(result.last(), "event") == "expired");
    CHECK(text(result.last(), "error.code") == "expired");
    CHECK(text(result.last(), "error.remedy") == "crosswatch connect plex");
    CHECK(bytes_of(w.config) == before);
    CHECK(w.refused(5, {"connect", "plex", "--resume"}) == "no_link_in_progress");
  }
}

TEST_CASE("a login that plex.tv gives and then does not accept has failed, and nothing of it is stored") {
  World w;
  const std::string before = bytes_of(w.config);
  REQUIRE(w.sim.approve_pin(begin(w), "owner"));
  plexsim::FaultRule refuse;
  refuse.path_contains = "/api/v2/user";
  refuse.status = 401;
  refuse.count = 0;
  w.sim.add_fault(refuse);
  const Result result = w.json({"connect", "plex", "--resume"});
  CHECK(result.exit == 4);
  CHECK(error_code(result) == "token_rejected");
  CHECK(text(result.json().front(), "event") == "failed");
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("interrupting connect cancels it: a code that is entered later is never exchanged") {
  World w;
  const std::string before = bytes_of(w.config);
  Command command = w.start({{"connect", "plex", "--json"}});
  const std::string code = text(crosswatch::host::json::parse(command.read_line()), "code");
  command.signal(SIGINT);
  const Result result = command.wait();
  CHECK(result.exit == 130);
  CHECK(text(result.last(), "event") == "cancelled");
  w.sim.approve_pin(code, "owner");
  CHECK(w.refused(5, {"connect", "plex", "--resume"}) == "no_link_in_progress");
  CHECK(!token_was_used(w));
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("connect --cancel ends the login of another process that waits for the code") {
  World w;
  const std::string before = bytes_of(w.config);
  Command waiting = w.start({{"connect", "plex", "--json"}});
  const std::string code = text(crosswatch::host::json::parse(waiting.read_line()), "code");
  const Value cancelled = w.ok({"connect", "plex", "--cancel"}).last();
  CHECK(members(cancelled) == "event,was_waiting");
  CHECK(at(cancelled, "was_waiting") == Value(true));
  w.sim.approve_pin(code, "owner");
  const Result result = waiting.wait();
  CHECK(result.exit == 130);
  CHECK(text(result.last(), "event") == "cancelled");
  CHECK(!token_was_used(w));
  CHECK(bytes_of(w.config) == before);
  CHECK(at(w.ok({"connect", "plex", "--cancel"}).last(), "was_waiting") == Value(false));
}

TEST_CASE("a login that is granted while another process cancels it is dropped") {
  World w;
  const std::string before = bytes_of(w.config);
  w.fault(FaultKind::hold, "plex_tv", "/api/v2/pins/");
  Command waiting = w.start({{"connect", "plex", "--json"}});
  const std::string code = text(crosswatch::host::json::parse(waiting.read_line()), "code");
  REQUIRE(w.sim.wait_until_one_hangs(30000));
  REQUIRE(fs::exists(w.state / "link" / "plex@default.json"));
  REQUIRE(w.sim.approve_pin(code, "owner"));
  Command cancelling = w.start({{"connect", "plex", "--cancel", "--json"}});
  while (fs::exists(w.state / "link" / "plex@default.json")) std::this_thread::yield();
  w.sim.clear_faults();
  CHECK(cancelling.wait().exit == 0);
  const Result result = waiting.wait();
  CHECK(result.exit == 130);
  CHECK(text(result.last(), "event") == "cancelled");
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("interrupting connect while plex.tv grants the login stores nothing") {
  World w;
  const std::string before = bytes_of(w.config);
  w.fault(FaultKind::hang_after, "plex_tv", "/api/v2/pins/");
  Command command = w.start({{"connect", "plex", "--json"}});
  const std::string code = text(crosswatch::host::json::parse(command.read_line()), "code");
  REQUIRE(w.sim.approve_pin(code, "owner"));
  REQUIRE(w.sim.wait_until_one_hangs(30000));
  command.signal(SIGINT);
  const Result result = command.wait();
  CHECK(result.exit == 130);
  CHECK(text(result.last(), "event") == "cancelled");
  CHECK(w.refused(5, {"connect", "plex", "--resume"}) == "no_link_in_progress");
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("--no-wait prints the code and an opaque state, which --resume takes up in another process") {
  World w;
  const Value event = w.ok({"connect", "plex", "--no-wait"}).last();
  CHECK(members(event) == "event,code,verify_url,expires_at,state");
  CHECK(w.refused(5, {"connect", "plex", "--resume", "--with-state", "another"}) == "no_link_in_progress");
  REQUIRE(w.sim.approve_pin(text(event, "code"), "owner"));
  CHECK(text(w.ok({"connect", "plex", "--resume", "--with-state", text(event, "state")}).last(), "event") == "linked");
  for (const auto& entry : fs::recursive_directory_iterator(w.state))
    CHECK_MESSAGE((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none,
                  entry.path());
}

TEST_CASE("the old login works on until the new one is proven") {
  World w;
  w.link();
  const std::string before = bytes_of(w.config);
  REQUIRE(w.sim.approve_pin(begin(w), "owner"));
  w.fault(FaultKind::status, "any", "/api/v2/user");
  const int asked = w.asked("plex_tv", "/api/v2/user");
  Command command = w.start({{"connect", "plex", "--resume", "--json"}});
  until_asked(w, "plex_tv", "/api/v2/user", asked + 1);
  CHECK(bytes_of(w.config) == before);
  command.signal(SIGINT);
  CHECK(command.wait().exit == 130);
  CHECK(bytes_of(w.config) == before);
  w.sim.clear_faults();
  CHECK(list(w.ok({"users", "plex"}).last()).size() == 5);
}

TEST_CASE("when plex.tv cannot give a code, connect says so and changes nothing") {
  World w;
  w.configure("plex.max_retries", 1);
  const std::string before = bytes_of(w.config);
  w.fault(FaultKind::status, "any", "/pins");
  const Result result = w.json({"connect", "plex"});
  CHECK(result.exit == 3);
  CHECK(!error_code(result).empty());
  CHECK(bytes_of(w.config) == before);
}

TEST_CASE("plex.tv may ask to poll more slowly, and the login still ends well") {
  World w;
  w.configure("plex.max_retries", 1);
  REQUIRE(w.sim.approve_pin(begin(w), "owner"));
  plexsim::FaultRule slow;
  slow.path_contains = "/pins";
  slow.status = 429;
  slow.retry_after = 1;
  w.sim.add_fault(slow);
  const Result result = w.ok({"connect", "plex", "--resume"});
  CHECK(text(result.last(), "event") == "linked");
  CHECK(result.err.find("Still waiting for the code.") != std::string::npos);
}

TEST_CASE("two profiles can be linked at the same time, and neither login is lost") {
  World w;
  w.wanted = {"owner", "friend"};
  w.ok({"profile", "add", "plex", "friend"});
  const std::string mine = begin(w), theirs = begin(w, "friend");
  REQUIRE(w.sim.approve_pin(mine, "owner"));
  REQUIRE(w.sim.approve_pin(theirs, "friend"));
  Command one = w.start({{"connect", "plex", "--resume", "--json"}});
  Command two = w.start({{"connect", "plex", "--resume", "--profile", "friend", "--json"}});
  CHECK(one.wait().exit == 0);
  CHECK(two.wait().exit == 0);
  const Value config = w.configuration();
  CHECK(text(config, "plex.username") == "olivia");
  CHECK(text(config, "plex.instances.friend.username") == "frida");
  CHECK(!text(config, "plex.account_token").empty());
  CHECK(!text(config, "plex.instances.friend.account_token").empty());
  CHECK(number(config, "plex.instances.friend.account_id") == w.sim.plex_id("friend"));
}

TEST_CASE("a login that stands elsewhere is not overwritten: connect stops before it asks for a code") {
  World w;
  w.configure("plex.account_token", "env:PLEX_TOKEN");
  const Result result = w.json({"connect", "plex"});
  CHECK(result.exit == 1);
  CHECK(error_code(result) == "secret_is_reference");
  CHECK(text(result.last(), "error.message").find("the environment variable PLEX_TOKEN") != std::string::npos);
  CHECK(w.sim.requests().empty());
}

TEST_CASE("a protected user is chosen with a PIN from standard input, which shows nowhere") {
  World w;
  w.wanted = {"owner", "pin"};
  w.secrets = {"1234", "9999"};
  w.link();
  const std::string before = bytes_of(w.config);
  const Result wrong = w.run({{"select", "plex", "--user", "Teen", "--pin-stdin", "--json"}, "9999\n"});
  CHECK(wrong.exit == 4);
  CHECK(!error_code(wrong).empty());
  CHECK(bytes_of(w.config) == before);
  const Result chosen = w.run({{"select", "plex", "--user", "Teen", "--pin-stdin", "--json"}, "1234\n"});
  CHECK_MESSAGE(chosen.exit == 0, chosen.out());
  CHECK(text(chosen.last(), "username") == "Teen");
  CHECK(w.ok({"snapshot", "plex", "history"}).last() == w.ok({"snapshot", "plex", "history"}).last());
  CHECK(w.refused(4, {"select", "plex", "--user", "nobody"}) == "user_unknown");
}

TEST_CASE("a PIN that looks like a year is hidden in talk, and leaves the years in the data alone") {
  auto options = World::small();
  options.people = {{"owner", plexsim::PersonKind::owner, 0, "Olivia", "olivia", ""},
                    {"kid", plexsim::PersonKind::managed, 0, "Kid", "", "2013"}};
  World w(options);
  w.wanted = {"owner", "kid"};
  w.sim.play("kid", w.sim.add_item("1", {"movie", "Summer of 2013", 2013, 900}), 1400000000);
  w.link();
  const Result chosen = w.run({{"select", "plex", "--user", "Kid", "--pin-stdin", "--json"}, "2013\n"});
  REQUIRE_MESSAGE(chosen.exit == 0, chosen.out());
  bool found = false;
  for (const Value& line : w.ok({"snapshot", "plex", "history"}).json())
    if (text(line, "title") == "Summer of 2013") found = number(line, "year") == 2013;
  CHECK(found);

  w.configure("plex.server_id", "2013");
  const Result refused = w.json({"snapshot", "plex", "history"});
  CHECK(!error_code(refused).empty());
  CHECK(refused.out().find("2013") == std::string::npos);
}
