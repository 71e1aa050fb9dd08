#include "server/handler.hpp"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/Net/NetException.h>
#include <Poco/URI.h>

#include <ostream>

#include "server/assets.hpp"
#include "server/connections.hpp"

namespace crosswatch::host::server {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

constexpr std::size_t max_body = std::size_t{1} << 20;
constexpr std::size_t max_listeners = 16;  // each keeps a thread
constexpr std::chrono::seconds heartbeat{15};

// Nothing from elsewhere is loaded, run or framed; nothing inline is run.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

void harden(HTTPServerResponse& out) {
  out.set("Content-Security-Policy", page_policy);
  out.set("X-Content-Type-Options", "nosniff");
  out.set("X-Frame-Options", "DENY");
  out.set("Referrer-Policy", "no-referrer");
  out.set("Cross-Origin-Opener-Policy", "same-origin");
  out.set("Cross-Origin-Resource-Policy", "same-origin");
  if (!out.has("Cache-Control")) out.set("Cache-Control", "no-store");
}

void send(HTTPServerResponse& out, const Reply& reply, bool head) {
  out.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status));
  out.setContentType(reply.type);
  for (const auto& [name, value] : reply.headers) out.set(name, value);
  harden(out);
  if (reply.status == 304) {
    out.setContentLength(0);
    out.send();
    return;
  }
  out.setContentLength64(static_cast<Poco::Int64>(reply.body.size()));
  std::ostream& stream = out.send();
  if (!head) stream.write(reply.body.data(), static_cast<std::streamsize>(reply.body.size()));
  stream.flush();
}

// False: more than is allowed. A little more is read all the same, since a client hears nothing while it sends.
bool read_body(HTTPServerRequest& in, std::string& body) {
  // Without a length there is no body (RFC 9112, 6.3); the library would read on until the client hangs up.
  if (!in.hasContentLength() && !in.getChunkedTransferEncoding()) return true;
  std::size_t size = 0;
  char part[16384];
  while (in.stream().read(part, sizeof part) || in.stream().gcount() > 0) {
    const auto n = static_cast<std::size_t>(in.stream().gcount());
    size += n;
    if (size <= max_body) body.append(part, n);
    if (size > 8 * max_body) break;
  }
  return size <= max_body;
}

Request to_request(HTTPServerRequest& in) {
  Request out;
  const Poco::URI uri(in.getURI());
  out.method = in.getMethod();
  out.path = uri.getPath();
  for (const auto& [name, value] : uri.getQueryParameters()) out.query[name] = value;
  out.host = in.get("Host", "");
  out.origin = in.get("Origin", "");
  out.content_type = in.getContentType();
  const std::string site = in.get("Sec-Fetch-Site", "");
  out.embedded = (site == "cross-site" || site == "same-site") && in.get("Sec-Fetch-Mode", "") != "navigate";
  out.csrf = in.get("X-CSRF-Token", "");
  const std::string authorization = in.get("Authorization", "");
  if (authorization.starts_with("Bearer ")) out.bearer = authorization.substr(7);
  Poco::Net::NameValueCollection cookies;
  in.getCookies(cookies);
  out.session = cookies.get(session_cookie(out.host), "");
  out.peer = in.clientAddress().host().toString();
  return out;
}

class Handler : public Poco::Net::HTTPRequestHandler {
public:
  explicit Handler(const Site& site) : site_(site) {}

