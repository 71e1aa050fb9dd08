// What can go wrong on the way to a server and back, as errors that say where and what to do.
#pragma once

#include <crosswatch/call.hpp>
#include <string>

#include "http/http.hpp"

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

// What came instead of a success, to stand behind who it came from: "answered 503". A redirect is never followed, since
// no token goes to another host; it tells where it leads.
std::string answered(const Response& response);
std::string remedy_for(const Response& response);

}  // namespace crosswatch::plex::http
