// The routes of the API: one table that answers requests, checks their bodies, and describes itself.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/message.hpp"

namespace crosswatch::host::server {

// One request on its way to a handler.
struct Call {
  const Request& request;
  std::map<std::string, std::string, std::less<>> params{};  // of the path
  json::Value body{};                                        // conforms to the route's schema

  const std::string& param(std::string_view name) const { return params.find(name)->second; }
  std::string query(std::string_view name) const;
  std::size_t number(std::string_view name, std::size_t fallback) const;  // of the query; Error "usage"
  // Members of the body: empty, false or none when absent.
  std::string text(std::string_view name) const;
  bool flag(std::string_view name, bool fallback = false) const;
  std::vector<std::string> texts(std::string_view name) const;
};

struct Route {
  std::string method{}, path{};  // "/api/pairs/{id}"
  std::string summary{};
  std::string body{};   // name of a schema; empty: none
  std::string reply{};  // name of a schema
  std::vector<std::string> query{};
  std::function<json::Value(const Call&)> run{};
};

class Router {
public:
  // `schemas` is the object of schemas by name.
  explicit Router(json::Value schemas) : schemas_(std::move(schemas)) {}
  void add(Route route) { routes_.push_back(std::move(route)); }
  const std::vector<Route>& routes() const noexcept { return routes_; }

  // Never throws: errors become replies with {"error":{"code","message","remedy"}}.
  Reply answer(const Request& request) const;
  // The OpenAPI document.
  json::Value describe(const std::string& version) const;
  // What `document` has against the schema of that name; empty when it conforms.
  std::string violation(const json::Value& document, const std::string& schema) const;

private:
  json::Value schemas_;
  std::vector<Route> routes_{};
};

// "/a/b" as its parts.
std::vector<std::string_view> path_parts(std::string_view path);

}  // namespace crosswatch::host::server
