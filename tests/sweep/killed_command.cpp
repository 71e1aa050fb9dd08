#include "killed_command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace sweep {
namespace {

#if defined(__x86_64__)
constexpr bool can_trace = true;
// A system call that changes a file, as it begins.
bool changes_a_file(pid_t child) {
  user_regs_struct r{};
  if (::ptrace(PTRACE_GETREGS, child, nullptr, &r) != 0) return false;
  switch (r.orig_rax) {
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate:
    case SYS_pwrite64:
      return true;
    case SYS_openat:
      return (r.rdx & O_CREAT) != 0;
    default:
      return false;
  }
}
#else
constexpr bool can_trace = false;
bool changes_a_file(pid_t) {
  return false;
}
#endif

pid_t start(const std::vector<std::string>& command, bool traced) {
  std::vector<char*> argv;
  for (const std::string& a : command) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no new process");
  if (child == 0) {  // other threads exist: nothing but system calls from here
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    if (traced) ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  return child;
}

int exit_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Killed run_killed_at_file_change(int n, const std::vector<std::string>& command) {
  Killed out;
  const pid_t child = start(command, can_trace);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!can_trace || !WIFSTOPPED(status)) {
    out.exit = exit_of(status);
    return out;
  }
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  bool entering = false;
  for (int pending = 0;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, pending);
    pending = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) {
      out.exit = exit_of(status);
      return out;
    }
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
      if (WSTOPSIG(status) != SIGTRAP) pending = WSTOPSIG(status);
      continue;
    }
    entering = !entering;
    if (!entering || !changes_a_file(child) || ++out.changes != n) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    out.killed = true;
    return out;
  }
}

bool run_killed_when(const std::function<bool(int ms)>& due, const std::vector<std::string>& command) {
  const pid_t child = start(command, false);
  int status = 0;
  while (!due(50))
    if (::waitpid(child, &status, WNOHANG) == child) return false;
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

}  // namespace sweep
