#include "http/client.hpp"

#include <Poco/DeflatingStream.h>
#include <doctest/doctest.h>

#include <atomic>
#include <crosswatch/fake_host.hpp>
#include <future>
#include <set>
#include <sstream>
#include <thread>

#include "http/message.hpp"
#include "http/trouble.hpp"
#include "script_server.hpp"

using namespace crosswatch;
using namespace crosswatch::plex::http;

namespace {

struct Fixture {
  FakeHost host{};
  FakeCall call{host};
  std::string body{};
  Options options{};
  std::unique_ptr<Client> client{};

  Response get(const ScriptServer& server, Request request = {}) {
    if (!client) {
      options.client_id = [] { return std::string("test-client"); };
      options.version = "1.2.3";
      client = std::make_unique<Client>(options);
    }
    request.base_url = server.url();
    if (request.path.empty()) request.path = "/x";
    return client->send(call.call(), request, body);
  }
  // The code of the error, "" when there was none.
  std::string failure(const ScriptServer& server, Request request = {}) {
    try {
      get(server, std::move(request));
      return {};
    } catch (const Error& e) {
      CHECK(e.what() != std::string());
      CHECK_FALSE(e.remedy.empty());
      return e.code;
    }
  }
};

Say ok(const std::string& body, const std::string& headers = {}) {
  return {"HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}
std::string gzip(const std::string& text) {
  std::ostringstream out;
  Poco::DeflatingOutputStream pack(out, Poco::DeflatingStreamBuf::STREAM_GZIP);
  pack << text;
  pack.close();
  return out.str();
}

}  // namespace

TEST_CASE("an answer is read whole, however it is framed") {
  Fixture f;
  const std::string long_text(300'000, 'y');
  const ScriptServer server([&](const std::string&, int n) -> Say {
    switch (n) {
      case 1:
        return ok("hello", "Content-Type: text/plain\r\nX-Odd:  spaced \r\n");
      case 2:
        return {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n006\r\n world\r\n0\r\nT: "
            "1\r\n\r\n"};
      case 3:
        return ok(gzip(long_text), "Content-Encoding: gzip\r\n");
      case 4:
        return {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"};
      case 5:
        return {"HTTP/1.1 204 No Content\r\n\r\n"};
      case 6:
        return ok(long_text);
      default:
        return {"HTTP/1.0 200 OK\r\n\r\nuntil the end", Say::close};
    }
  });
  const Response first = f.get(server);
  CHECK(first.status == 200);
  CHECK(first.content_type == "text/plain");
  CHECK(first.header("x-odd") == "spaced");
  CHECK(f.body == "hello");
  f.get(server);
  CHECK(f.body == "hello world");
  f.get(server);
  CHECK(f.body == long_text);
  CHECK(f.get(server).status == 404);
  CHECK(f.body == "no");
  CHECK(f.get(server).status == 204);
  CHECK(f.body.empty());
  f.get(server);
  CHECK(f.body == long_text);
  f.get(server);
  CHECK(f.body == "until the end");
  CHECK(server.connections() == 1);
}

TEST_CASE("an answer that is cut, broken or no answer is an error, never a short success") {
  struct Row {
    const char* code;
    Say say;
  };
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string packed = gzip(std::string(5000, 'a'));
  const std::vector<Row> rows{
      {"cut_off", {head + "Content-Length: 50\r\n\r\nonly this", Say::close}},
      {"cut_off", {head + "Content-Length: 50\r\n\r\nonly this", Say::reset}},
      {"cut_off", {head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Say::close}},
      {"cut_off", {head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", Say::close}},
      {"cut_off", {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", Say::close}},
      {"cut_off", {head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello world\r\n0\r\n\r\n", Say::close}},
      {"cut_off", {head + "Content-Le", Say::close}},
      {"cut_off", ok(packed.substr(0, packed.size() / 2), "Content-Encoding: gzip\r\n")},
      {"cut_off", ok("this is not packed", "Content-Encoding: gzip\r\n")},
      // A few kilobytes that would fill the memory.
      {"garbled_answer", ok(gzip(std::string((64u << 20) + 1, 'a')), "Content-Encoding: gzip\r\n")},
      {"garbled_answer", {head + "Content-Length: 99999999999\r\n\r\n", Say::close}},
      {"garbled_answer", {head + "Content-Length: many\r\n\r\n", Say::close}},
      {"garbled_answer", {head + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", Say::close}},
      {"garbled_answer", {head + "Transfer-Encoding: rot13\r\n\r\n", Say::close}},
      {"garbled_answer", ok("x", "Content-Encoding: br\r\n")},
      {"garbled_answer", {head + std::string(40'000, 'h'), Say::close}},
      {"garbled_answer", {"SSH-2.0-OpenSSH_9.2\r\n\r\n", Say::close}},
      {"garbled_answer", {"\x15\x03\x01\x02\x02\x28\r\n\r\n", Say::close}},
      {"connection_lost", {"", Say::close}},
      {"connection_lost", {"", Say::reset}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.say.bytes.substr(0, 80));
    Fixture f;
    const ScriptServer server([&](const std::string&, int) { return row.say; });
    CHECK(f.failure(server) == row.code);
  }
}

TEST_CASE("a broken connection is tried again for reads, with pauses, and never for writes that count") {
  Fixture f;
  const ScriptServer recovers([](const std::string&, int n) {
    return n < 3 ? Say{"HTTP/1.1 2", Say::close} : ok("fine");
  });
  CHECK(f.get(recovers).status == 200);
  CHECK(recovers.requests().size() == 3);
  CHECK(f.call.waited_ms > 0);

  const ScriptServer breaks([](const std::string&, int) { return Say{"", Say::close}; });
  Request write;
  write.method = "PUT";
  write.safe_to_repeat = false;
  CHECK(f.failure(breaks, write) == "connection_lost");
  CHECK(breaks.requests().size() == 1);
}

TEST_CASE("a kept connection that the server closed meanwhile costs a read nothing, and a write is not sent twice") {
  Fixture f;
  f.options.tries = 1;
  // Closes every connection right at its second request, as a server whose idle time has just run out.
  std::atomic<int> on_connection{0};
  const ScriptServer server([&](const std::string& request, int) {
    if (request.starts_with("GET /first")) return ok("kept");
    return ++on_connection == 1 ? Say{"", Say::close} : ok("second");
  });
  Request first;
  first.path = "/first";
  f.get(server, first);
  CHECK(f.get(server).status == 200);
  CHECK(server.connections() == 2);

  f.get(server, first);
  on_connection = 0;
  Request write;
  write.method = "POST";
  write.safe_to_repeat = false;
  CHECK(f.failure(server, write) == "connection_lost");
  CHECK(on_connection == 1);
}

TEST_CASE("a connection on which more came than was announced is not used again") {
  Fixture f;
  const ScriptServer server([](const std::string&, int n) {
    Say say = ok("one");
    if (n == 1) say.bytes += "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    return say;
  });
  f.get(server);
  f.get(server);
  CHECK(f.body == "one");
  CHECK(server.connections() == 2);
}

TEST_CASE("cancelling ends a read in which the server is silent") {
  Fixture f;
  std::promise<void> asked;
  const ScriptServer server([&](const std::string&, int) {
    asked.set_value();
    return Say{"", Say::hold};
  });
  std::thread canceller([&] {
    asked.get_future().wait();
    f.call.cancel();
  });
  CHECK_THROWS_AS(f.get(server), Stopped);
  canceller.join();
}

TEST_CASE("a server that is silent, or drips for ever, is given up at the deadline") {
  for (const Say& say : {Say{"", Say::hold}, Say{"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", Say::drip},
                         Say{"HTTP/1.1 200 OK\r\nX-Long: ", Say::drip}}) {
    Fixture f;
    const ScriptServer server([&](const std::string&, int) { return say; });
    Request request;
    request.deadline_ms = 150;
    CHECK(f.failure(server, request) == "no_answer");
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("a port where nobody listens is told as such, and nothing was sent") {
  Fixture f;
  std::string address;
  {
    const ScriptServer gone([](const std::string&, int) { return ok(""); });
    address = gone.url();
  }
  Client client(Options{});
  Request request;
  request.base_url = address;
  request.path = "/x";
  request.query = {{"pin", "pin-4711"}};
  try {
    client.send(f.call.call(), request, f.body);
    FAIL("nobody listens");
  } catch (const Error& e) {
    CHECK(e.status == CW_UNREACHABLE);
    CHECK(e.code == "connect_failed");
    CHECK(nothing_was_sent(e));
    const std::string text = e.what();
    CHECK(text.find(address.substr(7)) != std::string::npos);
    CHECK(text.find("refused") != std::string::npos);
    CHECK(text.find("pin-4711") == std::string::npos);
  }
}

TEST_CASE("a token goes out in its header only, and over plain http only where that is allowed") {
  const ScriptServer server([](const std::string&, int) { return ok("{}"); });
  Request request;
  request.token = "canary-token";
  request.query = {{"userRating>>", "7.5"}, {"title", "a b"}};
  Fixture refused;
  CHECK(refused.failure(server, request) == "insecure_http");
  Fixture cloud;
  cloud.options.cloud.push_back({server.url()});
  CHECK(cloud.failure(server) == "insecure_http");  // as of a code that is polled: the answer is the login
  CHECK(server.connections() == 0);

  Fixture f;
  f.options.allow_insecure_http = true;
  f.get(server, request);
  const std::string sent = server.requests().at(0);
  CHECK(sent.starts_with("GET /x?userRating>>=7.5&title=a%20b HTTP/1.1\r\n"));
  CHECK(sent.find("\r\nX-Plex-Token: canary-token\r\n") != std::string::npos);
  CHECK(sent.find("canary") == sent.rfind("canary"));
  for (const char* header :
       {"X-Plex-Product: CrossWatch", "X-Plex-Version: 1.2.3", "X-Plex-Client-Identifier: test-client",
        "X-Plex-Platform: ", "X-Plex-Device: ", "Accept: application/json"})
    CHECK_MESSAGE(sent.find(header) != std::string::npos, header);
  CHECK(sent.find("Accept-Encoding") == std::string::npos);  // the server is on this machine

  request.token = "one\r\nX-Injected: two";
  CHECK(f.failure(server, request) == "bad_header");
}

TEST_CASE("a request's own header replaces the client's") {
  Fixture f;
  const ScriptServer server([](const std::string&, int) { return ok("{}"); });
  Request request;
  request.headers = {{"x-plex-client-identifier", "another"}};
  f.get(server, request);
  CHECK(server.requests().at(0).find("x-plex-client-identifier: another\r\n") != std::string::npos);
  CHECK(server.requests().at(0).find("test-client") == std::string::npos);
}

TEST_CASE("a redirect is an answer and is not followed") {
  Fixture f;
  f.options.allow_insecure_http = true;
  const ScriptServer elsewhere([](const std::string&, int) { return ok("stolen"); });
  const ScriptServer server([&](const std::string&, int) {
    return Say{"HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "/\r\nContent-Length: 0\r\n\r\n"};
  });
  Request request;
  request.token = "canary-token";
  CHECK(f.get(server, request).status == 302);
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("a struggling server is asked again after the time it names; one that refuses for long is left alone") {
  const auto busy = [](int status, const std::string& headers) {
    return Say{"HTTP/1.1 " + std::to_string(status) + " Busy\r\n" + headers + "Content-Length: 0\r\n\r\n"};
  };
  {
    Fixture f;
    const ScriptServer server(
        [&](const std::string&, int n) { return n == 1 ? busy(503, "Retry-After: 7\r\n") : ok("up"); });
    CHECK(f.get(server).status == 200);
    CHECK(f.call.waited_ms >= 7000);
  }
  {
    Fixture f;
    const ScriptServer server([&](const std::string&, int) { return busy(503, ""); });
    CHECK(f.get(server).status == 503);
    CHECK(server.requests().size() == 3);
  }
  {
    Fixture f;
    const ScriptServer server([&](const std::string&, int) { return busy(429, "Retry-After: 90\r\n"); });
    try {
      f.get(server);
      FAIL("was throttled");
    } catch (const Error& e) {
      CHECK(e.status == CW_THROTTLED);
      CHECK(e.retry_after_ms == 90'000);
      CHECK(e.http_status == 429);
    }
    CHECK(server.requests().size() == 1);
  }
  {
    Fixture f;
    const ScriptServer server([&](const std::string&, int n) { return n == 1 ? busy(429, "") : busy(503, ""); });
    Request write;
    write.method = "PUT";
    write.safe_to_repeat = false;
    CHECK(f.get(server, write).status == 503);
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("a large request to a server that resets does not kill the process") {
  Fixture f;
  f.options.tries = 1;
  const ScriptServer server([](const std::string&, int) { return Say{"", Say::reset}; });
  Request request;
  request.method = "POST";
  request.body.assign(8u << 20, 'z');
  CHECK(f.failure(server, request) == "connection_lost");
}

TEST_CASE("requests from several threads do not mix") {
  Fixture f;
  const ScriptServer server(
      [](const std::string& request, int) { return ok(request.substr(5, request.find(' ', 5) - 5)); });
  Client client(Options{});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      std::string body;
      for (int i = 0; i < 20; ++i) {
        Request request;
        request.base_url = server.url();
        request.path = "/" + std::to_string(t * 100 + i);
        client.send(f.call.call(), request, body);
        if ("/" + body == request.path) ++right;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(right == 120);
  CHECK(server.connections() <= 6);
}
