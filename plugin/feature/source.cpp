#include "feature/source.hpp"

#include "http/trouble.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex::feature {

Source::Source(http::Transport& transport, std::string base_url, std::string token, std::string id, std::string name)
    : transport_(&transport),
      base_url_(std::move(base_url)),
      token_(std::move(token)),
      id_(std::move(id)),
      name_(std::move(name)) {}

Source Source::server(http::Transport& transport, const ServerAccess& access) {
  return {transport, access.base_url, access.token.text(), access.machine_id,
          "the server \"" + (access.name.empty() ? access.machine_id : access.name) + "\""};
}

Source Source::cloud(http::Transport& transport, const CloudToken& token, std::string base_url) {
  return {transport, std::move(base_url), token.text(), "discover", "Plex Discover"};
}

http::Response Source::ask(const Call& call, const std::string& path, const Query& query, std::string& body,
                           const Window* window) const {
  http::Request request;
  request.base_url = base_url_;
  request.path = path;
  request.query = query;
  request.token = token_;
  if (window)
    request.headers = {{"X-Plex-Container-Start", std::to_string(window->start)},
                       {"X-Plex-Container-Size", std::to_string(window->size)}};
  return transport_->send(call, request, body);
}

http::Response Source::send(const Call& call, const std::string& method, const std::string& path, const Query& query,
                            bool repeatable, std::string& body) const {
  http::Request request;
  request.method = method;
  request.base_url = base_url_;
  request.path = path;
  request.query = query;
  request.token = token_;
  request.safe_to_repeat = repeatable;
  return transport_->send(call, request, body);
}

http::Response Source::get(const Call& call, const std::string& path, const Query& query, std::string& body,
                           std::string_view what, const Window* window) const {
  http::Response response = ask(call, path, query, body, window);
  expect_success(response, body, what);
  return response;
}

void Source::expect_success(const http::Response& response, const std::string& body, std::string_view what) const {
  if (response.ok()) return;
  const std::string said = wire::error_text(body);
  if (response.status / 100 == 3)
    throw Error(CW_PROTOCOL, "unexpected_answer",
                std::string(what) + " could not be read: " + name_ + ' ' + http::answered(response) +
                    (said.empty() ? "." : " (\"" + said + "\")."),
                http::remedy_for(response))
        .http(static_cast<std::uint32_t>(response.status));
  const auto fail = [&](cw_status status, const char* code, const std::string& why, const char* remedy) {
    std::string message = std::string(what) + " could not be read: " + name_ + ' ' + why + " (" +
                          std::to_string(response.status) + (said.empty() ? "" : ", \"" + said + "\"") + ").";
    throw Error(status, code, message, remedy).http(static_cast<std::uint32_t>(response.status));
  };
  switch (response.status) {
    case 401:
    case 422:
    case 498:
      fail(CW_AUTH, "token_rejected", "does not accept this user's token", "Link again: crosswatch connect plex");
      break;
    case 403:
      fail(CW_SCOPE, "forbidden", "does not allow this user to see it", "See who may be chosen: crosswatch users plex");
      break;
    case 429:
      fail(CW_THROTTLED, "too_many_requests", "asks for fewer requests", "Wait a while and run it again.");
      break;
    default:
      if (response.status >= 500)
        fail(CW_UNREACHABLE, "server_error", "is in trouble or starting", "Wait until it is up, and run it again.");
      fail(CW_PROTOCOL, "unexpected_answer", "gave an unexpected answer",
           "Look whether the address is that of Plex: crosswatch servers plex");
  }
}

}  // namespace crosswatch::plex::feature
