#include "entity.hpp"

#include <array>
#include <cstdio>

#include "http.hpp"

namespace plexsim {

namespace {

constexpr std::array<std::string_view, 32> kAdjectives{
    "Silent", "Crimson",  "Hollow",   "Distant",  "Golden", "Broken",    "Velvet",    "Northern",
    "Paper",  "Electric", "Sleeping", "Wild",     "Second", "Invisible", "Bitter",    "Iron",
    "Lonely", "Burning",  "Frozen",   "Gentle",   "Hidden", "Last",      "Little",    "Midnight",
    "Naked",  "Ordinary", "Quiet",    "Restless", "Salted", "Tender",    "Unwritten", "Winter"};
constexpr std::array<std::string_view, 32> kNouns{
    "Harbour",  "Orchard", "Signal",  "Cathedral", "River",   "Machine", "Garden",    "Lighthouse",
    "Stranger", "Kingdom", "Letter",  "Mountain",  "Mirror",  "Ocean",   "Passenger", "Quarry",
    "Railway",  "Station", "Theatre", "Umbrella",  "Valley",  "Window",  "Archive",   "Bridge",
    "Carousel", "Desert",  "Engine",  "Forest",    "Glacier", "Horizon", "Island",    "Journey"};
constexpr std::array<std::string_view, 8> kSummaries{
    "A retired cartographer returns to the town she mapped as a student and finds a street that she is certain was "
    "never there. What begins "
    "as a correction to an old sheet becomes a search for the people who lived along it, and for the reason why nobody "
    "else remembers them.",
    "Two brothers who have not spoken for ten years inherit a ferry that no longer runs. To sell it they must first "
    "make it cross the strait "
    "once more, with a crew of strangers, a broken compass and a passenger who refuses to tell anybody his name or "
    "where he is going.",
    "In the week before the dam is closed, the last teacher of the valley school keeps her classes going for three "
    "pupils. Each day one more "
    "house is emptied, and each evening the pupils bring her something that they have found in the rooms that were "
    "left behind.",
    "When the night train stops between two stations, the conductor discovers that one carriage is missing and that "
    "every passenger swears it "
    "was never part of the train. A slow, warm and finally funny story about what people agree to forget in order to "
    "arrive on time.",
    "A sound engineer who is losing her hearing records the city one last time. Her tapes pick up a conversation that "
    "was held forty years "
    "ago, and following it from roof to roof she learns how her own family came to live in a building without a "
    "number.",
    "The smallest observatory in the country is about to lose its funding when its only astronomer reports a star that "
    "is getting closer. "
    "The village takes sides, the ministry sends an auditor, and the auditor turns out to be rather good with "
    "telescopes.",
    "After the flood, four neighbours share one dry floor, one stove and a radio that only receives a station from the "
    "other side of the "
    "border. They learn a language, a few songs and more about one another than any of them had intended to tell.",
    "A clockmaker is asked to repair a machine whose purpose nobody knows. Part by part he understands what it was "
    "built to do, and has to "
    "decide whether to finish the work for the client who pays or to return the one wheel that makes it turn to where "
    "he found it."};
constexpr std::array<std::string_view, 24> kPeople{
    "Ada Lindqvist",  "Bruno Castellan", "Chiara Duarte",   "Dmitri Okafor",  "Elif Sandoval", "Farid Novak",
    "Greta Halloran", "Hugo Matsuda",    "Ines Bergstrom",  "Jonas Adeyemi",  "Keiko Larsson", "Leon Marchetti",
    "Mira Kowalska",  "Nils Ferreira",   "Olga Papadakis",  "Pavel Hartmann", "Quentin Rossi", "Rosa Eriksen",
    "Samir Whitlock", "Tove Almeida",    "Ulrich Banerjee", "Vera Montoya",   "Wim Castillo",  "Yara Lindholm"};

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;  // Newton's iteration doubles the correct low bits
  for (int i = 0; i < 6; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}
constexpr std::uint64_t kInverse = inverse_of(kOdd);

// A compact number for external ids: as small as the real ones for ordinary shows, unique for all.
std::uint64_t linear(Kind kind, std::uint64_t number) {
  if (kind != Kind::season && kind != Kind::episode) return number;
  const std::uint64_t show = number >> 24;
  const std::uint64_t season = (number >> 12) & 0xfff;
  const std::uint64_t episode = number & 0xfff;
  if (season < 20 && episode < 100) return show * 2000 + season * 100 + episode;
  return 4'000'000'000ULL + (show << 24 | season << 12 | episode);
}

struct Base {
  std::uint64_t imdb{};
  std::uint64_t tmdb{};
  std::uint64_t tvdb{};
};

constexpr Base base_of(Kind kind) {
  switch (kind) {
    case Kind::movie:
      return {1'000'000, 600, 9000};
    case Kind::show:
      return {5'000'000, 600, 70000};  // tmdb: the films' own numbers, on purpose
    case Kind::season:
      return {0, 3000, 30000};
    default:
      return {20'000'000, 60000, 300000};
  }
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::movie:
      return "movie";
    case Kind::show:
      return "show";
    case Kind::season:
      return "season";
    case Kind::episode:
      return "episode";
    case Kind::artist:
      return "artist";
    case Kind::album:
      return "album";
    case Kind::track:
      return "track";
    case Kind::clip:
      return "clip";
    case Kind::photo:
      return "photo";
  }
  return "";
}

std::optional<Kind> kind_of(std::string_view name) {
  for (int k : {1, 2, 3, 4, 8, 9, 10, 12, 13}) {
    if (kind_name(static_cast<Kind>(k)) == name) return static_cast<Kind>(k);
  }
  return std::nullopt;
}

std::string hex_key(Kind kind, std::uint64_t number) {
  char text[32] = {};
  std::snprintf(text, sizeof text, "5d7768%02x%016llx", static_cast<unsigned>(kind),
                static_cast<unsigned long long>(number * kOdd));
  return text;
}

std::optional<EntityId> from_hex_key(std::string_view hex) {
  if (hex.size() != 24 || !hex.starts_with("5d7768")) return std::nullopt;
  unsigned long long value = 0;
  unsigned kind = 0;
  const std::string text(hex.substr(6));
  if (std::sscanf(text.c_str(), "%02x%016llx", &kind, &value) != 2 || kind < 1 || kind > 4) return std::nullopt;
  return EntityId{static_cast<Kind>(kind), value * kInverse};
}

std::optional<EntityId> from_external(std::string_view id, Kind kind) {
  if (const auto at = id.find("plex://"); at == 0) return from_hex_key(id.substr(id.rfind('/') + 1));
  const auto scheme = id.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const auto source = id.substr(0, scheme);
  auto digits = id.substr(scheme + 3);
  if (source == "imdb" && digits.starts_with("tt")) digits.remove_prefix(2);
  const auto value = to_number(digits);
  if (!value || (kind != Kind::movie && kind != Kind::show)) return std::nullopt;
  const Base base = base_of(kind);
  const std::uint64_t from = source == "imdb"   ? base.imdb
                             : source == "tmdb" ? base.tmdb
                             : source == "tvdb" ? base.tvdb
                                                : ~0ULL;
  const auto wanted = static_cast<std::uint64_t>(*value);
  if (wanted < from) return std::nullopt;
  if (source == "imdb" && wanted - from >= 4'000'000) return std::nullopt;  // that number belongs to another kind
  return EntityId{kind, wanted - from};
}

std::string plex_guid(Kind kind, std::uint64_t number) {
  return "plex://" + std::string(kind_name(kind)) + "/" + hex_key(kind, number);
}

std::string imdb_id(Kind kind, std::uint64_t number) {
  char text[32] = {};
  std::snprintf(text, sizeof text, "tt%07llu",
                static_cast<unsigned long long>(base_of(kind).imdb + linear(kind, number)));
  return text;
}

std::uint64_t tmdb_id(Kind kind, std::uint64_t number) {
  return base_of(kind).tmdb + linear(kind, number);
}
std::uint64_t tvdb_id(Kind kind, std::uint64_t number) {
  return base_of(kind).tvdb + linear(kind, number);
}

std::string entity_title(Kind kind, std::uint64_t number) {
  if (kind == Kind::season) {
    const auto season = (number >> 12) & 0xfff;
    return season == 0 ? "Specials" : "Season " + std::to_string(season);
  }
  const std::uint64_t pick = kind == Kind::movie ? number : mix(number ^ static_cast<std::uint64_t>(kind) << 56);
  std::string title = kind == Kind::movie || kind == Kind::show ? "The " : "";
  title += kAdjectives[pick % kAdjectives.size()];
  title += ' ';
  title += kNouns[pick / kAdjectives.size() % kNouns.size()];
  if (kind == Kind::movie && number >= kAdjectives.size() * kNouns.size()) {
    title += ' ' + std::to_string(number / (kAdjectives.size() * kNouns.size()) + 1);
  }
  if (kind == Kind::show)
    title += " of " + std::string(kAdjectives[number % kAdjectives.size()]) + " Town " + std::to_string(number);
  return title;
}

int entity_year(std::uint64_t number) {
  return 1950 + static_cast<int>(mix(number) % 75);
}
std::string_view summary_text(std::uint64_t number) {
  return kSummaries[mix(number) % kSummaries.size()];
}
std::string_view person_name(std::uint64_t number) {
  return kPeople[number % kPeople.size()];
}

}  // namespace plexsim
