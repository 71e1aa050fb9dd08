// Writing to a simulated Plex: one true outcome an operation, and nothing else changed.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "support.hpp"

using namespace testing;

namespace {

plexsim::Options plain_world() {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 150;
  server.catalog.shows = 4;
  server.catalog.seasons = 2;
  server.catalog.episodes = 5;
  server.catalog.plays = 0;
  server.catalog.nasty_percent = 0;
  server.catalog.people_state = false;
  options.servers = {server};
  options.watchlist = 0;
  return options;
}

Fact film(int n) {
  return item_with(Kind::movie, {{"tmdb", std::to_string(600 + n)}});
}
Fact rated(Fact fact, int tenths, std::int64_t at = 1'600'000'000) {
  fact.value.rating = tenths;
  fact.value.at = at;
  return fact;
}
Fact watched(Fact fact) {
  fact.value.at = 1'600'000'000;
  fact.value.plays = 1;
  fact.plays_at = {fact.value.at};
  return fact;
}
Fact at_position(Fact fact, std::int64_t ms) {
  fact.value.progress_ms = ms;
  fact.value.duration_ms = 6'000'000;
  fact.value.at = 1'600'000'000;
  return fact;
}

struct World {
  explicit World(const std::string& user = "owner", const plexsim::Options& options = plain_world())
      : sim(options), who(user), person(sim, user) {
    person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  }
  plexsim::Simulator sim;
  std::string who;
  Person person;

  std::string key(int n) const { return sim.keys("1", "movie").at(static_cast<std::size_t>(n)); }
  std::string apply(Feature feature, std::uint32_t type, const Fact& fact, const cw_value& expect = no_value) {
    return text_of(person->apply(feature, {type, fact, expect}));
  }
  plexsim::Fact truth(plexsim::Feature feature, const std::string& item) const {
    for (const auto& f : sim.facts(who, feature))
      if (f.key == item) return f;
    return {};
  }
  std::size_t sent(const std::string& path) const {
    const auto requests = sim.requests();
    return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(),
                                                  [&](const auto& r) { return r.path.find(path) != r.path.npos; }));
  }
  void fault(plexsim::FaultKind kind, const std::string& path, int count = 1, int status = 500) {
    plexsim::FaultRule rule;
    rule.kind = kind;
    rule.path_contains = path;
    rule.count = count;
    rule.status = status;
    sim.add_fault(rule);
  }
};

using plexsim::FaultKind;

}  // namespace

// ---- Ratings ----------------------------------------------------------------------------------------

TEST_CASE("every kind of item can be rated, rated anew and unrated, with its time") {
  World w;
  Fact season = item_with(Kind::season, {}), episode = item_with(Kind::episode, {});
  season.show_ids = episode.show_ids = {{"tmdb", "601"}};
  season.season = episode.season = 1;
  episode.episode = 3;
  for (const Fact& item : {film(2), item_with(Kind::show, {{"tmdb", "601"}}), season, episode}) {
    CAPTURE(name_of(item.kind));
    const auto first = w.person->apply(Feature::ratings, {CW_OP_ADD, rated(item, 75)});
    CHECK(text_of(first) == "applied");
    CHECK(first.value.rating == 75);
    CHECK(first.value.at == 1'600'000'000);
    const std::string key = std::string(first.ref).substr(w.sim.server_id().size() + 1);
    CHECK(w.truth(plexsim::Feature::ratings, key).rating == 7.5);
    CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(item, 75)) == "already");
    CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(item, 60)) == "stale: changed_meanwhile");
    CHECK(w.apply(Feature::ratings, CW_OP_UPDATE, rated(item, 60), first.value) == "applied");
    CHECK(w.apply(Feature::ratings, CW_OP_UPDATE, rated(item, 90), first.value) == "stale: changed_meanwhile");
    CHECK(w.apply(Feature::ratings, CW_OP_REMOVE, item) == "applied");
    CHECK(w.apply(Feature::ratings, CW_OP_REMOVE, item) == "absent");
    CHECK(w.apply(Feature::ratings, CW_OP_UPDATE, rated(item, 90)) == "stale: changed_meanwhile");
    CHECK(w.sim.facts("owner", plexsim::Feature::ratings).empty());
  }
}

