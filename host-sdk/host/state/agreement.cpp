#include "state/agreement.hpp"

namespace crosswatch::host {
namespace {

constexpr const char* noted =
    "pair, feature, side, op, result, kind, year, season, episode, title, series, idents, had, "
    "at_was, n_was, d_was, has, at_new, n_new, d_new, reason";

}  // namespace

std::optional<Agreement> find_agreement(SQLite::Database& db, std::int64_t lane) {
  SQLite::Statement s(db, "SELECT terms, state_a, state_b, run, at, until FROM agreement WHERE lane = ?");
  s.bind(1, lane);
  if (!s.executeStep()) return std::nullopt;
  return Agreement{s.getColumn(0).getString(),
                   {s.getColumn(1).getString(), s.getColumn(2).getString()},
                   s.getColumn(3).getInt64(),
                   s.getColumn(4).getInt64(),
                   s.getColumn(5).getInt64()};
}

void save_agreement(SQLite::Database& db, std::int64_t lane, const Agreement& a) {
  SQLite::Statement s(db, "INSERT OR REPLACE INTO agreement VALUES(?, ?, ?, ?, ?, ?, ?)");
  s.bind(1, lane);
  s.bind(2, a.terms);
  s.bind(3, a.state[0]);
  s.bind(4, a.state[1]);
  s.bind(5, a.run);
  s.bind(6, a.at);
  s.bind(7, a.until);
  s.exec();
}

bool repeat_report(SQLite::Database& db, const Agreement& a, std::int64_t run, std::int64_t& items,
                   engine::LaneReport& report) {
  SQLite::Statement lane(db,
                         "SELECT facts_a, facts_b, skipped, parked FROM run_lane WHERE run = ? AND pair = ? AND "
                         "feature = ?");
  lane.bind(1, a.run);
  lane.bind(2, report.pair);
  lane.bind(3, static_cast<int>(report.feature));
  if (!lane.executeStep()) return false;
  const auto count = [&lane](int i) { return static_cast<std::uint64_t>(lane.getColumn(i).getInt64()); };
  for (std::size_t i = 0; i < report.sides.size(); ++i) report.sides[i].facts = count(static_cast<int>(i));
  report.totals.skipped = count(2);
  report.totals.parked = count(3);
  SQLite::Statement copy(
      db, std::string("INSERT INTO run_item SELECT ?1, ?2 + row_number() OVER (ORDER BY seq) - 1, ") + noted +
              " FROM run_item WHERE run = ?3 AND pair = ?4 AND feature = ?5");
  copy.bind(1, run);
  copy.bind(2, items);
  copy.bind(3, a.run);
  copy.bind(4, report.pair);
  copy.bind(5, static_cast<int>(report.feature));
  items += copy.exec();
  return true;
}

}  // namespace crosswatch::host
