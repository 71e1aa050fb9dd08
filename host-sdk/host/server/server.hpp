// The HTTP server: the page at /, the API under /api/, news at /api/events.
#pragma once

#include <memory>
#include <string>

#include "server/options.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host::server {

class Server {
public:
  // Listens and serves from then on, on threads of its own. Error CONFIG "cannot_listen" or "bad_certificate".
  Server(Workspace& ws, const Options& options, const std::string& version);
  ~Server();  // ends everything: a running sync cleanly, open connections at once
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const;  // "http://127.0.0.1:8787/"

private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace crosswatch::host::server
