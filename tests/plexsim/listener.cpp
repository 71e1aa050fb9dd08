#include "listener.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <stdexcept>

#include "answers.hpp"
#include "push.hpp"

namespace plexsim {

void RequestLog::add(LogEntry entry) {
  std::lock_guard lock(mutex_);
  if (entries_.size() < limit_) entries_.push_back(std::move(entry));
}

std::vector<LogEntry> RequestLog::entries() const {
  std::lock_guard lock(mutex_);
  return entries_;
}

void RequestLog::clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
}

Listener::Listener(ListenerOptions options, ContextPtr context, Faults* faults, RequestLog* log)
    : options_(options), context_(std::move(context)), faults_(faults), log_(log) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd_, 256) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    if (fd_ >= 0) ::close(fd_);
    throw std::runtime_error("plexsim: cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  if (wake_ < 0) {
    ::close(fd_);
    throw std::runtime_error("plexsim: cannot make an eventfd");
  }
}

Listener::~Listener() {
  stop();
}

void Listener::start(Handler handler) {
  handler_ = std::move(handler);
  acceptor_ = std::thread([this] { accept_loop(); });
}

void Listener::stop() {
  if (stopping_.exchange(true)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_, &one, sizeof one));  // the acceptor; not every kernel does that at a shutdown
  if (acceptor_.joinable()) acceptor_.join();
  ::close(fd_);
  ::close(wake_);
  std::list<Connection> last;
  {
    std::lock_guard lock(mutex_);
    for (auto& connection : connections_) {
      if (!connection.done && connection.fd >= 0) ::shutdown(connection.fd, SHUT_RDWR);
    }
    last.swap(connections_);
  }
  for (auto& connection : last) connection.thread.join();
}

std::string Listener::url() const {
  return (context_ ? "https" : "http") + std::string("://127.0.0.1:") + std::to_string(port_);
}

void Listener::accept_loop() {
  while (!stopping_) {
    pollfd waiting[]{{fd_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(waiting, 2, -1) <= 0 || waiting[1].revents != 0) continue;
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::lock_guard lock(mutex_);
    for (auto it = connections_.begin(); it != connections_.end();) {
      if (it->done) {
        it->thread.join();
        it = connections_.erase(it);
      } else {
        ++it;
      }
    }
    Connection& connection = connections_.emplace_back();
    connection.fd = fd;
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void Listener::serve(Connection& connection) {
  Stream stream(connection.fd);
  if (options_.handshake_delay_ms > 0) pause(stream, options_.handshake_delay_ms, false);
  if (!context_ || stream.handshake(context_.get())) {
    std::string pending;
    Response response;
    Buffer packed;
    bool more = true;
    while (more && !stopping_) {
      Request request;
      more = serve_one(stream, pending, request, response, packed);
    }
    stream.close_clean();
  }
  // stop() must not shut down a descriptor number that this thread has given back
  std::lock_guard lock(mutex_);
  connection.fd = -1;
  connection.done = true;
}

void Listener::Exchange::finish() {
  if (finished) return;
  finished = true;
  --listener.in_flight_;
  if (listener.log_ != nullptr) listener.log_->add(std::move(entry));
}

void Listener::enter() {
  const int now = ++in_flight_;
  int peak = peak_;
  while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
  }
}

// Waits, but not beyond the simulator's end nor, when asked, the client's. False: one of the two came.
bool Listener::pause(const Stream& stream, int ms, bool until_gone) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (!stopping_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return true;
    const int slice = static_cast<int>(std::min<long>(left, 20));
    if (until_gone) {
      // a client that waits for its answer sends nothing: bytes now are its goodbye
      if (stream.wait_readable(slice)) return false;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(slice));
    }
  }
  return false;
}

bool Listener::hang(const Stream& stream) {
  if (faults_ != nullptr) faults_->hangs();
  pause(stream, 600000, true);
  return false;
}

