#include "script_server.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>

ScriptServer::ScriptServer(Script script)
    : script_(std::move(script)), listener_(Poco::Net::SocketAddress("127.0.0.1", 0)) {
  acceptor_ = std::thread([this] {
    while (!ending_) {
      if (!listener_.poll(Poco::Timespan(0, 20000), Poco::Net::Socket::SELECT_READ)) continue;
      Poco::Net::StreamSocket socket = listener_.acceptConnection();
      ++connections_;
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  });
}

ScriptServer::~ScriptServer() {
  ending_ = true;
  acceptor_.join();
  for (auto& t : threads_) t.join();
}

std::string ScriptServer::url() const {
  return "http://127.0.0.1:" + std::to_string(listener_.address().port());
}

std::vector<std::string> ScriptServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptServer::serve(Poco::Net::StreamSocket socket) {
  std::string in;
  char part[65536];
  try {
    for (;;) {
      std::size_t head = 0;
      while ((head = in.find("\r\n\r\n")) == std::string::npos) {
        if (ending_) return;
        if (!socket.poll(Poco::Timespan(0, 20000), Poco::Net::Socket::SELECT_READ)) continue;
        const int n = socket.receiveBytes(part, sizeof part);
        if (n <= 0) return;
        in.append(part, static_cast<std::size_t>(n));
      }
      const std::string request = in.substr(0, head + 4);
      in.erase(0, head + 4);
      int number = 0;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        number = static_cast<int>(requests_.size());
      }
      const Say say = script_(request, number);
      if (!say.bytes.empty()) socket.sendBytes(say.bytes.data(), static_cast<int>(say.bytes.size()));
      if (say.then == Say::close) return socket.close();
      if (say.then == Say::reset) {
        socket.setLinger(true, 0);
        return socket.close();
      }
      while (say.then == Say::drip && !ending_) {
        socket.sendBytes("x", 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      while (say.then == Say::hold && !ending_)
        if (socket.poll(Poco::Timespan(0, 20000), Poco::Net::Socket::SELECT_READ) &&
            socket.receiveBytes(part, sizeof part) <= 0)
          return;
    }
  } catch (const Poco::Exception&) {
    // the client has gone: nothing is left to serve
  }
}
