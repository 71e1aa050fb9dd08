#include "server/connections.hpp"

#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/NetException.h>

#include <algorithm>

namespace crosswatch::host::server {
namespace {

using Clock = std::chrono::steady_clock;

thread_local Connections::Watch* current = nullptr;

class Watched : public Poco::Net::HTTPServerConnection {
public:
  Watched(const Poco::Net::StreamSocket& socket, Poco::Net::HTTPServerParams::Ptr params,
          Poco::Net::HTTPRequestHandlerFactory::Ptr handlers, Connections& all)
      : HTTPServerConnection(socket, std::move(params), std::move(handlers)), all_(all) {}
  void run() override {
    try {
      socket().setSendTimeout(Poco::Timespan(20, 0));
      socket().setNoDelay(true);
      Connections::Watch watch(all_, socket());
      HTTPServerConnection::run();
    } catch (const Poco::Exception&) {
      // The client has gone, or was cut off: there is nobody to tell.
    }
  }

private:
  Connections& all_;
};

class Factory : public Poco::Net::TCPServerConnectionFactory {
public:
  Factory(Connections& all, Poco::Net::HTTPServerParams::Ptr params, Poco::Net::HTTPRequestHandlerFactory::Ptr handlers)
      : all_(all), params_(std::move(params)), handlers_(std::move(handlers)) {}
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    return new Watched(socket, params_, handlers_, all_);  // Poco takes it
  }

private:
  Connections& all_;
  Poco::Net::HTTPServerParams::Ptr params_;
  Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
};

void cut(Poco::Net::StreamSocket& socket) {
  // Of the descriptor, not of what lies over it: a TLS goodbye could block, and the thread that serves it sees the end.
  ::shutdown(socket.impl()->sockfd(), SHUT_RDWR);
}

}  // namespace

Connections::Connections(std::chrono::milliseconds patience) : patience_(patience), thread_([this] { run(); }) {}

Connections::~Connections() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Connections::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (entries_.empty()) {
      changed_.wait(lock, [&] { return ending_ || !entries_.empty(); });
      continue;
    }
    changed_.wait_for(lock, std::min<std::chrono::milliseconds>(std::chrono::seconds(1), patience_));
    const auto now = Clock::now();
    for (Entry& e : entries_)
      if (now > e.deadline) cut(e.socket);
  }
}

void Connections::close_all() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  for (Entry& e : entries_) cut(e.socket);
}

Connections::Watch::Watch(Connections& all, const Poco::Net::StreamSocket& socket) : all_(all) {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.push_front({socket, Clock::now() + all.patience_});
  entry_ = all_.entries_.begin();
  if (all_.closing_) cut(entry_->socket);
  all_.changed_.notify_all();
  current = this;
}

Connections::Watch::~Watch() {
  current = nullptr;
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(entry_);
}

void Connections::Watch::for_request() {
  if (current) allow(current->all_.patience_);
}

void Connections::Watch::allow(std::chrono::milliseconds time) {
  if (!current) return;
  const std::lock_guard lock(current->all_.mutex_);
  current->entry_->deadline = Clock::now() + time;
}

Poco::Net::TCPServerConnectionFactory::Ptr watched_connections(Connections& all,
                                                               Poco::Net::HTTPServerParams::Ptr params,
                                                               Poco::Net::HTTPRequestHandlerFactory::Ptr handlers) {
  return new Factory(all, std::move(params), std::move(handlers));
}

}  // namespace crosswatch::host::server
