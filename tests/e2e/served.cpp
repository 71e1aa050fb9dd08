#include "served.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <doctest/doctest.h>

#include <csignal>
#include <memory>

namespace e2e {
namespace {

std::pair<int, std::string> exchange(const std::string& url, Poco::Net::HTTPRequest& request, const std::string& body) {
  const Poco::URI at(url);
  std::unique_ptr<Poco::Net::HTTPClientSession> session;
  if (at.getScheme() == "https")
    session = std::make_unique<Poco::Net::HTTPSClientSession>(
        "127.0.0.1", at.getPort(),
        new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", Poco::Net::Context::VERIFY_NONE));
  else
    session = std::make_unique<Poco::Net::HTTPClientSession>("127.0.0.1", at.getPort());
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session->sendRequest(request) << body;
  Poco::Net::HTTPResponse response;
  std::string out;
  Poco::StreamCopier::copyToString(session->receiveResponse(response), out);
  return {response.getStatus(), out};
}

}  // namespace

Served::Served(Place& place) : server(place.start({{"serve", "--listen", "127.0.0.1:0", "--json"}})) {
  const Value said = crosswatch::host::json::parse(server.read_line());
  REQUIRE(text(said, "event") == "listening");
  url_ = text(said, "url");
}

Value Served::ask(const std::string& method, const std::string& path, const std::string& body) {
  Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
  request.set("Authorization", std::string("Bearer ") + server_token);
  if (!body.empty()) request.setContentType("application/json");
  const auto answer = exchange(url_, request, body);
  REQUIRE_MESSAGE(answer.first == 200, answer.second);
  return crosswatch::host::json::parse(answer.second);
}

std::pair<int, std::string> Served::post(const std::string& path, const std::string& body,
                                         const std::string& content_type) {
  Poco::Net::HTTPRequest request("POST", path, "HTTP/1.1");
  request.setContentType(content_type);
  return exchange(url_, request, body);
}

Result Served::end() {
  server.signal(SIGTERM);
  return server.wait();
}

}  // namespace e2e
