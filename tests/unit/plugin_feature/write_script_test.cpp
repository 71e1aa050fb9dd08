// Writing to servers that behave in ways the simulated Plex does not.
#include <doctest/doctest.h>

#include <algorithm>

#include "support.hpp"

using namespace testing;

namespace {

const std::string hex = "5d776b59ad5437001f79c6f8";

// One film, number 7 of library 1, and Discover with the same title.
struct FilmServer {
  int views = 0;
  std::int64_t offset = 0, duration = 6'000'000;
  std::string rating{};
  bool listed = false;
  std::string guids = R"("Guid":[{"id":"tmdb://603"},{"id":"imdb://tt0133093"}])";
  std::string list_guids = guids;
  std::string sessions = R"({"MediaContainer":{"size":0}})";
  std::function<bool(const http::Request&, Reply&)> instead{};  // true: that is the reply
  ScriptedTransport transport{};
  Bench bench{transport};

  FilmServer() {
    transport.answer = [this](const http::Request& r) { return answer(r); };
  }
  std::string row(const std::string& ids) const {
    std::string text =
        R"({"ratingKey":"7","type":"movie","title":"Film","librarySectionID":1,"updatedAt":5,"guid":"plex://movie/)" +
        hex + "\",\"duration\":" + std::to_string(duration);
    if (!ids.empty()) text += ',' + ids;
    if (views > 0) text += ",\"viewCount\":" + std::to_string(views);
    if (offset > 0) text += ",\"viewOffset\":" + std::to_string(offset);
    if (!rating.empty()) text += ",\"userRating\":" + rating;
    return text + '}';
  }
  Reply answer(const http::Request& r) {
    Reply reply;
    if (instead && instead(r, reply)) return reply;
    if (r.path == "/library/sections")
      return {200, R"({"MediaContainer":{"size":1,"Directory":[{"key":"1","type":"movie","title":"Films","uuid":"a",
        "contentChangedAt":1}]}})"};
    if (r.path == "/library/sections/1/all") return page_of(r, {row(list_guids)});
    if (r.path == "/library/metadata/7") return page_of(r, {row(guids)});
    if (r.path == "/status/sessions") return {200, sessions};
    if (r.path == "/:/prefs/get") return {404, ""};
    if (r.path == "/:/scrobble") return ++views, Reply{};
    if (r.path == "/:/unscrobble") return views = 0, offset = 0, Reply{};
    if (r.path == "/:/rate") return rating = parameter(r, "rating") == "-1" ? "" : parameter(r, "rating"), Reply{};
    if (r.path == "/:/timeline") return offset = std::stoll(parameter(r, "time")), Reply{};
    return {404, ""};
  }
  std::size_t sent(const std::string& path) const {
    const auto requests = transport.requests();
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [&](const auto& r) { return r.path == path; }));
  }
  std::string apply(Feature feature, std::uint32_t type, const Fact& fact) {
    return text_of(bench.apply(feature, {type, fact}));
  }
};

Fact film(std::vector<Token> ids = {{"tmdb", "603"}}) {
  Fact fact = item_with(Kind::movie, std::move(ids));
  fact.value.rating = 80;
  fact.value.plays = 1;
  fact.value.progress_ms = 1'800'000;
  return fact;
}

std::string title_answer(const std::string& ids) {
  return R"({"MediaContainer":{"size":1,"Metadata":[{"ratingKey":")" + hex +
         R"(","type":"movie","title":"Film","guid":"plex://movie/)" + hex + '"' + (ids.empty() ? "" : ',' + ids) +
         "}]}}";
}

}  // namespace

TEST_CASE("an item whose list row has no ids is found by those that it gives when it is asked") {
  FilmServer server;
  server.list_guids.clear();
  CHECK(server.apply(Feature::history, CW_OP_ADD, film()) == "applied");
  CHECK(server.views == 1);
}

TEST_CASE("where a report of position 0 clears the resume point, nothing is marked as unwatched") {
  FilmServer server;
  server.offset = 900'000;
  server.views = 2;
  CHECK(server.apply(Feature::progress, CW_OP_REMOVE, film()) == "applied");
  CHECK(server.views == 2);
  CHECK(server.sent("/:/unscrobble") == 0);
}

TEST_CASE("what is accepted and has no effect is not called done") {
  FilmServer server;
  server.instead = [](const http::Request& r, Reply&) { return r.path == "/:/rate"; };
  CHECK(server.apply(Feature::ratings, CW_OP_ADD, film()) == "rejected: no_effect");
  CHECK(server.bench.fake_call.waited_ms >= 1000);  // it was given time
}

