// Finding items by their ids: the right one, or an honest reason, and no request an item.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "support.hpp"

using namespace testing;

namespace {

plexsim::Options odd_world() {
  plexsim::Options options;
  plexsim::ServerOptions server;
  server.catalog.movies = 60;
  server.catalog.shows = 40;
  server.catalog.seasons = 2;
  server.catalog.episodes = 5;
  server.catalog.plays = 0;
  server.catalog.people_state = false;
  options.servers = {server};
  return options;
}

std::vector<std::string> all_keys(const plexsim::Simulator& sim) {
  std::vector<std::string> out;
  for (const auto& [library, type] : std::initializer_list<std::pair<const char*, const char*>>{
           {"1", "movie"}, {"3", "movie"}, {"2", "show"}, {"2", "season"}, {"2", "episode"}}) {
    const auto keys = sim.keys(library, type);
    out.insert(out.end(), keys.begin(), keys.end());
  }
  return out;
}

// Every item of the libraries as a fact, which is that it is rated.
std::vector<Fact> everything(plexsim::Simulator& sim, Person& person) {
  for (const std::string& key : all_keys(sim)) sim.rate("owner", key, 7);
  return person->read(Feature::ratings).facts;
}

bool share(const std::vector<Token>& a, const std::vector<Token>& b) {
  return std::any_of(a.begin(), a.end(), [&](const Token& t) { return std::find(b.begin(), b.end(), t) != b.end(); });
}

std::size_t lists_read(const plexsim::Simulator& sim) {
  const auto requests = sim.requests();
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(),
                                                [](const auto& r) { return r.path.find("/all") != r.path.npos; }));
}

std::filesystem::path index_file(Bench& bench) {
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(bench.host.data_dir()))
    if (entry.path().filename().string().find("ids-") == 0 &&
        (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)))
      largest = entry.path();
  REQUIRE_FALSE(largest.empty());
  return largest;
}

}  // namespace

TEST_CASE("whatever an item is called, its ids lead back to it or to a copy of it, and never to another title") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  const std::vector<Fact> facts = everything(sim, person);
  REQUIRE(facts.size() > 500);
  std::vector<Fact> asked = facts;
  for (Fact& f : asked) {
    f.ref.clear();
    f.title.clear();
    f.series_title.clear();
  }
  const auto answers = person->look(Feature::ratings, asked);
  std::size_t found = 0, lost = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Fact& fact = facts[i];
    CAPTURE(text_of(fact));
    CAPTURE(answers[i].ref);
    if (answers[i].state != CW_PRESENT) {
      ++lost;
      // Only what has no id of its own may be lost: it is local, or a special of an agent that numbers by position.
      CHECK((answers[i].state == CW_NO_TITLE || answers[i].state == CW_UNKNOWN));
      CHECK(std::all_of(fact.ids.begin(), fact.ids.end(), [](const Token& t) { return t.scheme == "plex"; }));
      continue;
    }
    ++found;
    const auto there = std::find_if(facts.begin(), facts.end(), [&](const Fact& f) { return f.ref == answers[i].ref; });
    REQUIRE(there != facts.end());
    CHECK(there->kind == fact.kind);
    CHECK((there->ref == fact.ref || share(there->ids, fact.ids)));
    CHECK((there->season == fact.season && there->episode == fact.episode));
  }
  CHECK(found > 10 * lost);
}

TEST_CASE("finding an item costs no request once the library was listed") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  std::vector<Fact> facts = everything(sim, person);
  facts.resize(100);
  for (Fact& f : facts) f.ref.clear();
  person->look(Feature::ratings, facts);
  sim.clear_requests();
  person->look(Feature::ratings, facts);
  CHECK(lists_read(sim) == 0);
  CHECK(sim.requests().size() <= 3);  // the libraries, and a hundred items or a little more
}