  void handleRequest(HTTPServerRequest& in, HTTPServerResponse& out) override {
    Request request;
    try {
      request = to_request(in);
    } catch (const Poco::SyntaxException&) {
      return send(out, error_reply(400, "bad_request", "The address of the request makes no sense."), false);
    }
    const bool head = request.method == "HEAD";
    if (!read_body(in, request.body)) {
      out.setKeepAlive(false);
      return send(out, error_reply(413, "too_large", "The body of the request is larger than 1 MiB."), head);
    }
    Connections::Watch::allow(time_for_answer);
    if (const auto refusal = site_.access.refuse(request))
      send(out, *refusal, head);
    else if (request.path == "/api/events" && request.method == "GET")
      stream_news(request, out);
    else
      send(out, answer(request), head);
    Connections::Watch::for_request();  // the next one
  }

private:
  Reply answer(const Request& request) {
    if (request.path.starts_with("/hook/")) return site_.parts.hooks.answer(request);
    if (!request.path.starts_with("/api/")) return file(request);
    if (request.path == "/api/login") return login(request);
    if (request.path == "/api/logout" && request.method == "POST") return logout(request);
    if (request.path == "/api/session" && request.method == "GET")
      return json_reply(json::object(
          {{"csrf", site_.access.csrf_of(request)}, {"version", site_.version}, {"password", site_.password}}));
    if (request.path == "/api/openapi.json" && request.method == "GET")
      return json_reply(site_.router.describe(site_.version));
    Reply reply = site_.router.answer(request);
    reply.body = site_.parts.ws.redactor.mask_data(reply.body);  // the last line of defence, never the first
    return reply;
  }

  Reply logout(const Request& request) {
    Reply out = site_.access.logout(request);
    site_.parts.feed.publish("session", json::object());  // whoever listens looks whether it is still let in
    return out;
  }

  Reply login(const Request& request) {
    if (request.method != "POST") return error_reply(405, "wrong_method", "The password is sent with POST.");
    try {
      const json::Value body = json::parse(request.body, "The body of the request");
      const json::Value* const v = body.find("password");
      const std::string* const password = v ? v->as<std::string>() : nullptr;
      if (password) return site_.access.login(request, *password);
    } catch (const Error& e) {
      return error_reply(400, e.code, e.what());
    }
    return error_reply(400, "bad_request", "The request lacks \"password\".");
  }

  Reply file(const Request& request) {
    if (request.method != "GET" && request.method != "HEAD")
      return error_reply(405, "wrong_method", "A page can only be read.");
    const Asset* const asset = find_asset(request.path);
    if (!asset) return error_reply(404, "no_such_page", "There is nothing at " + request.path + ".");
    Reply reply{200, std::string(asset->type), std::string(asset->content), {}};
    reply.headers.emplace_back("ETag", asset->etag);
    reply.headers.emplace_back("Cache-Control", "no-cache");
    if (asset->path == "/index.html")
      if (const std::string cookie = site_.access.welcome(request); !cookie.empty())
        reply.headers.emplace_back("Set-Cookie", cookie);
    return reply;
  }

  void stream_news(const Request& request, HTTPServerResponse& out) {
    Feed& feed = site_.parts.feed;
    if (feed.readers() >= max_listeners)
      return send(out, error_reply(503, "too_many_pages", "Too many pages are open; close some."), false);
    const auto reader = feed.subscribe();
    Connections::Watch::allow(time_for_news);
    out.setContentType("text/event-stream");
    out.setChunkedTransferEncoding(true);
    out.setKeepAlive(false);
    harden(out);
    std::ostream& stream = out.send();
    // How things stand first, so that nothing that happened before is missed.
    stream << "retry: 2000\n"
           << site_.parts.ws.redactor.mask_data("event: run\ndata: " + json::dump(site_.parts.run.state()) +
                                                "\n\nevent: live\ndata: " + json::dump(site_.parts.live.state()))
           << "\n\n"
           << std::flush;
    while (stream.good()) {
      const auto news = reader->next(heartbeat);
      if (!news || !site_.access.still_in(request)) return;
      stream << (news->empty() ? ": still here\n\n" : site_.parts.ws.redactor.mask_data(*news)) << std::flush;
    }
  }

  const Site& site_;
};

class Handlers : public Poco::Net::HTTPRequestHandlerFactory {
public:
  explicit Handlers(const Site& site) : site_(site) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new Handler(site_);  // Poco takes it
  }

private:
  const Site& site_;
};

}  // namespace

Poco::Net::HTTPRequestHandlerFactory::Ptr make_handlers(const Site& site) {
  return new Handlers(site);
}

}  // namespace crosswatch::host::server
