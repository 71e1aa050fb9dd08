// What Plex posts to a webhook.
#include "account/memory.hpp"
#include "timed_watch.hpp"
#include "watch/hook.hpp"

using namespace timed;
using watch::payload_of;

namespace {

struct Post {
  std::string event{"media.play"}, type{"movie"}, library{"1"}, extra{};
  std::int64_t account = 1;
  std::string server{}, item{}, player{"tv"};

  std::string json() const {
    return R"({"event":")" + event + R"(","user":true,"owner":true,"Account":{"id":)" + std::to_string(account) +
           R"(,"title":"owner"},"Server":{"title":"Sim","uuid":")" + server + R"("},"Player":{"uuid":")" + player +
           R"("},"Metadata":{"librarySectionID":)" + library + R"(,"ratingKey":")" + item + R"(","type":")" + type +
           R"(","viewOffset":60000)" + extra + "}}";
  }
};

std::string multipart(const std::string& payload, const std::string& picture = "\xff\xd8\r\n--xyz\r\n") {
  return "--xyz-1\r\nContent-Disposition: form-data; name=\"thumb\"; filename=\"t.jpg\"\r\nContent-Type: image/jpeg\r\n"
         "\r\n" +
         picture +
         "\r\n--xyz-1\r\ncontent-disposition: form-data; filename=\"name=payload\"; name=\"payload\"\r\n"
         "Content-Type: application/json\r\n\r\n" +
         payload + "\r\n--xyz-1--\r\n";
}
constexpr const char* form = "multipart/form-data; charset=utf-8; boundary=\"xyz-1\"";

struct Posted {
  explicit Posted(const std::string& handle = "owner") : w(sim, handle) {
    post.server = sim.server_id();
    post.item = film;
    w.host.clock_ms = now_ms;
  }
  // The code of the error, "" when there was none.
  std::string receive(const std::string& content_type, const std::string& body) {
    Call c = w.call.call();
    EventSink sink = w.heard.sink();
    try {
      w.watcher.receive(c, {}, content_type, body, sink);
    } catch (const Error& e) {
      CHECK_FALSE(e.remedy.empty());
      return e.code;
    }
    return {};
  }
  const Event& only() const {
    REQUIRE(w.heard.events.size() == 1);
    return w.heard.events[0];
  }
  static constexpr std::int64_t now_ms = 1'750'000'000'000;

  plexsim::Simulator sim{fresh_server()};
  std::string film = sim.keys("1", "movie").at(0), episode = sim.keys("2", "episode").at(0);
  TimedWatch w;
  Post post{};
};

}  // namespace

