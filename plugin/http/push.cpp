#include "http/push.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "http/retry.hpp"
#include "http/trouble.hpp"

namespace crosswatch::plex::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_text = 1u << 20;  // bytes of one message
constexpr std::size_t most_line = 16384;

Error broken(const std::string& where, const char* what) {
  return Error(CW_PROTOCOL, "broken_push", where + " sends notifications that cannot be understood: " + what + ".",
               "Look whether a proxy on the way changes them.");
}

template <std::size_t N>
void fill_random(std::array<unsigned char, N>& to) {
  if (RAND_bytes(to.data(), static_cast<int>(N)) != 1)
    throw Error(CW_INTERNAL, "no_random", "The system gave no random numbers.");
}

// The bytes that come in, and when the last of them came.
class Incoming {
public:
  Incoming(std::unique_ptr<Stream> stream, std::string where) : stream_(std::move(stream)), where_(std::move(where)) {}

  // False when the time is up.
  bool fill(const Call& call, std::uint32_t limit_ms) {
    const NoBrokenPipe quiet;
    Wait wait(call, limit_ms);
    std::array<char, 8192> chunk{};
    try {
      const std::size_t n = stream_->read(chunk.data(), chunk.size(), wait);
      if (n == 0) throw trouble(Trouble::lost, where_, "the server has ended it");
      bytes.append(chunk.data(), n);
      heard_ = Clock::now();
      return true;
    } catch (const Error& e) {
      if (e.code == "no_answer" && wait.expired()) return false;
      throw;
    }
  }
  void send(const Call& call, std::string_view data, std::uint32_t limit_ms) {
    const NoBrokenPipe quiet;
    Wait wait(call, limit_ms);
    stream_->write(data, wait);
  }
  std::uint32_t silent_ms() const {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - heard_).count());
  }
  // A line without its end, once it is there.
  std::optional<std::string> line() {
    const std::size_t at = bytes.find('\n');
    if (at == std::string::npos) {
      if (bytes.size() > most_text) throw broken(where_, "a line has no end");
      return std::nullopt;
    }
    std::string out = bytes.substr(0, at);
    bytes.erase(0, at + 1);
    if (out.ends_with('\r')) out.pop_back();
    return out;
  }
  const std::string& where() const noexcept { return where_; }

  std::string bytes{};

private:
  std::unique_ptr<Stream> stream_;
  std::string where_;
  Clock::time_point heard_ = Clock::now();
};

struct Head {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields{};  // names in lower case
  std::string_view field(std::string_view name) const {
    for (const auto& [n, v] : fields)
      if (n == name) return v;
    return {};
  }
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Head read_head(Incoming& in, const Call& call, Clock::time_point end) {
  Head head;
  std::size_t size = 0;
  for (bool first = true;; first = false) {
    std::optional<std::string> line = in.line();
    while (!line) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0 || !in.fill(call, static_cast<std::uint32_t>(left))) throw trouble(Trouble::silence, in.where());
      line = in.line();
    }
    size += line->size();
    if (size > most_line) throw trouble(Trouble::garbled, in.where());
    if (first) {
      const char* const from = line->data() + 9;  // behind "HTTP/1.1 "
      if (!line->starts_with("HTTP/1.") || line->size() < 12 ||
          std::from_chars(from, from + 3, head.status).ptr != from + 3 || head.status < 100 || head.status > 599)
        throw trouble(Trouble::garbled, in.where());
      continue;
    }
    if (line->empty()) return head;
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos) throw trouble(Trouble::garbled, in.where());
    const std::size_t value = line->find_first_not_of(" \t", colon + 1);
    head.fields.emplace_back(lower(line->substr(0, colon)), value == std::string::npos ? "" : line->substr(value));
  }
}

// What is answered, behind any "wait for it".
Head ask(Incoming& in, const std::string& request, const Call& call, const PushTimes& times) {
  in.send(call, request, times.open_ms);
  const auto end = Clock::now() + std::chrono::milliseconds(times.open_ms);
  for (;;)
    if (Head head = read_head(in, call, end); head.status == 101 || head.status >= 200) return head;
}

