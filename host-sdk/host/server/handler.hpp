// One HTTP request: read within bounds, let in or refused, answered.
#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "server/access.hpp"
#include "server/api.hpp"

namespace crosswatch::host::server {

// What every request needs; lives as long as the server.
struct Site {
  Access& access;
  const Router& router;
  Parts& parts;
  std::string version{};
  bool password = false;
};

Poco::Net::HTTPRequestHandlerFactory::Ptr make_handlers(const Site& site);

}  // namespace crosswatch::host::server