TEST_CASE("a rating is rounded to the nearest half point, and what is below the scale is not made up") {
  World w;
  const auto stored = [&](int tenths) {
    const auto o = w.person->apply(Feature::ratings, {CW_OP_ADD, rated(film(0), tenths)});
    w.person->apply(Feature::ratings, {CW_OP_REMOVE, film(0)});
    return o.result == CW_APPLIED ? o.value.rating : -1;
  };
  CHECK(stored(73) == 75);
  CHECK(stored(72) == 70);
  CHECK(stored(45) == 45);
  CHECK(stored(100) == 100);
  CHECK(stored(98) == 100);
  CHECK(stored(3) == 5);
  CHECK(stored(2) == -1);
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(0), 0)) == "cannot: rating_below_scale");
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(0), -1)) == "cannot: rating_below_scale");
}

TEST_CASE("a rating of the future is dated now, since a server refuses what is to come") {
  World w;
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(0), 80, 4'000'000'000)) == "applied");
}

TEST_CASE("a server whose clock is behind takes the rating without its time") {
  World w;
  w.sim.advance_clock(-3600);
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(0), 80, std::time(nullptr))) == "applied");
  CHECK(w.sent("/:/rate") == 2);
}

TEST_CASE("a write costs one request, and a hundred are read back in one") {
  World w;
  std::vector<Op> ops;
  for (int n = 0; n < 100; ++n) ops.push_back({CW_OP_ADD, rated(film(n), 80)});
  w.person->apply(Feature::ratings, {CW_OP_ADD, rated(film(120), 80)});  // the library is listed now
  plexsim::FaultRule slow;
  slow.kind = FaultKind::none;
  slow.path_contains = "/:/rate";
  slow.count = 0;
  slow.delay_ms = 20;
  w.sim.add_fault(slow);
  w.sim.clear_requests();
  for (const auto& o : w.person->apply(Feature::ratings, ops)) CHECK(text_of(o) == "applied");
  CHECK(w.sent("/:/rate") == 100);
  CHECK(w.sim.requests().size() <= 100 + 4);  // the libraries; before (copies make it two batches); after
  CHECK(w.sim.peak_in_flight("server") <= 4);
  CHECK(w.sim.peak_in_flight("server") > 1);
}

TEST_CASE("five hundred ratings, found by external ids, cost five hundred and twelve requests") {
  plexsim::Options options = plain_world();
  options.servers[0].catalog.movies = 600;
  options.servers[0].catalog.side_libraries = false;
  World w("owner", options);
  std::vector<Op> ops;
  for (int n = 0; n < 500; ++n) ops.push_back({CW_OP_ADD, rated(film(n), 80)});
  for (const auto& o : w.person->apply(Feature::ratings, ops)) CHECK(text_of(o) == "applied");
  CHECK(w.sent("/:/rate") == 500);
  CHECK(w.sim.requests().size() <= 500 + 12);
}

TEST_CASE("one copy of a film gets what is new, every copy that has it loses it") {
  World w;
  const std::string a = w.sim.keys("1", "movie")[10], b = w.sim.keys("3", "movie")[1];
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(10), 80)) == "applied");
  CHECK(w.truth(plexsim::Feature::ratings, a).rating == 8);
  CHECK(w.truth(plexsim::Feature::ratings, b).rating == -1);
  w.sim.rate("owner", b, 6);
  CHECK(w.apply(Feature::ratings, CW_OP_REMOVE, film(10)) == "applied");
  CHECK(w.sim.facts("owner", plexsim::Feature::ratings).empty());
  w.sim.mark_watched("owner", b);
  CHECK(w.apply(Feature::history, CW_OP_ADD, watched(film(10))) == "already");
  CHECK(w.truth(plexsim::Feature::history, a).view_count == 0);
}

TEST_CASE("where all copies are wanted, each that lacks a new fact gets it") {
  World w;
  const std::string a = w.sim.keys("1", "movie")[10], b = w.sim.keys("3", "movie")[1];
  w.person->write = CW_ALL_COPIES;
  w.sim.mark_watched("owner", b);
  CHECK(w.apply(Feature::history, CW_OP_ADD, watched(film(10))) == "applied");
  CHECK(w.truth(plexsim::Feature::history, a).view_count == 1);
  CHECK(w.truth(plexsim::Feature::history, b).view_count == 1);
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(10), 80)) == "applied");
  CHECK(w.truth(plexsim::Feature::ratings, a).rating == 8);
  CHECK(w.truth(plexsim::Feature::ratings, b).rating == 8);
}

