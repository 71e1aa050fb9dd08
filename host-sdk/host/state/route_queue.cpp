#include "state/route_queue.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "json/fact_line.hpp"
#include "state/baseline.hpp"

namespace crosswatch::host {
namespace {

// Two tellings of one play lie closer together than two plays can: a play takes as long as the item.
constexpr std::int64_t longest_doubt_s = 600;

std::int64_t doubt_s(const cw_value& v) noexcept {
  return v.duration_ms > 0 ? std::min(longest_doubt_s, v.duration_ms / 1000) : longest_doubt_s;
}

// Who it is about. What was done stands in columns of its own.
std::string item_text(const Fact& item) {
  std::string out;
  FactLender lender;
  json::append_fact_line(out, Feature::watchlist, lender.lend(item));
  out.pop_back();
  return out;
}

bool names_an_item(const Fact& f) {
  return !f.ids.empty() || !f.show_ids.empty() || !f.title.empty() || !f.series_title.empty();
}

bool told_before(SQLite::Database& db, const std::string& profile, const Event& e) {
  SQLite::Statement same(db, "SELECT 1 FROM route_event WHERE profile = ? AND told = ?");
  same.bind(1, profile);
  same.bind(2, e.id);
  if (!e.id.empty() && same.executeStep()) return true;
  if (e.kind != EventKind::watched || e.item.ref.empty() || e.item.value.at == time_unknown) return false;
  SQLite::Statement near(db,
                         "SELECT 1 FROM route_event WHERE profile = ? AND kind = ? AND user = ? AND ref = ? "
                         "AND abs(at - ?) < ?");
  near.bind(1, profile);
  near.bind(2, static_cast<int>(e.kind));
  near.bind(3, e.user);
  near.bind(4, e.item.ref);
  near.bind(5, e.item.value.at);
  near.bind(6, doubt_s(e.item.value));
  return near.executeStep();
}

}  // namespace

std::vector<Feature> features_for(const RouteConfig& route, const Event& e) {
  const auto allows = [](const std::vector<std::string>& list, const std::string& one) {
    return list.empty() || std::find(list.begin(), list.end(), one) != list.end();
  };
  std::vector<Feature> out;
  if (!allows(route.users, e.user) || !allows(route.libraries, e.item.library_id) ||
      (route.kinds & bit(e.item.kind)) == 0)
    return out;
  if (e.kind == EventKind::watched) {
    if (route.plays) out.push_back(Feature::history);
    if (route.finished && e.item.kind == Kind::movie) out.push_back(Feature::watchlist);
  }
  if (e.kind == EventKind::rated && route.ratings && (e.item.value.rating >= 0 || route.remove))
    out.push_back(Feature::ratings);
  return out;
}

bool RouteQueue::put(const ProfileRef& from, const Event& e, const std::vector<RouteConfig>& routes, std::int64_t now) {
  if (!names_an_item(e.item)) return false;
  std::vector<std::pair<const RouteConfig*, Feature>> wanted;
  for (const RouteConfig& route : routes)
    if (route.enabled && route.source == from)
      for (const Feature f : features_for(route, e)) wanted.emplace_back(&route, f);
  if (wanted.empty()) return false;

  const std::string profile = to_string(from);
  bool fresh = false;
  state_->write([&](SQLite::Database& db) {
    fresh = !told_before(db, profile, e);
    if (!fresh) return;
    SQLite::Statement event(db,
                            "INSERT INTO route_event(profile, told, kind, user, ref, at, rating, item, since) "
                            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    event.bind(1, profile);
    event.bind(2, e.id);
    event.bind(3, static_cast<int>(e.kind));
    event.bind(4, e.user);
    event.bind(5, e.item.ref);
    bind_time(event, 6, e.item.value.at);
    event.bind(7, e.item.value.rating);
    event.bind(8, item_text(e.item));
    event.bind(9, now);
    event.exec();
    const std::int64_t id = db.getLastInsertRowid();
    for (const auto& [route, feature] : wanted) {
      SQLite::Statement s(db, "INSERT INTO route_delivery(event, route, feature) VALUES(?, ?, ?)");
      s.bind(1, id);
      s.bind(2, route->id);
      s.bind(3, static_cast<int>(feature));
      s.exec();
    }
  });
  return fresh;
}

void RouteQueue::set_cursor(const ProfileRef& from, std::string_view cursor) {
  state_->write([&](SQLite::Database& db) {
    SQLite::Statement s(db, "INSERT OR REPLACE INTO route_cursor(profile, cursor) VALUES(?, ?)");
    s.bind(1, to_string(from));
    s.bind(2, std::string(cursor));
    s.exec();
  });
}

std::string RouteQueue::cursor(const ProfileRef& from) const {
  std::string out;
  state_->read([&](SQLite::Database& db) {
    SQLite::Statement s(db, "SELECT cursor FROM route_cursor WHERE profile = ?");
    s.bind(1, to_string(from));
    if (s.executeStep()) out = s.getColumn(0).getString();
  });
  return out;
}

std::vector<Delivery> RouteQueue::list(const std::string& route, DeliveryState state, std::int64_t limit) const {
  std::vector<Delivery> out;
  state_->read([&](SQLite::Database& db) {
    SQLite::Statement s(
        db,
        "SELECT d.id, route, feature, item, at, rating, tries, next_try, reason, since FROM route_delivery d "
        "JOIN route_event e ON e.id = d.event WHERE route = ? AND state = ? ORDER BY d.id LIMIT ?");
    s.bind(1, route);
    s.bind(2, static_cast<int>(state));
    s.bind(3, limit);
    while (s.executeStep()) {
      Delivery d;
      d.id = s.getColumn(0).getInt64();
      d.route = s.getColumn(1).getString();
      d.feature = static_cast<Feature>(s.getColumn(2).getInt());
      d.item = json::parse_fact_line(s.getColumn(3).getString(), Feature::watchlist, 1).fact;
      d.item.value = no_value;
      d.item.value.at = get_time(s, 4);
      d.item.value.rating = s.getColumn(5).getInt();
      d.tries = static_cast<std::uint32_t>(s.getColumn(6).getInt());
      d.next_try = s.getColumn(7).getInt64();
      d.state = state;
      d.reason = s.getColumn(8).getString();
      d.since = s.getColumn(9).getInt64();
      out.push_back(std::move(d));
    }
  });
  return out;
}

std::vector<Delivery> RouteQueue::waiting(const std::string& route, std::size_t limit) const {
  return list(route, DeliveryState::waiting, static_cast<std::int64_t>(limit));
}

std::vector<Delivery> RouteQueue::parked(const std::string& route) const {
  return list(route, DeliveryState::parked, -1);
}

std::uint64_t RouteQueue::count(const std::string& route, DeliveryState state) const {
  std::uint64_t out = 0;
  state_->read([&](SQLite::Database& db) {
    SQLite::Statement s(db, "SELECT count(*) FROM route_delivery WHERE route = ? AND state = ?");
    s.bind(1, route);
    s.bind(2, static_cast<int>(state));
    if (s.executeStep()) out = static_cast<std::uint64_t>(s.getColumn(0).getInt64());
  });
  return out;
}

void RouteQueue::settle(const Delivery& d) {
  state_->write([&](SQLite::Database& db) {
    SQLite::Statement s(db, "UPDATE route_delivery SET state = ?, tries = ?, next_try = ?, reason = ? WHERE id = ?");
    s.bind(1, static_cast<int>(d.state));
    s.bind(2, d.tries);
    s.bind(3, d.next_try);
    s.bind(4, d.reason);
    s.bind(5, d.id);
    s.exec();
  });
}

bool RouteQueue::unpark(std::int64_t delivery, bool again) {
  int changed = 0;
  state_->write([&](SQLite::Database& db) {
    SQLite::Statement s(db, "UPDATE route_delivery SET state = ?, tries = 0, next_try = 0 WHERE id = ? AND state = ?");
    s.bind(1, static_cast<int>(again ? DeliveryState::waiting : DeliveryState::nothing_to_do));
    s.bind(2, delivery);
    s.bind(3, static_cast<int>(DeliveryState::parked));
    changed = s.exec();
  });
  return changed != 0;
}

void RouteQueue::forget(const std::string& route) {
  state_->write([&](SQLite::Database& db) {
    SQLite::Statement s(db, "DELETE FROM route_delivery WHERE route = ?");
    s.bind(1, route);
    s.exec();
  });
}

void RouteQueue::prune(std::int64_t before) {
  state_->write([&](SQLite::Database& db) {
    SQLite::Statement s(db,
                        "DELETE FROM route_event WHERE since < ? AND NOT EXISTS(SELECT 1 FROM route_delivery "
                        "WHERE event = route_event.id AND state IN (0, 3))");
    s.bind(1, before);
    s.exec();
  });
}

}  // namespace crosswatch::host
