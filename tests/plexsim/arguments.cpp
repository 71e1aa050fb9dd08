#include "arguments.hpp"

#include <array>
#include <functional>
#include <stdexcept>

#include "http.hpp"

namespace plexsim {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("plexsim: " + what + " (see --help)");
}

std::uint64_t whole(const std::string& flag, const std::string& value) {
  const auto n = to_number(value);
  if (!n || *n < 0) refuse(flag + " needs a number, not '" + value + "'");
  return static_cast<std::uint64_t>(*n);
}

std::uint32_t small(const std::string& flag, const std::string& value) {
  const auto n = whole(flag, value);
  if (n > 100'000'000) refuse(flag + " is too large");
  return static_cast<std::uint32_t>(n);
}

CertMode cert_of(const std::string& value) {
  constexpr std::pair<std::string_view, CertMode> modes[] = {
      {"good", CertMode::good},       {"wrong-name", CertMode::wrong_name},   {"unknown-ca", CertMode::unknown_ca},
      {"expired", CertMode::expired}, {"plex-direct", CertMode::plex_direct}, {"plain-http", CertMode::plain_http}};
  for (const auto& [name, mode] : modes) {
    if (name == value) return mode;
  }
  refuse("there is no certificate mode '" + value + "'");
}

// "handle=sam2,kind=friend,title=Sam,pin=1234,id=7"
PersonOptions person_of(const std::string& text) {
  PersonOptions person;
  for (const auto& part : split(text, ',')) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (name == "handle")
      person.handle = value;
    else if (name == "title")
      person.title = value;
    else if (name == "username")
      person.username = value;
    else if (name == "pin")
      person.pin = value;
    else if (name == "id")
      person.id = static_cast<std::int64_t>(whole("id", value));
    else if (name == "kind" && value == "owner")
      person.kind = PersonKind::owner;
    else if (name == "kind" && value == "managed")
      person.kind = PersonKind::managed;
    else if (name == "kind" && value == "home")
      person.kind = PersonKind::home;
    else if (name == "kind" && value == "guest")
      person.kind = PersonKind::guest;
    else if (name == "kind" && value == "friend")
      person.kind = PersonKind::friend_;
    else
      refuse("cannot read '" + part + "' of --person");
  }
  return person;
}

struct Flag {
  const char* name;
  const char* argument;  // "" = none
  const char* help;
  std::function<void(Arguments&, const std::string&)> apply;
};

ServerOptions& server(Arguments& a) {
  return a.options.servers.back();
}
CatalogOptions& catalog(Arguments& a) {
  return server(a).catalog;
}

