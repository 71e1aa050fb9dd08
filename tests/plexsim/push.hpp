// Notifications to those who listen: a web socket or server-sent events, a queue for each listener.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>

#include "http.hpp"

namespace plexsim {

class Push {
public:
  Push(bool web_socket, std::size_t person, bool sees_all)
      : web_socket_(web_socket), person_(person), sees_all_(sees_all) {}

  bool concerns(std::size_t person) const { return sees_all_ || person == person_; }
  void add(std::string text);
  void close();        // as when the server restarts
  void fall_silent();  // the line is dead, and nobody told the client

  // The bytes with which the connection begins and goes on.
  std::string greeting(const Request& request) const;
  std::string take();                      // what is to be sent now, "" when there is nothing
  std::string answer(std::string& bytes);  // to what the client sent: a pong for each ping
  bool closed() const;
  bool silent() const;

private:
  std::string frame(unsigned opcode, const std::string& text) const;

  const bool web_socket_;
  const std::size_t person_;
  const bool sees_all_;
  mutable std::mutex mutex_{};
  std::deque<std::string> texts_{};
  bool closed_{false};
  bool silent_{false};
};

struct MediaServer;
// Answers a request for notifications; false when it is none.
bool handle_push(MediaServer& server, std::size_t person, const Request& request, Response& response);
// A "playing" notification of a session, to all whom it concerns.
void notify(const MediaServer& server, std::size_t person, int session, const std::string& key,
            const std::string& state, std::int64_t offset, const std::string& player);

}  // namespace plexsim
