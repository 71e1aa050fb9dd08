// What routes still have to deliver: events as they were told, and for each of them what it leads to.
#pragma once

#include <crosswatch/watcher.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "config/routes.hpp"
#include "state/store.hpp"

namespace crosswatch::host {

enum class DeliveryState { waiting = 0, done = 1, nothing_to_do = 2, parked = 3 };

// One event on its way to one feature of a route's target.
struct Delivery {
  std::int64_t id = 0;
  std::string route{};
  Feature feature = Feature::history;  // watchlist: the item is to leave it
  Fact item{};                         // ids and names; of its value at and rating (-1: taken back) count
  std::uint32_t tries = 0;
  std::int64_t next_try = 0;  // epoch seconds
  std::int64_t since = 0;     // epoch seconds, when the event was heard
  DeliveryState state = DeliveryState::waiting;
  std::string reason{};  // of the last try
};

// [owner]. Several may be open on one file, also in several processes.
class RouteQueue {
public:
  explicit RouteQueue(StateStore& state) : state_(&state) {}

  // Keeps the event for every route from that profile that wants it; when it returns, a killed process loses nothing.
  // False: it is known already (the same id, or another telling of the same play), or no route wants it.
  bool put(const ProfileRef& from, const Event& event, const std::vector<RouteConfig>& routes, std::int64_t now);

  void set_cursor(const ProfileRef& from, std::string_view cursor);
  std::string cursor(const ProfileRef& from) const;  // "" when there is none

  // What that route has to deliver, oldest first, whenever its next try is.
  std::vector<Delivery> waiting(const std::string& route, std::size_t limit) const;
  std::vector<Delivery> parked(const std::string& route) const;
  std::uint64_t count(const std::string& route, DeliveryState state) const;
  void settle(const Delivery& delivery);  // stores tries, next_try, state and reason
  // Takes up the parked delivery of that number: it waits again, or is settled for good. False: none is parked there.
  bool unpark(std::int64_t delivery, bool again);
  // Whatever that route had, once there is no such route.
  void forget(const std::string& route);
  // Forgets what was settled before that time. Later than any event is told again, or it would be delivered again.
  void prune(std::int64_t before);

private:
  std::vector<Delivery> list(const std::string& route, DeliveryState state, std::int64_t limit) const;

  StateStore* state_;
};

// Whether that route carries the event, and to which features of its target.
std::vector<Feature> features_for(const RouteConfig& route, const Event& event);

}  // namespace crosswatch::host