TEST_CASE("a new fact goes to an edition when it is the only copy, was played, or all editions are wanted") {
  World w;
  const std::string cut = w.sim.add_item("1", {"movie", "Cut", 2020, 900, "", 1, 1, "", {}, 6'000'000, true});
  const Fact both = item_with(Kind::movie, {{"tmdb", "1500"}});
  SUBCASE("the only copy") {
    CHECK(w.apply(Feature::history, CW_OP_ADD, watched(both)) == "applied");
    CHECK(w.truth(plexsim::Feature::history, cut).view_count == 1);
    return;
  }
  const std::string plain = w.sim.add_item("1", {"movie", "Plain", 2020, 900});
  SUBCASE("one copy is wanted") {
    CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(both, 80)) == "applied");
    CHECK(w.truth(plexsim::Feature::ratings, plain).rating == 8);
    CHECK(w.truth(plexsim::Feature::ratings, cut).rating == -1);
  }
  SUBCASE("all copies are wanted") {
    w.person->write = CW_ALL_COPIES;
    CHECK(w.apply(Feature::history, CW_OP_ADD, watched(both)) == "applied");
    CHECK(w.truth(plexsim::Feature::history, plain).view_count == 1);
    CHECK(w.truth(plexsim::Feature::history, cut).view_count == 0);
    w.sim.mark_watched("owner", cut);
    CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(both, 80)) == "applied");
    CHECK(w.truth(plexsim::Feature::ratings, cut).rating == 8);
    CHECK(w.apply(Feature::ratings, CW_OP_REMOVE, both) == "applied");
    CHECK(w.truth(plexsim::Feature::ratings, cut).rating == -1);
  }
  SUBCASE("all editions are wanted") {
    w.person->write = CW_ALL_COPIES | CW_EDITIONS;
    CHECK(w.apply(Feature::history, CW_OP_ADD, watched(both)) == "applied");
    CHECK(w.truth(plexsim::Feature::history, cut).view_count == 1);
    CHECK(w.truth(plexsim::Feature::history, plain).view_count == 1);
  }
}

TEST_CASE("one item twice in a batch is done one after the other") {
  World w;
  const auto outcomes = w.person->apply(Feature::ratings, {{CW_OP_ADD, rated(film(1), 80)},
                                                           {CW_OP_ADD, rated(film(1), 80)},
                                                           {CW_OP_REMOVE, film(1)},
                                                           {CW_OP_REMOVE, film(1)}});
  CHECK(text_of(outcomes[0]) == "applied");
  CHECK(text_of(outcomes[1]) == "already");
  CHECK(text_of(outcomes[2]) == "applied");
  CHECK(text_of(outcomes[3]) == "absent");
}

// ---- History ----------------------------------------------------------------------------------------

TEST_CASE("an item is marked once, however often that is asked for") {
  World w;
  for (int i = 0; i < 3; ++i) w.person->apply(Feature::history, {CW_OP_ADD, watched(film(4))});
  CHECK(w.truth(plexsim::Feature::history, w.key(4)).view_count == 1);
  CHECK(w.apply(Feature::history, CW_OP_UPDATE, watched(film(4))) == "already");
  CHECK(w.apply(Feature::history, CW_OP_REMOVE, film(4)) == "applied");
  CHECK(w.apply(Feature::history, CW_OP_REMOVE, film(4)) == "absent");
  CHECK(w.sim.facts("owner", plexsim::Feature::history).empty());
}

