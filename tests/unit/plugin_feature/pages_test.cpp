#include "feature/pages.hpp"

#include <doctest/doctest.h>

#include <set>

#include "support.hpp"

using namespace testing;
using feature::ListEnd;

namespace {

std::vector<std::string> numbered(int count) {
  std::vector<std::string> rows;
  for (int i = 1; i <= count; ++i) rows.push_back("{\"ratingKey\":\"" + std::to_string(i) + "\",\"type\":\"movie\"}");
  return rows;
}

struct Keys : feature::PageSink {
  std::vector<std::string> page{}, keys{};
  void row(const wire::Row& row) override { page.emplace_back(row.text(wire::Field::rating_key)); }
  void page_end(std::uint64_t, std::uint64_t) override {
    keys.insert(keys.end(), page.begin(), page.end());
    page.clear();
  }
};

struct Result {
  std::vector<std::string> keys{};
  ListEnd end{};
  std::size_t requests = 0;
  bool whole(int count) const {
    bool in_order = keys.size() == static_cast<std::size_t>(count);
    for (int i = 0; in_order && i < count; ++i) in_order = keys[static_cast<std::size_t>(i)] == std::to_string(i + 1);
    return in_order && end.complete() && end.rows == static_cast<std::uint64_t>(count);
  }
};

Result read(ScriptedTransport& transport, std::uint64_t page_size = 10, std::uint64_t smaller = 0,
            std::uint32_t slow_ms = 60'000) {
  FakeHost host;
  FakeCall call(host);
  const feature::Source source(transport, "https://server.test", "token", "machine", "the server \"Attic\"");
  const feature::List list{"/list", {{"type", "1"}}, "The list", page_size, smaller, slow_ms};
  wire::Arena arena;
  Keys keys;
  const Call running = call.call();
  const ListEnd end = feature::read_list(running, source, list, arena, keys);
  return {keys.keys, end, transport.requests().size()};
}

Result read_rows(int count, std::uint64_t page_size = 10) {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(count)](const http::Request& r) { return page_of(r, rows); };
  return read(transport, page_size);
}

std::string container(const std::string& members) {
  return "{\"MediaContainer\":{" + members + "}}";
}

}  // namespace

TEST_CASE("a list of any length is read whole with one request a page") {
  for (const int count : {0, 1, 9, 10, 11, 19, 20, 21, 25, 99, 100, 101}) {
    CAPTURE(count);
    const Result result = read_rows(count);
    CHECK(result.whole(count));
    CHECK(result.requests == static_cast<std::size_t>(std::max(1, (count + 9) / 10)));
  }
}

TEST_CASE("a list is fetched two pages ahead at most, and a failure ahead is told after the pages before it") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(1000)](const http::Request& request) {
    if (asked_start(request) == 300) return Reply{503, "starting"};
    return page_of(request, rows);
  };
  struct Counting : Keys {
    explicit Counting(ScriptedTransport& t) : transport(t) {}
    void page_end(std::uint64_t rows, std::uint64_t total) override {
      Keys::page_end(rows, total);
      ++pages;
      if (transport.requests().size() > pages + 2) far_ahead = true;
    }
    ScriptedTransport& transport;
    std::size_t pages = 0;
    bool far_ahead = false;
  } keys(transport);
  FakeHost host;
  FakeCall call(host);
  const feature::Source source(transport, "https://server.test", "token", "machine", "the server");
  const Call running = call.call();
  wire::Arena arena;
  CHECK_THROWS_AS(feature::read_list(running, source, {"/list", {}, "The list", 10}, arena, keys), Error);
  CHECK(keys.keys.size() == 300);
  CHECK_FALSE(keys.far_ahead);
}

TEST_CASE("paging is asked for in headers and the token goes to the given host") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(15)](const http::Request& r) { return page_of(r, rows); };
  read(transport);
  const auto requests = transport.requests();
  REQUIRE(requests.size() == 2);
  CHECK(asked_start(requests[1]) == 10);
  CHECK(asked_size(requests[1]) == 10);
  CHECK(requests[1].token == "token");
  CHECK(requests[1].base_url == "https://server.test");
}

