#include "files/files.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "exit_code.hpp"
#include "files/locations.hpp"
#include "log/log.hpp"
#include "support.hpp"

namespace {

using namespace crosswatch;
using namespace crosswatch::host;
using namespace std::chrono_literals;
using test::error_of;
using test::has;

mode_t mode_of(const std::filesystem::path& file) {
  struct stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

// Runs `body` in a child process; its value is what the child ends with.
template <class F>
int in_child(F&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a new file and its folder belong to the user alone") {
  const test::TempFolder temp;
  write_atomically(temp / "a/b/config.json", "{}");
  CHECK(test::slurp(temp / "a/b/config.json") == "{}");
  CHECK(mode_of(temp / "a/b/config.json") == 0600);
  CHECK(mode_of(temp / "a") == 0700);
}

TEST_CASE("a file that is there keeps its mode and owner, and a link stays a link") {
  const test::TempFolder temp;
  test::put(temp / "real/config.json", "old");
  REQUIRE(::chmod((temp / "real/config.json").c_str(), 0640) == 0);
  const bool other_owner = ::geteuid() == 0 && ::chown((temp / "real/config.json").c_str(), 12345, 54321) == 0;
  std::filesystem::create_symlink("real/config.json", temp / "link.json");
  write_atomically(temp / "link.json", "new");
  CHECK(std::filesystem::is_symlink(temp / "link.json"));
  CHECK(test::slurp(temp / "real/config.json") == "new");
  CHECK(mode_of(temp / "real/config.json") == 0640);
  struct stat s {};
  REQUIRE(::stat((temp / "real/config.json").c_str(), &s) == 0);
  if (other_owner) CHECK(s.st_uid == 12345);
}

TEST_CASE("a pipe that nobody writes to is empty, and nobody waits for a writer") {
  const test::TempFolder temp;
  const auto pipe = temp / "config.json";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_file(pipe, 100) == "");
}

TEST_CASE("on a full disk the old file stays whole, nothing is left behind, and the sentence says what to do") {
  const test::TempFolder temp;
  const auto file = temp / "config.json";
  test::put(file, "what was there before");
  const int result = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit little{16, 16};
    if (::setrlimit(RLIMIT_FSIZE, &little) != 0) return 2;
    const Error e = error_of([&] { write_atomically(file, std::string(5000, 'x')); });
    const bool good = e.status == CW_STORAGE && has(e.what(), file.string()) && has(e.remedy, "Free some space") &&
                      exit_code(e) == ExitCode::error;
    return good ? 0 : 1;
  });
  CHECK(result == 0);
  CHECK(test::slurp(file) == "what was there before");
  CHECK(std::distance(std::filesystem::directory_iterator(temp.path()), {}) == 1);
}

TEST_CASE("a folder that cannot be written is an error with path and remedy") {
  const test::TempFolder temp;
  test::put(temp / "file", "");
  const Error e =
      error_of([&] { write_atomically(temp / "file/config.json", "x"); });  // a file where a folder is needed
  CHECK(e.status == CW_STORAGE);
  CHECK(has(e.what(), "config.json"));
  if (::geteuid() != 0) return;
  REQUIRE(::chmod(temp.path().c_str(), 0755) == 0);
  const int result = in_child([&] {
    if (::setuid(65534) != 0) return 2;
    const Error denied = error_of([&] { write_atomically(temp / "x.json", "x"); });
    return denied.status == CW_STORAGE && has(denied.what(), "x.json") && has(denied.remedy, "65534") ? 0 : 1;
  });
  CHECK(result == 0);
}

TEST_CASE("reading tells an absent file from one that cannot be read") {
  const test::TempFolder temp;
  CHECK_FALSE(read_file(temp / "absent", 100).has_value());
  CHECK(error_of([&] { read_file(temp.path(), 100); }).status == CW_STORAGE);
  test::put(temp / "big", std::string(101, 'x'));
  CHECK(error_of([&] { read_file(temp / "big", 100); }).code == "file_too_large");
  CHECK(read_file(temp / "big", 101)->size() == 101);
}

TEST_CASE("a lock that somebody holds ends in exit code 6 and names the process, and is free when it ends") {
  const test::TempFolder temp;
  {
    const FileLock mine = FileLock::acquire(temp / "lock", 0ms, "The state");
    const Error e = error_of([&] { FileLock::acquire(temp / "lock", 0ms, "The state"); });
    CHECK(exit_code(e) == ExitCode::busy);
    CHECK(has(e.what(), "The state is in use by process " + std::to_string(::getpid())));
  }
  CHECK_NOTHROW(FileLock::acquire(temp / "lock", 0ms, "The state"));
}

TEST_CASE("a lock waits for the one before it") {
  const test::TempFolder temp;
  auto held = std::make_unique<FileLock>(FileLock::acquire(temp / "lock", 0ms, "x"));
  std::thread waiting([&] { FileLock::acquire(temp / "lock", 10min, "x"); });
  held.reset();
  waiting.join();
}

TEST_CASE("a lock dies with its process") {
  const test::TempFolder temp;
  CHECK(in_child([&] {
          new FileLock(FileLock::acquire(temp / "lock", 0ms, "x"));  // never released by code
          return 0;
        }) == 0);
  CHECK_NOTHROW(FileLock::acquire(temp / "lock", 0ms, "x"));
}

