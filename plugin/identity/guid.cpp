#include "identity/guid.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace crosswatch::plex::identity {
namespace {

// How the text behind "scheme://" is read.
enum class Form {
  plex,      // movie/5d77..
  plain,     // 603, movie/603, title/tt0133093; with a tail 81189/5/23
  agent,     // as plain; the id of a season or an episode is always the show's
  hama,      // tvdb-81797/16/258, anidb2-24
  nfo,       // tt0133093 or a tmdb number
  provider,  // movie/imdb_tt0133093: the custom providers of 2025 on
  words,     // an id that is no number
  nothing    // identifies nothing
};
struct Scheme {
  std::string_view name;
  Form form;
  std::string_view token;
};
constexpr std::array schemes{
    Scheme{"plex", Form::plex, "plex"},
    Scheme{"imdb", Form::plain, "imdb"},
    Scheme{"tmdb", Form::plain, "tmdb"},
    Scheme{"tvdb", Form::plain, "tvdb"},
    Scheme{"themoviedb", Form::plain, "tmdb"},
    Scheme{"thetvdb", Form::plain, "tvdb"},
    Scheme{"anidb", Form::plain, "anidb"},
    Scheme{"anilist", Form::plain, "anilist"},
    Scheme{"mal", Form::plain, "mal"},
    Scheme{"kitsu", Form::plain, "kitsu"},
    Scheme{"simkl", Form::plain, "simkl"},
    Scheme{"trakt", Form::plain, "trakt"},
    Scheme{"tvmaze", Form::plain, "tvmaze"},
    Scheme{"tvrage", Form::plain, "tvrage"},
    Scheme{"youtube", Form::words, "youtube"},
    Scheme{"local", Form::nothing, {}},
    Scheme{"none", Form::nothing, {}},
    Scheme{"iva", Form::nothing, {}},
    Scheme{"collection", Form::nothing, {}},
    Scheme{"mbid", Form::nothing, {}},
    Scheme{"com.plexapp.agents.imdb", Form::agent, "imdb"},
    Scheme{"com.plexapp.agents.tmdb", Form::agent, "tmdb"},
    Scheme{"com.plexapp.agents.themoviedb", Form::agent, "tmdb"},
    Scheme{"com.plexapp.agents.thetvdb", Form::agent, "tvdb"},
    Scheme{"com.plexapp.agents.hama", Form::hama, {}},
    Scheme{"com.plexapp.agents.xbmcnfo", Form::nfo, {}},
    Scheme{"com.plexapp.agents.xbmcnfotv", Form::agent, "tvdb"},
    Scheme{"com.plexapp.agents.youtube", Form::words, "youtube"},
    Scheme{"com.plexapp.agents.none", Form::nothing, {}},
    Scheme{"com.plexapp.agents.localmedia", Form::nothing, {}},
    Scheme{"tv.plex.agents.none", Form::nothing, {}},
};
// HAMA names the source in front of the id; a digit behind the name is only a way of numbering. "tsdb" are the
// shows of TMDB.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> sources{{{"anidb", "anidb"},
                                                                                {"tvdb", "tvdb"},
                                                                                {"tmdb", "tmdb"},
                                                                                {"imdb", "imdb"},
                                                                                {"tsdb", "tmdb"},
                                                                                {"mal", "mal"},
                                                                                {"youtube", "youtube"}}};

// What may stand between a scheme and its id.
constexpr std::array<std::string_view, 5> types{"movie", "show", "tv", "series", "title"};

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
// An object, so that it becomes part of the loops that call it for each character.
constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// Takes what stands before the next of `ends` off the front.
std::string_view cut(std::string_view& text, std::string_view ends) noexcept {
  std::size_t end = 0;
  while (end < text.size() && ends.find(text[end]) == ends.npos) ++end;
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

std::string_view word_id(std::string_view text) noexcept {
  for (const std::string_view none : {"none", "null", "nan", "undefined", "unknown", "0"})
    if (same(text, none)) return {};
  return text;
}

std::string_view clean(std::string_view scheme, std::string_view value, wire::Arena& arena) {
  if (scheme == "imdb") return imdb_id(value, arena);
  if (scheme == "youtube") return word_id(value);
  return number_id(value);
}

std::int32_t small_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 7 || !std::all_of(text.begin(), text.end(), is_digit)) return -1;
  std::int32_t n = 0;
  for (const char c : text) n = n * 10 + (c - '0');
  return n;
}

class Reader {
public:
  Reader(Kind kind, wire::Arena& arena, Identity& into) : kind_(kind), arena_(arena), into_(into) {}

  void read(std::string_view guid) {
    if (common(guid) || own(guid)) return;
    const std::size_t mark = std::min(guid.find(':'), guid.size());
    if (guid.substr(mark, 3) != "://") return unknown(!guid.empty());
    const std::string_view name = guid.substr(0, mark);
    std::string_view rest = guid.substr(mark + 3);
    rest = rest.substr(0, std::min(rest.find('?'), rest.size()));
    while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    const auto scheme =
        std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& s) { return same(s.name, name); });
    const Form form = scheme == schemes.end() ? Form::provider : scheme->form;
    switch (form) {
      case Form::plex:
        return plex(name, rest, guid.substr(0, mark + 3 + rest.size()));
      case Form::plain:
      case Form::agent:
        return plain(scheme->token, rest, form == Form::agent);
      case Form::hama:
        return sourced(cut(rest, "/"), rest, "-");
      case Form::nfo:
        return plain(rest.substr(0, 2) == "tt" ? "imdb" : "tmdb", rest, true);
      case Form::provider:
        return provider(rest);
      case Form::words:
        return into_.ids.add(scheme->token, word_id(rest));
      case Form::nothing:
        into_.local = true;
        return;
    }
  }

