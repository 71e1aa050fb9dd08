#include "kept_answers.hpp"

namespace plexsim {

std::string KeptAnswers::key(const MediaServer& server, std::size_t person, const Request& request) {
  std::string key = std::to_string(server.number) + '|' + std::to_string(server.version) + '|' +
                    std::to_string(person) + (request.wants_json() ? "|json|" : "|xml|") + request.path + '?' +
                    request.raw_query;
  for (const auto* name : {"Container-Start", "Container-Size"}) key += '|' + request.plex(name);
  return key;
}

bool KeptAnswers::find(const std::string& key, Response& response) const {
  std::shared_ptr<const Answer> answer;
  {
    std::lock_guard lock(mutex_);
    const auto at = answers_.find(key);
    if (at == answers_.end()) return false;
    answer = at->second;
  }
  response.content_type = answer->content_type;
  response.headers = answer->headers;
  response.body.append(answer->body);
  return true;
}

void KeptAnswers::keep(const std::string& key, const Response& response) {
  auto answer = std::make_shared<const Answer>(
      Answer{response.content_type, response.headers, std::string(response.body.view())});
  std::lock_guard lock(mutex_);
  answers_.emplace(key, std::move(answer));
}

}  // namespace plexsim
