#include "answers.hpp"

namespace plexsim {

void set_type(Response& response, bool json) {
  response.content_type = json ? "application/json" : "text/xml;charset=utf-8";
}

void empty_answer(Response& response, int status) {
  response.status = status;
  response.content_type = status == 204 ? "" : "text/html";
}

namespace {

void html_error(Response& response) {
  const std::string title(reason_phrase(response.status));
  response.content_type = "text/html";
  response.body.append("<html><head><title>" + title + "</title></head><body><h1>" + std::to_string(response.status) +
                       " " + title + "</h1></body></html>");
}

}  // namespace

void error_answer(const Request& request, Response& response, int status, int code, std::string_view message) {
  response.status = status;
  response.body.clear();
  const bool cloud = request.host == HostKind::plex_tv || request.host == HostKind::clients;
  const bool json = request.wants_json() && !(cloud && !request.path.starts_with("/api/v2/"));
  if (request.host == HostKind::server) {
    response.header("X-Plex-Protocol", "1.0");
    html_error(response);
    return;
  }
  set_type(response, json);
  Writer w(response.body, json);
  if (request.host == HostKind::discover || request.host == HostKind::metadata) {
    w.root("Error", true);
    w.attr("error", reason_phrase(status));
    w.attr("message", message);
    w.attr("statusCode", status);
  } else if (cloud && !request.path.starts_with("/api/v2/")) {
    w.root("Response", false);
    w.attr("code", status);
    w.attr("status", message);
  } else {
    w.root("errors", false);
    if (w.list("errors")) {
      w.begin("error");
      w.attr("code", code);
      w.attr("message", message);
      w.attr("status", status);
      w.end();
      w.end_list();
    }
  }
  w.finish();
}

void canned_answer(const Request& request, const FaultRule& fault, Response& response) {
  switch (fault.kind) {
    case FaultKind::status: {
      const int code = fault.status == 401 ? 1001 : fault.status == 429 ? 1003 : fault.status == 403 ? 1041 : 1000;
      error_answer(request, response, fault.status, code,
                   fault.text.empty() ? (fault.status == 429 ? "API rate limit exceeded" : reason_phrase(fault.status))
                                      : std::string_view(fault.text));
      if (fault.retry_after) response.header("Retry-After", std::to_string(*fault.retry_after));
      break;
    }
    case FaultKind::garbage: {
      response.content_type = "application/json";
      std::uint64_t state = 88172645463325252ULL;
      for (std::int64_t i = 0; i < (fault.bytes < 0 ? 400 : fault.bytes); ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        response.body.push(static_cast<char>(state & 0xff));
      }
      break;
    }
    case FaultKind::html:
      response.content_type = "text/html";
      response.body.append(
          "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>This network needs a "
          "login.</p></body></html>");
      break;
    case FaultKind::redirect:
      response.status = 302;
      response.header("Location", fault.text);
      break;
    default:
      response.content_type = request.wants_json() ? "application/json" : "text/xml;charset=utf-8";
      break;
  }
}

}  // namespace plexsim
