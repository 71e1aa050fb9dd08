#include "route/router.hpp"

#include <doctest/doctest.h>

#include <mutex>

#include "events.hpp"
#include "plugin/linked_session.hpp"

using namespace crosswatch;
using namespace crosswatch::host;
using namespace crosswatch::test;

namespace {

// What the source tells in each of its watches; a watch ends with an error when its script says so.
struct Script {
  std::vector<Event> events{};
  std::string cursor{};  // told after the events
  std::string seen{};    // the cursor that the watch began with
};
Script script;

class Source final : public Provider, public Watcher {
public:
  explicit Source(Host) {}
  Watcher* watcher() noexcept override { return this; }
  std::uint32_t can() const noexcept override { return bit(EventKind::watched); }
  void watch(Call& call, const Scope&, std::string_view cursor, EventSink& sink) override {
    script.seen = cursor;
    sink.link(Link::live);
    for (const Event& e : script.events) sink.event(e);
    if (!script.cursor.empty()) sink.cursor(script.cursor);
    for (;;) call.wait(3'600'000);
  }
};

// Ends everything after so many deliveries, or a failure.
struct Onlooker final : route::Audience {
  void link(const ProfileRef& from, Link state, std::string_view) override {
    if (state == Link::live) live.push_back(to_string(from));
  }
  void delivered(const Delivery& d) override {
    deliveries.push_back(d);
    if (deliveries.size() == wanted) cancel.request();
  }
  void failed(const ProfileRef& where, const Error& e) override {
    failures.push_back(to_string(where) + ": " + e.code);
    if (until_failure) cancel.request();
  }

  std::size_t wanted = 1;
  bool until_failure = false;
  Cancellation cancel{};
  std::vector<Delivery> deliveries{};
  std::vector<std::string> live{}, failures{};
};

struct Evening : World {
  Evening() : b(add("b")) {
    script = {};
    route.finished = false;
  }
  void run(Onlooker& to) {
    const engine::OpenSession open = [](const ProfileRef& ref) {
      return ref.provider == "a" ? open_linked<Source>("source", {}) : open_model(to_string(ref));
    };
    route::run_routes({route}, {route}, folder(), open, to, bell, to.cancel, [this] { return now * 1000; });
  }
  Model& b;
  route::Doorbell bell{};
  RouteConfig route = route_to("b");
};

}  // namespace

TEST_CASE("what the source tells is in the target, and the next watch begins where the last one ended") {
  Evening e;
  script.events = {watched_event(e.now, "1"), watched_event(e.now, "2", 2)};
  script.cursor = "after 2";
  Onlooker heard;
  heard.wanted = 2;
  e.run(heard);
  CHECK(heard.live == std::vector<std::string>{"a"});
  CHECK(heard.failures.empty());
  CHECK(e.b.facts(Feature::history).size() == 2);

  script.events = {watched_event(e.now + 9000, "3", 3)};
  Onlooker next;
  e.run(next);
  CHECK(script.seen == "after 2");
  CHECK(e.b.facts(Feature::history).size() == 3);
}

TEST_CASE("a process killed between an event and its delivery delivers it once after its restart") {
  Evening e;
  const Event play = watched_event(e.now, "1");
  {
    StateStore state(e.folder());
    CHECK(RouteQueue(state).put(e.route.source, play, {e.route}, e.now));
  }  // killed here: before the delivery, and before the cursor
  script.events = {play, watched_event(e.now + 9000, "2", 2)};
  Onlooker heard;
  heard.wanted = 2;
  e.run(heard);
  CHECK(e.b.writes == 2);
  CHECK(e.b.facts(Feature::history).begin()->second.plays == std::vector<std::int64_t>{e.now});
}

TEST_CASE("a process killed between a delivery and its record does not deliver twice") {
  Evening e;
  {
    StateStore state(e.folder());
    RouteQueue queue(state);
    queue.put(e.route.source, watched_event(e.now, "1"), {e.route}, e.now);
    Delivery d = queue.waiting(e.route.id, 1).at(0);
    const auto target = open_model("b");
    Operation op;
    route::Audience nobody;
    RouteQueue lost(state);
    CHECK(route::deliver_waiting(queue, e.route, *target, op, nobody, e.now) == 0);
    CHECK(e.b.writes == 1);
    lost.settle(d);  // as it stood before
  }
  Onlooker heard;
  e.run(heard);
  CHECK(heard.deliveries.at(0).state == DeliveryState::nothing_to_do);
  CHECK(e.b.writes == 1);
}

TEST_CASE("while a target cannot be used the list of routes can say why, and what was delivered stays so") {
  Evening e;
  script.events = {watched_event(e.now, "1"), watched_event(e.now, "2", 2)};
  e.b.lookup_faults = {Fault::none, Fault::auth};
  Onlooker heard;
  heard.wanted = 9;
  heard.until_failure = true;
  e.run(heard);
  StateStore state(e.folder());
  const RouteQueue queue(state);
  const auto waiting = queue.waiting(e.route.id, 9);
  REQUIRE(waiting.size() == 1);
  REQUIRE(heard.failures.size() == 1);
  CHECK(("b: " + waiting[0].reason).starts_with(heard.failures[0] + ": "));
  CHECK(waiting[0].tries == 0);
  CHECK(queue.count(e.route.id, DeliveryState::done) == 1);
}

TEST_CASE("deliveries of a route keep their order: what has to wait holds up what came later") {
  Evening e;
  StateStore state(e.folder());
  RouteQueue queue(state);
  for (int i = 1; i < 4; ++i) queue.put(e.route.source, watched_event(e.now, std::to_string(i), i), {e.route}, e.now);
  e.b.apply_faults = {Fault::none, Fault::transient};
  const auto target = open_model("b");
  Operation op;
  route::Audience nobody;
  const std::int64_t next = route::deliver_waiting(queue, e.route, *target, op, nobody, e.now);
  CHECK(next == e.now + 1);
  CHECK(e.b.facts(Feature::history).size() == 1);
  CHECK(route::deliver_waiting(queue, e.route, *target, op, nobody, e.now) == next);  // not before its time
  CHECK(route::deliver_waiting(queue, e.route, *target, op, nobody, next) == 0);
  CHECK(e.b.facts(Feature::history).size() == 3);
  CHECK(queue.count(e.route.id, DeliveryState::done) == 3);
}
