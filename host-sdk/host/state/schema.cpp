#include "state/store.hpp"

namespace crosswatch::host {
namespace {

// Values of a fact are at (epoch seconds, null unknown), n and d as engine::Value has them. A lane's rows lie together,
// because a run reads them all, in order. Zeros and nulls take no space in the file.
constexpr const char* first_version = R"sql(
CREATE TABLE binding(pair TEXT NOT NULL, side INTEGER NOT NULL, provider TEXT NOT NULL, profile TEXT NOT NULL,
                     identity TEXT NOT NULL, bound_at INTEGER NOT NULL, PRIMARY KEY(pair, side)) WITHOUT ROWID;
CREATE TABLE lane(id INTEGER PRIMARY KEY, pair TEXT NOT NULL, feature INTEGER NOT NULL, mode INTEGER NOT NULL,
                  scope_a TEXT NOT NULL, scope_b TEXT NOT NULL, rows INTEGER NOT NULL, mirror_ok INTEGER NOT NULL,
                  UNIQUE(pair, feature));
CREATE TABLE base(lane INTEGER NOT NULL REFERENCES lane(id) ON DELETE CASCADE, id INTEGER NOT NULL,
                  kind INTEGER NOT NULL, season INTEGER, episode INTEGER,
                  origin INTEGER NOT NULL, tries INTEGER NOT NULL,
                  st_a INTEGER NOT NULL, at_a INTEGER, n_a INTEGER NOT NULL, d_a INTEGER NOT NULL, when_a INTEGER NOT NULL,
                  st_b INTEGER NOT NULL, at_b INTEGER, n_b INTEGER NOT NULL, d_b INTEGER NOT NULL, when_b INTEGER NOT NULL,
                  idents TEXT NOT NULL, title TEXT NOT NULL, series TEXT NOT NULL, note TEXT, since INTEGER,
                  PRIMARY KEY(lane, id)) WITHOUT ROWID;
CREATE INDEX base_noted ON base(lane, id) WHERE note IS NOT NULL;
CREATE TABLE journal(lane INTEGER NOT NULL REFERENCES lane(id) ON DELETE CASCADE, id INTEGER NOT NULL,
                     side INTEGER NOT NULL, op INTEGER NOT NULL, done INTEGER NOT NULL, at INTEGER NOT NULL,
                     at_new INTEGER, n_new INTEGER NOT NULL, d_new INTEGER NOT NULL,
                     at_was INTEGER, n_was INTEGER NOT NULL, d_was INTEGER NOT NULL,
                     at_other INTEGER, n_other INTEGER NOT NULL, d_other INTEGER NOT NULL,
                     PRIMARY KEY(lane, id, side)) WITHOUT ROWID;
CREATE TABLE run(id INTEGER PRIMARY KEY AUTOINCREMENT, trigger TEXT NOT NULL, started INTEGER NOT NULL,
                 finished INTEGER NOT NULL, dry INTEGER NOT NULL, status INTEGER NOT NULL, exit INTEGER NOT NULL,
                 digest TEXT NOT NULL, approved_by INTEGER NOT NULL);
CREATE TABLE run_lane(run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
                      pair TEXT NOT NULL, feature INTEGER NOT NULL, status INTEGER NOT NULL, exit INTEGER NOT NULL,
                      code TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL, digest TEXT NOT NULL,
                      name_a TEXT NOT NULL, facts_a INTEGER NOT NULL, complete_a INTEGER NOT NULL,
                      name_b TEXT NOT NULL, facts_b INTEGER NOT NULL, complete_b INTEGER NOT NULL,
                      plan_added INTEGER NOT NULL, plan_updated INTEGER NOT NULL, plan_removed INTEGER NOT NULL,
                      added INTEGER NOT NULL, updated INTEGER NOT NULL, removed INTEGER NOT NULL,
                      skipped INTEGER NOT NULL, held INTEGER NOT NULL, parked INTEGER NOT NULL,
                      conflicts INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY(run, seq)) WITHOUT ROWID;
CREATE INDEX run_lane_pair ON run_lane(pair, run);
CREATE TABLE run_item(run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
                      pair TEXT NOT NULL, feature INTEGER NOT NULL, side INTEGER NOT NULL, op INTEGER NOT NULL,
                      result INTEGER NOT NULL, kind INTEGER NOT NULL, year INTEGER NOT NULL, season INTEGER,
                      episode INTEGER, title TEXT NOT NULL, series TEXT NOT NULL, idents TEXT NOT NULL,
                      had INTEGER NOT NULL, at_was INTEGER, n_was INTEGER NOT NULL, d_was INTEGER NOT NULL,
                      has INTEGER NOT NULL, at_new INTEGER, n_new INTEGER NOT NULL, d_new INTEGER NOT NULL,
                      reason TEXT NOT NULL, PRIMARY KEY(run, seq)) WITHOUT ROWID;
)sql";

// Live events and where they are to go (state/route_queue.hpp).
constexpr const char* routes = R"sql(
CREATE TABLE route_cursor(profile TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE route_event(id INTEGER PRIMARY KEY AUTOINCREMENT, profile TEXT NOT NULL, told TEXT NOT NULL,
                         kind INTEGER NOT NULL, user TEXT NOT NULL, ref TEXT NOT NULL, at INTEGER,
                         rating INTEGER NOT NULL, item TEXT NOT NULL, since INTEGER NOT NULL);
CREATE UNIQUE INDEX route_event_told ON route_event(profile, told) WHERE told <> '';
CREATE INDEX route_event_item ON route_event(profile, ref);
CREATE TABLE route_delivery(id INTEGER PRIMARY KEY AUTOINCREMENT,
                            event INTEGER NOT NULL REFERENCES route_event(id) ON DELETE CASCADE, route TEXT NOT NULL,
                            feature INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
                            tries INTEGER NOT NULL DEFAULT 0, next_try INTEGER NOT NULL DEFAULT 0,
                            reason TEXT NOT NULL DEFAULT '', UNIQUE(event, route, feature));
CREATE INDEX route_delivery_open ON route_delivery(route, state, id);
)sql";

// What a lane last agreed on (state/agreement.hpp). Whatever changes its baseline, its journal or the lane itself is
// the end of that, whoever does it.
constexpr const char* agreements = R"sql(
CREATE TABLE agreement(lane INTEGER PRIMARY KEY REFERENCES lane(id) ON DELETE CASCADE, terms TEXT NOT NULL,
                       state_a TEXT NOT NULL, state_b TEXT NOT NULL, run INTEGER NOT NULL, at INTEGER NOT NULL,
                       until INTEGER NOT NULL);
CREATE TRIGGER lane_changed AFTER UPDATE ON lane BEGIN DELETE FROM agreement WHERE lane = NEW.id; END;
CREATE TRIGGER base_added AFTER INSERT ON base BEGIN DELETE FROM agreement WHERE lane = NEW.lane; END;
CREATE TRIGGER base_changed AFTER UPDATE ON base BEGIN DELETE FROM agreement WHERE lane = NEW.lane; END;
CREATE TRIGGER base_dropped AFTER DELETE ON base BEGIN DELETE FROM agreement WHERE lane = OLD.lane; END;
CREATE TRIGGER journal_added AFTER INSERT ON journal BEGIN DELETE FROM agreement WHERE lane = NEW.lane; END;
ALTER TABLE run_lane ADD COLUMN unchanged_since INTEGER NOT NULL DEFAULT 0;
)sql";

// A dry run that found something to do says so: the status `planned` came between, and has the number 2.
constexpr const char* planned = R"sql(
UPDATE run SET status = status + 1 WHERE status >= 2;
UPDATE run_lane SET status = status + 1 WHERE status >= 2;
UPDATE run_lane SET status = 2 WHERE status = 0 AND plan_added + plan_updated + plan_removed <> 0
  AND run IN (SELECT id FROM run WHERE dry <> 0);
UPDATE run SET status = 2 WHERE status < 2 AND id IN (SELECT run FROM run_lane WHERE status = 2);
)sql";

constexpr const char* steps[] = {first_version, routes, agreements, planned};

}  // namespace

std::span<const char* const> schema_steps() noexcept {
  return steps;
}

}  // namespace crosswatch::host
