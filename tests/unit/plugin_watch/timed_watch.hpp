// The watcher in front of a simulated server, on a clock that runs as fast as the work: days pass in a second. Real
// requests and notifications; only the time, and whether the server can be reached, are made up.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <crosswatch/batch.hpp>
#include <crosswatch/fake_host.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "account/account.hpp"
#include "account/memory.hpp"
#include "feature/sync_adapter.hpp"
#include "http/client.hpp"
#include "http/trouble.hpp"
#include "plexsim/plexsim.hpp"
#include "watch/watcher.hpp"

namespace timed {

using namespace crosswatch;
using namespace crosswatch::plex;

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute;
// In which a notification that was sent is there: a limit for a defect, not for the order of things.
constexpr std::uint32_t arrival_ms = 10'000;

class TimedWatch final : http::Transport, http::PushSource, feature::ScopeSource {
public:
  TimedWatch(plexsim::Simulator& simulator, const std::string& handle) : sim(simulator), client_(options(simulator)) {
    const bool owner = handle == "owner";
    scope.user_id = sim.plex_id(handle);
    scope.server = {sim.server_id(),
                    "Sim",
                    sim.server_url(),
                    ServerToken(sim.server_token(handle)),
                    owner ? 1 : sim.plex_id(handle),
                    owner};
    call.on_wait = [this] { pass(0); };
  }

  // At so many ms from now: something happens. `heard`: the watcher is to be told of it by a notification.
  void at(std::int64_t ms, std::function<void()> what, bool heard = false) {
    script_.emplace(now() + ms, Step{std::move(what), heard});
  }
  void plays(std::int64_t ms, const plexsim::Playing& playing) {
    at(
        ms, [this, playing] { sim.report(playing); }, true);
  }
  // As a sync of this profile marks a film as watched; the server's clock is that of the watch then.
  std::uint32_t mark(const std::string& film) {
    const auto real = std::chrono::system_clock::now().time_since_epoch();
    sim.advance_clock(now() / second - std::chrono::duration_cast<std::chrono::seconds>(real).count() - ahead_);
    ahead_ = now() / second - std::chrono::duration_cast<std::chrono::seconds>(real).count();
    Fact item;
    item.kind = Kind::movie;
    item.ref = sim.server_id() + '/' + film;
    OpBatch lent;
    lent.add(CW_OP_ADD, item, no_value);
    const cw_ops ops{sizeof(cw_ops), sizeof(cw_op), 1, lent.ops().data()};
    cw_outcome outcome{};
    outcome.struct_size = sizeof outcome;
    feature::SyncAdapter sync(host.host(), *this, *this, {});
    Call c = call.call();
    sync.apply(c, Feature::history, {}, Ops(&ops), Outcomes(&outcome, sizeof outcome));
    return outcome.result;
  }
  // Between these two times no connection comes about, and none lasts.
  void away(std::int64_t from_ms, std::int64_t to_ms) {
    away_from_ = now() + from_ms;
    back_at = away_to_ = now() + to_ms;
  }
  // From then on nothing is at the address of this moment; later the server is at the other one, which the simulator
  // does not need to have: whatever is sent there reaches it.
  void moves(std::int64_t from_ms, std::int64_t to_ms, const std::string& to) {
    at(from_ms, [this] { place_.clear(); });
    at(to_ms, [this, to] { place_ = to; });
    back_at = now() + to_ms;
  }
  // The server is found as in the product: where it was known to be, or else where plex.tv says that it is.
  void ask_plex_tv() {
    const auto urls = sim.urls();
    host.settings["endpoints.plex_tv"] = {urls.plex_tv};
    host.settings["endpoints.clients"] = {urls.clients};
    host.settings["user_id"] = {std::to_string(scope.user_id)};
    host.settings["server_id"] = {sim.server_id()};
    host.secrets["account_token"] = sim.account_token("owner");
    http::Transport& self = *this;
    account_ = std::make_unique<Account>(host.host(), self);
  }
  // Runs the watch for so long. What ended it: "" when only the time did.
  std::string run(std::int64_t ms) {
    at(ms, [this] { call.cancel(); });
    Call c = call.call();
    EventSink sink = heard.sink();
    try {
      watcher.watch(c, {}, heard.cursor, sink);
    } catch (const Stopped&) {
      return {};
    } catch (const Error& e) {
      return e.code;
    }
    return "it came back";
  }

