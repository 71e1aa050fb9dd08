// What works and what does not, part by part: the parts are asked at the same time and have five seconds each.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "account/login.hpp"
#include "account/memory.hpp"
#include "feature/libraries.hpp"
#include "feature/watchlist.hpp"
#include "http/branch.hpp"
#include "http/trouble.hpp"

namespace crosswatch::plex {

namespace {

constexpr std::chrono::seconds limit{5};

// Some things done at once; what is not done in time has failed with an Error of its own.
class Parts {
public:
  using Work = std::function<void(const Call&)>;
  explicit Parts(const Call& call) : call_(call) {}
  ~Parts() { finish(); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // The error stays empty when the work succeeds.
  void start(std::string what, std::optional<Error>& error, Work work) {
    Part& part = parts_.emplace_back(call_);
    part.thread = std::thread([this, &part, &error, what = std::move(what), work = std::move(work)] {
      std::optional<Error> outcome;
      try {
        work(part.branch.call());
      } catch (const Error& e) {
        outcome = e;
      } catch (const Stopped&) {
        outcome = Error(CW_UNREACHABLE, "no_answer", what + " did not answer within five seconds.", "Try again later.");
      } catch (const std::exception& e) {
        outcome = Error(CW_INTERNAL, "plugin_defect", e.what());
      }
      const std::lock_guard lock(mutex_);
      error = std::move(outcome);
      ++done_;
      changed_.notify_all();
    });
  }
  void wait() {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, limit, [&] { return done_ == parts_.size(); });
    }
    finish();
    call_.check();
  }

private:
  struct Part {
    explicit Part(const Call& call) : branch(call) {}
    http::Branch branch;
    std::thread thread{};
  };
  void finish() {
    for (Part& part : parts_) part.branch.stop();
    for (Part& part : parts_)
      if (part.thread.joinable()) part.thread.join();
  }

  const Call& call_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::size_t done_ = 0;
  std::list<Part> parts_{};
};

const char* name_of(Via via) {
  switch (via) {
    case Via::given:
      return "server_url";
    case Via::remembered:
      return "as last time";
    case Via::local:
      return "local";
    case Via::remote:
      return "remote";
    case Via::foreign_local:
      return "local";
    case Via::relay:
      return "relay";
  }
  return "";
}

const char* flag(bool b) {
  return b ? "true" : "false";
}

// Whether Discover takes the wanted user's token.
http::Response ask_discover(const Call& call, http::Transport& transport, const std::string& base_url,
                            const CloudToken& token) {
  http::Request request;
  request.base_url = base_url;
  request.path = "/library/sections/watchlist/all";
  request.query = {{"limit", "1"}};
  request.token = token.text();
  std::string body;
  http::Response response = transport.send(call, request, body);
  if (!response.ok())
    throw Error(CW_UNREACHABLE, response.status == 401 || response.status == 403 ? "unauthorized" : "discover_refused",
                "Plex Discover " + http::answered(response) + ".", http::remedy_for(response))
        .http(static_cast<std::uint32_t>(response.status));
  return response;
}

std::optional<Error> first_library_problem(const Call& call, Account& account, const ServerAccess& access) {
  const auto source = feature::Source::server(account.transport(), access);
  const auto sections = feature::read_sections(call, source, access.libraries);
  for (const Feature f : all_features)
    if (f != Feature::watchlist)
      if (auto problem = feature::library_problem(f, sections, account.host(), source.name())) return problem;
  return std::nullopt;
}

// How much more Discover may be asked, where it says so.
void tell_rate(Report& report, const http::Response& answer, const std::optional<Error>& error) {
  for (const std::string name : {"limit", "remaining", "reset"})
    for (const char* prefix : {"x-ratelimit-", "ratelimit-"})
      if (const std::string_view value = answer.header(prefix + name); !value.empty()) {
        report.put("rate", name, wire::printable(value));
        break;
      }
  if (error && error->status == CW_THROTTLED)
    report.put("rate", "retry_after_s", std::to_string(error->retry_after_ms / 1000));
}

void tell(Report& report, const char* section, const std::optional<Error>& error) {
  report.put(section, "state", error ? error->code : "ok");
  if (error) report.put(section, "why", error->what());
}

}  // namespace

void Login::status(Call& call, Report& report) {
  const Profile profile = Profile::of(account_.host());
  AccountToken token;
  try {
    token = account_.token(call);
  } catch (const Error& e) {
    tell(report, "account", e);
    throw;
  }
  Person linked;
  Opened cloud, server;
  http::Response discover_answer;
  std::optional<Error> account_error, scope_error, discover_error, server_error, library_error;
  Parts parts(call);
  parts.start("plex.tv", account_error, [&](const Call& c) {
    linked = account_.plex_tv(profile).user(c, token);
    remember_identity(account_.host(), token, linked);
  });
  parts.start("plex.tv or Discover", discover_error, [&](const Call& c) {
    try {
      cloud = account_.open(c, {.cloud = true});
    } catch (const Error& e) {
      scope_error = e;
      throw;
    }
    try {
      discover_answer = ask_discover(c, account_.transport(), profile.discover, cloud.scope.cloud);
    } catch (const Error& e) {
      throw feature::watchlist_error(e, cloud.scope);
    }
  });
  parts.start("The server", server_error, [&](const Call& c) {
    server = account_.open(c, {.server = true});
    library_error = first_library_problem(c, account_, server.scope.server);
  });
  parts.wait();
  if (server_error) account_.keep_failure({.server = true}, *server_error);
  if (discover_error) account_.keep_failure({.cloud = true}, *discover_error);

  tell(report, "account", account_error);
  const Person& known = account_error ? cloud.linked : linked;
  if (known.id != 0) {
    report.put("account", "user", known.name());
    report.put("account", "id", std::to_string(known.id));
  }
  tell(report, "scope", scope_error);
  const Opened& opened = server_error ? cloud : server;
  if (const UserScope& scope = opened.scope; scope.user_id != 0) {
    report.put("scope", "user", scope.username);
    report.put("scope", "id", std::to_string(scope.user_id));
    report.put("scope", "kind", scope.kind);
    report.put("scope", "how", opened.itself ? "self" : "home_switch");
  }
  tell(report, "server", server_error);
  if (const ServerAccess& s = server.scope.server; !server_error) {
    report.put("server", "name", s.name);
    report.put("server", "machine_id", s.machine_id);
    report.put("server", "url", s.base_url);
    report.put("server", "via", name_of(server.via));
    report.put("server", "tls", flag(s.base_url.starts_with("https:")));
    report.put("server", "version", server.server_version);
    report.put("server", "owned", flag(s.owner));
  }
  if (!server_error) tell(report, "libraries", library_error);
  tell(report, "watchlist", discover_error);
  tell_rate(report, discover_answer, discover_error);

  // What has to be mended first. That plex.tv is down alone keeps nothing from working.
  if (account_error && account_error->status == CW_AUTH) throw *account_error;
  if (scope_error) throw *scope_error;
  if (server_error) throw *server_error;
  if (library_error) throw *library_error;
}

}  // namespace crosswatch::plex
