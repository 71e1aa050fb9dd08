// One listening port: accepts, reads requests, applies faults, answers. A thread for each connection.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http.hpp"
#include "plexsim/plexsim.hpp"
#include "tls.hpp"

namespace plexsim {

// Everything that was asked, oldest first. Thread-safe.
class RequestLog {
public:
  explicit RequestLog(std::size_t limit) : limit_(limit) {}
  void add(LogEntry entry);
  std::vector<LogEntry> entries() const;
  void clear();

private:
  mutable std::mutex mutex_{};
  std::vector<LogEntry> entries_{};
  std::size_t limit_;
};

using Handler = std::function<void(const Request&, Response&)>;  // called from many threads at once

struct ListenerOptions {
  HostKind host{HostKind::server};
  int server{-1};
  bool gzip{true};
  int handshake_delay_ms{0};
  std::size_t most_rows{0};  // a page; 0: no limit
};

class Listener {
public:
  // A null context is plain http. `log` may be null. `faults` and `log` outlive the listener.
  Listener(ListenerOptions options, ContextPtr context, Faults* faults, RequestLog* log);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start(Handler handler);
  void stop();
  std::string url() const;
  int port() const { return port_; }
  int peak_in_flight() const { return peak_; }
  void reset_peak() { peak_ = 0; }

private:
  struct Connection {
    std::thread thread{};
    std::atomic<bool> done{false};
    int fd{-1};
  };

  // A request counts as in flight, and is missing from the log, until just before the last bytes of its answer leave: a
  // client that has its answer finds the request in the log, and its next one never overlaps with it.
  struct Exchange {
    explicit Exchange(Listener& listener) : listener(listener) {}
    ~Exchange() { finish(); }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    void finish();

    Listener& listener;
    LogEntry entry{};
    bool finished{false};
  };

  void accept_loop();
  void serve(Connection& connection);
  bool serve_one(Stream& stream, std::string& pending, Request& request, Response& response, Buffer& packed);
  bool answer(Stream& stream, const Request& request, Response& response, Buffer& packed, Exchange& exchange,
              bool keep);
  bool send_push(Stream& stream, const Request& request, Response& response, Exchange& exchange);
  bool send_faulty(Stream& stream, const FaultRule& fault, const std::string& head, std::string_view body,
                   Exchange& exchange);
  bool pause(const Stream& stream, int ms, bool until_gone) const;
  bool hang(const Stream& stream);  // until the client goes away; always false
  void enter();

  ListenerOptions options_;
  ContextPtr context_;
  Faults* faults_;
  RequestLog* log_;
  Handler handler_{};
  int fd_{-1};
  int wake_{-1};  // readable: stop
  int port_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int> in_flight_{0};
  std::atomic<int> peak_{0};
  std::mutex mutex_{};
  std::list<Connection> connections_{};
  std::thread acceptor_{};
};

}  // namespace plexsim
