// The server beyond this machine: its certificate is presented as it is, and nothing is said without it.
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;

namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};

// A certificate for 127.0.0.1 that is its own authority, and its key, as a user makes them with openssl.
struct Files {
  Files() {
    const std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Freed<X509, X509_free>> cert(X509_new());
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    const unsigned char name[] = "127.0.0.1";
    X509_NAME* const subject = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(cert.get(), subject);
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(cert.get(), names, -1);
    X509_EXTENSION_free(names);
    REQUIRE(X509_sign(cert.get(), key.get(), EVP_sha256()) != 0);
    std::FILE* out = std::fopen(certificate.c_str(), "w");
    REQUIRE(PEM_write_X509(out, cert.get()) == 1);
    std::fclose(out);
    out = std::fopen(private_key.c_str(), "w");
    REQUIRE(PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(out);
  }
  TempFolder folder{};
  const std::filesystem::path certificate = folder / "cert.pem", private_key = folder / "key.pem";
};

host::server::Options encrypted(const Files& files) {
  host::server::Options o;
  o.password = "canary-page-password";
  o.certificate = files.certificate;
  o.private_key = files.private_key;
  o.patience = std::chrono::milliseconds(300);
  return o;
}

}  // namespace

TEST_CASE("with a certificate the page comes encrypted, under a name that can be verified, and in no other way") {
  const Files files;
  World w(encrypted(files));
  CHECK(w.server->url() == "https://127.0.0.1:" + std::to_string(w.port) + "/");
  const Poco::Net::Context::Ptr trusting =
      new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", files.certificate.string(),
                             Poco::Net::Context::VERIFY_STRICT, 9, false);
  Poco::Net::HTTPSClientSession session("127.0.0.1", w.port, trusting);
  Poco::Net::HTTPRequest request("POST", "/api/login", "HTTP/1.1");
  const std::string body = R"({"password":"canary-page-password"})";
  request.setContentType("application/json");
  request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session.sendRequest(request) << body;
  Poco::Net::HTTPResponse response;
  std::string told;
  Poco::StreamCopier::copyToString(session.receiveResponse(response), told);
  CHECK(response.getStatus() == 200);
  CHECK(has(response.get("Set-Cookie", ""), "; Secure"));  // never sent over a connection that can be read
  CHECK_THROWS_AS(w.ask("GET", "/"), Poco::Exception);     // plain http
}

TEST_CASE("clients that never finish their TLS greeting are cut off, and keep nobody out") {
  const Files files;
  World w(encrypted(files));
  std::vector<Poco::Net::StreamSocket> silent;
  for (int i = 0; i < 100; ++i) silent.emplace_back(Poco::Net::SocketAddress("127.0.0.1", w.port));
  for (auto& socket : silent) {
    char byte = 0;
    socket.sendBytes("\x16", 1);
    int n = 1;
    try {
      while (n > 0) n = socket.receiveBytes(&byte, 1);
    } catch (const Poco::Exception&) {
      n = 0;  // a reset is an end, too
    }
    CHECK(n == 0);
  }
}

TEST_CASE("a certificate that cannot be used is named, before anything listens") {
  const Files files;
  host::server::Options o = encrypted(files);
  put(files.private_key, "no key at all");
  const Error e = error_of([&] { World w(o); });
  CHECK(e.code == "bad_certificate");
  CHECK(has(e.what(), "key.pem"));
}