TEST_CASE("the payload is found in a form beside pictures, and in plain JSON") {
  CHECK(payload_of(form, multipart("{}")) == "{}");
  CHECK(payload_of("Application/JSON; charset=utf-8", "{ }") == "{ }");
  CHECK(payload_of("multipart/form-data;boundary=xyz-1", multipart("{}", std::string(100'000, '\0'))) == "{}");
}

TEST_CASE("the part that is the payload is known by its name alone, and the first of several counts") {
  const auto part = [](const std::string& disposition, const std::string& content) {
    return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
  };
  const std::string post = "what stands before the first part is none\r\n" +
                           part(R"(form-data; filename="a; name=payload; b"; name=thumb)", "picture") +
                           part(R"(form-data; filename="\"; name=\"payload\"")", "nameless") +
                           part("attachment", R"(form-data; name="payload")") +
                           part(R"(form-data; NAME = "pay\load")", "first") +
                           part(R"(form-data; name=payload)", "second") + "--b--\r\n";
  CHECK(payload_of(R"(multipart/form-data; boundary="b")", post) == "first");
  CHECK(payload_of("multipart/form-data; charset=\"a;boundary=c\"; boundary=b", post) == "first");
}

TEST_CASE("what is no webhook of Plex is refused, whatever it is") {
  const std::string good = multipart(R"({"event":"media.play"})");
  Posted p;
  for (const auto& posted : std::vector<std::pair<std::string, std::string>>{
           {"text/plain", "{}"},
           {"", "{}"},
           {"multipart/form-data", good},
           {"multipart/form-data; boundary=", good},
           {"multipart/form-data; boundary=other", good},
           {"multipart/form-data; boundary=\"" + std::string(300, 'x') + '"', good},
           {form, ""},
           {form, "--xyz-1"},
           {form, "--xyz-1\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{}"},
           {form, good.substr(0, good.size() - 12)},
           {form, multipart("no json")},
           {"application/json", ""},
           {"application/json", "[]"},
           {"application/json", "{}"},
           {"application/json", "<html></html>"},
           {"application/json", std::string(200, '[')},
           {"application/json", R"({"event":")" + std::string(2u << 20, 'x') + R"("})"}}) {
    const std::string &type = posted.first, &body = posted.second;
    CAPTURE(type);
    CAPTURE(body.substr(0, 100));
    CHECK(p.receive(type, body) == "bad_webhook");
  }
  CHECK(p.w.heard.events.empty());
  CHECK(p.w.requests.empty());  // nothing is asked on behalf of rubbish
}

TEST_CASE("play, pause and stop of the profile's user are told with the server's own item") {
  Posted p;
  p.post.item = p.episode;
  p.post.library = "2";
  p.post.type = "episode";
  for (const auto& told : std::vector<std::pair<std::string, EventKind>>{{"media.play", EventKind::start},
                                                                         {"media.resume", EventKind::start},
                                                                         {"media.pause", EventKind::pause},
                                                                         {"media.stop", EventKind::stop}}) {
    CAPTURE(told.first);
    p.w.heard.events.clear();
    p.post.event = told.first;
    CHECK(p.receive(form, multipart(p.post.json())) == "");
    const Event& e = p.only();
    CHECK(e.kind == told.second);
    CHECK(e.item.ref == p.sim.server_id() + '/' + p.episode);
    CHECK(e.item.kind == Kind::episode);
    CHECK_FALSE(e.item.title.empty());
    CHECK(e.item.value.at == Posted::now_ms / 1000);
    CHECK(e.item.value.progress_ms == 60'000);
    CHECK(e.user == std::to_string(p.sim.plex_id("owner")));
    CHECK(e.session == "tv");
    CHECK(e.id.empty());
  }
}

TEST_CASE("an episode brings the ids of its show along") {
  Posted p;
  p.post.item = p.episode;
  p.post.library = "2";
  p.post.type = "episode";
  p.post.extra = R"(,"grandparentRatingKey":")" + p.sim.keys("2", "show").at(0) + '"';
  CHECK(p.receive("application/json", p.post.json()) == "");
  const auto schemes = [](const std::vector<Token>& ids) {
    std::string out;
    for (const Token& t : ids) out += t.scheme + ' ';
    return out;
  };
  CHECK(schemes(p.only().item.show_ids).find("tvdb") != std::string::npos);
}

TEST_CASE("whose it is must be proven by the number of the account, never by a name; the rest is counted") {
  struct Case {
    const char* why;
    std::function<void(Post&)> change;
  };
  Posted p;
  const std::int64_t friend_id = p.sim.plex_id("friend");
  const Case cases[] = {
      {"unattributed", [](Post& post) { post.account = 0; }},
      {"user", [&](Post& post) { post.account = friend_id; }},
      {"server", [](Post& post) { post.server = "another"; }},
      {"own", [&](Post& post) { post.player = client_id_of(p.w.host.host()); }},
      {"live", [](Post& post) { post.extra = R"(,"live":"1")"; }},
      {"trailer", [](Post& post) { post.type = "clip"; }},
      {"trailer", [](Post& post) { post.extra = R"(,"subtype":"trailer")"; }},
      {"extra", [](Post& post) { post.extra = R"(,"subtype":"behindTheScenes")"; }},
      {"music", [](Post& post) { post.type = "track"; }},
      {"type", [](Post& post) { post.type = "photo"; }},
      {"type", [](Post& post) { post.type = "show"; }},  // nobody plays a show
      {"library", [](Post& post) { post.library = "77"; }},
      {"no_item", [](Post& post) { post.item = "987654321"; }},
      {"no_item", [](Post& post) { post.item = ""; }},
      {"no_item", [](Post& post) { post.item = "1/../../../:/prefs"; }},  // nobody makes us ask for something else
  };
  for (const char* event : {"media.play", "media.scrobble"}) {
    for (const Case& c : cases) {
      CAPTURE(event);
      CAPTURE(c.why);
      p.w.heard.dropped.clear();
      Post post = p.post;
      post.event = event;
      c.change(post);
      p.sim.play("owner", p.film, Posted::now_ms / 1000);
      CHECK(p.receive("application/json", post.json()) == "");
      CHECK(p.w.heard.dropped == std::map<std::string, std::uint64_t>{{c.why, 1}});
    }
  }
  CHECK(p.w.heard.events.empty());

  // The number 1 is the owner of the server: to the friend's profile it is somebody else.
  Posted of_friend("friend");
  CHECK(of_friend.receive("application/json", of_friend.post.json()) == "");
  CHECK(of_friend.w.heard.dropped["user"] == 1);
  of_friend.post.account = of_friend.sim.plex_id("friend");
  CHECK(of_friend.receive("application/json", of_friend.post.json()) == "");
  CHECK(of_friend.only().user == std::to_string(of_friend.sim.plex_id("friend")));
}

TEST_CASE("libraries that were left out are left out of webhooks as well, whatever the post says of them") {
  Posted p;
  p.w.host.settings["scrobble.libraries"] = {"2"};
  CHECK(p.receive("application/json", p.post.json()) == "");
  p.post.library = "2";
  CHECK(p.receive("application/json", p.post.json()) == "");
  CHECK(p.w.heard.events.empty());
  CHECK(p.w.heard.dropped["library"] == 2);
}

TEST_CASE("what happens to others than people and their titles is no event") {
  Posted p;
  for (const char* event :
       {"library.new", "playback.started", "device.new", "admin.database.backup", "media.unheard"}) {
    p.post.event = event;
    CHECK(p.receive(form, multipart(p.post.json())) == "");
  }
  CHECK(p.w.heard.events.empty());
  CHECK(p.w.heard.dropped.empty());
  CHECK(p.w.requests.empty());
}

TEST_CASE("a play that the webhook tells has the name and the time under which the history tells it") {
  Posted p;
  CHECK(p.w.run(minute) == "");  // a watch of the same profile, so that it knows where to begin
  const std::int64_t at = p.w.now() / second;
  p.sim.play("owner", p.film, at - 86'400);
  p.sim.play("owner", p.film, at);
  p.sim.play("owner", p.film, at + 1);  // the player counts it, too
  p.post.event = "media.scrobble";
  TimedWatch again(p.sim, "owner");
  again.host.clock_ms = p.w.now();
  again.heard.cursor = p.w.heard.cursor;
  Call c = again.call.call();
  EventSink sink = again.heard.sink();
  again.watcher.receive(c, {}, "application/json", p.post.json(), sink);
  CHECK(again.run(hour) == "");
  REQUIRE(again.heard.events.size() >= 2);
  const Event &hook = again.heard.events.front(), &told = again.heard.events.back();
  CHECK(hook.kind == EventKind::watched);
  CHECK_FALSE(hook.id.empty());
  CHECK(told.id == hook.id);
  CHECK(told.item.value.at == hook.item.value.at);
  CHECK(hook.item.value.at == at);
}

TEST_CASE("a play whose row comes late or never is told all the same, near enough to be known as one") {
  Posted p;
  p.post.event = "media.scrobble";
  p.w.call.on_wait = [&] { p.sim.play("owner", p.film, p.w.now() / second - 2); };
  CHECK(p.receive("application/json", p.post.json()) == "");
  CHECK(p.only().id.find("/history/") != std::string::npos);

  Posted never;
  never.post.event = "media.scrobble";
  never.sim.play("owner", never.film, Posted::now_ms / 1000 - 90 * 86'400);  // half of it was seen again: D-21
  CHECK(never.receive("application/json", never.post.json()) == "");
  CHECK(never.only().id.find("/history/") == std::string::npos);
  CHECK_FALSE(never.only().id.empty());
  CHECK(std::abs(never.only().item.value.at - Posted::now_ms / 1000) < 10);
}

TEST_CASE("a title that is stopped half way is not watched, although it was before") {
  Posted p;
  p.sim.play("owner", p.film, Posted::now_ms / 1000 - 60);
  p.post.event = "media.stop";
  CHECK(p.receive("application/json", p.post.json()) == "");
  CHECK(p.only().kind == EventKind::stop);
}

TEST_CASE("a rating is told as the server has it, of shows and seasons too, and one that was taken back as none") {
  Posted p;
  p.post.event = "media.rate";
  const std::string show = p.sim.keys("2", "show").at(0), season = p.sim.keys("2", "season").at(0);
  struct Rated {
    std::string key, type, library;
  };
  for (const Rated& r : {Rated{p.film, "movie", "1"}, Rated{show, "show", "2"}, Rated{season, "season", "2"},
                         Rated{p.episode, "episode", "2"}}) {
    CAPTURE(r.type);
    p.w.heard.events.clear();
    p.post.item = r.key;
    p.post.type = r.type;
    p.post.library = r.library;
    p.sim.rate("owner", r.key, 7.5);
    p.sim.rate("friend", r.key, 2);
    p.post.extra = R"(,"userRating":7.5)";
    CHECK(p.receive(form, multipart(p.post.json())) == "");
    const Event& e = p.only();
    CHECK(e.kind == EventKind::rated);
    CHECK(name_of(e.item.kind) == r.type);
    CHECK(e.item.value.rating == 75);
    CHECK(e.item.value.at == p.sim.facts("owner", plexsim::Feature::ratings).at(0).rated_at);
    const std::string id = e.id;
    CHECK_FALSE(id.empty());
    CHECK(p.receive(form, multipart(p.post.json())) == "");
    CHECK(p.w.heard.events.back().id == id);
    p.sim.rate("owner", r.key, -1);
    p.post.extra = "";
    CHECK(p.receive(form, multipart(p.post.json())) == "");
    CHECK(p.w.heard.events.back().item.value.rating == -1);
    CHECK(p.w.heard.events.back().id != id);
  }
}

TEST_CASE("a post without the rating takes none away, and one that is faster than the server waits for it") {
  Posted p;
  p.post.event = "media.rate";
  p.sim.rate("owner", p.film, 8);
  CHECK(p.receive("application/json", p.post.json()) == "");
  CHECK(p.only().item.value.rating == 80);

  Posted fast;
  fast.post.event = "media.rate";
  fast.post.extra = R"(,"userRating":6)";
  fast.w.call.on_wait = [&] { fast.sim.rate("owner", fast.film, 6); };
  CHECK(fast.receive("application/json", fast.post.json()) == "");
  CHECK(fast.only().item.value.rating == 60);
}