TEST_CASE("a thousand items that are watched already are not marked again") {
  World w;
  std::vector<Op> ops;
  for (int n = 0; n < 150; ++n) {
    w.sim.play("owner", w.key(n), 1'500'000'000);
    ops.push_back({CW_OP_ADD, watched(film(n))});
  }
  for (const auto& o : w.person->apply(Feature::history, ops)) CHECK(text_of(o) == "already");
  CHECK(w.sent("scrobble") == 0);
}

TEST_CASE("a mark whose answer is lost counts once, whether it arrived or not") {
  for (const FaultKind kind : {FaultKind::reset_after, FaultKind::reset_before, FaultKind::garbage, FaultKind::cut,
                               FaultKind::truncated, FaultKind::empty, FaultKind::html}) {
    CAPTURE(plexsim::fault_name(kind));
    World w;
    w.fault(kind, "/:/scrobble");
    const auto first = w.person->apply(Feature::history, {CW_OP_ADD, watched(film(4))});
    const int views = w.truth(plexsim::Feature::history, w.key(4)).view_count;
    CHECK((first.result == CW_APPLIED) == (views == 1));
    CHECK(w.sent("/:/scrobble") == 1);
    w.person->apply(Feature::history, {CW_OP_ADD, watched(film(4))});
    CHECK(w.truth(plexsim::Feature::history, w.key(4)).view_count == 1);
  }
}

TEST_CASE("what could not be read back is not called done, and not called undone") {
  World w;
  w.person->look(Feature::history, {film(0)});
  plexsim::FaultRule rule;
  rule.path_contains = "/library/metadata/";
  rule.nth = 2;  // the first is the look before the write
  rule.count = 0;
  rule.status = 500;
  w.sim.add_fault(rule);
  const auto o = w.person->apply(Feature::history, {CW_OP_ADD, watched(film(4))});
  CHECK(text_of(o) == "in doubt: not_read_back");
  REQUIRE(w.person->ended);
  w.sim.clear_faults();
  CHECK(w.apply(Feature::history, CW_OP_ADD, watched(film(4))) == "already");
}

TEST_CASE("asked for a single item, it does not pass the end of a broken-off view for a play") {
  World w;
  w.sim.play("owner", w.key(4), 1'500'000'000);
  w.sim.set_progress("owner", w.key(4), 60'000);
  const auto answer = w.person->look(Feature::history, {film(4)})[0];
  CHECK(answer.state == CW_PRESENT);
  CHECK(answer.value.plays == 1);
  CHECK(answer.value.at == time_unknown);
}

TEST_CASE("a show or a season is never marked as a whole") {
  World w;
  Fact season = item_with(Kind::season, {{"tmdb", "1"}});
  CHECK(w.apply(Feature::history, CW_OP_ADD, watched(item_with(Kind::show, {{"tmdb", "601"}}))) ==
        "cannot: kind_unsupported");
  CHECK(w.apply(Feature::history, CW_OP_ADD, watched(season)) == "cannot: kind_unsupported");
  Fact disguised = watched(film(3));
  disguised.ids.clear();
  disguised.ref = w.sim.server_id() + '/' + w.sim.keys("2", "show")[0];
  CHECK(w.apply(Feature::history, CW_OP_ADD, disguised) == "no entity: no_ids");
  CHECK(w.sent("scrobble") == 0);
}

TEST_CASE("the login that dies in a batch ends it, and what was done by then stands") {
  World w;
  w.person->look(Feature::history, {film(0)});
  w.fault(FaultKind::status, "/:/scrobble", 0, 401);
  std::vector<Op> ops;
  for (int n = 0; n < 30; ++n) ops.push_back({CW_OP_ADD, watched(film(n))});
  const auto outcomes = w.person->apply(Feature::history, ops);
  REQUIRE(w.person->ended);
  CHECK(w.person->ended->status == CW_AUTH);
  for (const auto& o : outcomes) CHECK((o.result == CW_NOT_ATTEMPTED || o.result == CW_TRANSIENT));
  CHECK(w.sent("/:/scrobble") <= 4);
  CHECK(w.sim.facts("owner", plexsim::Feature::history).empty());
}

TEST_CASE("what a user may not do is told as that, and not tried as somebody else") {
  World w("managed");
  w.fault(FaultKind::status, "/:/rate", 0, 403);
  CHECK(w.apply(Feature::ratings, CW_OP_ADD, rated(film(0), 80)) == "cannot: not_allowed");
  for (const auto& r : w.sim.requests()) CHECK(r.token == w.sim.server_token("managed"));
}

// ---- Progress ---------------------------------------------------------------------------------------

TEST_CASE("a resume point is stored, moved and cleared") {
  for (const std::string user : {"owner", "managed", "friend"}) {
    CAPTURE(user);
    World w(user);
    CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)) == "applied");
    CHECK(w.truth(plexsim::Feature::progress, w.key(4)).offset_ms == 1'800'000);
    CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)) == "already");
    CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 2'000'000)) == "stale: changed_meanwhile");
    CHECK(w.apply(Feature::progress, CW_OP_UPDATE, at_position(film(4), 2'400'000)) == "applied");
    CHECK(w.truth(plexsim::Feature::progress, w.key(4)).offset_ms == 2'400'000);
    CHECK(w.apply(Feature::progress, CW_OP_REMOVE, film(4)) == "applied");
    CHECK(w.apply(Feature::progress, CW_OP_REMOVE, film(4)) == "absent");
    CHECK(w.sim.facts(user, plexsim::Feature::progress).empty());
    CHECK(w.sim.facts(user, plexsim::Feature::history).empty());
  }
}

