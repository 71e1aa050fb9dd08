#include "config/routes.hpp"

#include <algorithm>

#include "config/block.hpp"
#include "config/profile.hpp"
#include "config/tables.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

std::vector<std::string> list(const Value& values, std::string_view key) {
  const Value* const v = values.find(key);
  return v ? to_texts(*v) : std::vector<std::string>();
}

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

RouteConfig read_route(const Value& raw, const std::string& path, std::vector<Problem>& problems) {
  RouteConfig route;
  const Block block(&raw, path, route_keys(), problems);
  if (!raw.is_object()) return route;
  const auto fail = [&](const char* key, const std::string& what) {
    problems.push_back({true, path + "." + key, {}, path + "." + key + ": " + what + "."});
  };
  const auto side = [&](const std::string& name) {
    ProfileRef ref{normal_provider(block.text(name)), normal_profile(block.text(name + "_instance"))};
    if (ref.provider.empty()) fail(name.c_str(), "A route needs a " + name + ", the name of a provider");
    return ref;
  };
  route.id = trimmed(block.text("id"));
  if (route.id.empty()) fail("id", "A route needs a name of its own");
  route.enabled = block.flag("enabled");
  route.source = side("source");
  route.target = side("target");
  if (!route.source.provider.empty() && route.source == route.target)
    fail("target", "Both sides are " + to_string(route.source) + "; a route needs two different profiles");

  const Value all = block.all();
  const std::vector<std::string> events = list(all, "events");
  route.plays = has(events, "plays");
  route.ratings = has(events, "ratings");
  route.finished = has(events, "finished");
  if (events.empty()) fail("events", "The list is empty, so the route would do nothing; leave it out for plays");
  route.remove = block.flag("remove");
  route.users = list(all, "filters.users");
  route.libraries = list(all, "filters.libraries");
  route.kinds = kinds_of(list(all, "filters.types"));
  return route;
}

}  // namespace

std::vector<RouteConfig> read_routes(const Value& config, std::vector<Problem>& problems) {
  std::vector<RouteConfig> out;
  const Value* const raw = config.find("routes");
  if (!raw || raw->is_null()) return out;
  const auto* const routes = raw->as<Value::Array>();
  if (!routes) {
    problems.push_back({true, "routes", std::string(kind_of(*raw)),
                        "routes is " + std::string(kind_of(*raw)) + "; allowed is a list [..]."});
    return out;
  }
  for (std::size_t i = 0; i < routes->size(); ++i) {
    const std::string path = "routes." + std::to_string(i);
    RouteConfig route = read_route((*routes)[i], path, problems);
    if (!route.id.empty() &&
        std::any_of(out.begin(), out.end(), [&](const RouteConfig& r) { return r.id == route.id; }))
      problems.push_back(
          {true, path + ".id", json::dump(Value(route.id)), path + ".id: There are two routes \"" + route.id + "\"."});
    out.push_back(std::move(route));
  }
  return out;
}

std::vector<RouteConfig> read_routes(const Value& config) {
  std::vector<Problem> problems;
  std::vector<RouteConfig> out = read_routes(config, problems);
  throw_errors(problems);
  return out;
}

}  // namespace crosswatch::host
