#include "feature/pages.hpp"

#include <algorithm>

#include "feature/page_fetcher.hpp"

namespace crosswatch::plex::feature {
namespace {

// Stands before the receiver and notices a page that the server had already sent.
class Guard : public wire::RowSink {
public:
  explicit Guard(PageSink& sink) : sink_(sink) {}
  // `seam`: its first row is the last one of the page before, unless the list changed in between.
  void begin_page(bool seam) {
    first_ = true;
    seam_ = seam;
    repeated_ = false;
    last_ = {};
  }
  void row(const wire::Row& row) override {
    if (repeated_) return;
    const std::string_view key = signature(row);
    if (std::exchange(seam_, false)) {
      moved_ = moved_ || key != last_key_;
      return;
    }
    if (std::exchange(first_, false) && !key.empty()) {
      repeated_ = key == first_key_;
      moved_ = moved_ || key == last_key_;
      first_key_ = key;
      if (repeated_ || key == last_key_) return;
    }
    last_ = key;
    sink_.row(row);
  }
  void end_page() { last_key_ = last_; }
  bool repeated() const noexcept { return repeated_; }
  bool moved() const noexcept { return moved_; }

private:
  static std::string_view signature(const wire::Row& row) {
    const std::string_view history = row.text(wire::Field::history_key);
    return history.empty() ? row.text(wire::Field::rating_key) : history;
  }
  PageSink& sink_;
  std::string_view last_{};  // of the page being read
  std::string first_key_{};
  std::string last_key_{};
  bool first_ = true;
  bool repeated_ = false;
  bool seam_ = false;
  bool moved_ = false;
};

class Reader {
public:
  Reader(const Call& call, const Source& source, const List& list, wire::Arena& arena, PageSink& sink)
      : source_(source), list_(list), arena_(arena), sink_(sink), guard_(sink), fetcher_(call, source, list) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { sink_.drain(); }

  ListEnd read() {
    const std::uint64_t smaller = list_.smaller_page_size;
    while (true) {
      PageFetcher::Answer& answer = fetcher_.next();
      if (answer.response.status == 400 && smaller != 0 && answer.window.size > smaller) {
        fetcher_.restart(end_.rows, smaller);
        continue;
      }
      source_.expect_success(answer.response, answer.body, list_.what);
      note_total(wire::to_int(answer.response.header("x-plex-container-total-size")));
      if (total_) fetcher_.run_ahead(*total_);
      const std::uint64_t received = parse(answer);
      if (finished_) return end_;
      // The server may have a limit of its own.
      if (received != answer.window.size) fetcher_.restart(end_.rows, std::max<std::uint64_t>(received, 20));
    }
  }

private:
  void note_total(std::optional<std::int64_t> total) {
    if (!total || *total < 0) return;
    if (total_ && *total_ != static_cast<std::uint64_t>(*total)) changed_ = true;
    total_ = static_cast<std::uint64_t>(*total);
  }

  std::uint64_t parse(PageFetcher::Answer& answer) {
    const std::uint64_t start = end_.rows;
    const bool seam = list_.with_seams && start > 0;
    guard_.begin_page(seam);
    arena_.turn();
    const wire::Page page = wire::parse_rows(answer.body, arena_, list_.what, guard_);
    const auto offset = page.container.number(wire::Field::offset);
    note_total(page.container.number(wire::Field::total_size));
    const std::uint64_t received = page.rows - (seam && page.rows > 0 ? 1 : 0);
    if (guard_.repeated())
      return finish("the server sent the same page again after " + std::to_string(start) + " rows");
    if (const auto size = page.container.number(wire::Field::size);
        size && *size != static_cast<std::int64_t>(page.rows))
      return finish("a page of " + std::to_string(*size) + " rows held " + std::to_string(page.rows));
    if (offset && *offset != static_cast<std::int64_t>(start - (seam ? 1 : 0)))
      return finish("the server sent the rows from " + std::to_string(*offset) + " on instead of those from " +
                    std::to_string(start) + " on");
    end_.rows += received;
    guard_.end_page();
    sink_.page_end(end_.rows, total_.value_or(0));
    if (!total_) return without_total(received, answer.window.size, offset.has_value());
    if (end_.rows >= *total_) return finish({});
    if (received == 0)
      return finish("the server ended after " + std::to_string(end_.rows) + " of " + std::to_string(*total_) + " rows");
    return received;
  }

  // A server that ignores paging sends the whole list and says nothing of a part; one that pages ends with an empty
  // page behind the others. An empty answer alone proves nothing.
  std::uint64_t without_total(std::uint64_t received, std::uint64_t asked, bool is_part) {
    if (received == 0)
      return finish(is_part && end_.rows > 0 ? "" : "the server sent no row and did not say how many there are");
    if (end_.rows == received && !is_part && received != asked) return finish({});
    return received;
  }

  std::uint64_t finish(std::string defect) {
    finished_ = true;
    if (defect.empty() && total_ && end_.rows > *total_)
      defect = "the server sent " + std::to_string(end_.rows) + " rows of " + std::to_string(*total_);
    if (defect.empty() && (changed_ || guard_.moved())) defect = "it changed while it was read";
    if (!defect.empty()) end_.defect = list_.what + " is not complete: " + defect + ".";
    return 0;
  }

  const Source& source_;
  const List& list_;
  wire::Arena& arena_;
  PageSink& sink_;
  Guard guard_;
  PageFetcher fetcher_;
  std::optional<std::uint64_t> total_{};
  bool changed_ = false;
  bool finished_ = false;
  ListEnd end_{};
};

}  // namespace

std::uint64_t next_page_size(std::uint64_t size, std::uint64_t usual, std::uint32_t took_ms,
                             std::uint32_t slow_ms) noexcept {
  if (took_ms > slow_ms) return std::max({size / 2, std::min(size, usual / 8), std::uint64_t{1}});
  return took_ms < slow_ms / 4 ? std::min(size * 2, usual) : size;
}

ListEnd read_list(const Call& call, const Source& source, const List& list, wire::Arena& arena, PageSink& sink) {
  return Reader(call, source, list, arena, sink).read();
}

std::optional<std::uint64_t> count_of(const Call& call, const Source& source, const List& list) {
  struct : wire::RowSink {
    void row(const wire::Row&) override {}
  } nothing;
  const Window none{0, 0};
  std::string body;
  const http::Response response = source.get(call, list.path, list.query, body, list.what, &none);
  wire::Arena arena;
  const wire::Page page = wire::parse_rows(body, arena, list.what, nothing);
  for (const auto& total :
       {page.container.number(wire::Field::total_size), wire::to_int(response.header("x-plex-container-total-size"))})
    if (total && *total >= 0) return static_cast<std::uint64_t>(*total);
  if (page.rows == 0) return std::nullopt;
  return page.rows;
}

}  // namespace crosswatch::plex::feature
