// A random history: providers with weaknesses, pairs, users, accidents and runs. All of it is read from a list of
// numbers, so that a failing history can be shortened, kept and played again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crosswatch::test {

using Numbers = std::vector<std::uint64_t>;

// How many lanes were not compared, because nothing had changed; each was compared afterwards.
inline std::uint64_t spared_comparisons = 0;

// Plays it, and says what went wrong; empty: nothing did. `told`: what happened, step by step.
std::string play(const Numbers& numbers, std::vector<std::string>* told = nullptr);

}  // namespace crosswatch::test