TEST_CASE("the index outlives the process, and belongs to one user") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  const Fact film = item_with(Kind::movie, {{"tmdb", "605"}});
  person->look(Feature::ratings, {film});
  const auto folder = person->host.data_dir();
  const auto look_in_folder = [&](const std::string& user) {
    Person other(sim, user);
    std::filesystem::copy(folder, other->host.data_dir(), std::filesystem::copy_options::recursive);
    sim.clear_requests();
    CHECK(other->look(Feature::ratings, {film})[0].state == CW_NO_FACT);
    return lists_read(sim);
  };
  CHECK(look_in_folder("owner") == 0);
  CHECK(look_in_folder("managed") > 0);
}

TEST_CASE("what comes to a library after it was listed is found, and what leaves it is not") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  const Fact film = item_with(Kind::movie, {{"imdb", "tt7654321"}});
  CHECK(person->look(Feature::history, {film})[0].state == CW_NO_TITLE);
  plexsim::NewItem item;
  item.number = 5000;
  item.ids = {"imdb://tt7654321"};
  const std::string key = sim.add_item("1", item);
  auto answer = person->look(Feature::history, {film})[0];
  CHECK(answer.state == CW_NO_FACT);
  CHECK(std::string(answer.ref) == sim.server_id() + '/' + key);
  sim.remove_item(key);
  CHECK(person->look(Feature::history, {film})[0].state == CW_NO_TITLE);
  const std::string again = sim.add_item("1", item);
  sim.mark_watched("owner", again);
  answer = person->look(Feature::history, {film})[0];
  CHECK(answer.state == CW_PRESENT);
  CHECK(std::string(answer.ref) == sim.server_id() + '/' + again);
}

TEST_CASE("what changed in a library since it was listed costs the index a request for each kind of item") {
  plexsim::Options options = odd_world();
  options.servers[0].catalog.movies = 3000;
  options.servers[0].catalog.nasty_percent = 0;
  options.servers[0].catalog.side_libraries = false;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  person->host.clock_ms = static_cast<std::int64_t>(std::time(nullptr)) * 1000;
  const auto state_of = [&](Kind kind, const Token& id) {
    return person->look(Feature::ratings, {item_with(kind, {id})})[0].state;
  };
  CHECK(state_of(Kind::movie, {"imdb", "tt7654321"}) == CW_NO_TITLE);
  CHECK(state_of(Kind::show, {"imdb", "tt7654322"}) == CW_NO_TITLE);

  plexsim::NewItem film;
  film.number = 5000;
  film.ids = {"imdb://tt7654321"};
  const std::string added = sim.add_item("1", film);
  sim.match_item(sim.keys("1", "movie").front(), {"tmdb://9999001"});
  sim.match_item(sim.keys("2", "show").front(), {"imdb://tt7654322"});
  sim.remove_item(sim.keys("1", "movie").at(5));
  sim.clear_requests();
  CHECK(state_of(Kind::movie, {"imdb", "tt7654321"}) == CW_NO_FACT);
  CHECK(lists_read(sim) == 1);
  sim.clear_requests();
  CHECK(state_of(Kind::movie, {"tmdb", "9999001"}) == CW_NO_FACT);
  CHECK(state_of(Kind::movie, {"tmdb", "600"}) == CW_NO_TITLE);  // it is not called that any more
  CHECK(lists_read(sim) <= 3);                                   // the shows, since nothing was found
  CHECK(state_of(Kind::show, {"imdb", "tt7654322"}) == CW_NO_FACT);
  sim.remove_item(added);
  CHECK(state_of(Kind::movie, {"imdb", "tt7654321"}) == CW_NO_TITLE);
}

TEST_CASE("a server that does not sort is listed anew, and answers the same") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  const Fact film = item_with(Kind::movie, {{"imdb", "tt7654321"}});
  CHECK(person->look(Feature::ratings, {film})[0].state == CW_NO_TITLE);
  plexsim::FaultRule rule;
  rule.kind = plexsim::FaultKind::ignore_filters;
  rule.path_contains = "/all";
  rule.count = 0;
  sim.add_fault(rule);
  plexsim::NewItem item;
  item.number = 5000;
  item.ids = {"imdb://tt7654321"};
  sim.add_item("1", item);
  CHECK(person->look(Feature::ratings, {film})[0].state == CW_NO_FACT);
}

