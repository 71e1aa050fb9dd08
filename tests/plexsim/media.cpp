#include "media.hpp"

#include <algorithm>
#include <stdexcept>

#include "http.hpp"
#include "recorded_text.hpp"

namespace plexsim {

namespace {
constexpr std::uint32_t kFirstKey = 1000;
}

std::uint32_t MediaServer::find(std::string_view rating_key) const {
  std::uint32_t at = kNone;
  if (const auto it = recorded_keys.find(std::string(rating_key)); it != recorded_keys.end()) {
    at = it->second;
  } else {
    std::uint64_t value = 0;
    if (rating_key.empty() || rating_key.size() > 9) return kNone;
    for (const char c : rating_key) {
      if (c < '0' || c > '9') return kNone;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value < kFirstKey || value - kFirstKey >= items.size()) return kNone;
    at = static_cast<std::uint32_t>(value - kFirstKey);
    if (items[at].recorded != kNone) return kNone;
  }
  return items[at].deleted ? kNone : at;
}

std::string MediaServer::key(std::uint32_t item) const {
  const Item& it = items[item];
  return it.recorded != kNone ? recorded[it.recorded].key : std::to_string(item + kFirstKey);
}

std::string MediaServer::title(std::uint32_t item) const {
  const Item& it = items[item];
  if (it.custom != kNone && !customs[it.custom].title.empty()) return customs[it.custom].title;
  if (it.recorded != kNone) return recorded_field(recorded[it.recorded], "title");
  std::string title = entity_title(it.kind, it.number);
  if (it.kind == Kind::season || (it.kind == Kind::episode && it.nasty != Nasty::two_in_one_file)) {
    if (it.kind == Kind::season && it.nasty == Nasty::year_seasons) return "Season " + std::to_string(it.index);
    return title;
  }
  switch (it.nasty) {
    case Nasty::quotes:
      return "\"" + title + "\" & <Friends> \\ it's '" + std::to_string(it.number) + "'";
    case Nasty::emoji:
      return title +
             " \xF0\x9F\x8E\xAC\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80 \xE6\x98\xA0\xE7\x94\xBB "
             "\xD9\x81\xD9\x8A\xD9\x84\xD9\x85";
    case Nasty::invalid_utf8:
      return "Caf\xE9 " + title + " \xFF\xC3(";
    case Nasty::control_chars:
      return title +
             "\tTab\x07"
             "Bell\nLine\x1B";
    case Nasty::long_title: {
      std::string longer;
      while (longer.size() < 4000) longer += title + " and ";
      return longer + title;
    }
    case Nasty::same_name:
      return "The Same Name";
    case Nasty::two_in_one_file:
      return it.kind == Kind::show ? title : title + " (double)";
    default:
      return title;
  }
}

int MediaServer::year(std::uint32_t item) const {
  const Item& it = items[item];
  if (it.custom != kNone && customs[it.custom].year > 0) return customs[it.custom].year;
  if (it.recorded != kNone)
    return static_cast<int>(to_number(recorded_field(recorded[it.recorded], "year")).value_or(-1));
  if (it.nasty == Nasty::no_year) return -1;
  if (it.nasty == Nasty::year_zero) return 0;
  if (it.kind == Kind::season || it.kind == Kind::episode) {
    return entity_year(it.number >> 24) + static_cast<int>(it.number >> 12 & 0xfff);
  }
  return entity_year(it.number);
}

std::int64_t MediaServer::duration(std::uint32_t item) const {
  const Item& it = items[item];
  if (it.custom != kNone && customs[it.custom].duration > 0) return customs[it.custom].duration;
  if (it.recorded != kNone) return to_number(recorded_field(recorded[it.recorded], "duration")).value_or(0);
  const auto h = static_cast<std::int64_t>(mix(it.number ^ 0xd00d) % 6'000'000);
  return it.kind == Kind::movie ? 4'800'000 + h : 1'200'000 + h / 3;
}

std::string MediaServer::guid(std::uint32_t item) const {
  const Item& it = items[item];
  if (it.custom != kNone && !customs[it.custom].guid.empty()) return customs[it.custom].guid;
  if (it.recorded != kNone) return recorded_field(recorded[it.recorded], "guid");
  const bool in_show = it.kind == Kind::season || it.kind == Kind::episode;
  const std::uint64_t show = in_show ? it.number >> 24 : it.number;
  std::string path;  // "/season/episode" of the agents that number by position
  if (in_show) path = "/" + std::to_string(it.number >> 12 & 0xfff);
  if (it.kind == Kind::episode) path += "/" + std::to_string(it.number & 0xfff);
  switch (it.nasty) {
    case Nasty::local_guid:
      return "local://" + key(item);
    case Nasty::none_agent:
      return "com.plexapp.agents.none://" + hex_key(Kind::clip, it.number) + "?lang=xn";
    case Nasty::legacy_imdb:
      return "com.plexapp.agents.imdb://" + imdb_id(it.kind, it.number) + "?lang=en";
    case Nasty::legacy_tmdb: {
      const Kind kind = it.kind == Kind::movie ? Kind::movie : Kind::show;
      return "com.plexapp.agents.themoviedb://" + std::to_string(tmdb_id(kind, show)) + path + "?lang=en";
    }
    case Nasty::legacy_tvdb:
      return "com.plexapp.agents.thetvdb://" + std::to_string(tvdb_id(Kind::show, show)) + path + "?lang=en";
    case Nasty::hama_tvdb:
      return "com.plexapp.agents.hama://tvdb-" + std::to_string(tvdb_id(Kind::show, show)) + path + "?lang=en";
    case Nasty::hama_anidb:
      return "com.plexapp.agents.hama://anidb-" + std::to_string(show + 24) + path + "?lang=en";
    case Nasty::xbmcnfo:
      return it.kind == Kind::movie
                 ? "com.plexapp.agents.xbmcnfo://" + imdb_id(it.kind, it.number) + "?lang=xn"
                 : "com.plexapp.agents.xbmcnfotv://" + std::to_string(tvdb_id(Kind::show, show)) + path + "?lang=xn";
    case Nasty::nfo_provider:
      return "tv.plex.agents.nfo.movie://movie/imdb_" + imdb_id(it.kind, it.number);
    default:
      return plex_guid(it.kind, it.number);
  }
}

std::vector<std::string> MediaServer::ids(std::uint32_t item) const {
  const Item& it = items[item];
  if (it.custom != kNone && !customs[it.custom].ids.empty()) {
    const auto& own = customs[it.custom].ids;
    return own.front() == "-" ? std::vector<std::string>{} : own;
  }
  if (it.recorded != kNone) return recorded_ids(recorded[it.recorded]);
  const std::string imdb = "imdb://" + imdb_id(it.kind, it.number);
  const std::string tmdb = "tmdb://" + std::to_string(tmdb_id(it.kind, it.number));
  const std::string tvdb = "tvdb://" + std::to_string(tvdb_id(it.kind, it.number));
  switch (it.nasty) {
    case Nasty::local_guid:
    case Nasty::none_agent:
    case Nasty::legacy_imdb:
    case Nasty::legacy_tmdb:
    case Nasty::legacy_tvdb:
    case Nasty::hama_tvdb:
    case Nasty::hama_anidb:
    case Nasty::xbmcnfo:
    case Nasty::no_ids:
      return {};
    case Nasty::contradicting_ids:
      return {imdb, "tmdb://" + std::to_string(tmdb_id(it.kind, it.number + 2)), tvdb};
    case Nasty::double_ids:
      return {imdb, "imdb://" + imdb_id(it.kind, it.number + 700'000), tmdb, tvdb};
    default:
      break;
  }
  if (it.kind == Kind::season) return {tmdb, tvdb};
  if (it.kind > Kind::episode) return {};
  return {imdb, tmdb, tvdb};
}

State MediaServer::state(std::size_t person, std::uint32_t item) const {
  const PersonState& own = people[person];
  State result;
  if (item < own.at.size() && own.at[item] != kNone) result = own.states[own.at[item]];
  return result;
}

bool MediaServer::sees(std::size_t person, const std::string& handle, const Library& library) const {
  if (person == owner) return true;
  if (!access[person]) return false;
  const auto limited = options.libraries.find(handle);
  return limited == options.libraries.end() ||
         std::find(limited->second.begin(), limited->second.end(), library.key) != limited->second.end();
}

State& MediaServer::change(std::size_t person, std::uint32_t item) {
  ++version;
  PersonState& own = people[person];
  if (own.at.size() < items.size()) own.at.resize(items.size(), kNone);
  if (own.at[item] == kNone) {
    own.at[item] = static_cast<std::uint32_t>(own.states.size());
    own.states.emplace_back();
  }
  return own.states[own.at[item]];
}

void MediaServer::scrobble(std::size_t person, std::uint32_t item, std::int64_t now, bool row) {
  leaves(item, [&](std::uint32_t leaf) {
    State& s = change(person, leaf);
    ++s.views;
    s.last_viewed = now;
    s.offset = 0;
    if (!row) return;
    PlayRow play;
    play.id = next_row++;
    play.item = leaf;
    play.person = static_cast<std::uint16_t>(person);
    play.at = now;
    plays.push_back(play);
  });
}

void MediaServer::unscrobble(std::size_t person, std::uint32_t item) {
  leaves(item, [&](std::uint32_t leaf) {
    State& s = change(person, leaf);
    s.views = 0;
    s.last_viewed = 0;
    s.offset = 0;
  });
}

void MediaServer::rate(std::size_t person, std::uint32_t item, double rating, std::int64_t at) {
  State& s = change(person, item);
  s.rating = rating < 0 ? -1 : rating;
  s.rated = rating < 0 ? 0 : at;
}

void MediaServer::add_play(std::size_t person, std::uint32_t item, std::int64_t at) {
  State& s = change(person, item);
  ++s.views;
  s.last_viewed = std::max(s.last_viewed, at);
  s.offset = 0;
  PlayRow play;
  play.id = next_row++;
  play.item = item;
  play.person = static_cast<std::uint16_t>(person);
  play.at = at;
  // a play in the past keeps its new id, as an offline player's late report does
  plays.insert(
      std::upper_bound(plays.begin(), plays.end(), at, [](std::int64_t t, const PlayRow& r) { return t < r.at; }),
      play);
}

void MediaServer::set_offset(std::size_t person, std::uint32_t item, std::int64_t ms, std::int64_t now) {
  State& s = change(person, item);
  s.offset = ms;
  s.last_viewed = now;
}

void MediaServer::content_changed(std::uint16_t library, std::int64_t now) {
  ++version;
  ++libraries[library].content_changed_at;
  libraries[library].updated_at = now;
  libraries[library].scanned_at = now;
}

std::uint32_t MediaServer::add(std::uint16_t library, const NewItem& wanted, std::int64_t now) {
  auto push = [&](Item it) {
    it.library = library;
    it.added_at = static_cast<std::uint32_t>(now);
    it.updated_at = static_cast<std::uint32_t>(now);
    items.push_back(it);
    const auto at = static_cast<std::uint32_t>(items.size() - 1);
    libraries[library].rows[it.kind].push_back(at);
    return at;
  };
  Item it;
  const auto kind = kind_of(wanted.type);
  if (!kind || *kind == Kind::season) throw std::invalid_argument("plexsim: cannot add an item of type " + wanted.type);
  it.kind = *kind;
  it.number = wanted.number;
  if (wanted.edition) it.nasty = Nasty::edition;
  if (it.kind == Kind::show) it.index = 1;
  if (it.kind == Kind::episode) {
    const auto show = find(wanted.show);
    if (show == kNone || items[show].kind != Kind::show)
      throw std::invalid_argument("plexsim: no such show: " + wanted.show);
    std::uint32_t season = kNone;
    children(show, [&](std::uint32_t c) {
      if (items[c].index == wanted.season) season = c;
    });
    if (season == kNone) {
      Item s;
      s.kind = Kind::season;
      s.number = season_number(items[show].number, static_cast<unsigned>(wanted.season));
      s.parent = show;
      s.index = wanted.season;
      season = push(s);
      more_children[show].push_back(season);
    }
    it.number =
        episode_number(items[show].number, static_cast<unsigned>(wanted.season), static_cast<unsigned>(wanted.episode));
    it.parent = season;
    it.grandparent = show;
    it.index = wanted.episode;
  }
  Custom custom;
  custom.title = wanted.title;
  custom.year = it.kind == Kind::episode ? 0 : wanted.year;
  custom.guid = wanted.guid;
  custom.ids = wanted.ids;
  custom.duration = wanted.duration_ms;
  customs.push_back(std::move(custom));
  it.custom = static_cast<std::uint32_t>(customs.size() - 1);
  const auto at = push(it);
  if (it.kind == Kind::episode) more_children[it.parent].push_back(at);
  content_changed(library, now);
  return at;
}

void MediaServer::remove(std::uint32_t item, std::int64_t now) {
  std::vector<std::uint32_t> below;
  children(item, [&](std::uint32_t c) { below.push_back(c); });
  for (const auto c : below) remove(c, now);
  Item& it = items[item];
  it.deleted = true;
  Library& library = libraries[it.library];
  std::erase(library.rows[it.kind], item);
  std::erase(library.all, item);
  for (auto& person : people) {
    if (item < person.at.size()) person.at[item] = kNone;
  }
  std::erase_if(sessions, [&](const Session& s) { return s.item == item; });
  content_changed(it.library, now);
}

void MediaServer::retitle(std::uint32_t item, const std::string& title, std::int64_t now) {
  custom_of(item).title = title;
  items[item].updated_at = static_cast<std::uint32_t>(now);
  content_changed(items[item].library, now);
}

void MediaServer::rematch(std::uint32_t item, const std::vector<std::string>& ids, std::int64_t now) {
  custom_of(item).ids = ids;
  items[item].updated_at = static_cast<std::uint32_t>(now);
  content_changed(items[item].library, now);
}

Custom& MediaServer::custom_of(std::uint32_t item) {
  Item& it = items[item];
  if (it.custom == kNone) {
    customs.emplace_back();
    it.custom = static_cast<std::uint32_t>(customs.size() - 1);
  }
  return customs[it.custom];
}

}  // namespace plexsim
