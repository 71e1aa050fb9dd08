// A server on a free port with a folder of its own, and a client that says exactly what it is told.
#pragma once

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>

#include <map>
#include <optional>
#include <string>

#include "server/server.hpp"
#include "support.hpp"

namespace crosswatch::test {

struct Answer {
  int status = 0;
  std::string body{}, cookie{};
  std::map<std::string, std::string> headers{};
};

class World {
public:
  explicit World(host::server::Options options = {}, const std::string& config = {})
      : ws({folder / "config.json", folder / "state", PLUGINS}, LogLevel::error) {
    if (!config.empty()) put(folder / "config.json", config);
    options.port = 0;
    server.emplace(ws, options, "0.0.0-test");
    const std::string url = server->url();
    port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    host = "127.0.0.1:" + std::to_string(port);
  }

  using Headers = std::map<std::string, std::string>;
  Answer ask(const std::string& method, const std::string& path, const std::string& body = {}, Headers headers = {}) {
    Poco::Net::HTTPClientSession session("127.0.0.1", port);
    Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
    for (const auto& [name, value] : headers)
      if (!value.empty()) request.set(name, value);
    if (!body.empty() && !request.has("Content-Type")) request.setContentType("application/json");
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    Answer out;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), out.body);
    out.status = response.getStatus();
    for (const auto& [name, value] : response) out.headers[name] = value;
    const std::string set = response.get("Set-Cookie", "");
    out.cookie = set.substr(0, set.find(';'));
    return out;
  }

  // Opens the page, as a browser does.
  void open() {
    cookie = ask("GET", "/").cookie;
    csrf = text(get("/api/session"), "csrf");
  }
  Answer get(const std::string& path) { return ask("GET", path, {}, {{"Cookie", cookie}}); }
  Answer send(const std::string& method, const std::string& path, const std::string& body = {}) {
    return ask(method, path, body, {{"Cookie", cookie}, {"X-CSRF-Token", csrf}});
  }

  static host::json::Value json(const Answer& a) { return host::json::parse(a.body, "the answer"); }
  static std::string text(const Answer& a, const std::string& path) {
    const host::json::Value v = json(a);
    const host::json::Value* const at = host::json::find_path(v, path);
    const std::string* const s = at ? at->as<std::string>() : nullptr;
    return s ? *s : std::string();
  }

  TempFolder folder{};
  host::Workspace ws;
  std::optional<host::server::Server> server{};
  std::uint16_t port = 0;
  std::string host{}, cookie{}, csrf{};
};

}  // namespace crosswatch::test
