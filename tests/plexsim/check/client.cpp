#include "client.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/URI.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <iterator>
#include <stdexcept>

namespace check {

struct Client::Impl {
  Poco::Net::Context::Ptr context{};
  std::map<std::string, std::unique_ptr<Poco::Net::HTTPClientSession>> sessions{};
};

Client::Client(const std::string& ca_file) : impl_(std::make_unique<Impl>()) {
  impl_->context =
      new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", ca_file, Poco::Net::Context::VERIFY_STRICT);
  SSL_CTX_set_verify(impl_->context->sslContext(), SSL_VERIFY_PEER, nullptr);
}

Client::~Client() = default;
void Client::forget_connections() {
  impl_->sessions.clear();
}

Answer Client::send(const std::string& url, const Call& call) {
  const Poco::URI uri(url);
  const std::string host = uri.getScheme() + uri.getAuthority();
  auto& session = impl_->sessions[host];
  if (!session) {
    if (uri.getScheme() == "https") {
      session = std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), impl_->context);
    } else {
      session = std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    }
    session->setKeepAlive(true);
  }
  session->setTimeout(Poco::Timespan(0, call.timeout_ms * 1000L));
  Answer answer;
  try {
    // the target as it was written: the operators in it are what is tested
    const auto path = url.find('/', url.find("://") + 3);
    Poco::Net::HTTPRequest request(call.method, url.substr(path), Poco::Net::HTTPMessage::HTTP_1_1);
    request.setKeepAlive(true);
    if (!call.accept.empty()) request.set("Accept", call.accept);
    if (!call.token.empty()) request.set("X-Plex-Token", call.token);
    if (!call.client_id.empty()) request.set("X-Plex-Client-Identifier", call.client_id);
    for (const auto& [name, value] : call.headers) request.set(name, value);
    request.setContentLength(static_cast<std::streamsize>(call.body.size()));
    session->sendRequest(request) << call.body;
    Poco::Net::HTTPResponse response;
    std::istream& in = session->receiveResponse(response);
    answer.body.assign(std::istreambuf_iterator<char>(in), {});
    for (const auto& [name, value] : response) answer.headers[Poco::toLower(name)] = value;
    if (in.bad()) {
      answer.failure = "broken body";
      session.reset();
    } else if (response.hasContentLength() &&
               static_cast<std::size_t>(response.getContentLength()) != answer.body.size() && call.method != "HEAD") {
      answer.failure = "short body";
      session.reset();
    } else {
      answer.status = response.getStatus();
    }
  } catch (const Poco::Exception& e) {
    answer.failure = e.displayText();
    session.reset();
  }
  return answer;
}

Json parse(const std::string& text) {
  Json json;
  json.Parse(text.data(), text.size());
  if (json.HasParseError()) throw std::runtime_error("not JSON: " + text.substr(0, 200));
  return json;
}

const rapidjson::Value& container(const Json& json) {
  return json["MediaContainer"];
}

std::string recordings() {
  const std::filesystem::path folder = PLEXSIM_RECORDINGS;
  return std::filesystem::is_directory(folder) ? folder.string() : std::string{};
}

}  // namespace check
