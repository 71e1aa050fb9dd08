// Random histories against the promises of the engine.
//   CROSSWATCH_SEQUENCES=N   how many (500)
//   CROSSWATCH_SEED=N        which ones: the same number, the same histories (1); "random": others each time
//   sequences NUMBER..       plays one history and tells what happens
#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "kept.hpp"
#include "sequence.hpp"

using crosswatch::test::kept_sequences;
using crosswatch::test::Numbers;
using crosswatch::test::play;

namespace {

std::string setting(const char* name, const std::string& fallback) {
  const char* const value = std::getenv(name);
  return value && *value ? value : fallback;
}

std::string text_of(const Numbers& numbers) {
  std::string out;
  for (const auto n : numbers) out += (out.empty() ? "" : " ") + std::to_string(n);
  return out;
}

int tell(const Numbers& numbers) {
  std::vector<std::string> told;
  const std::string wrong = play(numbers, &told);
  for (const std::string& line : told) std::cout << line << "\n";
  std::cout << (wrong.empty() ? "fine" : "WRONG: " + wrong) << "\n";
  return wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    Numbers numbers;
    for (int i = 1; i < argc; ++i) numbers.push_back(std::strtoull(argv[i], nullptr, 10));
    return tell(numbers);
  }
  for (const Numbers& kept : kept_sequences())
    if (const std::string wrong = play(kept); !wrong.empty()) {
      std::cout << "a history that once failed fails again: " << wrong << "\n  sequences " << text_of(kept) << "\n";
      return 1;
    }
  std::string params = "max_success=" + setting("CROSSWATCH_SEQUENCES", "500");
  if (const std::string seed = setting("CROSSWATCH_SEED", "1"); seed != "random") params += " seed=" + seed;
  ::setenv("RC_PARAMS", params.c_str(), 1);
  const bool ok = rc::check("no random history breaks a promise", [] {
    const auto number = rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40);
    const auto numbers =
        *rc::gen::resize(100, rc::gen::container<Numbers>(*rc::gen::inRange<std::size_t>(4, 40), number));
    const std::string wrong = play(numbers);
    if (!wrong.empty()) RC_FAIL(wrong + "\n  sequences " + text_of(numbers));
  });
  std::cout << crosswatch::test::spared_comparisons << " comparisons were spared because nothing had changed\n";
  return ok ? 0 : 1;
}