// What an answer means that is no push. Only a refusal of this way is UNSUPPORTED: a server that is starting, or asks
// for fewer requests, may well go that way later.
Error no_push(const Head& head, const std::string& where, const char* way) {
  const std::string status = " (" + std::to_string(head.status) + ").";
  const auto http = static_cast<std::uint32_t>(head.status);
  if (head.status == 401)
    return Error(CW_AUTH, "token_rejected", where + " does not accept this user's token" + status,
                 "Link again: crosswatch connect plex")
        .http(http);
  if (head.status == 429) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    return Error(CW_THROTTLED, "rate_limited", where + " takes no more requests for now" + status, "Try again later.")
        .retry_after(retry_after_ms(head.field("retry-after"), now.count()).value_or(0))
        .http(http);
  }
  if (head.status >= 500)
    return Error(CW_UNREACHABLE, "server_error", where + " is in trouble or starting" + status,
                 "Wait until it is up, and run it again.")
        .http(http);
  return Error(CW_UNSUPPORTED, "push_refused", where + " refuses notifications as " + way + status,
               "Look whether a proxy on the way lets them through.")
      .http(http);
}

std::string base64(const unsigned char* data, int size) {
  std::string out(static_cast<std::size_t>((size + 2) / 3 * 4), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, size);
  return out;
}

std::string accept_of(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64(digest.data(), static_cast<int>(size));
}

// Waits for what `take` finds among the bytes, and pings meanwhile.
template <class Take, class Ping>
std::optional<std::string> next_text(Incoming& in, const Call& call, std::uint32_t limit_ms, const PushTimes& times,
                                     Take&& take, Ping&& ping) {
  const auto end = Clock::now() + std::chrono::milliseconds(limit_ms);
  for (bool asked = false;;) {
    if (auto text = take()) return text;
    const std::uint32_t silent = in.silent_ms();
    if (silent >= times.silent_ms) throw trouble(Trouble::silence, in.where(), "the connection is dead");
    if (silent >= times.ping_ms && !asked) {
      ping();
      asked = true;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    const std::uint32_t until = (silent < times.ping_ms ? times.ping_ms : times.silent_ms) - silent;
    if (in.fill(call, std::min(static_cast<std::uint32_t>(left), until))) asked = false;
  }
}

class WebSocket final : public Push {
public:
  WebSocket(Incoming in, const PushTimes& times) : in_(std::move(in)), times_(times) {}

  std::optional<std::string> next(const Call& call, std::uint32_t limit_ms) override {
    return next_text(
        in_, call, limit_ms, times_, [&] { return take(call); }, [&] { send(call, op_ping, {}); });
  }

private:
  static constexpr unsigned op_more = 0, op_text = 1, op_binary = 2, op_close = 8, op_ping = 9, op_pong = 10;

  // The next whole message among the bytes.
  std::optional<std::string> take(const Call& call) {
    for (;;) {
      const std::string& b = in_.bytes;
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(b[i]); };
      if (b.size() < 2) return std::nullopt;
      const unsigned op = byte(0) & 0x0fu;
      const bool last = (byte(0) & 0x80u) != 0;
      std::size_t head = 2;
      std::uint64_t size = byte(1) & 0x7fu;
      if ((byte(1) & 0x80u) != 0 || (byte(0) & 0x70u) != 0) throw broken(in_.where(), "a frame has an unknown form");
      expect_in_order(op, last, size);
      const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
      if (b.size() < head + more) return std::nullopt;
      if (more != 0) size = 0;
      for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(head + i);
      head += more;
      if (size > most_text || (message_ && message_->size() + size > most_text))
        throw broken(in_.where(), "a message is too large");
      if (b.size() < head + size) return std::nullopt;
      const std::string payload = b.substr(head, static_cast<std::size_t>(size));
      in_.bytes.erase(0, head + static_cast<std::size_t>(size));
      if (op == op_close) throw trouble(Trouble::lost, in_.where(), "the server has ended it");
      if (op == op_ping) send(call, op_pong, payload);
      if (op == op_ping || op == op_pong) continue;
      if (!message_) message_.emplace();
      *message_ += payload;
      if (last) return std::exchange(message_, std::nullopt).value();
    }
  }

  // A frame that no server sends means that something is lost or changed on the way: nothing behind it can be trusted.
  void expect_in_order(unsigned op, bool last, std::uint64_t size) const {
    const bool control = op >= op_close;
    if (op > op_pong || (op > op_binary && !control)) throw broken(in_.where(), "a frame is of an unknown kind");
    if (control && (!last || size > 125)) throw broken(in_.where(), "a control frame is too large or in parts");
    if (op == op_more && !message_) throw broken(in_.where(), "a message goes on that has not begun");
    if ((op == op_text || op == op_binary) && message_)
      throw broken(in_.where(), "a message begins before the last one has ended");
  }

  void send(const Call& call, unsigned op, std::string_view payload) {
    payload = payload.substr(0, 125);
    std::array<unsigned char, 4> mask{};
    fill_random(mask);
    std::string frame{static_cast<char>(0x80u | op), static_cast<char>(0x80u | payload.size())};
    for (const unsigned char m : mask) frame += static_cast<char>(m);
    for (std::size_t i = 0; i < payload.size(); ++i)
      frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % mask.size()]);
    in_.send(call, frame, times_.open_ms);
  }

  Incoming in_;
  PushTimes times_;
  std::optional<std::string> message_{};  // that has begun
};

