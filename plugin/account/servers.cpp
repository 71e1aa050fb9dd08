#include "account/servers.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "http/branch.hpp"
#include "http/trouble.hpp"
#include "http/url.hpp"
#include "wire/tree.hpp"

namespace crosswatch::plex {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds head_start{250}, class_head_start{1000};
constexpr std::size_t most_in_flight = 16;
constexpr std::uint16_t plex_port = 32400;

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string state_of(const Error& e) {
  if (e.code == "certificate") return "certificate";
  if (e.code == "insecure_http") return "insecure";
  return "unreachable";
}

void probe(const Call& call, http::Transport& transport, Attempt& attempt, std::uint32_t limit_ms) {
  const auto begun = Clock::now();
  const auto took = [&] { return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count(); };
  try {
    http::Request request;
    request.base_url = attempt.url;
    request.path = "/identity";
    request.deadline_ms = limit_ms;
    request.tries = 1;
    std::string body;
    const http::Response response = transport.send(call, request, body);
    attempt.ms = took();
    if (!response.ok()) {
      attempt.state = "refused";
      attempt.why = "It " + http::answered(response) + ".";
      if (response.status / 100 == 3) attempt.why += " " + http::remedy_for(response);
      return;
    }
    const wire::Node node = wire::parse_tree(body, "The answer of " + attempt.url);
    attempt.machine_id = node.attr("machineIdentifier");
    attempt.version = node.attr("version");
    const bool right =
        !attempt.machine_id.empty() && (attempt.wanted_id.empty() || same_id(attempt.machine_id, attempt.wanted_id));
    attempt.state = right ? "ok" : "wrong_server";
    if (!right) attempt.why = "Another server answers there; it was sent nothing.";
  } catch (const Error& e) {
    attempt.ms = took();
    attempt.state = state_of(e);
    attempt.why = e.what();
  }
}

// Runs the attempts on threads of their own. [one race a call]
class Race {
public:
  Race(const Call& call, http::Transport& transport, std::vector<Attempt>& attempts, bool to_the_end,
       std::uint32_t limit_ms)
      : call_(call), transport_(transport), attempts_(attempts), to_the_end_(to_the_end), limit_ms_(limit_ms) {}

  ~Race() { finish(); }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  std::optional<std::size_t> run() {
    std::unique_lock lock(mutex_);
    for (std::size_t next = 0; next < attempts_.size() && !winner_ && !stopped_;) {
      if (running_ >= most_in_flight) {
        changed_.wait(lock);
        continue;
      }
      start(next);
      ++next;
      if (to_the_end_ || next == attempts_.size()) continue;
      const auto pause = attempts_[next].via > Via::local && attempts_[next].via != attempts_[next - 1].via
                             ? class_head_start
                             : head_start;
      // Goes on at once when nothing is left to wait for.
      changed_.wait_for(lock, pause, [&] { return winner_ || stopped_ || running_ == 0; });
    }
    changed_.wait(lock, [&] { return running_ == 0 || (!to_the_end_ && winner_) || stopped_; });
    lock.unlock();
    finish();
    if (stopped_) throw Stopped{CW_CANCELLED};
    return winner_;
  }

private:
  struct Runner {
    explicit Runner(const Call& call) : branch(call) {}
    http::Branch branch;
    std::thread thread{};
  };

  void finish() {
    for (auto& runner : runners_) runner.branch.stop();
    for (auto& runner : runners_)
      if (runner.thread.joinable()) runner.thread.join();
  }

  void start(std::size_t i) {
    Runner& runner = runners_.emplace_back(call_);
    ++running_;
    runner.thread = std::thread([this, i, &runner] {
      Attempt outcome = attempts_[i];
      bool ended = true;
      try {
        probe(runner.branch.call(), transport_, outcome, limit_ms_);
      } catch (const Stopped&) {
        ended = false;  // given up, or the whole call is cancelled
      }
      const std::lock_guard lock(mutex_);
      --running_;
      if (ended) attempts_[i] = std::move(outcome);
      if (ended && attempts_[i].state == "ok" && !winner_) winner_ = i;
      if (!ended && call_.cancelled()) stopped_ = true;
      changed_.notify_all();
    });
  }

