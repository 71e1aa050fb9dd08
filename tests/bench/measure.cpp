// Runs a command and writes what it cost as JSON to a file. A small program of its own, since a process begins with
// the peak memory of the one that started it.
//   measure FILE COMMAND [ARGUMENT..]
// Ends as the command did.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>

namespace {
double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measure FILE COMMAND [ARGUMENT..]\n", stderr);
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || ::wait4(child, &status, 0, &used) != child) {
    std::perror("measure");
    return 1;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  std::ofstream(argv[1]) << "{\"wall\":" << wall.count()
                         << ",\"cpu\":" << seconds(used.ru_utime) + seconds(used.ru_stime)
                         << ",\"rss_kib\":" << used.ru_maxrss << "}\n";
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