bool Listener::serve_one(Stream& stream, std::string& pending, Request& request, Response& response, Buffer& packed) {
  char chunk[16384];
  auto fill = [&] {
    const long got = stream.read(chunk, sizeof chunk);
    if (got > 0) pending.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t head_end = 0;
  while ((head_end = pending.find("\r\n\r\n")) == std::string::npos) {
    if (pending.size() > 1024UL * 1024 || !fill()) return false;
  }
  request.host = options_.host;
  request.server = options_.server;
  request.most_rows = options_.most_rows;
  const bool good = parse_head(std::string_view(pending).substr(0, head_end), request);
  pending.erase(0, head_end + 4);
  if (!good) {
    stream.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
  }
  if (lower(request.header("expect").value_or("")) == "100-continue") stream.write("HTTP/1.1 100 Continue\r\n\r\n");
  const auto length = to_number(request.header("content-length").value_or("0")).value_or(0);
  if (length < 0 || length > 64LL * 1024 * 1024) return false;
  while (pending.size() < static_cast<std::size_t>(length)) {
    if (!fill()) return false;
  }
  request.body = pending.substr(0, static_cast<std::size_t>(length));
  pending.erase(0, static_cast<std::size_t>(length));

  enter();
  Exchange exchange(*this);
  LogEntry& entry = exchange.entry;
  entry.host = host_name(options_.host);
  entry.server = options_.server;
  entry.method = request.method;
  entry.path = request.path;
  entry.query = request.raw_query;
  entry.start = to_number(request.plex("Container-Start")).value_or(-1);
  entry.size = to_number(request.plex("Container-Size")).value_or(-1);
  entry.token = request.plex("Token");
  entry.token_in_query = !entry.token.empty() && !request.header("x-plex-token");
  entry.client_id = request.plex("Client-Identifier");
  entry.accept = request.header("accept").value_or("");
  entry.user_agent = request.header("user-agent").value_or("");
  if (faults_ != nullptr) request.fault = faults_->take(request);
  const bool keep = lower(request.header("connection").value_or("")) != "close";
  response.reset();
  const bool more = answer(stream, request, response, packed, exchange, keep);
  return more && keep;
}

namespace {

void pack(const Buffer& plain, Buffer& packed) {
  packed.clear();
  z_stream z{};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  const auto bound = deflateBound(&z, plain.size());
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.reserve(bound));
  z.avail_out = static_cast<uInt>(bound);
  deflate(&z, Z_FINISH);
  packed.advance(z.total_out);
  deflateEnd(&z);
}

}  // namespace

bool Listener::answer(Stream& stream, const Request& request, Response& response, Buffer& packed, Exchange& exchange,
                      bool keep) {
  const FaultRule& fault = request.fault;
  LogEntry& entry = exchange.entry;
  if (fault.id != 0) entry.fault = fault_name(fault.kind);
  if (fault.delay_ms > 0 && !pause(stream, fault.delay_ms, true)) return false;
  switch (fault.kind) {
    case FaultKind::reset_before:
      exchange.finish();
      stream.reset();
      return false;
    case FaultKind::hold: {
      const int cleared = faults_->cleared();
      faults_->hangs();
      while (faults_->cleared() == cleared)
        if (!pause(stream, 10, true)) return false;
      handler_(request, response);
      break;
    }
    case FaultKind::hang:
      return hang(stream);
    case FaultKind::status:
    case FaultKind::garbage:
    case FaultKind::html:
    case FaultKind::empty:
    case FaultKind::redirect:
      canned_answer(request, fault, response);
      break;
    default:
      handler_(request, response);
  }
  if (fault.kind == FaultKind::reset_after) {
    exchange.finish();
    stream.reset();
    return false;
  }
  if (fault.kind == FaultKind::hang_after) return hang(stream);
  if (response.push) return send_push(stream, request, response, exchange);
  std::string_view body = response.body.view();
  bool gzipped = false;
  if (options_.gzip && body.size() > 512 && fault.kind != FaultKind::truncated && fault.kind != FaultKind::garbage &&
      request.header("accept-encoding").value_or("").find("gzip") != std::string::npos) {
    pack(response.body, packed);
    body = packed.view();
    gzipped = true;
  }
  std::string head =
      "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  if (gzipped) head += "Content-Encoding: gzip\r\n";
  head += "Vary: Origin, X-Plex-Token\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  head += keep ? "Connection: Keep-Alive\r\nKeep-Alive: timeout=20\r\n" : "Connection: close\r\n";
  entry.status = response.status;
  if (request.method == "HEAD") body = {};
  switch (fault.kind) {
    case FaultKind::drip:
    case FaultKind::cut:
    case FaultKind::truncated:
    case FaultKind::bad_chunk:
    case FaultKind::bom:
      return send_faulty(stream, fault, head, body, exchange);
    default:
      break;
  }
  if (response.status != 204 && response.status != 304)
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  head += "\r\n";
  entry.bytes = body.size();
  constexpr std::size_t kLast = 1024;
  if (body.size() > 8 * kLast) {
    if (!stream.write(head) || !stream.write(body.substr(0, body.size() - kLast))) return false;
    body.remove_prefix(body.size() - kLast);
    head.clear();
  }
  exchange.finish();
  const bool sent = stream.write(head.append(body));
  return sent && fault.kind != FaultKind::close_after;
}