private:
  // The three ids that nearly every item has, in the one form in which they nearly always come.
  bool common(std::string_view guid) {
    if (guid.size() < 8 || guid.substr(4, 3) != "://") return false;
    const std::string_view name = guid.substr(0, 4);
    const std::string_view token = name == "tmdb" ? "tmdb" : name == "tvdb" ? "tvdb" : name == "imdb" ? "imdb" : "";
    if (token.empty()) return false;
    const std::string_view rest = guid.substr(7);
    const std::string_view value = name == "imdb" ? imdb_id(rest, arena_) : number_id(rest);
    into_.ids.add(token, value);
    return !value.empty();
  }

  // "plex://movie/5d77.." of a movie: the main guid of nearly every item.
  bool own(std::string_view guid) {
    constexpr std::string_view scheme = "plex://";
    const std::string_view type = name_of(kind_);
    const std::size_t at = scheme.size() + type.size();  // of the slash
    if (guid.size() < at + 2 || !guid.starts_with(scheme) || !guid.substr(scheme.size()).starts_with(type))
      return false;
    if (guid[at] != '/' || guid.back() == '/' || guid.find('?') != guid.npos) return false;
    into_.ids.add("plex", guid);
    return true;
  }

  void unknown(bool really = true) { into_.unsupported = into_.unsupported || really; }
  bool part_of_show() const { return kind_ == Kind::season || kind_ == Kind::episode; }

  void plex(std::string_view scheme, std::string_view rest, std::string_view guid) {
    const std::string_view type = rest.substr(0, std::min(rest.find('/'), rest.size()));
    if (rest.size() <= type.size() + 1) return unknown();
    if (scheme != "plex") guid = arena_.join("plex://", rest);
    if (same(type, name_of(kind_)))
      into_.ids.add("plex", guid);
    else if (part_of_show() && same(type, "show"))
      into_.show_ids.add("plex", guid);
    else
      unknown();
  }

  void plain(std::string_view token, std::string_view rest, bool names_show) {
    std::string_view id = cut(rest, "/");
    if (std::any_of(types.begin(), types.end(), [&](std::string_view type) { return same(id, type); }))
      id = cut(rest, "/");
    add(token, id, rest, names_show);
  }

  void sourced(std::string_view text, std::string_view tail, std::string_view separators) {
    std::string_view id = text;
    std::string_view source = cut(id, separators);
    while (!source.empty() && is_digit(source.back())) source.remove_suffix(1);
    for (const auto& [name, token] : sources)
      if (same(source, name)) return add(token, id, tail, true);
    unknown();
  }

  // <scheme>://<type>/<source>_<id>; what stands there is up to the author of the provider.
  void provider(std::string_view rest) {
    const std::string_view type = cut(rest, "/");
    const std::string_view text = cut(rest, "/");
    const bool own = same(type, name_of(kind_));
    if (!own && !(part_of_show() && same(type, "show"))) return unknown();
    std::string_view id = text;
    const std::string_view source = cut(id, "_-");
    for (const auto& [name, token] : sources) {
      if (!same(source, name)) continue;
      const std::string_view value = clean(token, id, arena_);
      if (value.empty()) break;
      return (own ? into_.ids : into_.show_ids).add(token, value);
    }
    unknown();
  }

  void add(std::string_view token, std::string_view id, std::string_view tail, bool names_show) {
    const std::string_view value = clean(token, id, arena_);
    if (value.empty()) return unknown();
    if (!part_of_show() || (tail.empty() && !names_show)) return into_.ids.add(token, value);
    into_.show_ids.add(token, value);
    if (const std::int32_t season = small_number(cut(tail, "/")); season >= 0) into_.season = season;
    if (const std::int32_t episode = small_number(cut(tail, "/")); episode >= 0) into_.episode = episode;
  }

  Kind kind_;
  wire::Arena& arena_;
  Identity& into_;
};

}  // namespace

void Tokens::add(std::string_view scheme, std::string_view value) {
  if (value.empty()) return;
  for (const cw_token& t : tokens_)
    if (view(t.value) == value && view(t.scheme) == scheme) return;
  tokens_.push_back({str(scheme), str(value)});
}

bool Tokens::external() const noexcept {
  return std::any_of(tokens_.begin(), tokens_.end(), [](const cw_token& t) { return view(t.scheme) != "plex"; });
}

void Identity::clear() noexcept {
  ids.clear();
  show_ids.clear();
  season = episode = -1;
  local = unsupported = false;
}

void read_guid(std::string_view guid, Kind kind, wire::Arena& arena, Identity& into) {
  Reader(kind, arena, into).read(guid);
}

std::string_view number_id(std::string_view text) noexcept {
  if (text.size() > 20 || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text;
}

std::string_view imdb_id(std::string_view text, wire::Arena& arena) {
  const std::string_view whole = text;
  const bool prefixed = text.size() > 2 && lower(text[0]) == 't' && lower(text[1]) == 't';
  if (prefixed) text.remove_prefix(2);
  const std::string_view digits = number_id(text);
  if (digits.empty()) return {};
  const std::size_t length = std::max<std::size_t>(digits.size(), 7);
  if (prefixed && text.size() == length && whole[0] == 't' && whole[1] == 't') return whole;
  return arena.join("tt", std::string_view("0000000").substr(0, length - digits.size()), digits);
}

}  // namespace crosswatch::plex::identity
