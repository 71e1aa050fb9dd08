// Bounds what a connection may take: a client that is slow on purpose is cut off instead of keeping a thread.
#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace crosswatch::host::server {

// [any]
class Connections {
public:
  explicit Connections(std::chrono::milliseconds patience);
  ~Connections();

  class Watch;
  // Shuts every connection down, and every one that comes after.
  void close_all();

private:
  friend class Watch;
  struct Entry {
    Poco::Net::StreamSocket socket{};
    std::chrono::steady_clock::time_point deadline{};
  };
  void run();

  const std::chrono::milliseconds patience_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::list<Entry> entries_{};
  bool closing_ = false, ending_ = false;
  std::thread thread_{};
};

// One connection, on the thread that serves it.
class Connections::Watch {
public:
  Watch(Connections& all, const Poco::Net::StreamSocket& socket);
  ~Watch();
  // The connection of this thread has so long from now on; for_request(): to send one.
  static void allow(std::chrono::milliseconds time);
  static void for_request();

private:
  Connections& all_;
  std::list<Entry>::iterator entry_{};
};

inline constexpr std::chrono::seconds time_for_answer{300};   // to be made and taken
inline constexpr std::chrono::hours time_for_news{24 * 365};  // an open page listens as long as it likes

// Makes HTTP connections that are watched.
Poco::Net::TCPServerConnectionFactory::Ptr watched_connections(Connections& all,
                                                               Poco::Net::HTTPServerParams::Ptr params,
                                                               Poco::Net::HTTPRequestHandlerFactory::Ptr handlers);

}  // namespace crosswatch::host::server
