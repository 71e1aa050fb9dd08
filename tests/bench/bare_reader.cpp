// The floor: what it costs to fetch pages over one kept TLS connection and to run a JSON parser over them, with
// nobody who listens. Poco's own client and RapidJSON in place, one page after the other.
//   bare_reader CA_FILE TOKEN_FILE URLS [--fetch-only]
// URLS has one address a line, all of one server. Prints the number of bytes.
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "parse_for_nobody.hpp"

namespace {

std::vector<std::string> lines_of(const char* file) {
  std::ifstream in(file);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  if (out.empty()) throw std::runtime_error(std::string("nothing in ") + file);
  return out;
}

// Fetches into `body`, which keeps its memory from page to page.
void fetch(Poco::Net::HTTPSClientSession& session, const std::string& url, const std::string& token,
           std::string& body) {
  Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, Poco::URI(url).getPathAndQuery(),
                                 Poco::Net::HTTPMessage::HTTP_1_1);
  request.set("X-Plex-Token", token);
  request.set("Accept", "application/json");
  session.sendRequest(request);
  Poco::Net::HTTPResponse response;
  std::istream& in = session.receiveResponse(response);
  if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_OK || !response.hasContentLength())
    throw std::runtime_error("no page at " + url);
  body.resize(static_cast<std::size_t>(response.getContentLength64()));
  in.read(body.data(), static_cast<std::streamsize>(body.size()));
  if (in.gcount() != static_cast<std::streamsize>(body.size())) throw std::runtime_error("a page was cut");
  in.get();  // the end of the stream, so that the connection is free
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 4) throw std::runtime_error("usage: bare_reader CA_FILE TOKEN_FILE URLS [--fetch-only]");
    const bool fetch_only = argc > 4 && std::strcmp(argv[4], "--fetch-only") == 0;
    const std::string token = lines_of(argv[2]).front();
    const auto urls = lines_of(argv[3]);
    const Poco::URI first(urls.front());
    const Poco::Net::Context::Ptr context(
        new Poco::Net::Context(Poco::Net::Context::CLIENT_USE, argv[1], Poco::Net::Context::VERIFY_STRICT, 9, true));
    Poco::Net::HTTPSClientSession session(first.getHost(), first.getPort(), context);
    session.setKeepAlive(true);
    session.setKeepAliveTimeout(Poco::Timespan(30, 0));
    std::string body;
    std::size_t bytes = 0;
    for (const std::string& url : urls) {
      fetch(session, url, token, body);
      bytes += body.size();
      if (!fetch_only && !crosswatch::bench::parse_for_nobody(body)) throw std::runtime_error("a page is no JSON");
    }
    std::printf("%zu\n", bytes);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bare_reader: %s\n", e.what());
    return 1;
  }
}
