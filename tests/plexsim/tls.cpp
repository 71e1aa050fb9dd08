#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace plexsim {

void OpensslDelete::operator()(EVP_PKEY* p) const {
  EVP_PKEY_free(p);
}
void OpensslDelete::operator()(X509* p) const {
  X509_free(p);
}
void OpensslDelete::operator()(SSL_CTX* p) const {
  SSL_CTX_free(p);
}
void OpensslDelete::operator()(SSL* p) const {
  SSL_free(p);
}

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string("plexsim: TLS set-up failed: ") + what);
}

KeyPtr new_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) fail("key");
  return key;
}

void extend(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX ctx;
  X509V3_set_ctx_nodb(&ctx);
  X509V3_set_ctx(&ctx, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &ctx, nid, value);
  if (extension == nullptr) fail("extension");
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

CertPtr certificate(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, const char* names,
                    bool expired) {
  static std::atomic<long> serial{static_cast<long>(getpid()) * 1000};
  CertPtr cert(X509_new());
  if (!cert) fail("certificate");
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -86400L * 30);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), expired ? -86400L : 86400L * 30);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509* signer = issuer == nullptr ? cert.get() : issuer;
  X509_set_issuer_name(cert.get(), X509_get_subject_name(signer));
  X509_set_pubkey(cert.get(), key);
  const bool is_ca = names == nullptr;
  extend(cert.get(), signer, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(cert.get(), signer, NID_key_usage, is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(cert.get(), signer, NID_subject_key_identifier, "hash");
  if (!is_ca) {
    extend(cert.get(), signer, NID_authority_key_identifier, "keyid:always");
    extend(cert.get(), signer, NID_ext_key_usage, "serverAuth");
    extend(cert.get(), signer, NID_subject_alt_name, names);
  }
  if (X509_sign(cert.get(), issuer_key, EVP_sha256()) == 0) fail("signature");
  return cert;
}

}  // namespace

Authority::Authority() : key_(new_key()), unknown_key_(new_key()) {
  cert_ = certificate("plexsim CA", key_.get(), nullptr, key_.get(), nullptr, false);
  unknown_cert_ = certificate("somebody's CA", unknown_key_.get(), nullptr, unknown_key_.get(), nullptr, false);
  std::string pattern = (std::filesystem::temp_directory_path() / "plexsim-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) fail("temporary folder");
  folder_ = pattern;
  ca_file_ = folder_ + "/ca.pem";
  std::FILE* file = std::fopen(ca_file_.c_str(), "w");
  const bool written = file != nullptr && PEM_write_X509(file, cert_.get()) == 1;
  if (file != nullptr) std::fclose(file);
  if (!written) fail("writing ca.pem");
}

Authority::~Authority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

ContextPtr Authority::context(CertMode mode, const std::string& direct_hash) const {
  if (mode == CertMode::plain_http) return nullptr;
  KeyPtr key = new_key();
  const bool unknown = mode == CertMode::unknown_ca;
  std::string names = "IP:127.0.0.1,IP:0:0:0:0:0:0:0:1,DNS:localhost";
  if (mode == CertMode::wrong_name) names = "DNS:elsewhere.invalid";
  if (mode == CertMode::plex_direct) names = "DNS:*." + direct_hash + ".plex.direct";
  CertPtr cert = certificate("plexsim", key.get(), unknown ? unknown_cert_.get() : cert_.get(),
                             unknown ? unknown_key_.get() : key_.get(), names.c_str(), mode == CertMode::expired);
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || SSL_CTX_use_certificate(context.get(), cert.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    fail("context");
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Stream::~Stream() {
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
}

bool Stream::handshake(SSL_CTX* context) {
  ssl_.reset(SSL_new(context));
  if (!ssl_) return false;
  SSL_set_fd(ssl_.get(), fd_);
  ERR_clear_error();
  return SSL_accept(ssl_.get()) == 1;
}

long Stream::read(char* to, std::size_t size) {
  if (dead_) return 0;
  if (ssl_) {
    ERR_clear_error();
    return std::max(0, SSL_read(ssl_.get(), to, static_cast<int>(size)));
  }
  return std::max<long>(0, ::recv(fd_, to, size, 0));
}

bool Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (dead_) return false;
    long sent = 0;
    if (ssl_) {
      ERR_clear_error();
      sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20)));
    } else {
      sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Stream::reset() {
  if (dead_) return;
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  if (ssl_) SSL_set_quiet_shutdown(ssl_.get(), 1);
  ssl_.reset();
  dead_ =
      true;  // the descriptor is closed, and the reset sent, by the destructor: its number must stay ours until then
}

void Stream::close_quiet() {
  if (!dead_) ::shutdown(fd_, SHUT_RDWR);
}

void Stream::close_clean() {
  if (dead_) return;
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(fd_, SHUT_WR);
}

bool Stream::wait_readable(int ms) const {
  if (dead_) return true;
  if (ssl_ && SSL_pending(ssl_.get()) > 0) return true;
  pollfd p{fd_, POLLIN, 0};
  return ::poll(&p, 1, ms) != 0;
}

}  // namespace plexsim
