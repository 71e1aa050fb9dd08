// Lanes, their baselines and their unfinished writes in the state file. For the engine; call inside StateStore::read
// or ::write.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <string_view>

#include "config/pairs.hpp"
#include "engine/base.hpp"

namespace crosswatch::host {

struct Binding {
  ProfileRef ref{};
  std::string identity{};
};
std::optional<Binding> find_binding(SQLite::Database& db, const std::string& pair, engine::Side side);
void save_binding(SQLite::Database& db, const std::string& pair, engine::Side side, const Binding& b, std::int64_t now);

struct LaneRow {
  std::int64_t id = 0;  // 0: not stored yet
  PairMode mode = PairMode::one_way;
  std::array<std::string, 2> scope{};  // what the providers said they read
  std::int64_t rows = 0;
  bool mirror_ok = false;  // the user approved that what only the target has is removed
};
LaneRow find_lane(SQLite::Database& db, const std::string& pair, Feature feature);
void save_lane(SQLite::Database& db, const std::string& pair, Feature feature, LaneRow& lane);  // sets its id

// Error STORAGE "state_unreadable" when rows are missing.
engine::Base load_base(SQLite::Database& db, const LaneRow& lane, engine::Texts& texts);

// Ids and refs as one text, one a line.
class IdentText {
public:
  static void put_id(std::string& out, std::string_view scheme, std::string_view value, bool own);
  static void put_ref(std::string& out, std::string_view ref, engine::Side side);
  // Calls own(scheme, value), show(scheme, value) or ref(side, text) for each.
  template <class Own, class Show, class Ref>
  static void each(std::string_view text, Own&& own, Show&& show, Ref&& ref) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (line.empty()) continue;
      const std::string_view rest = line.substr(1);
      if (line[0] == 'a' || line[0] == 'b') {
        ref(line[0] == 'a' ? engine::Side::source : engine::Side::target, rest);
        continue;
      }
      const std::size_t tab = rest.find('\t');
      if (tab == std::string_view::npos) continue;
      line[0] == 'o' ? own(rest.substr(0, tab), rest.substr(tab + 1)) : show(rest.substr(0, tab), rest.substr(tab + 1));
    }
  }
};

// Who a row is about.
struct RowText {
  Kind kind = Kind::movie;
  std::int32_t season = -1, episode = -1;
  std::string idents{}, title{}, series{};
};

class BaseWriter {
public:
  BaseWriter(SQLite::Database& db, std::int64_t lane);
  // `note` says why a side is parked or kept, since when; empty: as before. It goes when no side is.
  void put(const engine::Row& row, const RowText& text, const std::string& note, std::int64_t since);
  void change(const engine::Row& row, const std::string& note, std::int64_t since);  // leaves its text as it is
  void drop(std::int64_t id);
  void intend(std::int64_t id, const engine::Intent& intent);
  void close(std::int64_t id, engine::Side side);

private:
  int bind_values(SQLite::Statement& s, const engine::Row& row, const std::string& note, std::int64_t since);
  std::int64_t lane_;
  SQLite::Statement put_, change_, drop_, intend_, close_, close_all_;
};

void bind_time(SQLite::Statement& s, int i, std::int64_t at);  // unknown: null
std::int64_t get_time(SQLite::Statement& s, int i);

}  // namespace crosswatch::host