TEST_CASE("an index that is damaged anywhere is made anew, and answers the same") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  std::vector<Fact> facts = everything(sim, person);
  for (Fact& f : facts) f.ref.clear();
  const auto states = [](const std::vector<cw_answer>& answers) {
    std::vector<std::string> out;
    for (const cw_answer& a : answers) out.push_back(std::to_string(a.state) + ' ' + a.ref);
    return out;
  };
  const auto right = states(person->look(Feature::ratings, facts));
  const auto size = std::filesystem::file_size(index_file(*person));
  for (std::uintmax_t at = 0; at < size; at += size / 23 + 1)
    for (const bool cut : {false, true}) {
      CAPTURE(at);
      CAPTURE(cut);
      Person other(sim, "owner");
      std::filesystem::copy(person->host.data_dir(), other->host.data_dir(), std::filesystem::copy_options::recursive);
      const auto file = index_file(*other);
      if (cut) {
        std::filesystem::resize_file(file, at);
      } else {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekg(static_cast<std::streamoff>(at));
        const char old = static_cast<char>(bytes.get());
        bytes.seekp(static_cast<std::streamoff>(at));
        bytes.put(static_cast<char>(~old));
      }
      CHECK(states(other->look(Feature::ratings, facts)) == right);
    }
}

TEST_CASE("a list that is not complete becomes no index") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  plexsim::FaultRule rule;
  rule.kind = plexsim::FaultKind::wrong_total;
  rule.path_contains = "/library/sections/1/all";
  rule.count = 0;
  sim.add_fault(rule);
  const Fact film = item_with(Kind::movie, {{"tmdb", "605"}});
  CHECK_THROWS_AS(person->look(Feature::ratings, {film}), Error);
  sim.clear_faults();
  CHECK(person->look(Feature::ratings, {film})[0].state == CW_NO_FACT);
}

TEST_CASE("ids of different titles lead nowhere") {
  plexsim::Options options = odd_world();
  options.servers[0].catalog.nasty_percent = 0;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  const Fact torn = item_with(Kind::movie, {{"imdb", "tt1000005"}, {"tmdb", "606"}});
  Fact episode = item_with(Kind::episode, {});
  episode.show_ids = {{"imdb", "tt5000003"}, {"tmdb", "604"}};
  episode.season = 1;
  episode.episode = 2;
  const auto answers = person->look(Feature::history, {torn, episode});
  CHECK(answers[0].state == CW_AMBIGUOUS_TITLE);
  CHECK(answers[1].state == CW_AMBIGUOUS_TITLE);
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, torn})) == "ambiguous: contradicting_ids");
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, episode})) == "ambiguous: contradicting_ids");
}

TEST_CASE("a number of a show is no number of a film or of an episode") {
  plexsim::Options options = odd_world();
  options.servers[0].catalog.nasty_percent = 0;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  const std::vector<Fact> asked{item_with(Kind::movie, {{"tmdb", "603"}}), item_with(Kind::show, {{"tmdb", "603"}}),
                                item_with(Kind::episode, {{"tmdb", "603"}})};
  const auto answers = person->look(Feature::ratings, asked);
  CHECK(std::string(answers[0].ref) == sim.server_id() + '/' + sim.keys("1", "movie")[3]);
  CHECK(std::string(answers[1].ref) == sim.server_id() + '/' + sim.keys("2", "show")[3]);
  CHECK(answers[2].state == CW_NO_TITLE);
}

TEST_CASE("an episode is found by its show and numbers, a special only by an id of its own") {
  plexsim::Options options = odd_world();
  options.servers[0].catalog.nasty_percent = 0;
  plexsim::Simulator sim(options);
  Person person(sim, "owner");
  Fact episode = item_with(Kind::episode, {});
  episode.show_ids = {{"tmdb", "602"}};  // the third show has specials
  episode.season = 1;
  episode.episode = 2;
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, episode})) == "applied");
  episode.episode = 99;
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, episode})) == "no entity: episode_not_in_library");
  episode.season = 0;
  episode.episode = 1;
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, episode})) == "no entity: numbering_differs");
  episode.show_ids = {{"tmdb", "999999"}};
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, episode})) == "no entity: not_in_library");
  CHECK(text_of(person->apply(Feature::history, {CW_OP_ADD, item_with(Kind::episode, {})})) == "no entity: no_ids");
  CHECK(sim.facts("owner", plexsim::Feature::history).size() == 1);
}

