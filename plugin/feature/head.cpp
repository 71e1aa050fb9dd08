#include "feature/head.hpp"

#include <limits>

namespace crosswatch::plex::feature {
namespace {

constexpr std::uint64_t first_page = 200;
constexpr std::uint64_t next_page = 1000;
constexpr std::uint64_t most = 5000;

class Ordered : public wire::RowSink {
public:
  Ordered(PageSink& next, wire::Field field) : next_(next), field_(field) {}
  void row(const wire::Row& row) override {
    const std::int64_t at = row.time(field_);
    sorted = sorted && at <= bottom;
    bottom = at;
    if (!any) top = at;
    any = true;
    next_.row(row);
  }
  bool sorted = true;
  bool any = false;
  std::int64_t top = time_unknown;
  std::int64_t bottom = std::numeric_limits<std::int64_t>::max();

private:
  PageSink& next_;
  wire::Field field_;
};

}  // namespace

Head read_head(const Call& call, const Source& source, const List& list, wire::Field field, std::int64_t since,
               wire::Arena& arena, PageSink& sink) {
  Head head;
  Ordered ordered(sink, field);
  std::string body;
  for (std::uint64_t rows = 0;;) {
    const Window window{rows, rows == 0 ? first_page : next_page};
    source.get(call, list.path, list.query, body, list.what, &window);
    arena.clear();
    const wire::Page page = wire::parse_rows(body, arena, list.what, ordered);
    const auto total = page.container.number(wire::Field::total_size);
    const auto size = page.container.number(wire::Field::size);
    const auto offset = page.container.number(wire::Field::offset);
    sink.page_end(page.rows, page.rows);
    if (!ordered.sorted || !total || *total < 0 || !offset || *offset != static_cast<std::int64_t>(rows) ||
        (size && *size != static_cast<std::int64_t>(page.rows)))
      return head;
    if (rows > 0 && head.total != static_cast<std::uint64_t>(*total)) return head;  // it changed meanwhile
    head.total = static_cast<std::uint64_t>(*total);
    rows += page.rows;
    head.top = ordered.top;
    head.bottom = ordered.bottom;
    head.whole = rows == head.total;
    if (rows > head.total || (page.rows == 0 && !head.whole) || rows > most) return head;
    if (head.whole || head.bottom < since) break;
  }
  head.sure = true;
  return head;
}

}  // namespace crosswatch::plex::feature
