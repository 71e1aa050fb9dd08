// A plain HTTPS client for the checks, written on Poco so that nothing of the simulator checks itself.
#pragma once

#include <rapidjson/document.h>

#include <map>
#include <memory>
#include <string>

namespace check {

struct Answer {
  int status{0};                                 // 0 = no complete answer
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};
  std::string failure{};
};

struct Call {
  std::string method{"GET"};
  std::string token{};
  std::string accept{"application/json"};
  std::string client_id{"check-client"};
  std::map<std::string, std::string> headers{};
  std::string body{};
  int timeout_ms{5000};
};

class Client {
public:
  explicit Client(const std::string& ca_file);
  ~Client();
  Answer send(const std::string& url, const Call& call = {});  // a connection is kept for each host
  void forget_connections();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

using Json = rapidjson::Document;
Json parse(const std::string& text);
const rapidjson::Value& container(const Json& json);
std::string recordings();  // the folder, "" when it is not there

}  // namespace check
