// What somebody did, for tests of routes.
#pragma once

#include "config/routes.hpp"
#include "world.hpp"

namespace crosswatch::test {

inline Event watched_event(std::int64_t at, const std::string& id = {}, int film = 1) {
  Event e;
  e.kind = EventKind::watched;
  e.item = movie("Film " + std::to_string(film), {{"tmdb", std::to_string(100 + film)}});
  e.item.ref = "m/" + std::to_string(film);
  e.item.library_id = "1";
  e.item.value.at = at;
  e.item.value.duration_ms = 7'200'000;
  e.user = "7";
  e.id = id;
  return e;
}

inline Event rated_event(std::int32_t tenths, std::int64_t at, const std::string& id) {
  Event e = watched_event(at, id);
  e.kind = EventKind::rated;
  e.item.value.rating = tenths;
  return e;
}

inline host::RouteConfig route_to(const std::string& target) {
  host::RouteConfig r;
  r.id = "r-" + target;
  r.source.provider = "a";
  r.target.provider = target;
  r.ratings = r.finished = r.remove = true;
  return r;
}

}  // namespace crosswatch::test