  std::int64_t now() const { return host.clock_ms; }
  // "start 12 0, stop 12 3600000": kinds, rating keys and positions.
  std::string told() const {
    std::string out;
    for (const Event& e : heard.events)
      out += (out.empty() ? "" : ", ") + std::string(name_of(e.kind)) + ' ' +
             e.item.ref.substr(sim.server_id().size() + 1) +
             (e.item.value.progress_ms < 0 ? "" : ' ' + std::to_string(e.item.value.progress_ms / second));
    return out;
  }
  std::string links() const {
    std::string out;
    for (const auto& [link, why] : heard.links)
      out += std::string(out.empty() ? "" : " ") + (link == Link::live   ? "live"
                                                    : link == Link::lost ? "lost"
                                                                         : "polling");
    return out;
  }
  std::size_t asked(const std::string& part = {}) const {
    return static_cast<std::size_t>(std::count_if(
        requests.begin(), requests.end(), [&](const auto& r) { return r.second.find(part) != std::string::npos; }));
  }

  plexsim::Simulator& sim;
  FakeHost host{};
  FakeCall call{host};
  EventCollector heard{};
  UserScope scope{};
  std::vector<std::pair<std::int64_t, std::string>> requests{};  // when, and the path, of what is no notification
  std::vector<std::pair<std::int64_t, std::string>> upgrades{};  // likewise, of what asks for notifications
  std::int64_t back_at = 0;
  bool on_its_way = false;  // a notification was sent, and is to be heard before time passes
  bool garble = false;      // what comes next on the line cannot be understood
  // Parts of paths: a proxy keeps what the server answers to these, or drops the connection.
  std::string kept_back{}, dropped{};
  std::string mute{};                                // what is sent on such a way after the answer never arrives
  std::function<void(std::size_t)> before_asking{};  // how many requests and upgrades were sent before this one
  watch::Watcher watcher{host.host(), *this, *this, *this};

private:
  struct Step {
    std::function<void()> what{};
    bool heard = false;
  };
  static http::Options options(const plexsim::Simulator& sim) {
    http::Options o;
    o.client_id = [] { return std::string("watch-test"); };
    o.version = "1";
    o.ca_file = sim.ca_file();
    o.tries = 1;
    return o;
  }

  // Time passes, up to the next step of the script; true when that step is one to be heard.
  bool pass(std::int64_t ms) {
    const std::int64_t end = now() + ms;
    while (!script_.empty() && script_.begin()->first <= end) {
      const auto first = script_.begin();
      host.clock_ms = std::max(now(), first->first);
      const Step step = std::move(first->second);
      script_.erase(first);
      step.what();
      if (step.heard) return true;
    }
    host.clock_ms = std::max(now(), end);
    return false;
  }
  void expect_there(const std::string& address) const {
    if (address != place_ || (now() >= away_from_ && now() < away_to_))
      throw http::trouble(http::Trouble::connect, address);
  }
  // To the simulator, where it really is.
  http::Request sent_on(http::Request request) const {
    expect_there(request.base_url);
    if (is_on(kept_back, request.path)) throw http::trouble(http::Trouble::silence, request.base_url);
    if (is_on(dropped, request.path)) throw http::trouble(http::Trouble::lost, request.base_url);
    request.base_url = sim.server_url();
    return request;
  }
  static bool is_on(const std::string& part, const std::string& path) {
    return !part.empty() && path.find(part) != std::string::npos;
  }
  void log(std::vector<std::pair<std::int64_t, std::string>>& to, const std::string& path) {
    const std::lock_guard lock(mutex_);  // several addresses of a server are tried at the same time
    if (before_asking) before_asking(requests.size() + upgrades.size());
    to.emplace_back(now(), path);
  }

