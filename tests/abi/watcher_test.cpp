// What a provider tells while it happens, across the boundary.
#include <doctest/doctest.h>

#include <stdexcept>

#include "services.hpp"

using namespace crosswatch;
using namespace crosswatch::host;

namespace {

// Keeps what it is told, and ends the watch after so many events.
struct Audience final : Listener {
  explicit Audience(Cancellation cancel_, std::size_t wanted_) : cancel(std::move(cancel_)), wanted(wanted_) {}
  void event(const Event& e) override {
    if (e.id == unwelcome) throw std::runtime_error("the disk is full");
    events.push_back(e);
  }
  void cursor(std::string_view text) override {
    last = text;
    if (events.size() >= wanted) cancel.request();
  }
  void link(Link state, std::string_view) override { links.push_back(state); }
  void dropped(std::string_view reason, std::uint64_t count) override { left_out[std::string(reason)] += count; }

  Cancellation cancel;
  std::size_t wanted;
  std::string unwelcome{"none"}, last{};
  std::vector<Event> events{};
  std::vector<Link> links{};
  std::map<std::string, std::uint64_t> left_out{};
};

struct Watched {
  TestServices services{};
  Session session{Plugin::load(PLUGINS "/odd/odd.so", "odd"), services};
  Cancellation cancel{};
  Operation op{cancel, {}, [](Cancellation& c, std::uint32_t) { return !c.requested(); }};

  Error watch(Audience& to, std::string_view cursor = {}, const std::vector<std::string>& libraries = {}) {
    try {
      session.watch(op, libraries, cursor, to);
    } catch (const Error& e) {
      return e;
    }
    return Error(CW_OK, "", "it came back");
  }
};

}  // namespace

TEST_CASE("a watch tells whole events in order until it is cancelled") {
  Watched w;
  Audience to(w.cancel, 3);
  CHECK(w.watch(to, {}, {"1"}).status == CW_CANCELLED);
  REQUIRE(to.events.size() == 3);
  CHECK(to.links == std::vector<Link>{Link::live});
  CHECK(to.left_out["library"] == 6);
  CHECK(to.events[0].kind == EventKind::start);
  CHECK(to.events[2].kind == EventKind::watched);
  CHECK(to.events[2].item.title == "A film");
  CHECK(to.events[2].item.ids == std::vector<Token>{{"imdb", "tt1"}});
  CHECK(to.events[2].item.value.at == 1700000002);
  CHECK(to.events[2].user == "7");
  CHECK(to.events[2].id == "2");
}

TEST_CASE("a watch goes on where the stored cursor stands") {
  Watched w;
  Audience to(w.cancel, 1);
  CHECK(w.watch(to, "41").status == CW_CANCELLED);
  CHECK(to.events.at(0).id == "41");
  CHECK(to.last == "42");
}

TEST_CASE("an event that the host cannot keep ends the watch before its cursor, with the host's own error") {
  Watched w;
  Audience to(w.cancel, 9);
  to.unwelcome = "2";
  CHECK_THROWS_WITH(w.session.watch(w.op, {}, {}, to), "the disk is full");
  CHECK(to.last == "2");
  CHECK(to.events.size() == 2);
}

TEST_CASE("a provider without webhooks refuses what is posted to it") {
  Watched w;
  Audience to(w.cancel, 1);
  CHECK(w.session.watcher_can() == (bit(EventKind::start) | bit(EventKind::watched)));
  CHECK_THROWS_WITH(w.session.receive(w.op, {}, "application/json", "{}", to), "This provider takes no webhooks.");
}
