// The command line of the program.
#pragma once

#include <string>

#include "plexsim/plexsim.hpp"

namespace plexsim {

struct Arguments {
  Options options{};
  bool help{false};
  bool die_with_parent{false};
};

Arguments parse_arguments(int argc, char** argv);  // throws std::invalid_argument with a sentence
std::string usage();

}  // namespace plexsim
