#include "http/stream.hpp"

#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "http/trouble.hpp"

namespace crosswatch::plex::http {

using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

namespace {

constexpr int head_start_ms = 250;
constexpr std::size_t most_pending = 16;

// Why certificates were refused, by the socket that they came from. (Not thread_local: a plugin's thread-local
// variables outlive it in the eyes of a leak checker.)
class Verdicts {
public:
  void keep(int socket, int error) {
    const std::lock_guard lock(mutex_);
    errors_[socket] = error;
  }
  int take(int socket) {
    const std::lock_guard lock(mutex_);
    const auto at = errors_.find(socket);
    if (at == errors_.end()) return X509_V_OK;
    const int error = at->second;
    errors_.erase(at);
    return error;
  }

private:
  std::mutex mutex_{};
  std::map<int, int> errors_{};
};
Verdicts verdicts;

int remember_verdict(int verdict, X509_STORE_CTX* store) {
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (!verdict) verdicts.keep(SSL_get_fd(ssl), X509_STORE_CTX_get_error(store));
  return verdict;
}

std::vector<SocketAddress> addresses_of(const Url& url) {
  if (const auto known = plex_direct_address(url.host)) return {SocketAddress(*known, url.port)};
  if (is_ip(url.host)) return {SocketAddress(url.host, url.port)};
  std::vector<SocketAddress> out;
  std::string why;
  try {
    const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(url.host);
    for (const auto& address : entry.addresses()) out.emplace_back(address, url.port);
  } catch (const Poco::Exception& e) {
    why = e.name();
  }
  if (out.empty()) throw trouble(Trouble::name, url.host_port(), why);
  return out;
}

// The first address that takes the connection; a silent one costs the next no more than the head start.
StreamSocket dial(const Url& url, Wait& wait) {
  const auto addresses = addresses_of(url);
  std::vector<StreamSocket> pending;
  std::size_t next = 0;
  std::string why = "no answer";
  for (;;) {
    if (next < addresses.size() && pending.size() < most_pending) {
      StreamSocket socket;
      try {
        socket.connectNB(addresses[next]);
        pending.push_back(socket);
      } catch (const Poco::Exception& e) {
        why = e.message().empty() ? e.name() : e.message();
      }
      ++next;
    }
    const bool more = next < addresses.size();
    if (pending.empty()) {
      if (more) continue;
      throw trouble(Trouble::connect, url.host_port(), why);
    }
    std::vector<pollfd> wanted;
    for (const auto& socket : pending) wanted.push_back({socket.impl()->sockfd(), POLLOUT, 0});
    if (!wait.ready(wanted, more ? head_start_ms : -1)) {
      if (wait.expired()) throw trouble(Trouble::connect, url.host_port(), "no answer in time");
      continue;
    }
    for (std::size_t i = wanted.size(); i-- > 0;) {
      if (wanted[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(wanted[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return pending[i];
      why = std::strerror(error);
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

// Whether the folder holds certificates under the names that OpenSSL looks them up by: "5ed36f99.0".
bool is_hashed(const char* folder) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (entry.path().extension() == ".0") return true;
  return false;
}

// OpenSSL's own default also reads the file that holds all roots, which costs more than a thousand rows of a library.
// In the folder it finds the one that is needed. Whoever names another place in the environment has it read.
void trust_system(SSL_CTX* context) {
  const bool named = std::getenv(X509_get_default_cert_file_env()) || std::getenv(X509_get_default_cert_dir_env());
  if (!named && is_hashed(X509_get_default_cert_dir()) &&
      SSL_CTX_load_verify_dir(context, X509_get_default_cert_dir()) == 1)
    return;
  if (SSL_CTX_set_default_verify_paths(context) != 1)
    throw Error(CW_INTERNAL, "tls_setup", "The certificates that this system trusts could not be read.",
                "Install the package ca-certificates.");
}

}  // namespace

NoBrokenPipe::NoBrokenPipe() {
  sigset_t pending{};
  sigemptyset(&pipe_);
  sigaddset(&pipe_, SIGPIPE);
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

NoBrokenPipe::~NoBrokenPipe() {
  const timespec at_once{};
  while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Context::Ptr make_context(const std::string& host, const std::string& ca_file, const Context::Ptr& like) {
  Context::Params params;
  params.verificationMode = Context::VERIFY_STRICT;
  params.loadDefaultCAs = false;
  if (!like) params.caLocation = ca_file;
  Context::Ptr context;
  try {
    context = new Context(Context::TLS_CLIENT_USE, params);
  } catch (const Poco::Exception&) {
    ERR_clear_error();
    throw Error(CW_CONFIG, "ca_file_unreadable",
                "The certificates in plex.ca_file (" + ca_file + ") could not be read.",
                "Name a readable file of PEM certificates in plex.ca_file, or remove the setting.");
  }
  if (like)
    SSL_CTX_set1_cert_store(context->sslContext(), SSL_CTX_get_cert_store(like->sslContext()));
  else
    trust_system(context->sslContext());
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  SSL_CTX_set_verify(context->sslContext(), SSL_VERIFY_PEER, &remember_verdict);
  X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context->sslContext());
  const int set = is_ip(host) ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str())
                              : X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
  if (set != 1) throw Error(CW_INTERNAL, "tls_setup", "The name " + host + " could not be set for verification.");
  return context;
}

// Runs one TLS or socket operation until it has done something. Negative results ask for readiness.
template <class Io>
int Stream::until_done(short events, Wait& wait, Io&& io) {
  for (;;) {
    ERR_clear_error();  // what an earlier failure left would be taken for this one's
    const int n = io();
    if (n >= 0) return n;
    short wanted = events;
    if (secure_) wanted = n == SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
    if (!wait.ready(socket_.impl()->sockfd(), wanted)) throw trouble(Trouble::silence, where_);
  }
}

std::unique_ptr<Stream> Stream::open(const Url& url, const Context::Ptr& context, Wait& wait) {
  const std::string where = url.host_port();
  StreamSocket tcp = dial(url, wait);
  tcp.setNoDelay(true);
  if (!context) return std::unique_ptr<Stream>(new Stream(tcp, false, where));
  const int socket = tcp.impl()->sockfd();  // stays open, and so its own, until this returns
  try {
    // An address is no name for the server name indication.
    SecureStreamSocket tls = SecureStreamSocket::attach(tcp, is_ip(url.host) ? std::string() : url.host, context);
    std::unique_ptr<Stream> stream(new Stream(tls, true, where));
    stream->until_done(POLLIN, wait, [&] { return tls.completeHandshake(); });
    return stream;
  } catch (const Poco::Exception& e) {
    ERR_clear_error();
    if (const int refused = verdicts.take(socket); refused != X509_V_OK)
      throw trouble(Trouble::certificate, where, X509_verify_cert_error_string(refused));
    throw trouble(Trouble::tls, where, e.message());
  } catch (const Error& e) {
    verdicts.take(socket);
    if (e.code != "no_answer") throw;
    throw trouble(Trouble::tls, where, "no answer in time");
  }
}

void Stream::write(std::string_view data, Wait& wait) {
  try {
    while (!data.empty()) {
      const int size = static_cast<int>(std::min<std::size_t>(data.size(), 1 << 20));
      const int n = until_done(POLLOUT, wait, [&] { return socket_.sendBytes(data.data(), size, MSG_NOSIGNAL); });
      data.remove_prefix(static_cast<std::size_t>(n));
    }
  } catch (const Poco::Exception& e) {
    throw trouble(Trouble::lost, where_, e.message());
  }
}

std::size_t Stream::read(char* to, std::size_t size, Wait& wait) {
  const int most = static_cast<int>(std::min<std::size_t>(size, 1 << 20));
  try {
    return static_cast<std::size_t>(until_done(POLLIN, wait, [&] { return socket_.receiveBytes(to, most); }));
  } catch (const Poco::Exception& e) {
    throw trouble(Trouble::lost, where_, e.message());
  }
}

bool Stream::stale() const {
  pollfd one{socket_.impl()->sockfd(), POLLIN, 0};
  return ::poll(&one, 1, 0) != 0;
}

}  // namespace crosswatch::plex::http