bool Listener::send_push(Stream& stream, const Request& request, Response& response, Exchange& exchange) {
  const std::shared_ptr<Push> push = std::move(response.push);
  exchange.entry.status = 101;
  exchange.finish();
  std::string got;
  char chunk[4096];
  bool open = stream.write(push->greeting(request));
  while (open && !stopping_ && !push->closed()) {
    if (stream.wait_readable(10)) {
      const long n = stream.read(chunk, sizeof chunk);
      if (n <= 0) break;
      got.append(chunk, static_cast<std::size_t>(n));
    }
    const std::string bytes = push->answer(got) + push->take();
    open = bytes.empty() || stream.write(bytes);
  }
  return false;
}

bool Listener::send_faulty(Stream& stream, const FaultRule& fault, const std::string& head, std::string_view body,
                           Exchange& exchange) {
  const auto wanted = fault.bytes < 0 ? body.size() / 2 : std::min(body.size(), static_cast<std::size_t>(fault.bytes));
  const std::string full_length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  LogEntry& entry = exchange.entry;
  entry.bytes = fault.kind == FaultKind::bom || fault.kind == FaultKind::drip ? body.size() : wanted;
  if (fault.kind != FaultKind::drip) exchange.finish();
  if (fault.kind == FaultKind::bom) {
    return stream.write(head + "Content-Length: " + std::to_string(body.size() + 3) + "\r\n\r\n\xEF\xBB\xBF") &&
           stream.write(body);
  }
  if (fault.kind == FaultKind::truncated) {
    return stream.write(head + "Content-Length: " + std::to_string(wanted) + "\r\n\r\n") &&
           stream.write(body.substr(0, wanted));
  }
  auto chunk = [](std::string_view part) {
    char size[20] = {};
    std::snprintf(size, sizeof size, "%zx\r\n", part.size());
    return size + std::string(part) + "\r\n";
  };
  if (fault.kind == FaultKind::bad_chunk) {
    stream.write(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(body.substr(0, wanted)) + "zz\r\nnonsense");
    stream.close_clean();
    return false;
  }
  if (fault.kind == FaultKind::cut) {
    if (fault.framing == Framing::chunked) {
      stream.write(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(body.substr(0, wanted)));
    } else if (fault.framing == Framing::until_close) {
      stream.write(head + "\r\n" + std::string(body.substr(0, wanted)));
    } else {
      stream.write(head + full_length + std::string(body.substr(0, wanted)));
    }
    stream.close_clean();
    return false;
  }
  // drip
  if (!stream.write(head + full_length)) return false;
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, fault.bytes));
  while (!body.empty()) {
    if (body.size() <= step) exchange.finish();
    if (!stream.write(body.substr(0, step))) return false;
    body.remove_prefix(std::min(step, body.size()));
    if (!body.empty() && !pause(stream, fault.interval_ms, true)) return false;
  }
  return true;
}

}  // namespace plexsim
