// A program that is killed at a moment which is an event, and not a matter of time.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sweep {

struct Killed {
  bool killed = false;
  int exit = -1;    // of one that ended by itself
  int changes = 0;  // of files, by the thread that runs the command; 0 where they cannot be counted
};

// Killed as its n-th change of a file begins; 0: never. Counts system calls of x86-64. [the calling thread]
Killed run_killed_at_file_change(int n, const std::vector<std::string>& command);

// Killed as soon as `due` says so, which waits up to so many milliseconds. False: it ended before that.
bool run_killed_when(const std::function<bool(int ms)>& due, const std::vector<std::string>& command);

}  // namespace sweep