TEST_CASE("a server that sends fewer rows than asked is followed at its own pace") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(95)](const http::Request& request) {
    http::Request smaller = request;
    smaller.headers = {{"X-Plex-Container-Start", std::to_string(asked_start(request))},
                       {"X-Plex-Container-Size", std::to_string(std::min<std::uint64_t>(asked_size(request), 30))}};
    return page_of(smaller, rows);
  };
  const Result result = read(transport, 50);
  CHECK(result.whole(95));
  CHECK(result.requests <= 5);  // four pages, and one that had been asked for too far ahead
}

TEST_CASE("a server that takes long for a page is asked for smaller ones, and for large ones when it has recovered") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(170)](const http::Request& r) { return page_of(r, rows); };
  const Result result = read(transport, 80, 0, 0);  // any time is too long
  CHECK(result.whole(170));
  std::vector<std::uint64_t> sizes;
  for (const http::Request& r : transport.requests()) sizes.push_back(asked_size(r));
  CHECK(sizes == std::vector<std::uint64_t>{80, 40, 20, 10, 10, 10});
  CHECK(feature::next_page_size(125, 1000, 6000, 5000) == 125);  // small enough
  CHECK(feature::next_page_size(125, 1000, 2000, 5000) == 125);  // neither slow nor quick
  CHECK(feature::next_page_size(125, 1000, 1000, 5000) == 250);
  CHECK(feature::next_page_size(500, 600, 10, 5000) == 600);
  CHECK(feature::next_page_size(1, 1, 6000, 5000) == 1);
}

TEST_CASE("a server that ignores paging and sends everything is complete") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(25)](const http::Request&) { return page_of({}, rows); };
  CHECK(read(transport).whole(25));
  transport.answer = [](const http::Request&) {
    return Reply{200, container(R"("size":2,"Metadata":[{"ratingKey":"1"},{"ratingKey":"2"}])")};
  };
  CHECK(read(transport).whole(2));
}

TEST_CASE("a server that names no total is read until it has no more rows") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(25)](const http::Request& request) {
    Reply reply = page_of(request, rows);
    reply.headers.clear();
    reply.body.replace(reply.body.find("\"totalSize\":25,"), 15, "");
    return reply;
  };
  CHECK(read(transport).whole(25));
}

TEST_CASE("an empty answer ends a list only when it says how many rows there are, or where it ends") {
  const auto end_of = [](std::function<Reply(std::uint64_t start)> answer) {
    ScriptedTransport transport;
    transport.answer = [&](const http::Request& request) { return answer(asked_start(request)); };
    return read(transport).end;
  };
  for (const char* body : {R"({"MediaContainer":{"size":0}})", R"({"MediaContainer":{}})",
                           R"({"MediaContainer":{"size":0,"offset":0}})", R"(<MediaContainer size="0"/>)"}) {
    CAPTURE(body);
    const auto says_nothing = [&](std::uint64_t) { return Reply{200, body}; };
    CHECK(end_of(says_nothing).defect ==
          "The list is not complete: the server sent no row and did not say how many there are.");
    const auto says_none = [&](std::uint64_t) { return Reply{200, body, {{"x-plex-container-total-size", "0"}}}; };
    CHECK(end_of(says_none).complete());
  }
  const auto page = [](std::uint64_t start, const std::string& members) {
    std::string rows;
    for (std::uint64_t i = start; i < start + 10; ++i)
      rows += (i == start ? "" : ",") + ("{\"ratingKey\":\"" + std::to_string(i) + "\"}");
    return Reply{200, container(members + "\"Metadata\":[" + rows + ']')};
  };
  // It stops in the middle without a word.
  CHECK_FALSE(end_of([&](std::uint64_t start) {
                return start < 20 ? page(start, "\"offset\":" + std::to_string(start) + ',')
                                  : Reply{200, container("\"size\":0")};
              }).complete());
  // As many rows as were asked for may be the first page of more.
  CHECK_FALSE(end_of([&](std::uint64_t start) { return page(start < 20 ? start : 0, ""); }).complete());
}

