// Answers of media servers as they were sent, for benchmarks: rendering a page costs more than sending it, and what is
// to be measured is the client.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "http.hpp"
#include "media.hpp"

namespace plexsim {

class KeptAnswers {
public:
  // What the answer depends on; a change on the server changes it.
  static std::string key(const MediaServer& server, std::size_t person, const Request& request);
  bool find(const std::string& key, Response& response) const;
  void keep(const std::string& key, const Response& response);

private:
  struct Answer {
    std::string content_type{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
  };
  mutable std::mutex mutex_{};
  std::unordered_map<std::string, std::shared_ptr<const Answer>> answers_{};
};

}  // namespace plexsim
