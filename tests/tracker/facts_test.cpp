#include "world.hpp"

using namespace tracker_test;

TEST_CASE("plays from two sides join, and none is forgotten") {
  World w;
  const Fact film = numbered_movie(1);
  CHECK(w.add(Feature::history, played(film, {300, 100})) == CW_APPLIED);
  CHECK(w.add(Feature::history, played(film, {200})) == CW_APPLIED);
  CHECK(w.update(Feature::history, played(film, {400})) == CW_APPLIED);
  const Fact f = w.read(Feature::history).front();
  CHECK(f.plays_at == std::vector<std::int64_t>{400, 300, 200, 100});
  CHECK(f.value.at == 400);
  CHECK(f.value.plays == 4);
  CHECK(w.update(Feature::history, played(film, {100})) == CW_ALREADY);
}

TEST_CASE("watched at an unknown time has no time, and a later known play dates it") {
  World w;
  Fact film = numbered_movie(1);
  film.value = no_value;
  CHECK(w.add(Feature::history, film) == CW_APPLIED);
  CHECK(w.add(Feature::history, film) == CW_ALREADY);
  CHECK(w.read(Feature::history).front().value.at == time_unknown);
  CHECK(w.update(Feature::history, played(film, {100})) == CW_APPLIED);
  CHECK(w.update(Feature::history, film) == CW_ALREADY);
  CHECK(w.read(Feature::history).front().plays_at == std::vector<std::int64_t>{100});
}

TEST_CASE("more plays than known times are counted") {
  World w;
  Fact film = played(numbered_movie(1), {100});
  film.value.plays = 5;
  w.add(Feature::history, film);
  CHECK(w.look(Feature::history, film).value.plays == 5);
  film.value.plays = 3;
  CHECK(w.update(Feature::history, film) == CW_APPLIED);
  CHECK(w.look(Feature::history, film).value.plays == 3);
}

TEST_CASE("removing a history forgets its plays") {
  World w;
  const Fact film = numbered_movie(1);
  w.add(Feature::history, played(film, {300, 100}));
  CHECK(w.remove(Feature::history, film) == CW_APPLIED);
  w.add(Feature::history, played(film, {500}));
  CHECK(w.read(Feature::history).front().plays_at == std::vector<std::int64_t>{500});
}

TEST_CASE("an addition never overwrites what somebody else put there") {
  World w;
  w.add(Feature::ratings, rated(numbered_movie(1), 80, 100));
  const cw_outcome o = w.apply(Feature::ratings, CW_OP_ADD, rated(numbered_movie(1), 60, 200));
  CHECK(o.result == CW_STALE);
  CHECK(o.value.rating == 80);
  CHECK(w.add(Feature::ratings, rated(numbered_movie(1), 80, time_unknown)) == CW_ALREADY);
  CHECK(w.look(Feature::ratings, numbered_movie(1)).value.at == 100);
}

TEST_CASE("a value is written only over the value that was seen") {
  World w;
  w.add(Feature::ratings, rated(numbered_movie(1), 80, 100));
  const cw_value seen = w.look(Feature::ratings, numbered_movie(1)).value;
  w.update(Feature::ratings, rated(numbered_movie(1), 90, 150));
  CHECK(w.apply(Feature::ratings, CW_OP_UPDATE, rated(numbered_movie(1), 60, 200), seen).result == CW_STALE);
  CHECK(w.apply(Feature::ratings, CW_OP_REMOVE, numbered_movie(1), seen).result == CW_STALE);
  CHECK(w.look(Feature::ratings, numbered_movie(1)).value.rating == 90);
}

