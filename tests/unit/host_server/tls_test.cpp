// The server beyond this machine: its certificate is presented as it is, and nothing is said without it.
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <doctest/doctest.h>

#include "unit/certificate.hpp"
#include "world.hpp"

using namespace crosswatch;
using namespace crosswatch::test;

namespace {

struct Files : Certificate {
  Files() : Certificate(new_folder()) {}
  static std::filesystem::path new_folder() {
    static const TempFolder folder;
    return folder.path();
  }
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