TEST_CASE("a size that is refused is followed by the smaller one") {
  ScriptedTransport transport;
  transport.answer = [rows = numbered(60)](const http::Request& request) {
    if (asked_size(request) > 25) return Reply{400, R"({"Error":{"message":"Invalid value"}})"};
    return page_of(request, rows);
  };
  const Result result = read(transport, 100, 25);
  CHECK(result.whole(60));
  CHECK(result.requests == 4);
  CHECK_THROWS_AS(read(transport, 100, 0), Error);
}

TEST_CASE("no defect of a list passes for a complete one") {
  const auto defect = [](const std::function<void(std::uint64_t start, Reply&)>& spoil) {
    ScriptedTransport transport;
    transport.answer = [rows = numbered(40), &spoil](const http::Request& request) {
      Reply reply = page_of(request, rows);
      spoil(asked_start(request), reply);
      return reply;
    };
    const Result result = read(transport);
    CHECK_FALSE(result.end.complete());
    CHECK(result.end.defect.find("The list is not complete: ") == 0);
    CHECK(std::set<std::string>(result.keys.begin(), result.keys.end()).size() == result.keys.size());
    return result.end.defect;
  };
  const auto total = [](const std::string& claimed) {
    return [claimed](std::uint64_t, Reply& r) {
      r.body.replace(r.body.find("\"totalSize\":40"), 14, "\"totalSize\":" + claimed);
      r.headers[0].second = claimed;
    };
  };
  CHECK(defect(total("41")).find("ended after 40 of 41") != std::string::npos);
  CHECK(defect(total("35")).find("sent 40 rows of 35") != std::string::npos);
  CHECK(defect([&](std::uint64_t start, Reply& r) {
          if (start == 20) total("39")(start, r);
        }).find("changed") != std::string::npos);
  CHECK(defect([&](std::uint64_t start, Reply& r) {
          if (start == 10) r = page_of({}, {});
        }).find("is not complete") != std::string::npos);
  CHECK(defect([](std::uint64_t start, Reply& r) {  // the first page again, under the right offset
          if (start != 20) return;
          http::Request first;
          first.headers = {{"X-Plex-Container-Start", "10"}, {"X-Plex-Container-Size", "10"}};
          r = page_of(first, numbered(40));
          r.body.replace(r.body.find("\"offset\":10"), 11, "\"offset\":20");
        })
            .find("same page again") != std::string::npos);
  CHECK(defect([](std::uint64_t start, Reply& r) {  // the first page again, under its own offset
          if (start != 20) return;
          http::Request first;
          first.headers = {{"X-Plex-Container-Start", "0"}, {"X-Plex-Container-Size", "10"}};
          r = page_of(first, numbered(40));
        })
            .find("instead of") != std::string::npos);
  CHECK(defect([](std::uint64_t start, Reply& r) {  // a row was inserted in front meanwhile
          if (start != 10) return;
          http::Request shifted;
          shifted.headers = {{"X-Plex-Container-Start", "9"}, {"X-Plex-Container-Size", "10"}};
          r = page_of(shifted, numbered(40));
          r.body.replace(r.body.find("\"offset\":9"), 10, "\"offset\":10");
        })
            .find("is not complete") != std::string::npos);
  CHECK(defect([](std::uint64_t start, Reply& r) {
          if (start == 30) r.body.replace(r.body.find("\"size\":10"), 9, "\"size\":11");
        }).find("a page of 11 rows held 10") != std::string::npos);
  CHECK(defect([](std::uint64_t start, Reply& r) {
          if (start == 30) r.body = container("\"size\":0,\"totalSize\":40,\"offset\":30");
        }).find("ended after 30 of 40") != std::string::npos);
}

