// A plain-http server that says exactly the bytes it was given, for answers that no honest server sends.
#pragma once

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Say {
  std::string bytes{};
  enum Then { keep, close, reset, hold, drip } then = keep;  // hold: silent until the client is gone
};

class ScriptServer {
public:
  using Script = std::function<Say(const std::string& request, int number)>;  // numbers from 1
  explicit ScriptServer(Script script);
  ~ScriptServer();
  std::string url() const;
  int connections() const { return connections_; }
  std::vector<std::string> requests() const;

private:
  void serve(Poco::Net::StreamSocket socket);

  Script script_;
  Poco::Net::ServerSocket listener_;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_{};
  std::vector<std::string> requests_{};
  std::vector<std::thread> threads_{};
  std::thread acceptor_{};
};