TEST_CASE("no profile name leads out of its folder or into that of another") {
  CHECK(file_name_for("PLEX-P01_x.y") == "PLEX-P01_x.y");
  CHECK(file_name_for("..") == "%2E.");
  CHECK(file_name_for("a/b") == "a%2Fb");
  CHECK(file_name_for("a%2Fb") == "a%252Fb");
  CHECK(file_name_for("ä") == "%C3%A4");
}

TEST_CASE("the command line wins over the environment, and that over the home folder") {
  const std::map<std::string, std::string> vars{{"HOME", "/home/me"}};
  auto all = vars;
  all["XDG_CONFIG_HOME"] = "/xdg";
  all["XDG_STATE_HOME"] = "relative/does/not/count";
  const auto env = [](const std::map<std::string, std::string>& from) {
    return [&from](const std::string& name) -> std::optional<std::string> {
      const auto it = from.find(name);
      if (it == from.end()) return std::nullopt;
      return it->second;
    };
  };
  Locations at = find_locations({}, env(vars), "/opt/cw/bin/crosswatch");
  CHECK(at.config == "/home/me/.config/crosswatch/config.json");
  CHECK(at.state == "/home/me/.local/state/crosswatch");
  CHECK(at.plugins == "/opt/cw/lib/crosswatch/plugins");
  at = find_locations({}, env(all), "/usr/bin/crosswatch");
  CHECK(at.config == "/xdg/crosswatch/config.json");
  CHECK(at.state == "/home/me/.local/state/crosswatch");
  all["CROSSWATCH_CONFIG"] = "/c.json";
  all["CROSSWATCH_STATE"] = "/s";
  at = find_locations({"", "/given", "/p"}, env(all), "/usr/bin/crosswatch");
  CHECK(at.config == "/c.json");
  CHECK(at.state == "/given");
  CHECK(at.plugins == "/p");
  const std::map<std::string, std::string> none;
  CHECK(has(error_of([&] { find_locations({}, env(none), "/x/y"); }).remedy, "--config"));
  CHECK_NOTHROW(find_locations({"/a", "/b", ""}, env(none), "/x/y"));
}

TEST_CASE("a log line holds no secret and no line break, and goes to the file with its time") {
  const test::TempFolder temp;
  Redactor redactor;
  redactor.add("very-secret");
  std::vector<std::string> screen;
  {
    Log log(
        redactor, LogLevel::warning, [&](LogLevel, std::string_view line) { screen.emplace_back(line); },
        [] { return std::int64_t{1709324100123}; });
    log.open_file(temp / "logs/cw.log");
    log.debug("not wanted");
    log.info("token is very-secret");
    log.warning("two\nlines");
  }
  CHECK(screen == std::vector<std::string>{"two lines"});
  CHECK(test::slurp(temp / "logs/cw.log") ==
        "2024-03-01T20:15:00Z info token is ***\n2024-03-01T20:15:00Z warning two lines\n");
}

TEST_CASE("a log file is rotated at 10 MiB and never takes more than three files") {
  const test::TempFolder temp;
  const Redactor redactor;
  Log log(redactor, LogLevel::error);
  log.open_file(temp / "cw.log");
  const std::string line(1u << 20, 'x');
  for (int i = 0; i < 45; ++i) log.info(line);
  for (const char* name : {"cw.log", "cw.log.1", "cw.log.2"})
    CHECK(std::filesystem::file_size(temp / name) <= 10u << 20);
  CHECK(std::distance(std::filesystem::directory_iterator(temp.path()), {}) == 3);
}

TEST_CASE("a log that cannot be written any more says so once, and work goes on") {
  const test::TempFolder temp;
  CHECK(in_child([&] {
          ::signal(SIGXFSZ, SIG_IGN);
          const Redactor redactor;
          int complaints = 0;
          Log log(redactor, LogLevel::error, [&](LogLevel, std::string_view) { ++complaints; });
          log.open_file(temp / "cw.log");
          const rlimit little{64, 64};
          if (::setrlimit(RLIMIT_FSIZE, &little) != 0) return 2;
          for (int i = 0; i < 20; ++i) log.info("a line that does not fit for long");
          return complaints == 1 ? 0 : 1;
        }) == 0);
}

TEST_CASE("every error has its exit code") {
  const auto code = [](cw_status s) { return static_cast<int>(exit_code(Error(s, "x", "x"))); };
  CHECK(code(CW_UNREACHABLE) == 3);
  CHECK(code(CW_THROTTLED) == 3);
  CHECK(code(CW_NOT_LINKED) == 4);
  CHECK(code(CW_AUTH) == 4);
  CHECK(code(CW_SCOPE) == 4);
  CHECK(code(CW_NOT_FOUND) == 5);
  CHECK(code(CW_CANCELLED) == 130);
  for (const cw_status s : {CW_PROTOCOL, CW_CONFIG, CW_UNSUPPORTED, CW_STORAGE, CW_INTERNAL}) CHECK(code(s) == 1);
  CHECK(exit_code(Error(CW_CONFIG, "usage", "x")) == ExitCode::usage);
  CHECK(exit_code(Error(CW_STORAGE, "busy", "x")) == ExitCode::busy);
  CHECK(worst(ExitCode::unreachable, ExitCode::login) == ExitCode::login);
  CHECK(worst(ExitCode::ok, ExitCode::held) == ExitCode::held);
}

}  // namespace
