// Which item is meant: by typed ids, and never by accident.
#pragma once

#include <crosswatch/detail/conformance/write.hpp>

namespace crosswatch::conformance {

inline void check_identity(Suite& suite, Feature f) {
  const std::string whose = std::string(name_of(f)) + ": ";
  const auto add_and_keep_apart = [f](World& w, Fact a, Fact b) {
    const auto can = w.capability(f);
    need((can.can & CW_ADD) != 0, "cannot add");
    need(w.traits().any_title, "it has only its own titles");
    need((can.kinds & bit(a.kind)) && (can.kinds & bit(b.kind)), "takes no " + std::string(name_of(b.kind)));
    give_value(a, f, can, 1);
    give_value(b, f, can, 2);
    w.add(f, {a});
    expect(w.look(f, b).state != CW_PRESENT, "the " + label(a) + " is taken for the " + label(b));
    w.add(f, {b});
    expect(w.read(f).size() == 2, "two items became one");
    expect_value("lookup", f, can, w.look(f, a).value, a.value);
    expect_value("lookup", f, can, w.look(f, b).value, b.value);
  };

  suite.check(whose + "a movie and a show with one number never meet", Live::no, [&](World& w) {
    Fact movie = made_up(Kind::movie, 1), show = made_up(Kind::show, 1);
    movie.ids = show.ids = {{"tmdb", "1399"}};
    add_and_keep_apart(w, movie, show);
  });

  suite.check(whose + "an episode and its show are not confused by a number", Live::no, [&](World& w) {
    Fact episode = made_up(Kind::episode, 1), show = made_up(Kind::show, 1);
    episode.ids = show.ids = episode.show_ids = {{"tvdb", "81797"}};
    add_and_keep_apart(w, show, episode);
  });

  suite.check(whose + "a special is an episode of season 0", Live::no, [&](World& w) {
    Fact special = made_up(Kind::episode, 3), regular = special;
    special.season = 0;
    regular.season = 1;
    special.ids.clear();
    regular.ids.clear();
    add_and_keep_apart(w, special, regular);
    const auto all = w.read(f);
    expect(std::any_of(all.begin(), all.end(), [](const Fact& x) { return x.season == 0; }), "season 0 was lost");
  });

  suite.check(whose + "an episode without a number is not just any episode", Live::no, [&](World& w) {
    Fact known = made_up(Kind::episode, 3), vague = known;
    known.ids.clear();
    vague.ids.clear();
    vague.season = vague.episode = -1;
    vague.title = "Another title";
    add_and_keep_apart(w, known, vague);
  });

  suite.check(whose + "any one of its ids finds an item", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    const auto facts = samples(w, f, 3);
    w.add(f, facts);
    for (const Fact& fact : facts)
      for (const Token& t : fact.ids) {
        Fact asked;
        asked.kind = fact.kind;
        asked.ids = {t};
        const auto state = w.look(f, asked).state;
        expect(state == CW_PRESENT, "not by " + t.scheme + " " + t.value + " (" + state_text(state) + ")");
      }
  });

  suite.check(whose + "ids that contradict each other are not written", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    auto facts = samples(w, f, 5);
    std::erase_if(facts, [&](const Fact& x) { return x.kind != facts[0].kind || x.ids.size() < 2; });
    need(facts.size() >= 2, "no two titles of a kind with two ids each");
    w.add(f, {facts[0], facts[1]});
    const auto before = w.read(f);
    Fact torn = facts[0];
    torn.ref.clear();
    torn.ids = {facts[0].ids[0], facts[1].ids[1]};
    give_value(torn, f, w.capability(f), 9);
    expect(w.look(f, torn).state == CW_AMBIGUOUS_TITLE, "lookup chooses one of them");
    for (const std::uint32_t type : {CW_OP_ADD, CW_OP_UPDATE, CW_OP_REMOVE}) {
      const auto o = w.apply(f, {type, torn});
      expect(o.result == CW_AMBIGUOUS || o.result == CW_CANNOT, "it came to " + outcome_text(o));
    }
    expect_untouched(before, w.read(f), nullptr);
  });

  suite.check(whose + "the ref of another place means nothing here", Live::no, [&](World& w) {
    need((w.capability(f).can & CW_ADD) != 0, "cannot add");
    const auto facts = samples(w, f, 3);
    w.add(f, facts);
    const auto all = w.read(f);
    const Fact* const read = find(all, facts[0]);
    expect(read, "the snapshot lacks it");
    const std::string own = read->ref;
    Fact foreign = made_up(facts[0].kind, 9'998);
    foreign.show_ids.clear();
    const std::size_t slash = own.rfind('/');
    foreign.ref = slash == std::string::npos ? "elsewhere/1" : "elsewhere" + own.substr(slash);
    expect(w.look(f, foreign).state != CW_PRESENT, "a foreign ref was followed");
    Fact known;
    known.kind = facts[0].kind;
    known.ref = own;
    const auto state = w.look(f, known).state;
    expect(state == CW_PRESENT, "its own ref does not lead back (" + state_text(state) + ")");
  });
}

}  // namespace crosswatch::conformance
