// What a command prints: data on standard output, talk on standard error. With --json every line of data is JSON.
#pragma once

#include <crosswatch/call.hpp>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/secrets.hpp"
#include "json/json.hpp"

namespace crosswatch::app {

// Adds the members of one object to another.
void merge_members(host::json::Value& to, const host::json::Value& from);

// [any] Everything passes the redactor. What prints data throws Error STORAGE "cannot_print".
class Output {
public:
  Output(const host::Redactor& redactor, bool json, bool quiet_progress);

  bool json() const noexcept { return json_; }
  bool terminal() const noexcept { return stderr_is_terminal_; }

  void line(std::string_view text);        // data for a person
  void value(const host::json::Value& v);  // data, one line of JSON
  void raw(std::string_view lines);        // whole lines, printed as they are
  void note(std::string_view text);        // talk; also with --json, since it goes to standard error
  // Columns of a table, aligned. Prints nothing for no rows.
  void table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
  // A bar on a terminal, redrawn at most ten times a second; total 0: unknown.
  void progress(std::string_view what, std::uint64_t done, std::uint64_t total);
  void end_progress();
  void error(const Error& e);  // on standard error where standard output is gone

private:
  void write(std::FILE* to, const std::string& masked, bool newline);

  const host::Redactor& redactor_;
  const bool json_;
  const bool stderr_is_terminal_;
  std::mutex mutex_{};
  bool bar_ = false;
  std::int64_t last_bar_ms_ = 0;
};

}  // namespace crosswatch::app