TEST_CASE("every tenth of a rating and every second is kept as given") {
  World w;
  for (int tenths = 0; tenths <= 100; ++tenths)
    w.add(Feature::ratings, rated(numbered_movie(tenths), tenths, 1'000'000'000 + tenths));
  const auto all = w.read(Feature::ratings);
  REQUIRE(all.size() == 101);
  for (int tenths = 0; tenths <= 100; ++tenths) {
    CHECK(all[static_cast<std::size_t>(tenths)].value.rating == tenths);
    CHECK(all[static_cast<std::size_t>(tenths)].value.at == 1'000'000'000 + tenths);
  }
}

TEST_CASE("a position may go back, and its length is remembered") {
  World w;
  Fact film = numbered_movie(1);
  film.value = {100, 60'000, 7'200'000, -1, 0};
  w.add(Feature::progress, film);
  film.value = {200, 30'000, -1, -1, 0};
  CHECK(w.update(Feature::progress, film) == CW_APPLIED);
  const cw_value v = w.look(Feature::progress, film).value;
  CHECK(v.progress_ms == 30'000);
  CHECK(v.duration_ms == 7'200'000);
  CHECK(v.at == 200);
}

TEST_CASE("what a feature cannot hold is refused with the reason") {
  World w;
  Fact show = numbered_movie(1);
  show.kind = Kind::show;
  CHECK(w.add(Feature::history, show) == CW_CANNOT);
  CHECK(w.add(Feature::ratings, numbered_movie(1)) == CW_CANNOT);
  CHECK(w.add(Feature::ratings, rated(numbered_movie(1), 101)) == CW_CANNOT);
  CHECK(w.add(Feature::progress, numbered_movie(1)) == CW_CANNOT);
  for (const Feature f : all_features) CHECK(w.read(f).empty());
}

TEST_CASE("a list of libraries is refused, for the tracker has none") {
  World w;
  const cw_str library = str("1");
  const cw_scope scope{sizeof(cw_scope), 1, &library, 0, 0, {}};
  FactCollector to;
  cw_snapshot_end end{};
  end.struct_size = sizeof end;
  CHECK(w.instance->sync()->snapshot(w.instance->self(), &w.call.raw(), CW_HISTORY, &scope, &to.raw, &end, nullptr) ==
        CW_CONFIG);
}

TEST_CASE("a snapshot comes in pages of at most 500 facts, in the order of the refs") {
  World w;
  w.add_movies(0, 1234);
  const auto all = w.read(Feature::watchlist);
  CHECK(w.pages == std::vector<std::size_t>{500, 500, 234});
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].ids[0].value == std::to_string(i));
}

TEST_CASE("a snapshot shows one moment, whatever is written meanwhile") {
  World w;
  w.add_movies(0, 1000);
  World other(w.path);
  int page = 0;
  w.on_page = [&] {
    if (++page != 1) return;
    other.add_movies(1000, 1100);
    CHECK(other.remove(Feature::watchlist, numbered_movie(999)) == CW_APPLIED);
  };
  CHECK(w.read(Feature::watchlist).size() == 1000);
  CHECK(w.read(Feature::watchlist).size() == 1099);
}

TEST_CASE("what is done to one feature leaves the others unchanged, unless it told more about an item") {
  World w;
  const auto unchanged = [&](Feature f, const std::string& since) {
    REQUIRE(w.try_snapshot(f, since).ok());
    return w.unchanged && w.facts.empty();
  };
  w.add(Feature::ratings, rated(numbered_movie(1), 50));
  const std::string ratings = w.name_of_facts(Feature::ratings);
  CHECK(unchanged(Feature::ratings, ratings));
  CHECK(w.add(Feature::ratings, rated(numbered_movie(1), 50)) == CW_ALREADY);
  w.add(Feature::history, played(numbered_movie(1), {100}));
  w.add(Feature::watchlist, numbered_movie(2));
  CHECK(unchanged(Feature::ratings, ratings));
  w.add(Feature::history, played(movie({{"tmdb", "1"}, {"imdb", "tt1"}}, "Film 1"), {200}));
  CHECK_FALSE(unchanged(Feature::ratings, ratings));
  CHECK(w.facts.at(0).ids.size() == 2);

  const Fact first = episode({{"imdb", "tt7"}}, {{"tvdb", "7"}}, 1, 1);
  w.add(Feature::ratings, rated(first, 80));
  const std::string then = w.name_of_facts(Feature::ratings);
  w.add(Feature::history, played(episode({{"imdb", "tt8"}}, {{"tvdb", "7"}}, 1, 2), {100}));
  CHECK(unchanged(Feature::ratings, then));
  w.add(Feature::history, played(episode({{"imdb", "tt9"}}, {{"tvdb", "7"}, {"tmdb", "77"}}, 1, 3), {100}));
  CHECK_FALSE(unchanged(Feature::ratings, then));  // the show of the rated episode has one more id
  w.remove(Feature::ratings, first);
  CHECK(w.name_of_facts(Feature::ratings) != then);
}

TEST_CASE("a host of an earlier minor version is told no name, and nothing is written behind its struct") {
  World w;
  w.add_movies(0, 3);
  const std::string state = w.name_of_facts(Feature::watchlist);
  cw_scope scope{sizeof(cw_scope), 0, nullptr, 0, 0, str(state)};
  scope.struct_size = offsetof(cw_scope, since);
  FactCollector to;
  cw_snapshot_end end{};
  end.struct_size = offsetof(cw_snapshot_end, unchanged);
  end.unchanged = 7;
  end.state[0] = '?';
  CHECK(w.instance->sync()->snapshot(w.instance->self(), &w.call.raw(), CW_WATCHLIST, &scope, &to.raw, &end, nullptr) ==
        CW_OK);
  CHECK(end.complete == 1);
  CHECK(to.facts.size() == 3);
  CHECK(end.unchanged == 7);
  CHECK(end.state[0] == '?');
}
