// A request and its reply, free of the library that carries them.
#pragma once

#include <crosswatch/call.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "json/json.hpp"

namespace crosswatch::host::server {

struct Request {
  std::string method{}, path{};  // the path is decoded and without query
  std::map<std::string, std::string, std::less<>> query{};
  std::string host{}, origin{}, content_type{};
  bool embedded = false;  // another site's page fetches it, as the browser says (Sec-Fetch-Site, -Mode)
  std::string session{};  // of the cookie
  std::string csrf{};     // X-CSRF-Token
  std::string bearer{};   // Authorization
  std::string peer{};     // address without port
  std::string body{};
};

struct Reply {
  int status = 200;
  std::string type{"application/json"};
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

inline json::Value error_json(const std::string& code, const std::string& message, const std::string& remedy = {}) {
  return json::object({{"code", code}, {"message", message}, {"remedy", remedy}});
}
inline json::Value error_json(const Error& e) {
  return error_json(e.code, e.what(), e.remedy);
}

inline Reply json_reply(const json::Value& v, int status = 200) {
  return {status, "application/json", json::dump(v), {}};
}
inline Reply error_reply(int status, const std::string& code, const std::string& message,
                         const std::string& remedy = {}) {
  json::Value error = json::object({{"code", code}, {"message", message}});
  if (!remedy.empty()) error["remedy"] = remedy;
  return json_reply(json::object({{"error", std::move(error)}}), status);
}

}  // namespace crosswatch::host::server