class Events final : public Push {
public:
  Events(Incoming in, const PushTimes& times, bool chunked) : in_(std::move(in)), times_(times), chunked_(chunked) {}

  std::optional<std::string> next(const Call& call, std::uint32_t limit_ms) override {
    return next_text(
        in_, call, limit_ms, times_, [&] { return take(); }, [] {});
  }

private:
  std::optional<std::string> take() {
    unchunk();
    for (;;) {
      const std::size_t at = text_.find('\n');
      if (at == std::string::npos) {
        if (text_.size() > most_text) throw broken(in_.where(), "a line has no end");
        return std::nullopt;
      }
      std::string line = text_.substr(0, at);
      text_.erase(0, at + 1);
      if (line.ends_with('\r')) line.pop_back();
      if (line.starts_with("data:")) {
        if (data_.size() + line.size() > most_text) throw broken(in_.where(), "a message is too large");
        data_ += line.substr(line.size() > 5 && line[5] == ' ' ? 6 : 5) + '\n';
      } else if (line.empty() && !data_.empty()) {
        return std::exchange(data_, {});
      }
    }
  }
  // Moves the bytes of whole and begun chunks to the text.
  void unchunk() {
    if (!chunked_) {
      text_ += std::exchange(in_.bytes, {});
      return;
    }
    for (;;) {
      if (left_ > 0) {
        const std::size_t n = std::min(left_, in_.bytes.size());
        text_.append(in_.bytes, 0, n);
        in_.bytes.erase(0, n);
        left_ -= n;
        if (left_ > 0) return;
      }
      const auto line = in_.line();
      if (!line) return;
      if (line->empty()) continue;  // behind a chunk
      std::size_t size = 0;
      const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), size, 16);
      if (error != std::errc{} || size > most_text || end == line->data()) throw broken(in_.where(), "a broken chunk");
      if (size == 0) throw trouble(Trouble::lost, in_.where(), "the server has ended it");
      left_ = size;
    }
  }

  Incoming in_;
  PushTimes times_;
  bool chunked_;
  std::size_t left_ = 0;  // of the chunk
  std::string text_{}, data_{};
};

}  // namespace

std::unique_ptr<Push> open_web_socket(std::unique_ptr<Stream> stream, std::string head, const Call& call,
                                      const std::string& where, const PushTimes& times) {
  std::array<unsigned char, 16> random{};
  fill_random(random);
  const std::string key = base64(random.data(), static_cast<int>(random.size()));
  head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key +
          "\r\n\r\n";
  Incoming in(std::move(stream), where);
  const Head answer = ask(in, head, call, times);
  if (answer.status != 101) throw no_push(answer, where, "a web socket");
  if (answer.field("sec-websocket-accept") != accept_of(key)) throw broken(where, "the upgrade is not for this key");
  return std::make_unique<WebSocket>(std::move(in), times);
}

std::unique_ptr<Push> open_events(std::unique_ptr<Stream> stream, const std::string& head, const Call& call,
                                  const std::string& where, const PushTimes& times) {
  Incoming in(std::move(stream), where);
  const Head answer = ask(in, head + "\r\n", call, times);
  if (answer.status != 200 || answer.field("content-type").find("text/event-stream") == std::string_view::npos)
    throw no_push(answer, where, "server-sent events");
  return std::make_unique<Events>(std::move(in), times,
                                  lower(std::string(answer.field("transfer-encoding"))) == "chunked");
}

}  // namespace crosswatch::plex::http
