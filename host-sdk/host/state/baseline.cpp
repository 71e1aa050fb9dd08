#include "state/baseline.hpp"

namespace crosswatch::host {

using engine::Intent;
using engine::OpType;
using engine::Row;
using engine::RowSide;
using engine::Side;
using engine::SideState;
using engine::Texts;
using engine::Value;

namespace {

std::string_view text_of(SQLite::Statement& s, int i) {
  const SQLite::Column c = s.getColumn(i);
  const char* p = c.getText("");
  return {p, static_cast<std::size_t>(c.getBytes())};  // the row owns it, until the next step
}

void bind_value(SQLite::Statement& s, int& i, const Value& v) {
  bind_time(s, i++, v.at);
  s.bind(i++, v.n);
  s.bind(i++, v.d);
}

Value get_value(SQLite::Statement& s, int i) {
  return {get_time(s, i), s.getColumn(i + 1).getInt(), s.getColumn(i + 2).getInt()};
}

int number(Side s) noexcept {
  return static_cast<int>(s);
}

}  // namespace

void bind_time(SQLite::Statement& s, int i, std::int64_t at) {
  if (at == time_unknown)
    s.bind(i);
  else
    s.bind(i, at);
}

std::int64_t get_time(SQLite::Statement& s, int i) {
  const SQLite::Column c = s.getColumn(i);
  return c.isNull() ? time_unknown : c.getInt64();
}

std::optional<Binding> find_binding(SQLite::Database& db, const std::string& pair, Side side) {
  SQLite::Statement s(db, "SELECT provider, profile, identity FROM binding WHERE pair = ? AND side = ?");
  s.bind(1, pair);
  s.bind(2, number(side));
  if (!s.executeStep()) return std::nullopt;
  return Binding{{std::string(text_of(s, 0)), std::string(text_of(s, 1))}, std::string(text_of(s, 2))};
}

void save_binding(SQLite::Database& db, const std::string& pair, Side side, const Binding& b, std::int64_t now) {
  SQLite::Statement s(db, "INSERT OR REPLACE INTO binding VALUES(?, ?, ?, ?, ?, ?)");
  s.bind(1, pair);
  s.bind(2, number(side));
  s.bind(3, b.ref.provider);
  s.bind(4, b.ref.profile);
  s.bind(5, b.identity);
  s.bind(6, now);
  s.exec();
}

LaneRow find_lane(SQLite::Database& db, const std::string& pair, Feature feature) {
  SQLite::Statement s(db,
                      "SELECT id, mode, scope_a, scope_b, rows, mirror_ok FROM lane WHERE pair = ? AND feature = ?");
  s.bind(1, pair);
  s.bind(2, static_cast<int>(feature));
  LaneRow lane;
  if (!s.executeStep()) return lane;
  lane.id = s.getColumn(0).getInt64();
  lane.mode = static_cast<PairMode>(s.getColumn(1).getInt());
  lane.scope = {std::string(text_of(s, 2)), std::string(text_of(s, 3))};
  lane.rows = s.getColumn(4).getInt64();
  lane.mirror_ok = s.getColumn(5).getInt() != 0;
  return lane;
}

void save_lane(SQLite::Database& db, const std::string& pair, Feature feature, LaneRow& lane) {
  SQLite::Statement s(
      db,
      "INSERT INTO lane(pair, feature, mode, scope_a, scope_b, rows, mirror_ok) VALUES(?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT(pair, feature) DO UPDATE SET mode = excluded.mode, scope_a = excluded.scope_a,"
      " scope_b = excluded.scope_b, rows = excluded.rows, mirror_ok = excluded.mirror_ok RETURNING id");
  s.bind(1, pair);
  s.bind(2, static_cast<int>(feature));
  s.bind(3, static_cast<int>(lane.mode));
  s.bind(4, lane.scope[0]);
  s.bind(5, lane.scope[1]);
  s.bind(6, lane.rows);
  s.bind(7, lane.mirror_ok ? 1 : 0);
  s.executeStep();
  lane.id = s.getColumn(0).getInt64();
  while (s.hasRow()) s.executeStep();
}

void IdentText::put_id(std::string& out, std::string_view scheme, std::string_view value, bool own) {
  out += own ? 'o' : 's';
  out += scheme;
  out += '\t';
  out += value;
  out += '\n';
}

void IdentText::put_ref(std::string& out, std::string_view ref, Side side) {
  out += side == Side::source ? 'a' : 'b';
  out += ref;
  out += '\n';
}

engine::Base load_base(SQLite::Database& db, const LaneRow& lane, Texts& texts) {
  engine::Base base;
  SQLite::Statement s(
      db,
      "SELECT id, kind, season, episode, origin, tries, st_a, at_a, n_a, d_a, when_a, st_b, at_b, n_b, d_b, "
      "when_b, idents FROM base WHERE lane = ? ORDER BY id");
  s.bind(1, lane.id);
  engine::Idents::Draft draft;
  base.rows.reserve(static_cast<std::size_t>(lane.rows));
  const auto side = [&s](int i) {
    RowSide r;
    r.state = static_cast<SideState>(s.getColumn(i).getInt());
    r.value = get_value(s, i + 1);
    r.when = s.getColumn(i + 4).getInt64();
    return r;
  };
  while (s.executeStep()) {
    Row row;
    row.id = s.getColumn(0).getInt64();
    row.origin = static_cast<engine::Origin>(s.getColumn(4).getInt());
    row.tries = static_cast<std::uint8_t>(s.getColumn(5).getInt());
    row.side = {side(6), side(11)};
    draft.clear();
    draft.kind = static_cast<Kind>(s.getColumn(1).getInt());
    draft.season = s.getColumn(2).getInt();
    draft.episode = s.getColumn(3).getInt();
    IdentText::each(
        text_of(s, 16),
        [&](std::string_view scheme, std::string_view value) {
          draft.own.push_back(texts.intern(static_cast<Texts::Space>(draft.kind), texts.scheme(scheme), value));
        },
        [&](std::string_view scheme, std::string_view value) {
          draft.shows.push_back(texts.intern(Texts::show, texts.scheme(scheme), value));
        },
        [&](Side where, std::string_view ref) {
          draft.refs[static_cast<std::size_t>(where)].push_back(texts.intern(Texts::ref, 0, ref));
        });
    base.idents.add(draft);
    base.rows.push_back(row);
  }
  if (static_cast<std::int64_t>(base.rows.size()) != lane.rows)
    throw Error(CW_STORAGE, "state_unreadable",
                "The state is damaged: a lane should have " + std::to_string(lane.rows) + " rows and has " +
                    std::to_string(base.rows.size()) + ".",
                "Put back a copy of crosswatch.db, or move it away: the next run then compares both sides anew and "
                "removes nothing.");

  SQLite::Statement j(
      db,
      "SELECT id, side, op, done, at, at_new, n_new, d_new, at_was, n_was, d_was, at_other, n_other, d_other "
      "FROM journal WHERE lane = ? ORDER BY id");
  j.bind(1, lane.id);
  std::uint32_t row = 0;
  while (j.executeStep()) {
    const std::int64_t id = j.getColumn(0).getInt64();
    while (row < base.rows.size() && base.rows[row].id < id) ++row;
    if (row == base.rows.size() || base.rows[row].id != id) continue;
    const auto written = static_cast<Side>(j.getColumn(1).getInt());
    base.intents[engine::Base::key(row, written)] = {written,
                                                     static_cast<OpType>(j.getColumn(2).getInt()),
                                                     j.getColumn(3).getInt() != 0,
                                                     j.getColumn(4).getInt64(),
                                                     get_value(j, 5),
                                                     get_value(j, 8),
                                                     get_value(j, 11)};
  }
  return base;
}

// A note lives as long as a side is parked (4), kept (5), refuses (6) or its title left (7).
#define CW_NOTE(name, fresh) \
  name " = CASE WHEN max(?6 IN (4, 5, 6, 7), ?11 IN (4, 5, 6, 7)) THEN coalesce(" fresh ", " name ") END"
#define CW_VALUES                                                                                 \
  "origin = ?4, tries = ?5, st_a = ?6, at_a = ?7, n_a = ?8, d_a = ?9, when_a = ?10, st_b = ?11, " \
  "at_b = ?12, n_b = ?13, d_b = ?14, when_b = ?15, " CW_NOTE("note", "?2") ", " CW_NOTE("since", "?16")

BaseWriter::BaseWriter(SQLite::Database& db, std::int64_t lane)
    : lane_(lane),
      put_(
          db,
          "INSERT INTO base(lane, note, id, origin, tries, st_a, at_a, n_a, d_a, when_a, st_b, at_b, n_b, d_b, when_b, "
          "since, kind, season, episode, idents, title, series) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
          "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22) ON CONFLICT(lane, id) DO UPDATE SET kind = ?17, "
          "season = ?18, episode = ?19, idents = ?20, title = ?21, series = ?22, " CW_VALUES),
      change_(db, "UPDATE base SET " CW_VALUES " WHERE lane = ?1 AND id = ?3"),
      drop_(db, "DELETE FROM base WHERE lane = ? AND id = ?"),
      intend_(db, "INSERT OR REPLACE INTO journal VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      close_(db, "DELETE FROM journal WHERE lane = ? AND id = ? AND side = ?"),
      close_all_(db, "DELETE FROM journal WHERE lane = ? AND id = ?") {}

int BaseWriter::bind_values(SQLite::Statement& s, const Row& row, const std::string& note, std::int64_t since) {
  s.reset();
  int i = 1;
  s.bind(i++, lane_);
  if (note.empty())
    s.bind(i++);
  else
    s.bind(i++, note);
  s.bind(i++, row.id);
  s.bind(i++, static_cast<int>(row.origin));
  s.bind(i++, static_cast<int>(row.tries));
  for (const RowSide& side : row.side) {
    s.bind(i++, static_cast<int>(side.state));
    bind_value(s, i, side.value);
    s.bind(i++, side.when);
  }
  if (note.empty())
    s.bind(i++);
  else
    s.bind(i++, since);
  return i;
}

void BaseWriter::put(const Row& row, const RowText& text, const std::string& note, std::int64_t since) {
  int i = bind_values(put_, row, note, since);
  put_.bind(i++, static_cast<int>(text.kind));
  put_.bind(i++, text.season);
  put_.bind(i++, text.episode);
  put_.bind(i++, text.idents);
  put_.bind(i++, text.title);
  put_.bind(i++, text.series);
  put_.exec();
}

void BaseWriter::change(const Row& row, const std::string& note, std::int64_t since) {
  bind_values(change_, row, note, since);
  change_.exec();
}

void BaseWriter::drop(std::int64_t id) {
  for (SQLite::Statement* s : {&drop_, &close_all_}) {
    s->reset();
    s->bind(1, lane_);
    s->bind(2, id);
    s->exec();
  }
}

void BaseWriter::intend(std::int64_t id, const Intent& intent) {
  intend_.reset();
  int i = 1;
  intend_.bind(i++, lane_);
  intend_.bind(i++, id);
  intend_.bind(i++, number(intent.side));
  intend_.bind(i++, static_cast<int>(intent.op));
  intend_.bind(i++, intent.done ? 1 : 0);
  intend_.bind(i++, intent.at);
  for (const Value* v : {&intent.value, &intent.was, &intent.other}) bind_value(intend_, i, *v);
  intend_.exec();
}

void BaseWriter::close(std::int64_t id, Side side) {
  close_.reset();
  close_.bind(1, lane_);
  close_.bind(2, id);
  close_.bind(3, number(side));
  close_.exec();
}

}  // namespace crosswatch::host
