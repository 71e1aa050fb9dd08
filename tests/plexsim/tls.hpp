// Certificates made at start, and byte streams over TCP with or without TLS.
#pragma once

#include <openssl/ossl_typ.h>

#include <memory>
#include <string>
#include <string_view>

#include "plexsim/options.hpp"

namespace plexsim {

struct OpensslDelete {
  void operator()(EVP_PKEY* p) const;
  void operator()(X509* p) const;
  void operator()(SSL_CTX* p) const;
  void operator()(SSL* p) const;
};
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete>;
using CertPtr = std::unique_ptr<X509, OpensslDelete>;
using ContextPtr = std::unique_ptr<SSL_CTX, OpensslDelete>;
using SslPtr = std::unique_ptr<SSL, OpensslDelete>;

// A certificate authority of this process. Only the public certificate is ever written to disk, in a folder of its own.
class Authority {
public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& ca_file() const { return ca_file_; }
  // `direct_hash` names the server in plex.direct certificates.
  ContextPtr context(CertMode mode, const std::string& direct_hash) const;

private:
  KeyPtr key_{};
  CertPtr cert_{};
  KeyPtr unknown_key_{};
  CertPtr unknown_cert_{};
  std::string folder_{};
  std::string ca_file_{};
};

// Owns the socket. Any failure makes it dead; calls on a dead stream do nothing and say so.
class Stream {
public:
  explicit Stream(int fd) : fd_(fd) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool handshake(SSL_CTX* context);
  long read(char* to, std::size_t size);  // bytes, 0 at the end or on failure
  bool write(std::string_view bytes);
  void reset();                      // what is unsent is thrown away and the peer sees a TCP reset
  void close_quiet();                // orderly TCP close without TLS close_notify: a cut
  void close_clean();                // with close_notify
  bool wait_readable(int ms) const;  // also true when the peer has gone

private:
  int fd_;
  bool dead_{false};
  SslPtr ssl_{};
};

}  // namespace plexsim
