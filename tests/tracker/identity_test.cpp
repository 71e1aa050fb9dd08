#include "world.hpp"

using namespace tracker_test;

TEST_CASE("an id that comes later finds the item from then on") {
  World w;
  CHECK(w.add(Feature::ratings, rated(movie({{"imdb", "tt1"}}), 70)) == CW_APPLIED);
  CHECK(w.look(Feature::ratings, movie({{"tmdb", "1"}})).state == CW_NO_TITLE);
  CHECK(w.update(Feature::ratings, rated(movie({{"imdb", "tt1"}, {"tmdb", "1"}}), 80)) == CW_APPLIED);
  CHECK(w.look(Feature::ratings, movie({{"tmdb", "1"}})).value.rating == 80);
  CHECK(w.read(Feature::ratings).front().ids == std::vector<Token>{{"imdb", "tt1"}, {"tmdb", "1"}});
}

TEST_CASE("ids of one kind that differ are two titles, whatever else agrees") {
  World w;
  w.add(Feature::ratings, rated(movie({{"imdb", "tt1"}, {"tmdb", "1"}}), 70));
  const Fact torn = rated(movie({{"imdb", "tt1"}, {"tmdb", "2"}}), 80);
  CHECK(w.look(Feature::ratings, torn).state == CW_AMBIGUOUS_TITLE);
  CHECK(w.add(Feature::ratings, torn) == CW_AMBIGUOUS);
  CHECK(w.update(Feature::ratings, torn) == CW_AMBIGUOUS);
  CHECK(w.remove(Feature::ratings, torn) == CW_AMBIGUOUS);
  CHECK(w.read(Feature::ratings).size() == 1);
  // A second value of a scheme is no contradiction when one of them agrees.
  CHECK(w.update(Feature::ratings, rated(movie({{"tmdb", "1"}, {"tmdb", "3"}}), 80)) == CW_APPLIED);
}

TEST_CASE("an episode is found by any id of its show and its numbers") {
  World w;
  const std::vector<Token> both{{"tmdb", "10"}, {"tvdb", "20"}};
  w.add(Feature::history, played(episode({}, both, 1, 2), {100}));
  CHECK(w.look(Feature::history, episode({}, {{"tvdb", "20"}}, 1, 2)).state == CW_PRESENT);
  CHECK(w.look(Feature::history, episode({}, {{"tvdb", "20"}}, 1, 3)).state == CW_NO_TITLE);
  CHECK(w.look(Feature::history, episode({}, {{"tvdb", "20"}}, 2, 2)).state == CW_NO_TITLE);
  CHECK(w.look(Feature::history, episode({}, {{"tvdb", "21"}}, 1, 2)).state == CW_NO_TITLE);
  // What one episode taught about the show holds for all of them.
  w.add(Feature::history, played(episode({}, {{"tvdb", "20"}, {"imdb", "tt9"}}, 1, 3), {200}));
  CHECK(w.look(Feature::history, episode({}, {{"imdb", "tt9"}}, 1, 2)).state == CW_PRESENT);
  for (const Fact& f : w.read(Feature::history)) CHECK(f.show_ids.size() == 3);
}

TEST_CASE("an episode's own id outweighs its place in the show") {
  World w;
  const std::vector<Token> show{{"tvdb", "20"}};
  w.add(Feature::history, played(episode({{"tvdb", "1001"}}, show, 1, 1), {100}));
  // Another order of episodes: the same place, another episode.
  CHECK(w.add(Feature::history, played(episode({{"tvdb", "1002"}}, show, 1, 1), {200})) == CW_APPLIED);
  CHECK(w.read(Feature::history).size() == 2);
  CHECK(w.look(Feature::history, episode({{"tvdb", "1001"}}, show, 7, 7)).value.at == 100);
  // Now the place alone means either of them.
  CHECK(w.look(Feature::history, episode({}, show, 1, 1)).state == CW_AMBIGUOUS_TITLE);
  CHECK(w.remove(Feature::history, episode({}, show, 1, 1)) == CW_AMBIGUOUS);
}