  UserScope open(const Call& c, bool server, bool cloud) override {
    if (account_) return account_->open_scope(c, {server, cloud});
    expect_there(scope.server.base_url);
    remember_server(host.host(), scope.server, {}, scope.user_id, true);
    return scope;
  }
  http::Response send(const Call& c, const http::Request& request, std::string& body) override {
    log(requests, request.path);
    const auto urls = sim.urls();
    if (request.base_url == urls.plex_tv || request.base_url == urls.clients) {
      const http::Response response = client_.send(c, request, body);
      if (const auto at = body.find(sim.server_url()); at != std::string::npos && !place_.empty())
        body.replace(at, sim.server_url().size(), place_);
      return response;
    }
    try {
      return client_.send(c, sent_on(request), body);
    } catch (const Error&) {
      if (account_) account_->forget_address(request.base_url);
      throw;
    }
  }
  std::unique_ptr<http::Push> web_socket(const Call& c, const http::Request& request) override {
    return open_push(request, client_.web_socket(c, to_upgrade(request)));
  }
  std::unique_ptr<http::Push> events(const Call& c, const http::Request& request) override {
    return open_push(request, client_.events(c, to_upgrade(request)));
  }

  http::Request to_upgrade(const http::Request& request) {
    log(upgrades, request.path);
    return sent_on(request);
  }
  std::unique_ptr<http::Push> open_push(const http::Request& request, std::unique_ptr<http::Push> inner) {
    return std::make_unique<TimedPush>(*this, std::move(inner), request.base_url, is_on(mute, request.path));
  }

  class TimedPush final : public http::Push {
  public:
    TimedPush(TimedWatch& watch, std::unique_ptr<http::Push> inner, std::string address, bool mute)
        : watch_(watch),
          inner_(std::move(inner)),
          address_(std::move(address)),
          dead_at_(mute ? watch.now() + 50 * second : 0) {}
    std::optional<std::string> next(const Call& c, std::uint32_t limit_ms) override {
      watch_.expect_there(address_);
      if (dead_at_ > 0) {
        watch_.pass(std::clamp<std::int64_t>(dead_at_ - watch_.now(), 0, limit_ms));
        if (watch_.now() >= dead_at_) throw http::trouble(http::Trouble::silence, address_, "the connection is dead");
        return std::nullopt;
      }
      if (std::exchange(watch_.garble, false))
        throw Error(CW_PROTOCOL, "broken_push", "A frame is of an unknown kind.", "Look for a proxy.");
      if (auto text = inner_->next(c, std::exchange(watch_.on_its_way, false) ? arrival_ms : 0)) return text;
      return watch_.pass(limit_ms) ? inner_->next(c, arrival_ms) : std::nullopt;
    }

  private:
    TimedWatch& watch_;
    std::unique_ptr<http::Push> inner_;
    std::string address_;
    std::int64_t dead_at_;  // 0: it is not mute
  };

  http::Client client_;
  std::mutex mutex_{};  // of requests and upgrades
  std::multimap<std::int64_t, Step> script_{};
  std::int64_t away_from_ = 0, away_to_ = 0;
  std::int64_t ahead_ = 0;                // seconds, of the server's clock before the real one
  std::string place_ = sim.server_url();  // where the server is; empty: nowhere
  std::unique_ptr<Account> account_{};
};

// One owner, and nothing watched yet.
inline plexsim::Options fresh_server() {
  plexsim::Options o;
  o.servers.resize(1);
  o.servers[0].catalog.people_state = false;
  o.servers[0].catalog.plays = 0;
  return o;
}

}  // namespace timed
