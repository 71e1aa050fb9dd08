// A certificate for 127.0.0.1 that is its own authority, and its key, as a user makes them with openssl.
#pragma once

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace crosswatch::test {

struct Certificate {
  explicit Certificate(const std::filesystem::path& folder)
      : certificate(folder / "cert.pem"), private_key(folder / "key.pem") {
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
    REQUIRE(out != nullptr);
    REQUIRE(PEM_write_X509(out, cert.get()) == 1);
    std::fclose(out);
    out = std::fopen(private_key.c_str(), "w");
    REQUIRE(out != nullptr);
    REQUIRE(PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(out);
  }
  const std::filesystem::path certificate, private_key;

private:
  template <class T, void (*Free)(T*)>
  struct Freed {
    void operator()(T* p) const { Free(p); }
  };
};

}  // namespace crosswatch::test
