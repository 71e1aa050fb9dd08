#include "identity/guid.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace crosswatch;
using namespace crosswatch::plex;

namespace {

std::string text(const identity::Tokens& tokens) {
  std::string out;
  for (const cw_token& t : tokens.all()) {
    if (!out.empty()) out += ' ';
    out += std::string(view(t.scheme)) + '=' + std::string(view(t.value));
  }
  return out;
}

// "ids | show ids | season episode | remark"
std::string read(Kind kind, const std::vector<std::string>& guids) {
  wire::Arena arena;
  identity::Identity who;
  for (const auto& g : guids) identity::read_guid(g, kind, arena, who);
  std::string out = text(who.ids) + '|' + text(who.show_ids) + '|';
  if (who.season >= 0 || who.episode >= 0) out += std::to_string(who.season) + ' ' + std::to_string(who.episode);
  if (who.local) out += "|local";
  if (who.unsupported) out += "|unsupported";
  return out;
}

struct Line {
  Kind kind;
  const char* guid;
  const char* expected;
};

constexpr Kind M = Kind::movie, S = Kind::show, N = Kind::season, E = Kind::episode;

}  // namespace

TEST_CASE("each form of guid is read as what it means") {
  const Line lines[] = {
      // today's agents: the whole guid is the id
      {M, "plex://movie/5d776841103a2d001f56a97b", "plex=plex://movie/5d776841103a2d001f56a97b||"},
      {E, "plex://episode/5d9c1275", "plex=plex://episode/5d9c1275||"},
      {E, "plex://show/5d9c0000", "|plex=plex://show/5d9c0000|"},
      {S, "PLEX://show/5d9c0000/?x=1", "plex=plex://show/5d9c0000||"},
      {M, "plex://show/5d9c0000", "|||unsupported"},
      {M, "plex://movie/", "|||unsupported"},
      // external ids
      {M, "imdb://tt0133093", "imdb=tt0133093||"},
      {M, "imdb://TT0133093", "imdb=tt0133093||"},
      {M, "imdb://title/tt0133093", "imdb=tt0133093||"},
      {M, "imdb://133093", "imdb=tt0133093||"},
      {M, "imdb://tt000133093", "imdb=tt0133093||"},
      {M, "imdb://tt12345678", "imdb=tt12345678||"},
      {M, "imdb://tt", "|||unsupported"},
      {M, "tmdb://603", "tmdb=603||"},
      {M, "tmdb://movie/603", "tmdb=603||"},
      {M, "tmdb://0603", "tmdb=603||"},
      {S, "tmdb://tv/1399", "tmdb=1399||"},
      {M, "themoviedb://603", "tmdb=603||"},
      {E, "tvdb://3254641", "tvdb=3254641||"},
      {S, "thetvdb://81189?lang=en", "tvdb=81189||"},
      {E, "thetvdb://77137/1/1", "|tvdb=77137|1 1"},
      {E, "anidb://24", "anidb=24||"},
      // old agents: an episode is named by its show
      {M, "com.plexapp.agents.imdb://tt0133093?lang=en", "imdb=tt0133093||"},
      {M, "com.plexapp.agents.themoviedb://603?lang=en", "tmdb=603||"},
      {S, "com.plexapp.agents.themoviedb://1396", "tmdb=1396||"},
      {E, "com.plexapp.agents.themoviedb://1396/5/3?lang=en", "|tmdb=1396|5 3"},
      {S, "com.plexapp.agents.thetvdb://81189?lang=en", "tvdb=81189||"},
      {N, "com.plexapp.agents.thetvdb://81189/5?lang=en", "|tvdb=81189|5 -1"},
      {E, "com.plexapp.agents.thetvdb://81189/0/23?lang=en", "|tvdb=81189|0 23"},
      {E, "com.plexapp.agents.thetvdb://81189", "|tvdb=81189|"},
      {S, "com.plexapp.agents.hama://tvdb-81797", "tvdb=81797||"},
      {E, "com.plexapp.agents.hama://tvdb-81797/16/258?lang=en", "|tvdb=81797|16 258"},
      {E, "com.plexapp.agents.hama://tvdb2-81797/1/2", "|tvdb=81797|1 2"},
      {S, "com.plexapp.agents.hama://anidb-24", "anidb=24||"},
      {E, "com.plexapp.agents.hama://anidb2-24/1/3", "|anidb=24|1 3"},
      {M, "com.plexapp.agents.hama://anidb-24", "anidb=24||"},
      {S, "com.plexapp.agents.hama://tsdb-1399", "tmdb=1399||"},
      {M, "com.plexapp.agents.hama://imdb-tt0133093", "imdb=tt0133093||"},
      {S, "com.plexapp.agents.hama://odd-24", "|||unsupported"},
      {M, "com.plexapp.agents.xbmcnfo://tt0133093?lang=en", "imdb=tt0133093||"},
      {M, "com.plexapp.agents.xbmcnfo://603", "tmdb=603||"},
      {E, "com.plexapp.agents.xbmcnfotv://81189/1/2", "|tvdb=81189|1 2"},
      // custom providers
      {M, "tv.plex.agents.nfo.movie://movie/imdb_tt0133093", "imdb=tt0133093||"},
      {S, "my.provider://show/tvdb-81189", "tvdb=81189||"},
      {E, "my.provider://show/tvdb_81189", "|tvdb=81189|"},
      {M, "my.provider://movie/9a8f", "|||unsupported"},
      {M, "my.provider://show/tvdb_81189", "|||unsupported"},
      // no identity
      {M, "local://123", "|||local"},
      {M, "com.plexapp.agents.none://9a8f?lang=xn", "|||local"},
      {M, "com.plexapp.agents.localmedia://x", "|||local"},
      {M, "iva://1234", "|||local"},
      {M, "collection://9a8f", "|||local"},
      // nothing to hold on to
      {M, "", "||"},
      {M, "no_idea", "|||unsupported"},
      {M, "://", "|||unsupported"},
      {M, "tmdb://", "|||unsupported"},
      {M, "tmdb://0", "|||unsupported"},
      {M, "tmdb://none", "|||unsupported"},
      {M, "tmdb://12a", "|||unsupported"},
      {M, "tmdb://5d776b59ad5437001f79c6f8", "|||unsupported"},
      {M, "com.plexapp.agents.themoviedb://", "|||unsupported"},
  };
  for (const Line& line : lines) {
    CAPTURE(line.guid);
    CHECK(read(line.kind, {line.guid}) == line.expected);
  }
}

TEST_CASE("the guids of one item add up, and the same id counts once") {
  CHECK(read(M, {"plex://movie/5d77", "imdb://tt0133093", "tmdb://603", "tvdb://169", "tmdb://603"}) ==
        "plex=plex://movie/5d77 imdb=tt0133093 tmdb=603 tvdb=169||");
  CHECK(read(M, {"tvdb://1", "tvdb://2"}) == "tvdb=1 tvdb=2||");
  CHECK(read(E, {"com.plexapp.agents.thetvdb://81189/5/23", "tvdb://4"}) == "tvdb=4|tvdb=81189|5 23");
}

TEST_CASE("an item with a plex guid alone has no external identity") {
  wire::Arena arena;
  identity::Identity who;
  identity::read_guid("plex://movie/5d77", Kind::movie, arena, who);
  CHECK_FALSE(who.ids.external());
  identity::read_guid("tmdb://603", Kind::movie, arena, who);
  CHECK(who.ids.external());
}