  const Call& call_;
  http::Transport& transport_;
  std::vector<Attempt>& attempts_;
  const bool to_the_end_;
  const std::uint32_t limit_ms_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::list<Runner> runners_{};
  std::size_t running_ = 0;
  std::optional<std::size_t> winner_{};
  bool stopped_ = false;
};

void add(std::vector<Attempt>& out, const std::string& url, Via via, const std::string& wanted_id) {
  const auto same = [&](const Attempt& a) { return a.url == url; };
  if (!url.empty() && std::none_of(out.begin(), out.end(), same)) out.push_back({url, via, wanted_id});
}

}  // namespace

bool same_id(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void add_given(std::vector<Attempt>& out, const std::string& given, const Device& device, bool allow_insecure_http) {
  auto url = http::parse_url(given, plex_port);
  if (!url) return;
  if (url->secure || allow_insecure_http) add(out, url->text(), Via::given, device.machine_id);
  url->secure = true;
  if (http::is_ip(url->host) && !device.direct.empty()) {
    url->host = http::plex_direct_name(url->host, device.direct);
    add(out, url->text(), Via::given, device.machine_id);
  } else if (!allow_insecure_http) {
    add(out, url->text(), Via::given, device.machine_id);
  }
}

std::vector<Attempt> addresses_of(const Device& device, const std::string& given, const std::string& remembered,
                                  bool allow_insecure_http) {
  std::vector<Attempt> out;
  add_given(out, given, device, allow_insecure_http);
  if (const auto url = http::parse_url(remembered, plex_port); url && (url->secure || allow_insecure_http))
    add(out, url->text(), Via::remembered, device.machine_id);
  std::vector<Attempt> listed;
  for (const Connection& c : device.connections) {
    // The local addresses of somebody else's server mean other machines here, unless it stands in this network.
    const Via via = c.relay                               ? Via::relay
                    : !c.local                            ? Via::remote
                    : device.owned || device.same_network ? Via::local
                                                          : Via::foreign_local;
    const auto url = http::parse_url(c.uri, plex_port);
    if (url && (url->secure || allow_insecure_http)) listed.push_back({url->text(), via, device.machine_id});
    // Where plex.direct names do not resolve this helped before; ours need no resolving, so it is the last resort.
    if (c.local && allow_insecure_http && !c.address.empty() && c.port > 0) {
      http::Url plain{false, c.address, static_cast<std::uint16_t>(c.port)};
      listed.push_back({plain.text(), via, device.machine_id});
    }
  }
  std::stable_sort(listed.begin(), listed.end(), [](const Attempt& a, const Attempt& b) {
    return std::pair(a.via, a.url.starts_with("http://")) < std::pair(b.via, b.url.starts_with("http://"));
  });
  for (const Attempt& a : listed) add(out, a.url, a.via, a.wanted_id);
  return out;
}

std::optional<std::size_t> race(const Call& call, http::Transport& transport, std::vector<Attempt>& attempts,
                                std::uint32_t limit_ms) {
  return Race(call, transport, attempts, false, limit_ms).run();
}

void probe_all(const Call& call, http::Transport& transport, std::vector<Attempt>& attempts) {
  Race(call, transport, attempts, true, attempt_ms).run();
}

Error no_way_to(const std::string& server, const std::vector<Attempt>& attempts, bool insecure_given) {
  const auto tried = std::count_if(attempts.begin(), attempts.end(), [](const Attempt& a) { return !a.why.empty(); });
  std::string message = "The server " + server + " could not be reached";
  message += tried == 0   ? ": no address of it is known."
             : tried == 1 ? "."
                          : " at any of " + std::to_string(tried) + " addresses.";
  // The first is the best one, and the one that people set themselves.
  const auto first = std::find_if(attempts.begin(), attempts.end(), [](const Attempt& a) { return !a.why.empty(); });
  if (first != attempts.end()) message += " " + first->why;
  std::string remedy = "See every address with: crosswatch servers plex.";
  if (std::any_of(attempts.begin(), attempts.end(), [](const Attempt& a) { return a.state == "certificate"; }))
    remedy += " A server with its own certificate needs plex.ca_file.";
  if (insecure_given) remedy += " To use plain http as plex.server_url says, set plex.allow_insecure_http.";
  return Error(CW_UNREACHABLE, "server_unreachable", message, remedy);
}

}  // namespace crosswatch::plex