TEST_CASE("a library that does not take part is not written, not even by its ref") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  Fact film = item_with(Kind::movie, {{"tmdb", "611"}});
  CHECK(text_of(person->apply(Feature::history, {{CW_OP_ADD, film}}, {"2"})[0]) == "no entity: not_in_library");
  film.ref = sim.server_id() + '/' + sim.keys("1", "movie")[12];
  CHECK(text_of(person->apply(Feature::history, {{CW_OP_ADD, film}}, {"3"})[0]) == "no entity: outside_whitelist");
  CHECK(sim.facts("owner", plexsim::Feature::history).empty());
}

TEST_CASE("what no id finds is told by title and year when that is asked for, and is a guess") {
  plexsim::Simulator sim(odd_world());
  Person person(sim, "owner");
  const auto film = [](const std::string& title, int year) {
    Fact f = item_with(Kind::movie, {});
    f.title = title;
    f.year = year;
    return f;
  };
  const std::string key = sim.add_item("1", {"movie", "Am\xC3\xA9lie & Co.: The Film", 2001, 5001});
  const std::string show = sim.add_item("2", {"show", "The Expanse", 2015, 5002});
  const std::string part = sim.add_item("2", {"episode", "Dulcinea", 2015, 5003, show, 1, 1});
  for (const std::uint32_t n : {5004u, 5005u}) sim.add_item("1", {"movie", "Twins", 1988, n});
  Fact episode = item_with(Kind::episode, {});
  episode.series_title = "The Expanse (2015)";
  episode.season = episode.episode = 1;
  sim.rate("owner", part, 7);
  for (const Fact& f : person->read(Feature::ratings).facts)
    if (f.title == "Dulcinea") episode.year = f.year;
  REQUIRE(episode.year > 0);
  Fact special = episode;
  special.season = 0;
  Fact other_id = film("Amelie and Co - the film", 2001);
  other_id.ids = {{"imdb", "tt9999999"}};
  const std::vector<Fact> asked{film("Amelie and Co - the film", 2001),
                                film("Amelie and Co - the film", 2002),
                                film("Amelie and Co - the film", 0),
                                other_id,
                                film("twins", 1988),
                                episode,
                                special};
  for (const cw_answer& a : person->look(Feature::history, asked)) {
    CHECK((a.state == CW_UNKNOWN || a.state == CW_NO_TITLE));
    CHECK(a.found[0] == '\0');
  }
  person->write = CW_BY_TITLE;
  sim.clear_requests();
  const auto answers = person->look(Feature::history, asked);
  const auto is_guess = [&](std::size_t i, const std::string& of) {
    CHECK(answers[i].state == CW_NO_FACT);
    CHECK(std::string(answers[i].ref) == sim.server_id(0) + '/' + of);
  };
  is_guess(0, key);
  CHECK(std::string(answers[0].found).find("\"Am\xC3\xA9lie & Co.: The Film\" (2001), imdb:tt") == 0);
  is_guess(5, part);
  CHECK(std::string(answers[5].found).find("\"The Expanse\" 1x1 \"Dulcinea\" (") == 0);
  CHECK(answers[4].state == CW_AMBIGUOUS_TITLE);
  CHECK(std::string(answers[4].found).find("; \"Twins\" (1988)") != std::string::npos);
  for (const std::size_t i : {1u, 2u, 3u, 6u}) CHECK(answers[i].found[0] == '\0');
  // However many items are asked about: three years of films in each of four libraries, one of episodes in one.
  const auto requests = sim.requests();
  CHECK(std::count_if(requests.begin(), requests.end(),
                      [](const auto& r) { return r.query.find(".year=") != std::string::npos; }) == 13);
}