TEST_CASE("an effect that shows a moment later is seen") {
  FilmServer server;
  server.instead = [&](const http::Request& r, Reply&) { return r.path == "/:/scrobble"; };
  server.bench.fake_call.on_wait = [&] { server.views = 1; };
  CHECK(server.apply(Feature::history, CW_OP_ADD, film()) == "applied");
  CHECK(server.sent("/:/scrobble") == 1);
}

TEST_CASE("a server that is slow to answer a mark is not asked again in the same run") {
  FilmServer server;
  server.instead = [&](const http::Request& r, Reply&) -> bool {
    if (r.path == "/:/scrobble") throw Error(CW_UNREACHABLE, "no_answer", "Silence.");
    return false;
  };
  CHECK(server.apply(Feature::history, CW_OP_ADD, film()) == "in doubt: answer_lost");
  REQUIRE(server.bench.ended);
  CHECK(server.bench.ended->code == "no_answer");
}

TEST_CASE("the position from which the server counts an item as watched is the server's") {
  FilmServer server;
  server.instead = [&](const http::Request& r, Reply& reply) {
    reply.body = R"({"MediaContainer":{"size":1,"Setting":[{"id":"LibraryVideoPlayedThreshold","value":"50"}]}})";
    return r.path == "/:/prefs/get";
  };
  Fact half = film();
  half.value.progress_ms = 3'000'000;
  CHECK(server.apply(Feature::progress, CW_OP_ADD, half) == "cannot: at_completion");
  half.value.progress_ms = 2'999'000;
  CHECK(server.apply(Feature::progress, CW_OP_ADD, half) == "applied");
}

TEST_CASE("our own report is not taken for somebody who is watching") {
  FilmServer server;
  server.bench.host.settings["client_id"] = {"ours"};
  const auto session = [](const std::string& player, const std::string& user) {
    return R"({"MediaContainer":{"size":1,"Metadata":[{"ratingKey":"7","type":"movie","User":{"id":")" + user +
           R"("},"Player":{"machineIdentifier":")" + player + R"(","state":"playing"}}]}})";
  };
  server.sessions = session("tv", "1");
  CHECK(server.apply(Feature::progress, CW_OP_ADD, film()) == "stale: playing_now");
  server.sessions = session("ours", "1");
  CHECK(server.apply(Feature::progress, CW_OP_ADD, film()) == "applied");
  server.sessions = session("tv", "8");  // somebody else
  CHECK(server.apply(Feature::progress, CW_OP_REMOVE, film()) == "applied");
}

TEST_CASE("a title is not put on the watchlist unless Discover's answer carries the id that was asked for") {
  FilmServer server;
  std::string match_ids, own_ids, older_ids;
  server.instead = [&](const http::Request& r, Reply& reply) {
    const bool older = r.base_url == "https://metadata.test";
    if (r.path == "/library/metadata/matches")
      reply =
          older && older_ids.empty() ? Reply{404, "", {}} : Reply{200, title_answer(older ? older_ids : match_ids), {}};
    else if (r.path == "/library/metadata/" + hex)
      reply.body = title_answer(own_ids);
    else if (r.path == "/library/metadata/" + hex + "/userState")
      reply.body = std::string(R"({"MediaContainer":{"size":1,"UserState":{"ratingKey":"x")") +
                   (server.listed ? ",\"watchlistedAt\":1700000000" : "") + "}}}";
    else if (r.path == "/actions/addToWatchlist")
      server.listed = true;
    else
      return false;
    return true;
  };
  // No ids in the answer, and others when the title is asked itself.
  own_ids = R"("Guid":[{"id":"tmdb://604"}])";
  CHECK(server.apply(Feature::watchlist, CW_OP_ADD, film()) == "no entity: not_on_discover");
  // The right id, beside one that contradicts.
  match_ids = R"("Guid":[{"id":"tmdb://603"},{"id":"imdb://tt0000001"}])";
  CHECK(server.apply(Feature::watchlist, CW_OP_ADD, film({{"tmdb", "603"}, {"imdb", "tt0133093"}})) ==
        "ambiguous: contradicting_ids");
  CHECK_FALSE(server.listed);
  // Only the older form of the question is answered.
  match_ids = R"("Guid":[{"id":"tmdb://9"}])";
  older_ids = R"("Guid":[{"id":"tmdb://603"}])";
  CHECK(server.apply(Feature::watchlist, CW_OP_ADD, film()) == "applied");
  CHECK(server.listed);
}
