// Facts as lines of JSON: what `snapshot --json` prints, exports hold and imports read.
#pragma once

#include <crosswatch/item.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace crosswatch::host::json {

// Appends one object and a newline. Builds no tree: a million of them are written one after the other.
void append_fact_line(std::string& out, Feature feature, const cw_fact& fact);
// {"end":true,"complete":..,"count":..,"reason":..}; no reason when it is empty.
void append_end_line(std::string& out, bool complete, std::uint64_t count, std::string_view reason);

struct FactLine {
  bool end = false;  // the closing statement: complete, count and reason count, fact does not
  bool complete = false;
  std::uint64_t count = 0;
  std::string reason{};
  Fact fact{};
};

// Reads one line back. Throws Error CONFIG "bad_line" that names `line_number` and the member.
FactLine parse_fact_line(std::string_view line, Feature feature, std::uint64_t line_number);

}  // namespace crosswatch::host::json
