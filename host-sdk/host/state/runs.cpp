#include "state/runs.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <charconv>
#include <crosswatch/call.hpp>

#include "engine/base.hpp"
#include "state/baseline.hpp"
#include "state/records.hpp"

namespace crosswatch::host {

using engine::Item;
using engine::Side;
using engine::Totals;

namespace {

constexpr const char* total_columns = "added, updated, removed, skipped, held, parked, conflicts, failed";
constexpr const char* total_sums =
    "total(added), total(updated), total(removed), total(skipped), total(held), total(parked), total(conflicts), "
    "total(failed)";

std::uint64_t count(SQLite::Statement& s, int i) {
  return static_cast<std::uint64_t>(s.getColumn(i).getInt64());
}

Totals get_totals(SQLite::Statement& s, int i) {
  return {count(s, i),     count(s, i + 1), count(s, i + 2), count(s, i + 3),
          count(s, i + 4), count(s, i + 5), count(s, i + 6), count(s, i + 7)};
}

std::optional<cw_value> get_value(SQLite::Statement& s, int i, Feature feature) {
  if (s.getColumn(i).getInt() == 0) return std::nullopt;
  return engine::to_raw(feature, {get_time(s, i + 1), s.getColumn(i + 2).getInt(), s.getColumn(i + 3).getInt()});
}

void get_ids(const std::string& idents, Item& item) {
  IdentText::each(
      idents,
      [&](std::string_view scheme, std::string_view value) {
        item.ids.push_back({std::string(scheme), std::string(value)});
      },
      [&](std::string_view scheme, std::string_view value) {
        item.show_ids.push_back({std::string(scheme), std::string(value)});
      },
      [](Side, std::string_view) {});
}

constexpr const char* item_columns =
    "pair, feature, side, op, result, kind, year, season, episode, title, series, idents, had, at_was, n_was, d_was, "
    "has, at_new, n_new, d_new, reason";

Item get_item(SQLite::Statement& s) {
  Item item;
  item.pair = s.getColumn(0).getString();
  item.feature = static_cast<Feature>(s.getColumn(1).getInt());
  item.side = static_cast<Side>(s.getColumn(2).getInt());
  item.op = static_cast<engine::OpType>(s.getColumn(3).getInt());
  item.result = static_cast<engine::Result>(s.getColumn(4).getInt());
  item.kind = static_cast<Kind>(s.getColumn(5).getInt());
  item.year = s.getColumn(6).getInt();
  item.season = s.getColumn(7).getInt();
  item.episode = s.getColumn(8).getInt();
  item.title = s.getColumn(9).getString();
  item.series_title = s.getColumn(10).getString();
  get_ids(s.getColumn(11).getString(), item);
  item.before = get_value(s, 12, item.feature);
  item.after = get_value(s, 16, item.feature);
  item.reason = s.getColumn(20).getString();
  return item;
}

engine::LaneReport get_lane(SQLite::Statement& s) {
  engine::LaneReport lane;
  lane.pair = s.getColumn(0).getString();
  lane.feature = static_cast<Feature>(s.getColumn(1).getInt());
  lane.status = static_cast<engine::Status>(s.getColumn(2).getInt());
  lane.exit = static_cast<ExitCode>(s.getColumn(3).getInt());
  lane.code = s.getColumn(4).getString();
  lane.message = s.getColumn(5).getString();
  lane.remedy = s.getColumn(6).getString();
  lane.digest = s.getColumn(7).getString();
  for (int i = 0; i < 2; ++i)
    lane.sides[static_cast<std::size_t>(i)] = {s.getColumn(8 + 3 * i).getString(), count(s, 9 + 3 * i),
                                               s.getColumn(10 + 3 * i).getInt() != 0};
  lane.planned.added = count(s, 14);
  lane.planned.updated = count(s, 15);
  lane.planned.removed = count(s, 16);
  lane.totals = get_totals(s, 17);
  lane.unchanged_since = s.getColumn(25).getInt64();
  return lane;
}

Error parked_unknown(const std::string& key) {
  return Error(CW_NOT_FOUND, "parked_unknown", "Nothing is parked under the name \"" + key + "\".",
               "crosswatch parked list");
}

}  // namespace

std::vector<RunRow> list_runs(const StateStore& state, std::size_t limit) {
  std::vector<RunRow> out;
  state.read([&](SQLite::Database& db) {
    SQLite::Statement s(db, std::string("SELECT id, started, finished, dry, trigger, run.status, run.digest, ") +
                                total_sums +
                                ", total(plan_added), total(plan_updated), total(plan_removed)"
                                " FROM run LEFT JOIN run_lane ON run = id GROUP BY id ORDER BY id DESC LIMIT ?");
    s.bind(1, static_cast<std::int64_t>(limit));
    while (s.executeStep())
      out.push_back({s.getColumn(0).getInt64(),
                     s.getColumn(1).getInt64(),
                     s.getColumn(2).getInt64(),
                     s.getColumn(3).getInt() != 0,
                     s.getColumn(4).getString(),
                     static_cast<engine::Status>(s.getColumn(5).getInt()),
                     s.getColumn(6).getString(),
                     get_totals(s, 7),
                     {count(s, 15), count(s, 16), count(s, 17)}});
  });
  return out;
}

engine::RunReport find_run(const StateStore& state, std::int64_t id) {
  engine::RunReport out;
  state.read([&](SQLite::Database& db) {
    SQLite::Statement run(db, "SELECT started, finished, dry, status, exit, digest FROM run WHERE id = ?");
    run.bind(1, id);
    if (!run.executeStep()) {
      const auto newest = db.execAndGet("SELECT coalesce(max(id), 0) FROM run").getInt64();
      throw Error(CW_NOT_FOUND, "run_unknown",
                  newest == 0
                      ? "There is no run yet."
                      : "There is no run " + std::to_string(id) + "; the newest is " + std::to_string(newest) + ".",
                  newest == 0 ? "crosswatch sync" : "crosswatch runs list");
    }
    out.id = id;
    out.started = run.getColumn(0).getInt64();
    out.finished = run.getColumn(1).getInt64();
    out.dry = run.getColumn(2).getInt() != 0;
    out.status = static_cast<engine::Status>(run.getColumn(3).getInt());
    out.exit = static_cast<ExitCode>(run.getColumn(4).getInt());
    out.digest = run.getColumn(5).getString();
    SQLite::Statement s(db, std::string("SELECT pair, feature, status, exit, code, message, remedy, digest, name_a, "
                                        "facts_a, complete_a, name_b, facts_b, complete_b, plan_added, plan_updated, "
                                        "plan_removed, ") +
                                total_columns + ", unchanged_since FROM run_lane WHERE run = ? ORDER BY seq");
    s.bind(1, id);
    while (s.executeStep()) {
      engine::LaneReport lane = get_lane(s);
      if (out.pairs.empty() || out.pairs.back().id != lane.pair) {
        out.pairs.emplace_back();
        out.pairs.back().id = lane.pair;
      }
      engine::PairReport& pair = out.pairs.back();
      pair.status = std::max(pair.status, lane.status);
      out.planned += lane.planned;
      out.totals += lane.totals;
      pair.lanes.push_back(std::move(lane));
    }
  });
  return out;
}

void each_item(const StateStore& state, std::int64_t run, const std::function<void(const Item&)>& visit) {
  state.read([&](SQLite::Database& db) {
    SQLite::Statement s(db, std::string("SELECT ") + item_columns + " FROM run_item WHERE run = ? ORDER BY seq");
    s.bind(1, run);
    while (s.executeStep()) visit(get_item(s));
  });
}

PairState pair_state(const StateStore& state, const std::string& pair) {
  PairState out;
  state.read([&](SQLite::Database& db) {
    SQLite::Statement s(db,
                        "SELECT run.id, run.started, max(l.status), total(l.held), total(l.parked), "
                        "iif(run.approved_by = 0, run.digest, '') FROM run JOIN run_lane l ON l.run = run.id "
                        "WHERE l.pair = ?1 AND run.dry = 0 AND (run.finished <> 0 OR run.id < (SELECT max(id) FROM "
                        "run)) GROUP BY run.id ORDER BY run.id DESC LIMIT 1");
    s.bind(1, pair);
    if (!s.executeStep()) return;
    out.last_run = s.getColumn(0).getInt64();
    out.last_run_at = s.getColumn(1).getInt64();
    out.status = static_cast<engine::Status>(s.getColumn(2).getInt());
    out.held = count(s, 3);
    out.parked = count(s, 4);
    if (out.held != 0) out.digest = s.getColumn(5).getString();
  });
  return out;
}

std::vector<Item> list_held(const StateStore& state, const std::string& pair) {
  std::vector<Item> out;
  state.read([&](SQLite::Database& db) {
    SQLite::Statement s(
        db,
        std::string("SELECT ") + item_columns +
            " FROM run_item i WHERE result = ?1 AND (?2 = '' OR pair = ?2) AND run = (SELECT max(l.run) FROM "
            "run_lane l JOIN run ON run.id = l.run WHERE run.dry = 0 AND l.pair = i.pair AND l.feature = i.feature) "
            "ORDER BY run, seq");
    s.bind(1, static_cast<int>(engine::Result::held));
    s.bind(2, pair);
    while (s.executeStep()) out.push_back(get_item(s));
  });
  return out;
}

std::vector<std::string> pairs_of_digest(const StateStore& state, const std::string& digest, std::int64_t now) {
  std::vector<std::string> ids;
  state.read([&](SQLite::Database& db) {
    for (const auto& [lane, of_lane] : find_approval(db, digest, now))
      if (ids.empty() || ids.back() != lane.first) ids.push_back(lane.first);
  });
  return ids;
}

std::vector<ParkedItem> list_parked(const StateStore& state, const std::string& pair) {
  std::vector<ParkedItem> out;
  state.read([&](SQLite::Database& db) {
    SQLite::Statement s(
        db,
        "SELECT pair, feature, base.id, kind, season, episode, title, series, idents, note, since, tries, "
        "st_a, when_a, at_a, n_a, d_a, st_b, when_b, at_b, n_b, d_b FROM base "
        "JOIN lane ON lane.id = base.lane WHERE note IS NOT NULL AND (?1 = '' OR pair = ?1) "
        "ORDER BY pair, feature, series, season, episode, title");
    s.bind(1, pair);
    while (s.executeStep()) {
      ParkedItem p;
      p.item.pair = s.getColumn(0).getString();
      p.item.feature = static_cast<Feature>(s.getColumn(1).getInt());
      p.key = p.item.pair + "/" + std::string(name_of(p.item.feature)) + "/" + s.getColumn(2).getString();
      p.item.kind = static_cast<Kind>(s.getColumn(3).getInt());
      p.item.season = s.getColumn(4).getInt();
      p.item.episode = s.getColumn(5).getInt();
      p.item.title = s.getColumn(6).getString();
      p.item.series_title = s.getColumn(7).getString();
      get_ids(s.getColumn(8).getString(), p.item);
      p.item.result = engine::Result::parked;
      p.item.reason = s.getColumn(9).getString();
      p.since = s.getColumn(10).getInt64();
      p.tries = static_cast<std::uint32_t>(s.getColumn(11).getInt());
      // Parked on a side: an add waits there. Kept on a side: it is gone there, and its remove waits on the other.
      // Refuses: an update waits there. Left: its title is to come back.
      for (const int side : {0, 1}) {
        const auto st = static_cast<engine::SideState>(s.getColumn(12 + 5 * side).getInt());
        const bool kept = st == engine::SideState::kept;
        const bool refuses = st == engine::SideState::refuses;
        if (st != engine::SideState::parked && st != engine::SideState::left && !kept && !refuses) continue;
        const int written = kept ? 1 - side : side;
        const int other = 12 + 5 * (1 - side);
        p.item.side = static_cast<Side>(written);
        p.item.op = kept ? engine::OpType::remove : refuses ? engine::OpType::update : engine::OpType::add;
        p.next_try = s.getColumn(13 + 5 * side).getInt64();
        p.ignored = p.next_try == engine::never;
        const cw_value v = engine::to_raw(
            p.item.feature, {get_time(s, other + 2), s.getColumn(other + 3).getInt(), s.getColumn(other + 4).getInt()});
        (kept ? p.item.before : p.item.after) = v;
      }
      out.push_back(std::move(p));
    }
  });
  return out;
}

void change_parked(StateStore& state, const std::string& key, ParkChange change) {
  const std::size_t last = key.rfind('/');
  const std::size_t middle = last == std::string::npos || last == 0 ? last : key.rfind('/', last - 1);
  if (middle == std::string::npos) throw parked_unknown(key);
  const auto feature = feature_named(std::string_view(key).substr(middle + 1, last - middle - 1));
  std::int64_t id = 0;
  const auto [end, bad] = std::from_chars(key.data() + last + 1, key.data() + key.size(), id);
  if (!feature || bad != std::errc() || end != key.data() + key.size()) throw parked_unknown(key);
  const std::int64_t when = change == ParkChange::ignore ? engine::never : 0;
  state.write([&](SQLite::Database& db) {
    SQLite::Statement s(
        db,
        "UPDATE base SET when_a = iif(st_a IN (4, 5, 6, 7), ?1, when_a), "
        "when_b = iif(st_b IN (4, 5, 6, 7), ?1, when_b), tries = iif(?1 = 0, 0, tries) "
        "WHERE note IS NOT NULL AND id = ?2 AND lane = (SELECT id FROM lane WHERE pair = ?3 AND feature = "
        "?4)");
    s.bind(1, when);
    s.bind(2, id);
    s.bind(3, key.substr(0, middle));
    s.bind(4, static_cast<int>(*feature));
    if (s.exec() != 1) throw parked_unknown(key);
  });
}

}  // namespace crosswatch::host
