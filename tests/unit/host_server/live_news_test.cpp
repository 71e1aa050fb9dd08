#include "server/live_news.hpp"

#include <doctest/doctest.h>

using namespace crosswatch;
using namespace crosswatch::host;
using server::LiveNews;

namespace {

constexpr std::int64_t minute_ms = 60'000;

struct Evening {
  std::int64_t now = 1'700'000'000'000;
  server::Feed feed{};
  LiveNews news{feed, [this] { return now; }};
  const ProfileRef from{"acme", "default"};

  void tell(EventKind kind, const std::string& ref, std::int64_t ms, const std::string& session = "s1") {
    Event e;
    e.kind = kind;
    e.item.ref = ref;
    e.item.title = "Title " + ref;
    e.item.value.progress_ms = ms;
    e.user = "7";
    e.session = session;
    news.event(from, e);
  }
  // "playing Title 1, paused Title 2"
  std::string playing() {
    std::string out;
    const json::Value state = news.state();
    for (const json::Value& row : *state.find("playing")->as<json::Value::Array>())
      out += (out.empty() ? "" : ", ") + *row.find("event")->as<std::string>() + " " +
             *row.find("title")->as<std::string>();
    return out;
  }
  std::string member(const std::string& path) {
    const json::Value state = news.state();
    const json::Value* const v = json::find_path(state, path);
    return v ? json::dump(*v) : "none";
  }
};

}  // namespace

TEST_CASE("what is being played is shown with its position until it stops") {
  Evening e;
  e.tell(EventKind::start, "1", 1000);
  e.tell(EventKind::progress, "1", 9000);
  CHECK(e.playing() == "playing Title 1");
  CHECK(e.member("playing.0.progress_ms") == "9000");
  e.tell(EventKind::pause, "1", 9000);
  e.tell(EventKind::progress, "1", 9000);  // players report while they are paused, too
  CHECK(e.playing() == "paused Title 1");
  e.tell(EventKind::start, "1", 9000);
  CHECK(e.playing() == "playing Title 1");
  e.tell(EventKind::stop, "1", 9000);
  CHECK(e.playing() == "");
}

TEST_CASE("the next episode in the same player takes the place of the last one, and begins now") {
  Evening e;
  e.tell(EventKind::start, "1", 1000);
  const std::string first = e.member("playing.0.since");
  e.now += 30 * minute_ms;
  e.tell(EventKind::start, "2", 0);
  CHECK(e.playing() == "playing Title 2");
  CHECK(e.member("playing.0.since") != first);
}

TEST_CASE("two players are two rows, and one that says nothing for ten minutes is gone") {
  Evening e;
  e.tell(EventKind::start, "1", 0, "a");
  e.tell(EventKind::start, "2", 0, "b");
  CHECK(e.playing() == "playing Title 1, playing Title 2");
  e.now += 6 * minute_ms;
  e.tell(EventKind::progress, "2", 6 * minute_ms, "b");
  e.now += 5 * minute_ms;
  CHECK(e.playing() == "playing Title 2");
}

TEST_CASE("a film that is paused for an hour is still shown while its end would be told, and gone with who tells it") {
  Evening e;
  e.news.link(e.from, Link::live, "");
  e.tell(EventKind::pause, "1", 0);
  e.now += 60 * minute_ms;
  CHECK(e.playing() == "paused Title 1");
  e.tell(EventKind::start, "2", 0, "other");
  CHECK(e.playing() == "playing Title 2, paused Title 1");
  e.news.failed(e.from, Error(CW_NOT_LINKED, "not_linked", "There is no login.", "crosswatch connect acme"));
  CHECK(e.playing() == "");
}

TEST_CASE("a source shows its link, what it dropped by reason, and its error until the link is back") {
  Evening e;
  static_cast<void>(e.news.running("running"));
  e.news.link(e.from, Link::live, "");
  e.news.dropped(e.from, "user", 2);
  e.news.dropped(e.from, "user", 1);
  e.news.failed(e.from, Error(CW_NOT_LINKED, "not_linked", "There is no login.", "crosswatch connect acme"));
  CHECK(e.member("profiles.0.link.state") == R"("live")");
  CHECK(e.member("profiles.0.dropped.user") == "3");
  CHECK(e.member("profiles.0.error.code") == R"("not_linked")");
  e.news.link(e.from, Link::polling, "");
  CHECK(e.member("profiles.0.error") == "none");
}

TEST_CASE("when the routes end nothing is shown as playing, and each state is newer than the one before") {
  Evening e;
  static_cast<void>(e.news.running("running"));
  e.tell(EventKind::start, "1", 0);
  const std::string before = e.member("n");
  const Error busy(CW_STORAGE, "busy", "The routes are running already.");
  CHECK(e.news.running("busy", &busy));
  CHECK_FALSE(e.news.running("busy", &busy));  // told once
  CHECK(e.playing() == "");
  CHECK(e.member("error.code") == R"("busy")");
  CHECK(std::stoll(e.member("n")) > std::stoll(before));
}

TEST_CASE("routes that begin anew show nothing of what ran before them") {
  Evening e;
  e.news.begun();
  e.news.link(e.from, Link::live, "");
  e.tell(EventKind::start, "1", 0);
  e.news.begun();
  CHECK(e.member("state") == R"("running")");
  CHECK(e.member("profiles") == "[]");
  CHECK(e.playing() == "");
}

TEST_CASE("what a service posts is shown as playing, unless the live link tells it as well") {
  Evening e;
  e.news.begun();
  Event pause;
  pause.kind = EventKind::pause;
  pause.item.title = "Title 1";
  pause.user = "7";
  e.news.posted(e.from, pause);
  CHECK(e.playing() == "paused Title 1");
  e.news.begun();
  e.news.link(e.from, Link::live, "");
  e.news.posted(e.from, pause);
  CHECK(e.playing() == "");
  e.news.link(e.from, Link::polling, "");
  e.news.posted(e.from, pause);
  CHECK(e.playing() == "paused Title 1");
}