TEST_CASE("a row that came and one that went between two pages do not pass for nothing") {
  // All of it as it is while the pages from `start` on are sent; 30 rows every time.
  using Rows = std::vector<std::string>;
  const auto end_of = [](const std::function<void(Rows & rows, std::uint64_t start)>& change) {
    ScriptedTransport transport;
    transport.answer = [rows = numbered(30), &change](const http::Request& request) {
      Rows now = rows;
      change(now, asked_start(request));
      return page_of(request, now);
    };
    FakeHost host;
    FakeCall call(host);
    const feature::Source source(transport, "https://server.test", "token", "machine", "the server");
    feature::List list{"/list", {}, "The list", 10};
    list.with_seams = true;
    const Call running = call.call();
    wire::Arena arena;
    Keys keys;
    const ListEnd end = feature::read_list(running, source, list, arena, keys);
    CHECK(transport.requests().size() == 3);
    CHECK((!end.complete() || keys.keys.size() == 30));
    return end;
  };
  const auto move = [](Rows& rows, std::ptrdiff_t from, std::ptrdiff_t to) {
    const std::string row = rows.at(static_cast<std::size_t>(from));
    rows.erase(rows.begin() + from);
    rows.insert(rows.begin() + to, row);
  };
  CHECK(end_of([](Rows&, std::uint64_t) {}).complete());
  CHECK(end_of([&](Rows& rows, std::uint64_t start) {
          if (start > 0) move(rows, 2, 29);
        }).defect == "The list is not complete: it changed while it was read.");
  CHECK_FALSE(end_of([&](Rows& rows, std::uint64_t start) {
                if (start > 10) move(rows, 29, 12);
              }).complete());
  // What changed in what is still to come is seen as it is now.
  CHECK(end_of([&](Rows& rows, std::uint64_t start) {
          if (start > 0) move(rows, 15, 29);
        }).complete());
}

TEST_CASE("an answer without success is an error that says who, what and what to do") {
  const struct {
    int status;
    cw_status expected;
  } lines[] = {{401, CW_AUTH},     {422, CW_AUTH},      {403, CW_SCOPE},       {404, CW_PROTOCOL},
               {302, CW_PROTOCOL}, {429, CW_THROTTLED}, {500, CW_UNREACHABLE}, {503, CW_UNREACHABLE}};
  for (const auto& line : lines)
    for (const std::uint64_t bad_start : {std::uint64_t{0}, std::uint64_t{20}}) {
      CAPTURE(line.status);
      ScriptedTransport transport;
      transport.answer = [&, rows = numbered(40)](const http::Request& request) {
        if (asked_start(request) != bad_start) return page_of(request, rows);
        return Reply{line.status, "<html><head><title>Some trouble</title></head></html>"};
      };
      try {
        read(transport);
        FAIL("no error");
      } catch (const Error& e) {
        CHECK(e.status == line.expected);
        CHECK(e.http_status == static_cast<std::uint32_t>(line.status));
        const std::string text = e.what();
        for (const char* part : {"The list", "Attic", "Some trouble"}) CHECK(text.find(part) != std::string::npos);
        CHECK_FALSE(e.remedy.empty());
      }
    }
}

TEST_CASE("what a broken page held is not handed on") {
  for (const std::string body :
       {"", "<html></html>", "garbage", R"({"MediaContainer":{"size":1,"Metadata":[{"ratingKey":"1"},)"}) {
    ScriptedTransport transport;
    transport.answer = [&](const http::Request&) { return Reply{200, body}; };
    FakeHost host;
    FakeCall call(host);
    const feature::Source source(transport, "https://server.test", "token", "machine", "the server");
    const Call running = call.call();
    wire::Arena arena;
    Keys keys;
    CHECK_THROWS_AS(feature::read_list(running, source, {"/list", {}, "The list"}, arena, keys), Error);
    CHECK(keys.keys.empty());
  }
}

TEST_CASE("a cancelled read stops") {
  ScriptedTransport transport;
  FakeHost host;
  FakeCall call(host);
  transport.answer = [&, rows = numbered(1000)](const http::Request& request) {
    if (asked_start(request) == 100) call.cancel();
    return page_of(request, rows);
  };
  const feature::Source source(transport, "https://server.test", "token", "machine", "the server");
  const Call running = call.call();
  wire::Arena arena;
  Keys keys;
  CHECK_THROWS_AS(feature::read_list(running, source, {"/list", {}, "The list", 10}, arena, keys), Stopped);
  CHECK(transport.requests().size() < 15);
}
