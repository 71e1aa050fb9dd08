// What can go wrong on the way to a server and back, as errors that say where and what to do.
#pragma once

#include <crosswatch/call.hpp>
#include <string>

namespace crosswatch::plex::http {

// The first four mean that nothing was sent; after the others the request may have taken effect.
enum class Trouble {
  name,         // the host name cannot be resolved
  connect,      // no address of the host takes the connection
  certificate,  // TLS works, but the certificate does not prove that name
  tls,          // the handshake fails otherwise
  silence,      // no answer in time
  lost,         // the connection ended before the first byte of an answer
  cut_off,      // the answer is shorter than announced, or its end could not be told
  garbled       // the answer is no HTTP, or over a limit
};

// An Error CW_UNREACHABLE whose code is "connect_failed" and the like. `where` is host:port, never a query.
Error trouble(Trouble kind, const std::string& where, const std::string& detail = {});
bool nothing_was_sent(const Error& error) noexcept;

}  // namespace crosswatch::plex::http
