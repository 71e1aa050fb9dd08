// The command is killed at every step of linking at which it changes a file. Whatever it leaves has to work.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "plexsim/plexsim.hpp"

namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Folder {
public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "crosswatch-kill-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() {
    std::error_code left_behind;
    fs::remove_all(path, left_behind);
  }
  fs::path path{};
};

#if defined(__x86_64__)
constexpr bool can_trace = true;
// A system call that changes a file, as it begins.
bool changes_a_file(pid_t child) {
  user_regs_struct r{};
  if (::ptrace(PTRACE_GETREGS, child, nullptr, &r) != 0) return false;
  const std::set<unsigned long long> changing{SYS_rename,   SYS_renameat, SYS_renameat2, SYS_unlink,
                                              SYS_unlinkat, SYS_fsync,    SYS_ftruncate, SYS_fchmod};
  if (changing.count(r.orig_rax) > 0) return true;
  if (r.orig_rax == SYS_openat) return (r.rdx & O_CREAT) != 0;
  return false;
}
#else
constexpr bool can_trace = false;
bool changes_a_file(pid_t) {
  return false;
}
#endif

class Command {
public:
  explicit Command(const fs::path& folder) : folder_(folder) {}

  // The exit code.
  int run(const std::vector<std::string>& args) const {
    const pid_t child = start(args, false);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // Killed as its n-th change of a file begins. False: it ended before that.
  bool run_killed_at(int n, const std::vector<std::string>& args) const {
    const pid_t child = start(args, true);
    int status = 0, changes = 0;
    bool entering = false;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSTOPPED(status));
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (int pending = 0;;) {
      ::ptrace(PTRACE_SYSCALL, child, nullptr, pending);
      pending = 0;
      ::waitpid(child, &status, 0);
      if (WIFEXITED(status) || WIFSIGNALED(status)) return false;
      if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
        if (WSTOPSIG(status) != SIGTRAP) pending = WSTOPSIG(status);
        continue;
      }
      entering = !entering;
      if (!entering || !changes_a_file(child) || ++changes < n) continue;
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return true;
    }
  }

private:
  pid_t start(const std::vector<std::string>& args, bool traced) const {
    const std::string config = (folder_ / "config.json").string(), state = (folder_ / "state").string();
    std::vector<const char*> argv{CROSSWATCH, "--config", config.c_str(), "--state", state.c_str(), "--json"};
    for (const std::string& a : args) argv.push_back(a.c_str());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      const int nowhere = ::open("/dev/null", O_RDWR);
      ::dup2(nowhere, 0);
      ::dup2(nowhere, 1);
      ::dup2(nowhere, 2);
      if (traced) ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::execv(argv[0], const_cast<char* const*>(argv.data()));
      ::_exit(127);
    }
    return child;
  }
  const fs::path& folder_;
};

plexsim::Options small() {
  plexsim::Options options;
  options.servers.resize(1);
  options.servers[0].catalog = {};
  options.servers[0].catalog.movies = 4;
  options.servers[0].catalog.shows = 1;
  options.servers[0].catalog.plays = 0;
  options.servers[0].catalog.side_libraries = false;
  return options;
}

}  // namespace

TEST_CASE("killing the command at any step of linking does not cost the login that was there") {
  if (!can_trace) {
    MESSAGE("left out: it counts system calls of x86-64");
    return;
  }
  plexsim::Simulator sim(small());
  const auto urls = sim.urls();
  Folder folder;
  const Command command(folder.path);
  std::ofstream(folder.path / "config.json")
      << R"({"plugins":{"plex":{"enabled":true}},"plex":{"ca_file":")" << sim.ca_file()
      << R"(","endpoints":{"plex_tv":")" << urls.plex_tv << R"(","clients":")" << urls.clients << R"(","discover":")"
      << urls.discover << R"(","metadata":")" << urls.metadata << R"("}}})";
  sim.auto_approve_as("owner", 0);  // the code is entered as soon as somebody asks for it
  REQUIRE(command.run({"connect", "plex"}) == 0);
  const std::string before = slurp(folder.path / "config.json");
  int kills = 0, replaced = 0;
  for (int n = 1; n < 200; ++n) {
    CAPTURE(n);
    if (!command.run_killed_at(n, {"connect", "plex"})) break;
    ++kills;
    const std::string after = slurp(folder.path / "config.json");
    replaced += after != before ? 1 : 0;
    CHECK(command.run({"config", "check"}) == 0);
    CHECK(command.run({"status", "plex"}) == 0);
    std::ofstream(folder.path / "config.json") << before;  // the old login still works: another one ends none
  }
  CHECK(kills > 5);
  CHECK(replaced > 0);
  CHECK(replaced < kills);
  CHECK(command.run({"connect", "plex"}) == 0);
}
