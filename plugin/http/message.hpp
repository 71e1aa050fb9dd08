// One HTTP/1.1 exchange on a Stream: the request as text, the answer with its framing checked to the last byte.
// Poco's own client session reports a cut or broken body as a clean end, so it cannot be used for this.
#pragma once

#include <cstddef>
#include <string>

#include "http/http.hpp"
#include "http/stream.hpp"

namespace crosswatch::plex::http {

inline constexpr std::size_t most_body = 64u << 20;  // bytes, also after decoding

// The head and body of a request, ready to be written. `headers` are those of the client; the request's own win.
// Throws CW_CONFIG "bad_header" when a value (a token, say) cannot stand in a header line.
std::string compose(const Request& request, const Url& url, const decltype(Request::headers)& headers);

struct Received {
  Response response{};
  bool reusable = false;  // the connection is clean for another request
};

// Reads one answer; `began` turns true with its first byte. The body is decoded. Throws a trouble().
Received receive(Stream& stream, Wait& wait, const std::string& method, const std::string& where, std::string& body,
                 bool& began);

}  // namespace crosswatch::plex::http
