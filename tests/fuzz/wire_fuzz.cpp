// Whatever comes over the wire is either read or refused with an Error, and what is read is clean text.
#include <crosswatch/call.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "wire/row.hpp"
#include "wire/tree.hpp"

using namespace crosswatch;
using namespace crosswatch::plex;

namespace {

struct Checking : wire::RowSink {
  std::uint64_t rows = 0;
  void row(const wire::Row& row) override {
    ++rows;
    for (std::size_t i = 0; i < static_cast<std::size_t>(wire::Field::count); ++i) {
      const auto field = static_cast<wire::Field>(i);
      if (!wire::is_utf8(row.text(field))) std::abort();
      static_cast<void>(row.number(field));
      static_cast<void>(row.time(field));
    }
    static_cast<void>(wire::to_tenths(row.text(wire::Field::user_rating)));
    for (const auto guid : row.guids())
      if (!wire::is_utf8(guid)) std::abort();
  }
};

void expect_text(const wire::Node& node) {
  for (const auto& [key, value] : node.attributes)
    if (!wire::is_utf8(value)) std::abort();
  for (const auto& child : node.children) expect_text(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  try {
    std::string body = input;
    wire::Arena arena;
    Checking sink;
    if (wire::parse_rows(body, arena, "The input", sink).rows != sink.rows) std::abort();
  } catch (const Error& e) {
    if (e.status != CW_PROTOCOL) std::abort();
  }
  try {
    std::string body = input;
    expect_text(wire::parse_tree(body, "The input"));
  } catch (const Error& e) {
    if (e.status != CW_PROTOCOL) std::abort();
  }
  static_cast<void>(wire::error_text(input));
  return 0;
}
