// The real `crosswatch`, run as a child process in the way a user or a script would.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "json/json.hpp"

namespace e2e {

using crosswatch::host::json::Value;

// What a command said and how it ended.
struct Result {
  int exit = -1;                     // 1000 + the signal that killed it
  std::vector<std::string> lines{};  // of standard output
  std::string err{};                 // standard error

  std::string out() const;
  std::vector<Value> json() const;  // every line parsed; fails the test where one is no JSON
  Value last() const;               // the last line, parsed as above
};

struct Launch {
  std::vector<std::string> args{};
  std::string input{};                       // standard input
  std::map<std::string, std::string> env{};  // in addition to what every command gets
  std::uint64_t largest_file = 0;            // bytes a file may have, as on a full disk; 0: no limit
  bool reader_is_gone = false;               // standard output leads to a pipe that nobody reads
};

// A running command. It dies with the test.
class Command {
public:
  // All that it says is added to `said`, which must outlive it.
  Command(const std::string& program, const Launch& launch, const std::string& home, std::string& said);
  ~Command();
  Command(Command&& other) noexcept;
  Command(const Command&) = delete;

  std::string read_line();  // the next line of standard output, as soon as it is there; "" at its end
  void close_output();      // nobody reads on
  void signal(int number) const;
  pid_t pid() const noexcept { return pid_; }
  const Result& wait();  // until it has ended; again: the same

private:
  bool fill();  // false: end of output

  std::string* said_;
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::string buffer_{};
  Result result_{};
  bool ended_ = false;
};

// The value under a dotted path; null when there is none.
Value at(const Value& root, const std::string& path);
std::string text(const Value& root, const std::string& path);
std::int64_t number(const Value& root, const std::string& path);
std::vector<Value> list(const Value& v);  // fails the test unless v is a list
std::string joined(const std::vector<std::string>& words);
std::string members(const Value& v);  // "id,name,owned"; fails the test unless v is an object

// Asserts that the output ends as every failure must: with one JSON object on standard output that says what happened
// and what to do. Returns its code.
std::string error_code(const Result& result);

}  // namespace e2e
