// What a server pushes, from one that does it wrong.
#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <crosswatch/fake_host.hpp>
#include <optional>

#include "http/client.hpp"
#include "script_server.hpp"

using namespace crosswatch;
using namespace crosswatch::plex::http;

namespace {

std::string accept_of(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t at = request.find(name) + name.size();
  const std::string text = request.substr(at, request.find('\r', at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE], out[64];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  EVP_EncodeBlock(out, digest, static_cast<int>(size));
  return reinterpret_cast<const char*>(out);
}

std::string frame(unsigned first, const std::string& text) {
  return std::string{static_cast<char>(first), static_cast<char>(text.size())} + text;
}
constexpr unsigned whole = 0x80, more = 0, text = 1, binary = 2, ping = 9, pong = 10;

struct Listener {
  // A server that takes the upgrade, and sends those bytes behind it.
  static ScriptServer::Script sends(std::string bytes) {
    return [bytes](const std::string& request, int) -> Say {
      return {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept_of(request) +
                  "\r\n\r\n" + bytes,
              Say::hold};
    };
  }
  std::unique_ptr<Push> open(const ScriptServer& server) {
    Options options;
    options.version = "1";
    options.push = times;
    client = std::make_unique<Client>(options);
    Request request;
    request.base_url = server.url();
    request.path = "/:/websockets/notifications";
    return client->web_socket(call.call(), request);
  }
  // Of the upgrade or of what comes behind it.
  Error failure(const ScriptServer& server) {
    try {
      const auto push = open(server);
      while (push->next(call.call(), 10'000)) heard += 1;
    } catch (const Error& e) {
      CHECK_FALSE(e.remedy.empty());
      return e;
    }
    return Error(CW_OK, "", "nothing failed");
  }
  FakeHost host{};
  FakeCall call{host};
  PushTimes times{};
  std::unique_ptr<Client> client{};
  int heard = 0;
};

Error failure_after(const std::string& answer) {
  const ScriptServer server([&](const std::string&, int) -> Say { return {answer, Say::close}; });
  return Listener().failure(server);
}

}  // namespace

TEST_CASE("only an answer that closes this way counts as a refusal of the upgrade") {
  for (const char* refusal :
       {"200 OK", "302 Found", "400 Bad Request", "403 Forbidden", "404 Not Found", "426 Upgrade Required"}) {
    CAPTURE(refusal);
    CHECK(failure_after("HTTP/1.1 " + std::string(refusal) + "\r\n\r\n").status == CW_UNSUPPORTED);
  }
  for (const char* trouble : {"500 Oops", "502 Bad Gateway", "503 Maintenance", "504 Timeout"}) {
    CAPTURE(trouble);
    const Error e = failure_after("HTTP/1.1 " + std::string(trouble) + "\r\n\r\n");
    CHECK(e.status == CW_UNREACHABLE);
    CHECK(e.http_status >= 500);
  }
  const Error login = failure_after("HTTP/1.1 401 Unauthorized\r\n\r\n");
  CHECK(login.status == CW_AUTH);
  CHECK(login.http_status == 401);
  const Error slower = failure_after("HTTP/1.1 429 Slow down\r\nRetry-After: 90\r\n\r\n");
  CHECK(slower.status == CW_THROTTLED);
  CHECK(slower.retry_after_ms == 90'000);
  for (const char* garbage : {"HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 7 x yz\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n",
                              "HTTP/1.1 999 High\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n"}) {
    CAPTURE(garbage);
    const Error e = failure_after(garbage);
    CHECK(e.status == CW_UNREACHABLE);
    CHECK(e.code == "garbled_answer");
  }
}

TEST_CASE("an answer before the answer does not count") {
  const ScriptServer server([](const std::string& request, int n) -> Say {
    Say say = Listener::sends(frame(whole | text, "hello"))(request, n);
    say.bytes = "HTTP/1.1 102 Processing\r\n\r\n" + say.bytes;
    return say;
  });
  Listener l;
  CHECK(l.open(server)->next(l.call.call(), 10'000) == "hello");
}

TEST_CASE("a message in parts arrives whole, whatever control frames stand between") {
  const ScriptServer server(Listener::sends(frame(more | text, "one ") + frame(whole | ping, "there?") +
                                            frame(more, "two ") + frame(whole | pong, "") + frame(whole, "three") +
                                            frame(whole | binary, "next")));
  Listener l;
  const auto push = l.open(server);
  CHECK(push->next(l.call.call(), 10'000) == "one two three");
  CHECK(push->next(l.call.call(), 10'000) == "next");
}

TEST_CASE("frames that no server sends end the connection") {
  const std::string good = frame(whole | text, "good");
  const std::string long_ping{static_cast<char>(whole | ping), static_cast<char>(126), 0, static_cast<char>(126)};
  const std::string huge{static_cast<char>(whole | text), static_cast<char>(127), 0, 0, 0, 0, 1, 0, 0, 0};
  const std::pair<const char*, std::string> cases[] = {
      {"reserved", frame(whole | 3, "x")},
      {"reserved control", frame(whole | 11, "x")},
      {"continuation of nothing", frame(whole, "x")},
      {"text within a text", frame(more | text, "x") + frame(whole | text, "y")},
      {"a ping in parts", frame(more | ping, "x")},
      {"a long ping", long_ping + std::string(126, 'x')},
      {"an extension that was not agreed", frame(whole | 0x40 | text, "x")},
      {"masked by the server", frame(whole | text, "").substr(0, 1) + static_cast<char>(0x81) + "mask?"},
      {"larger than anything", huge},
  };
  for (const auto& wrong : cases) {
    CAPTURE(wrong.first);
    const ScriptServer server(Listener::sends(good + wrong.second + good));
    Listener l;
    const Error e = l.failure(server);
    CHECK(e.status == CW_PROTOCOL);
    CHECK(e.code == "broken_push");
    CHECK(l.heard == 1);
  }
}

TEST_CASE("a dead line, of which nobody tells, is noticed: within a minute, as the times are") {
  const PushTimes usual;
  CHECK(usual.ping_ms < usual.silent_ms);
  CHECK(usual.silent_ms <= 55'000);
  const ScriptServer server(Listener::sends(""));
  Listener l;
  l.times.ping_ms = 20;
  l.times.silent_ms = 100;
  const Error e = l.failure(server);
  CHECK(e.status == CW_UNREACHABLE);
  CHECK(e.code == "no_answer");
}