const std::vector<Flag>& flags() {
  using A = Arguments&;
  using S = const std::string&;
  static const std::vector<Flag> list{
      {"--server", "NAME", "another media server; the flags below speak of the latest one (the first exists already)",
       [](A a, S v) {
         a.options.servers.emplace_back();
         server(a).name = v;
         catalog(a).seed = a.options.servers.size();
       }},
      {"--name", "NAME", "name of this server", [](A a, S v) { server(a).name = v; }},
      {"--machine-id", "ID", "machine id of this server", [](A a, S v) { server(a).machine_id = v; }},
      {"--server-owner", "HANDLE", "who owns this server (owner)", [](A a, S v) { server(a).owner = v; }},
      {"--share", "HANDLE,..", "who else may use this server (everybody)",
       [](A a, S v) { server(a).shared_with = split(v, ','); }},
      {"--limit", "HANDLE=KEY,..", "this person sees only these libraries of this server",
       [](A a, S v) {
         const auto equals = v.find('=');
         if (equals == std::string::npos) refuse("--limit needs HANDLE=KEY,..");
         server(a).libraries[v.substr(0, equals)] = split(std::string_view(v).substr(equals + 1), ',');
       }},
      {"--address", "URL",
       "an address plex.tv lists for this server; {self} and {server:N} stand for real ones; may be repeated",
       [](A a, S v) {
         ConnectionOptions c;
         c.uri = v;
         server(a).connections.push_back(c);
       }},
      {"--cert", "MODE", "good, wrong-name, unknown-ca, expired, plex-direct or plain-http",
       [](A a, S v) { server(a).cert = cert_of(v); }},
      {"--handshake-delay", "MS", "this server waits so long before each TLS handshake",
       [](A a, S v) { server(a).handshake_delay_ms = static_cast<int>(small("--handshake-delay", v)); }},
      {"--movies", "N", "films (200)", [](A a, S v) { catalog(a).movies = small("--movies", v); }},
      {"--shows", "N", "shows (10)", [](A a, S v) { catalog(a).shows = small("--shows", v); }},
      {"--seasons", "N", "seasons a show (2)", [](A a, S v) { catalog(a).seasons = small("--seasons", v); }},
      {"--episodes", "N", "episodes a season (8)", [](A a, S v) { catalog(a).episodes = small("--episodes", v); }},
      {"--plays", "N", "play rows over all people (300)", [](A a, S v) { catalog(a).plays = small("--plays", v); }},
      {"--seed", "N", "which world (1; further servers 2, 3, ..)",
       [](A a, S v) { catalog(a).seed = whole("--seed", v); }},
      {"--nasty", "PERCENT", "share of odd items (5); 0 = none at all",
       [](A a, S v) { catalog(a).nasty_percent = small("--nasty", v); }},
      {"--watched", "PERCENT", "marked watched without a play row (20)",
       [](A a, S v) { catalog(a).watched_percent = small("--watched", v); }},
      {"--rated", "PERCENT", "rated (10)", [](A a, S v) { catalog(a).rated_percent = small("--rated", v); }},
      {"--begun", "PERCENT", "with a resume point (2)",
       [](A a, S v) { catalog(a).progress_percent = small("--begun", v); }},
      {"--no-side-libraries", "", "only Movies and TV Shows", [](A a, S) { catalog(a).side_libraries = false; }},
      {"--blank", "", "nobody has watched or rated anything", [](A a, S) { catalog(a).people_state = false; }},
      {"--recordings", "DIR", "this server's libraries are the recorded answers under DIR",
       [](A a, S v) { server(a).recordings = v; }},
      {"--rate-recorded", "",
       "the owner has rated whatever is unrated in the recordings, so that ratings list every row",
       [](A a, S) { server(a).rate_recorded = true; }},
      {"--old-history", "", "every mark writes a play row, as before 1.40",
       [](A a, S) { server(a).old_history = true; }},
      {"--refuse-user-history", "", "401 on history for everybody but the owner",
       [](A a, S) { server(a).refuse_user_history = true; }},
      {"--keep-answers", "",
       "render each page once and send it from memory, so that a benchmark waits for no rendering",
       [](A a, S) { server(a).keep_answers = true; }},
      {"--no-gzip", "", "never compress", [](A a, S) { server(a).gzip = false; }},
      {"--person", "K=V,..",
       "instead of the usual five: handle, kind (owner managed home guest friend), title, username, pin, id",
       [](A a, S v) { a.options.people.push_back(person_of(v)); }},
      {"--watchlist", "N", "entries on each watchlist (12)",
       [](A a, S v) { a.options.watchlist = small("--watchlist", v); }},
      {"--auto-approve", "HANDLE", "every PIN is approved as this person",
       [](A a, S v) { a.options.auto_approve = v; }},
      {"--approve-after-polls", "N", "so many polls find it unapproved first (1)",
       [](A a, S v) { a.options.approve_after_polls = static_cast<int>(small("--approve-after-polls", v)); }},
      {"--pin-seconds", "N", "how long a PIN lives (900)",
       [](A a, S v) { a.options.pin_seconds = static_cast<int>(small("--pin-seconds", v)); }},
      {"--cloud-cert", "MODE", "certificate of the plex.tv hosts", [](A a, S v) { a.options.cloud_cert = cert_of(v); }},
      {"--no-shared-tokens", "", "shared_servers lists nobody's accessToken",
       [](A a, S) { a.options.shared_servers_tokens = false; }},
      {"--log-limit", "N", "requests that are remembered (500000)",
       [](A a, S v) { a.options.log_limit = whole("--log-limit", v); }},
      {"--die-with-parent", "", "end when the process that started this one ends",
       [](A a, S) { a.die_with_parent = true; }},
      {"--help", "", "this text", [](A a, S) { a.help = true; }},
  };
  return list;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments result;
  result.options.servers.emplace_back();
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    std::string value;
    const auto equals = name.find('=');
    const bool joined = name.starts_with("--") && equals != std::string::npos;
    if (joined) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const Flag* flag = nullptr;
    for (const auto& f : flags()) {
      if (f.name == name) flag = &f;
    }
    if (flag == nullptr) refuse("unknown flag " + name);
    if (*flag->argument != '\0' && !joined) {
      if (i + 1 >= argc) refuse(name + " needs " + flag->argument);
      value = argv[++i];
    }
    flag->apply(result, value);
  }
  return result;
}

std::string usage() {
  std::string text =
      "plexsim - a simulated Plex: plex.tv, clients.plex.tv, Discover, metadata and media servers over HTTPS on "
      "127.0.0.1.\n"
      "Prints one JSON line with all addresses when it is ready. Ends on SIGTERM, SIGINT or POST /sim/stop.\n\n";
  for (const auto& f : flags()) {
    std::string left = std::string("  ") + f.name + " " + f.argument;
    left.resize(std::max<std::size_t>(left.size() + 1, 30), ' ');
    text += left + f.help + "\n";
  }
  return text;
}

}  // namespace plexsim