TEST_CASE("what is being watched is left alone, and only by whom it is being watched") {
  World w;
  w.sim.set_playing("owner", w.key(4), 60'000);
  w.sim.set_playing("managed", w.key(5), 60'000);
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)).find("stale: playing_now") == 0);
  CHECK(w.apply(Feature::progress, CW_OP_REMOVE, film(4)) != "applied");
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(5), 1'800'000)) == "applied");
  w.sim.set_playing("owner", w.key(4), -1);
}

TEST_CASE("who may not see what is being watched keeps away from what moved a moment ago") {
  World w("managed");
  w.sim.set_progress("managed", w.key(4), 600'000);
  CHECK(w.apply(Feature::progress, CW_OP_UPDATE, at_position(film(4), 1'800'000)) == "stale: playing_perhaps");
  CHECK(w.sent("timeline") == 0);
  w.person->host.clock_ms += 600'000;
  CHECK(w.apply(Feature::progress, CW_OP_UPDATE, at_position(film(4), 1'800'000)) == "applied");
}

TEST_CASE("a position that was set by an earlier run is no player that was there a moment ago") {
  for (const std::string user : {"managed", "friend"}) {
    CAPTURE(user);
    World w(user);
    CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)) == "applied");
    Person later(w.sim, user);
    later->host.clock_ms = w.person->host.clock_ms.load();
    later->host.kv = w.person->host.kv;
    CHECK(text_of(later->apply(Feature::progress, {CW_OP_REMOVE, film(4), no_value})) == "applied");
    CHECK(w.sim.facts(user, plexsim::Feature::progress).empty());
    // One that a player has left in between still is.
    CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(5), 1'800'000)) == "applied");
    w.sim.advance_clock(5);
    w.sim.set_progress(user, w.key(5), 1'800'000);
    CHECK(w.apply(Feature::progress, CW_OP_REMOVE, film(5)).find("stale: playing_perhaps") == 0);
  }
}

TEST_CASE("with replay allowed a watched item gets a resume point, and stays watched") {
  World w;
  w.sim.mark_watched("owner", w.key(4));
  w.person->write = CW_REPLAY;
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)) == "applied");
  CHECK(w.truth(plexsim::Feature::progress, w.key(4)).offset_ms == 1'800'000);
  CHECK(w.truth(plexsim::Feature::history, w.key(4)).view_count == 1);
}

TEST_CASE("a watched item gets no resume point, and its mark survives the clearing of one") {
  World w;
  w.sim.mark_watched("owner", w.key(4));
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(4), 1'800'000)) == "cannot: already_watched");
  w.sim.set_progress("owner", w.key(4), 600'000);  // seen again, broken off
  CHECK(w.apply(Feature::progress, CW_OP_REMOVE, film(4)) == "cannot: clear_would_unwatch");
  CHECK(w.sent("unscrobble") == 0);
  CHECK(w.truth(plexsim::Feature::history, w.key(4)).view_count == 1);
  CHECK(w.truth(plexsim::Feature::progress, w.key(4)).offset_ms == 600'000);
}

TEST_CASE("a position at the end would count as watched, and is not sent") {
  World w;
  plexsim::NewItem item;
  item.number = 5000;
  item.duration_ms = 6'000'000;
  const std::string key = w.sim.add_item("1", item);
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(5000), 5'400'000)) == "cannot: at_completion");
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(5000), 0)) == "cannot: no_position");
  CHECK(w.apply(Feature::progress, CW_OP_ADD, at_position(film(5000), 5'399'000)) == "applied");
  CHECK(w.truth(plexsim::Feature::history, key).view_count == 0);
}

// ---- Watchlist --------------------------------------------------------------------------------------