TEST_CASE("ids of two different shows lead to no episode") {
  World w;
  w.add(Feature::history, played(episode({}, {{"tvdb", "1"}}, 1, 1), {100}));
  w.add(Feature::history, played(episode({}, {{"tmdb", "2"}}, 1, 1), {200}));
  CHECK(w.add(Feature::history, played(episode({}, {{"tvdb", "1"}, {"tmdb", "2"}}, 1, 5), {300})) == CW_AMBIGUOUS);
  CHECK(w.read(Feature::history).size() == 2);
}

TEST_CASE("the show of an episode is the show that is rated itself") {
  World w;
  w.add(Feature::history, played(episode({}, {{"tvdb", "20"}}, 1, 1), {100}));
  Fact show = rated(movie({{"tvdb", "20"}, {"imdb", "tt5"}}, "A series"), 90);
  show.kind = Kind::show;
  w.add(Feature::ratings, show);
  CHECK(w.look(Feature::history, episode({}, {{"imdb", "tt5"}}, 1, 1)).state == CW_PRESENT);
  CHECK(w.read(Feature::ratings).front().year == 1999);
}

TEST_CASE("an item without ids is known by exactly what it is called") {
  World w;
  Fact f = rated(movie({}, "Home video"), 50);
  CHECK(w.add(Feature::ratings, f) == CW_APPLIED);
  CHECK(w.add(Feature::ratings, f) == CW_ALREADY);
  f.year = 2001;
  CHECK(w.add(Feature::ratings, f) == CW_APPLIED);
  CHECK(w.look(Feature::ratings, movie({}, "home video")).state == CW_NO_TITLE);
  // A title never leads to an item with ids, nor ids to one without.
  CHECK(w.add(Feature::ratings, rated(movie({{"tmdb", "1"}}, "Home video"), 60)) == CW_APPLIED);
  CHECK(w.look(Feature::ratings, movie({}, "Home video")).value.rating == 50);
  CHECK(w.read(Feature::ratings).size() == 3);
}

TEST_CASE("what has neither an id nor a title cannot be kept") {
  World w;
  const cw_outcome o = w.apply(Feature::ratings, CW_OP_ADD, rated(movie({}, ""), 50));
  CHECK(o.result == CW_CANNOT);
  CHECK(std::string(o.reason) == "no_identity: it has neither an id nor a title");
  CHECK(w.add(Feature::ratings, rated(movie({{"imdb", ""}}, ""), 50)) == CW_CANNOT);
}

TEST_CASE("a ref leads back to its item in every feature, and in no other file") {
  World w, other;
  w.add(Feature::ratings, rated(movie({}, "Home video"), 50));
  w.add(Feature::watchlist, movie({}, "Home video"));
  const std::string ref = w.read(Feature::ratings).front().ref;
  CHECK(w.read(Feature::watchlist).front().ref == ref);
  Fact by_ref;
  by_ref.ref = ref;
  CHECK(w.look(Feature::ratings, by_ref).value.rating == 50);
  other.add(Feature::ratings, rated(movie({}, "Another"), 70));
  CHECK(other.look(Feature::ratings, by_ref).state == CW_NO_TITLE);
  // A ref that leads elsewhere than the ids is no way to write.
  w.add(Feature::ratings, rated(movie({{"tmdb", "1"}}), 90));
  by_ref.ids = {{"tmdb", "1"}};
  CHECK(w.remove(Feature::ratings, by_ref) == CW_AMBIGUOUS);
  by_ref = Fact{};
  by_ref.kind = Kind::show;
  by_ref.ref = ref;
  CHECK(w.look(Feature::ratings, by_ref).state == CW_AMBIGUOUS_TITLE);
}

TEST_CASE("a removed fact and a title never heard of are different answers") {
  World w;
  w.add(Feature::watchlist, numbered_movie(1));
  w.remove(Feature::watchlist, numbered_movie(1));
  CHECK(w.look(Feature::watchlist, numbered_movie(1)).state == CW_NO_FACT);
  CHECK(w.look(Feature::watchlist, numbered_movie(2)).state == CW_NO_TITLE);
  CHECK(w.update(Feature::watchlist, numbered_movie(1)) == CW_STALE);
  CHECK(w.update(Feature::watchlist, numbered_movie(2)) == CW_NO_ENTITY);
}
