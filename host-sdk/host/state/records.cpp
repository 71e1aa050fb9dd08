#include "state/records.hpp"

#include <crosswatch/call.hpp>

#include "engine/value.hpp"
#include "state/baseline.hpp"

namespace crosswatch::host {

using engine::Item;
using engine::LaneReport;

namespace {

constexpr std::int64_t approval_s = 24 * 3600;

template <class... T>
void bind_all(SQLite::Statement& s, int i, const T&... values) {
  (s.bind(i++, values), ...);
}

std::int64_t whole(std::uint64_t n) noexcept {
  return static_cast<std::int64_t>(n);
}

}  // namespace

std::int64_t begin_run(SQLite::Database& db, const std::string& trigger, std::int64_t now, bool dry) {
  SQLite::Statement s(db,
                      "INSERT INTO run(trigger, started, finished, dry, status, exit, digest, approved_by) "
                      "VALUES(?, ?, 0, ?, ?, ?, '', 0)");
  bind_all(s, 1, trigger, now, dry ? 1 : 0, static_cast<int>(engine::Status::cancelled),
           static_cast<int>(ExitCode::cancelled));
  s.exec();
  return db.getLastInsertRowid();
}

void record_lane(SQLite::Database& db, std::int64_t run, std::int64_t seq, const LaneReport& l) {
  SQLite::Statement s(
      db,
      "INSERT OR REPLACE INTO run_lane VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?, ?)");
  const auto& [a, b] = l.sides;
  const engine::Totals& t = l.totals;
  bind_all(s, 1, run, seq, l.pair, static_cast<int>(l.feature), static_cast<int>(l.status), static_cast<int>(l.exit),
           l.code, l.message, l.remedy, l.digest, a.name, whole(a.facts), a.complete ? 1 : 0, b.name, whole(b.facts),
           b.complete ? 1 : 0, whole(l.planned.added), whole(l.planned.updated), whole(l.planned.removed),
           whole(t.added), whole(t.updated), whole(t.removed), whole(t.skipped), whole(t.held), whole(t.parked),
           whole(t.conflicts), whole(t.failed), l.unchanged_since);
  s.exec();
}

void finish_run(SQLite::Database& db, const engine::RunReport& r) {
  SQLite::Statement s(db, "UPDATE run SET finished = ?, status = ?, exit = ?, digest = ? WHERE id = ?");
  bind_all(s, 1, r.finished, static_cast<int>(r.status), static_cast<int>(r.exit), r.digest, r.id);
  s.exec();
}

void prune_runs(SQLite::Database& db, std::int64_t before) {
  SQLite::Statement s(db, "DELETE FROM run WHERE started < ?");
  s.bind(1, before);
  s.exec();
}

ItemWriter::ItemWriter(SQLite::Database& db)
    : insert_(db, "INSERT INTO run_item VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

void ItemWriter::put(std::int64_t run, std::int64_t seq, const Item& item) {
  std::string idents;
  for (const Token& t : item.ids) IdentText::put_id(idents, t.scheme, t.value, true);
  for (const Token& t : item.show_ids) IdentText::put_id(idents, t.scheme, t.value, false);
  insert_.reset();
  bind_all(insert_, 1, run, seq, item.pair, static_cast<int>(item.feature), static_cast<int>(item.side),
           static_cast<int>(item.op), static_cast<int>(item.result), static_cast<int>(item.kind), item.year,
           item.season, item.episode, item.title, item.series_title, idents);
  int i = 15;
  for (const auto* v : {&item.before, &item.after}) {
    engine::Value value;
    if (*v) engine::to_value(item.feature, **v, value);
    insert_.bind(i++, v->has_value() ? 1 : 0);
    bind_time(insert_, i++, value.at);
    insert_.bind(i++, value.n);
    insert_.bind(i++, value.d);
  }
  insert_.bind(i, item.reason);
  insert_.exec();
}

std::map<std::int64_t, std::string> find_notes(SQLite::Database& db, const std::string& pair, Feature feature) {
  SQLite::Statement s(db,
                      "SELECT base.id, note FROM base JOIN lane ON lane.id = base.lane WHERE note IS NOT NULL AND "
                      "pair = ? AND feature = ?");
  bind_all(s, 1, pair, static_cast<int>(feature));
  std::map<std::int64_t, std::string> out;
  while (s.executeStep()) out[s.getColumn(0).getInt64()] = s.getColumn(1).getString();
  return out;
}

LaneDigests find_approval(SQLite::Database& db, const std::string& digest, std::int64_t now) {
  SQLite::Statement run(db, "SELECT id, finished, approved_by FROM run WHERE digest = ? ORDER BY id DESC LIMIT 1");
  run.bind(1, digest);
  const char* again = "Run crosswatch sync again: it shows what is held now, and its digest.";
  if (digest.empty() || !run.executeStep())
    throw Error(CW_NOT_FOUND, "digest_unknown", "No run has held anything under the digest \"" + digest + "\".", again);
  if (run.getColumn(2).getInt64() != 0)
    throw Error(CW_NOT_FOUND, "digest_used", "The digest " + digest + " was approved before, and counts only once.",
                again);
  if (now > run.getColumn(1).getInt64() + approval_s)
    throw Error(CW_NOT_FOUND, "digest_expired", "The digest " + digest + " is older than 24 hours.", again);
  LaneDigests out;
  SQLite::Statement lanes(db, "SELECT pair, feature, digest FROM run_lane WHERE run = ? AND digest <> ''");
  lanes.bind(1, run.getColumn(0).getInt64());
  while (lanes.executeStep())
    out[{lanes.getColumn(0).getString(), static_cast<Feature>(lanes.getColumn(1).getInt())}] =
        lanes.getColumn(2).getString();
  return out;
}

void use_approval(SQLite::Database& db, const std::string& digest, std::int64_t run) {
  SQLite::Statement s(db, "UPDATE run SET approved_by = ? WHERE digest = ? AND id < ?");
  bind_all(s, 1, run, digest, run);
  s.exec();
}

}  // namespace crosswatch::host
