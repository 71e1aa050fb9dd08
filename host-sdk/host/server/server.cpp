#include "server/server.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include "server/assets.hpp"
#include "server/connections.hpp"
#include "server/handler.hpp"
#include "server/scheduler.hpp"

namespace crosswatch::host::server {
namespace {

constexpr int max_threads = 48;
constexpr int max_waiting = 64;  // connections; more are refused

Poco::Net::ServerSocket listen(const Options& o) {
  const Poco::Net::SocketAddress address(o.address, o.port);
  try {
    if (!o.tls()) return Poco::Net::ServerSocket(address, max_waiting);
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, o.private_key.string(), o.certificate.string(), "",
                               Poco::Net::Context::VERIFY_NONE, 9, false);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    // A socket is a handle: what it can do lies behind it, and is not cut off.
    return Poco::Net::SecureServerSocket(address, max_waiting, context);  // NOLINT(cppcoreguidelines-slicing)
  } catch (const Poco::Net::SSLException& e) {
    throw Error(CW_CONFIG, "bad_certificate",
                "The certificate " + o.certificate.string() + " or its key " + o.private_key.string() +
                    " cannot be used: " + e.displayText() + ".",
                "Both have to be readable PEM files: server.certificate the certificate with those that lead to its "
                "authority, server.private_key its key without a passphrase.");
  } catch (const Poco::Exception& e) {
    throw Error(CW_CONFIG, "cannot_listen",
                "Cannot listen on " + o.address + ":" + std::to_string(o.port) + ": " + e.displayText() + ".",
                "Another program may use it: crosswatch serve --listen 127.0.0.1:0 takes any free one.");
  }
}

}  // namespace

struct Server::Body {
  Body(Workspace& ws, const Options& o, const std::string& version)
      : options(o),
        parts(ws),
        router(make_router(parts)),
        access(o),
        site{access, router, parts, version, !o.password.empty()},
        connections(o.patience),
        socket(listen(o)) {
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(max_threads);
    params->setMaxQueued(max_waiting);
    params->setTimeout(Poco::Timespan(10, 0));
    params->setKeepAliveTimeout(Poco::Timespan(10, 0));
    // A thread that is just becoming idle misses the call to end, and waits this long (Poco 1.11).
    params->setThreadIdleTime(Poco::Timespan(1, 0));
    server = std::make_unique<Poco::Net::TCPServer>(watched_connections(connections, params, make_handlers(site)), pool,
                                                    socket, params);
    server->start();
    scheduler = std::make_unique<Scheduler>(ws, parts.run);
    parts.routes.start();
  }
  ~Body() {
    server->stop();
    scheduler.reset();
    parts.ws.cancel.request();  // what is being asked of a provider ends
    parts.feed.close();
    parts.routes.stop();
    parts.run.stop();
    parts.links.stop();
    connections.close_all();
    pool.joinAll();
    server.reset();
  }

  const Options options;
  Parts parts;
  Router router;
  Access access;
  Site site;
  Connections connections;
  Poco::ThreadPool pool{2, max_threads + 1};
  Poco::Net::ServerSocket socket;
  std::unique_ptr<Poco::Net::TCPServer> server{};
  std::unique_ptr<Scheduler> scheduler{};
};

Server::Server(Workspace& ws, const Options& options, const std::string& version)
    : body_(std::make_unique<Body>(ws, options, version)) {}
Server::~Server() = default;

std::string Server::url() const {
  return body_->options.url(body_->socket.address().port()) + "/";
}

Router make_router(Parts& parts) {
  Router router(json::parse(schemas_text(), "schemas.json"));
  add_provider_routes(router, parts);
  add_directory_routes(router, parts);
  add_pair_routes(router, parts);
  add_run_routes(router, parts);
  add_capture_routes(router, parts);
  add_progress_routes(router, parts);
  add_live_routes(router, parts);
  return router;
}

}  // namespace crosswatch::host::server
