// What was asked for on the command line.
#pragma once

#include <functional>

#include "commands.hpp"

namespace crosswatch::app {

struct Request {
  host::Locations where{};
  bool json = false, yes = false, no_input = false, verbose = false;
  std::function<ExitCode(Context&)> action{};  // the command, with its options bound
};

using Perform = int (*)(const Request&);

// Parses the command line and returns what `perform` returns; --help and wrong usage end here, with text and exit
// code. The request is valid until `perform` returns.
int with_command_line(int argc, char** argv, Perform perform);

}  // namespace crosswatch::app
