// One connection, plain or TLS. Nothing in it blocks beyond the Wait it is given.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/url.hpp"
#include "http/wait.hpp"

namespace crosswatch::plex::http {

// The TLS settings for one host name: the chain must end in the system's roots or in `ca_file`, the certificate
// must carry the name, TLS 1.2 at least. OpenSSL alone decides: Poco's own check of the name is skipped after a
// slow handshake, and its verdict on the chain can be changed by any handler that the process has installed.
// The roots of `like`, another context with the same `ca_file`, are shared: reading those of the system takes 15 ms.
Poco::Net::Context::Ptr make_context(const std::string& host, const std::string& ca_file,
                                     const Poco::Net::Context::Ptr& like = nullptr);

// While it lives, a broken connection is an error and not a signal to this thread: OpenSSL writes without
// MSG_NOSIGNAL, and what SIGPIPE does to the process is the host's to decide.
class NoBrokenPipe {
public:
  NoBrokenPipe();
  ~NoBrokenPipe();
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

class Stream {
public:
  // Tries every address of the host, the next one 250 ms after the last. `context` is null for plain http.
  // Throws a trouble().
  static std::unique_ptr<Stream> open(const Url& url, const Poco::Net::Context::Ptr& context, Wait& wait);

  void write(std::string_view data, Wait& wait);
  // At least one byte, or 0 at the orderly end of the stream. Throws when the time is up or the connection breaks.
  std::size_t read(char* to, std::size_t size, Wait& wait);
  // Whether an idle connection has been closed, or was spoken on, by the other side.
  bool stale() const;

private:
  Stream(const Poco::Net::StreamSocket& socket, bool secure, std::string where)
      : socket_(socket), secure_(secure), where_(std::move(where)) {}
  template <class Io>
  int until_done(short events, Wait& wait, Io&& io);

  Poco::Net::StreamSocket socket_;
  bool secure_;
  std::string where_;
};

}  // namespace crosswatch::plex::http
