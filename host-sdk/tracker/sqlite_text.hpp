// Binding and reading of text and optional numbers.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <crosswatch/item.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crosswatch::tracker {

// Resets the statement when it goes out of scope, so that it holds no lock and no bound text.
class Use {
public:
  explicit Use(SQLite::Statement& s) : s_(s) {}
  ~Use() {
    static_cast<void>(s_.tryReset());  // repeats a failure that was already thrown
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  template <class... T>
  Use& bind(const T&... values) {
    int at = 0;
    (one(++at, values), ...);
    return *this;
  }
  bool step() { return s_.executeStep(); }
  void run() { static_cast<void>(s_.exec()); }
  int changes() const { return s_.getChanges(); }
  std::int64_t number(int column) const { return s_.getColumn(column).getInt64(); }
  std::int32_t small(int column) const { return s_.getColumn(column).getInt(); }
  std::string_view text(int column) const {  // until the next step
    const SQLite::Column c = s_.getColumn(column);
    const char* data = c.getText();
    return {data, static_cast<std::size_t>(c.getBytes())};
  }
  std::int64_t time(int column) const { return s_.getColumn(column).isNull() ? time_unknown : number(column); }
  bool null(int column) const { return s_.getColumn(column).isNull(); }

private:
  void one(int at, std::int64_t v) { s_.bind(at, v); }
  void one(int at, std::int32_t v) { s_.bind(at, v); }
  void one(int at, std::uint32_t v) { s_.bind(at, static_cast<std::int64_t>(v)); }
  void one(int at, std::string_view v) { s_.bind(at, std::string(v)); }
  template <class T>
  void one(int at, const std::optional<T>& v) {
    if (v)
      one(at, *v);
    else
      s_.bind(at);
  }
  SQLite::Statement& s_;
};

inline std::optional<std::int64_t> known(std::int64_t time) {
  return time == time_unknown ? std::nullopt : std::optional(time);
}

}  // namespace crosswatch::tracker