TEST_CASE("a title is put on the watchlist and taken off by its own key or by any of its ids") {
  World w("managed");
  const std::string hex = [&] {
    w.person->apply(Feature::watchlist, {CW_OP_ADD, film(7)});
    const std::string key = w.sim.facts("managed", plexsim::Feature::watchlist).at(0).key;
    w.person->apply(Feature::watchlist, {CW_OP_REMOVE, film(7)});
    return key;
  }();
  for (const Fact& item :
       {film(7), item_with(Kind::movie, {{"imdb", "tt1000007"}}), item_with(Kind::movie, {{"tvdb", "9007"}}),
        item_with(Kind::movie, {{"plex", "plex://movie/" + hex}})}) {
    CAPTURE(item.ids[0].scheme);
    const auto o = w.person->apply(Feature::watchlist, {CW_OP_ADD, item});
    CHECK(text_of(o) == "applied");
    CHECK(std::string(o.ref) == "discover/" + hex);
    CHECK(w.person->look(Feature::watchlist, {item})[0].state == CW_PRESENT);
    CHECK(w.apply(Feature::watchlist, CW_OP_ADD, item) == "already");
    CHECK(w.apply(Feature::watchlist, CW_OP_REMOVE, item) == "applied");
    CHECK(w.apply(Feature::watchlist, CW_OP_REMOVE, item) == "absent");
    CHECK(w.person->look(Feature::watchlist, {item})[0].state == CW_NO_FACT);
  }
  for (const auto& r : w.sim.requests()) CHECK(r.token == w.sim.account_token("managed"));
}

TEST_CASE("a title that Discover does not know, or whose ids disagree, is not put on the watchlist") {
  World w;
  const std::uint32_t before = static_cast<std::uint32_t>(w.sim.facts("owner", plexsim::Feature::watchlist).size());
  CHECK(w.apply(Feature::watchlist, CW_OP_ADD, film(90'000'000)) == "no entity: not_on_discover");
  CHECK(w.apply(Feature::watchlist, CW_OP_ADD, item_with(Kind::movie, {{"imdb", "tt1000003"}, {"tmdb", "604"}})) ==
        "ambiguous: contradicting_ids");
  CHECK(w.apply(Feature::watchlist, CW_OP_ADD, item_with(Kind::movie, {})) == "no entity: no_ids");
  CHECK(w.apply(Feature::watchlist, CW_OP_ADD, item_with(Kind::episode, {{"tmdb", "3"}})) ==
        "cannot: kind_unsupported");
  CHECK(w.sim.facts("owner", plexsim::Feature::watchlist).size() == before);
}

TEST_CASE("a hundred titles are put on the watchlist without a read for each") {
  World w;
  std::vector<Op> ops;
  for (int n = 0; n < 40; ++n) ops.push_back({CW_OP_ADD, film(n)});
  for (const auto& o : w.person->apply(Feature::watchlist, ops)) CHECK(text_of(o) == "applied");
  CHECK(w.sent("addToWatchlist") == 40);
  CHECK(w.sent("userState") == 0);
  CHECK(w.sent("sections/watchlist") == 2);
}

// ---- Faults -----------------------------------------------------------------------------------------

TEST_CASE("whatever goes wrong, what is called done was done, and what is called undone was not") {
  for (const Feature feature : {Feature::ratings, Feature::history, Feature::progress})
    for (const FaultKind kind : {FaultKind::reset_before, FaultKind::reset_after, FaultKind::garbage, FaultKind::html,
                                 FaultKind::empty, FaultKind::truncated, FaultKind::status, FaultKind::cut})
      for (const char* path : {"/:/", "/library/metadata/", "/library/sections", "/status/sessions"})
        for (const int count : {1, 3, 0}) {
          CAPTURE(name_of(feature));
          CAPTURE(plexsim::fault_name(kind));
          CAPTURE(path);
          CAPTURE(count);
          World w;
          w.person->look(feature, {film(9)});
          w.fault(kind, path, count);
          std::vector<Op> ops;
          for (int n = 0; n < 3; ++n) ops.push_back({CW_OP_ADD, at_position(rated(watched(film(n)), 80), 600'000)});
          const auto outcomes = w.person->apply(feature, ops);
          w.sim.clear_faults();
          for (int n = 0; n < 3; ++n) {
            const bool there = w.person->look(feature, {film(n)})[0].state == CW_PRESENT;
            const auto result = outcomes[static_cast<std::size_t>(n)].result;
            CAPTURE(text_of(outcomes[static_cast<std::size_t>(n)]));
            if (result == CW_APPLIED || result == CW_ALREADY) CHECK(there);
            if (result == CW_TRANSIENT || result == CW_NOT_ATTEMPTED) CHECK_FALSE(there);
          }
          for (const auto& f : w.sim.facts("owner", plexsim::Feature::history)) CHECK(f.view_count <= 1);
        }
}
