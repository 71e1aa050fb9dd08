#include "route/router.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "route/deliver.hpp"

namespace crosswatch::host::route {
namespace {

constexpr std::size_t batch = 50;
constexpr std::int64_t day_s = 24 * 3600;
constexpr std::int64_t remembered_s = 90 * day_s;  // no provider tells an event again after that
constexpr std::uint32_t unmended_ms = 300'000;     // until a source is tried again that only a person can mend
constexpr std::uint32_t busy_ms = 5'000;           // the state is written by somebody else
constexpr std::int64_t look_again_s = 60;          // another process may have put something into the queue

// Passes on to the audience, one call at a time, and of failures only what is new.
class OneAtATime final : public Audience {
public:
  explicit OneAtATime(Audience& to) : to_(to) {}
  void begun() override { to_.begun(); }
  void event(const ProfileRef& from, const Event& e) override {
    const std::lock_guard lock(mutex_);
    to_.event(from, e);
  }
  void link(const ProfileRef& from, Link state, std::string_view reason) override {
    const std::lock_guard lock(mutex_);
    failures_.erase(to_string(from));
    to_.link(from, state, reason);
  }
  void dropped(const ProfileRef& from, std::string_view reason, std::uint64_t count) override {
    const std::lock_guard lock(mutex_);
    to_.dropped(from, reason, count);
  }
  void delivered(const Delivery& d) override {
    const std::lock_guard lock(mutex_);
    to_.delivered(d);
  }
  void failed(const ProfileRef& where, const Error& e) override {
    const std::lock_guard lock(mutex_);
    std::string& last = failures_[to_string(where)];
    if (std::exchange(last, e.code) != e.code) to_.failed(where, e);
  }
  void passed(const ProfileRef& where) {
    const std::lock_guard lock(mutex_);
    failures_.erase(to_string(where));
  }

private:
  Audience& to_;
  std::mutex mutex_{};
  std::map<std::string, std::string> failures_{};  // codes, by profile
};

// What a source tells goes to the queue first, and to people then.
class Keeper final : public Listener {
public:
  Keeper(const ProfileRef& from, const std::vector<RouteConfig>& routes, RouteQueue& queue, Audience& audience,
         Doorbell& bell, const Clock& now)
      : from_(from), routes_(routes), queue_(queue), audience_(audience), bell_(bell), now_(now) {}
  void event(const Event& e) override {
    if (queue_.put(from_, e, routes_, now_() / 1000)) bell_.ring();
    audience_.event(from_, e);
  }
  void cursor(std::string_view text) override { queue_.set_cursor(from_, text); }
  void link(Link state, std::string_view reason) override { audience_.link(from_, state, reason); }
  void dropped(std::string_view reason, std::uint64_t count) override { audience_.dropped(from_, reason, count); }

private:
  const ProfileRef& from_;
  const std::vector<RouteConfig>& routes_;
  RouteQueue& queue_;
  Audience& audience_;
  Doorbell& bell_;
  const Clock& now_;
};

class Router {
public:
  Router(const std::vector<RouteConfig>& routes, const std::vector<RouteConfig>& all,
         const std::filesystem::path& state, const engine::OpenSession& open, Audience& audience, Doorbell& bell,
         Cancellation cancel, const Clock& now)
      : routes_(routes),
        all_(all),
        state_(state),
        open_(open),
        audience_(audience),
        bell_(bell),
        cancel_(std::move(cancel)),
        now_(now) {}

  void run() {
    StateStore store(state_);
    RouteQueue queue(store);
    audience_.begun();
    std::vector<ProfileRef> sources;
    for (const RouteConfig& r : routes_)
      if (r.enabled && std::find(sources.begin(), sources.end(), r.source) == sources.end())
        sources.push_back(r.source);
    std::vector<std::thread> threads;
    for (const ProfileRef& from : sources) threads.emplace_back([this, from] { watch(from); });
    {
      Operation op(cancel_);
      const Call call(&op.call());
      const Call::Watch end(call, [this] { bell_.ring(); });
      while (!cancel_.requested()) bell_.wait(std::chrono::seconds(deliver_all(queue)));
    }
    for (std::thread& t : threads) t.join();
  }

private:
  // Until cancelled. A session of its own, made anew after an error: settings may have been mended meanwhile.
  void watch(const ProfileRef& from) {
    for (;;) {
      std::uint32_t pause = unmended_ms;
      try {
        StateStore store(state_);
        RouteQueue queue(store);
        Keeper keeper(from, all_, queue, audience_, bell_, now_);
        const auto session = open_(from);
        Operation op(cancel_);
        session->watch(op, {}, queue.cursor(from), keeper);
      } catch (const Error& e) {
        if (e.status == CW_CANCELLED) return;
        if (e.status == CW_STORAGE) pause = busy_ms;
        audience_.failed(from, e);
      } catch (const std::exception& e) {
        audience_.failed(from, Error(CW_INTERNAL, "defect", e.what()));
      }
      Operation op(cancel_);
      if (op.call().wait(op.call().ctx, pause) != CW_OK) return;
    }
  }

  // Seconds until something is to be tried again.
  std::int64_t deliver_all(RouteQueue& queue) {
    std::int64_t next = now_s() + look_again_s;
    try {
      if (pruned_ + day_s <= now_s()) {
        queue.prune(now_s() - remembered_s);
        pruned_ = now_s();
      }
      for (const RouteConfig& route : routes_) {
        if (!route.enabled || cancel_.requested()) continue;
        if (const std::int64_t at = deliver_one(queue, route); at != 0) next = std::min(next, at);
      }
    } catch (const Error& e) {  // of the state itself
      audience_.failed({"state", ""}, e);
      next = now_s() + busy_ms / 1000;
    }
    return std::max<std::int64_t>(1, next - now_s());
  }

  std::int64_t deliver_one(RouteQueue& queue, const RouteConfig& route) {
    Pause& pause = pauses_[route.id];
    if (pause.until > now_s()) return pause.until;
    const auto first = queue.waiting(route.id, 1);
    if (first.empty()) return 0;
    if (first[0].next_try > now_s()) return first[0].next_try;
    try {
      Operation op(cancel_);
      const auto session = open_(route.target);
      const std::int64_t again = deliver_waiting(queue, route, *session, op, audience_, now_s());
      pause = {};
      audience_.passed(route.target);
      return again;
    } catch (const Error& e) {
      if (e.status == CW_CANCELLED) return 0;
      audience_.failed(route.target, e);
      pause.until = now_s() + std::max<std::int64_t>(pause_s(pause.failures++), (e.retry_after_ms + 999) / 1000);
      for (Delivery d : queue.waiting(route.id, 1)) {
        d.reason = e.code + ": " + e.what();  // for who asks why it waits
        queue.settle(d);
      }
      return pause.until;
    }
  }

  std::int64_t now_s() const { return now_() / 1000; }

  struct Pause {
    std::uint32_t failures = 0;
    std::int64_t until = 0;
  };
  const std::vector<RouteConfig>& routes_;
  const std::vector<RouteConfig>& all_;
  const std::filesystem::path state_;
  const engine::OpenSession& open_;
  OneAtATime audience_;
  Doorbell& bell_;
  Cancellation cancel_;
  const Clock& now_;
  std::map<std::string, Pause> pauses_{};
  std::int64_t pruned_ = 0;
};

}  // namespace

std::int64_t deliver_waiting(RouteQueue& queue, const RouteConfig& route, Session& target, Operation& op,
                             Audience& audience, std::int64_t now) {
  for (;;) {
    const auto some = queue.waiting(route.id, batch);
    if (some.empty()) return 0;
    for (Delivery d : some) {
      if (d.next_try > now) return d.next_try;
      deliver(target, op, d, now);
      queue.settle(d);
      audience.delivered(d);
      if (d.state == DeliveryState::waiting) return d.next_try;
    }
  }
}

void run_routes(const std::vector<RouteConfig>& routes, const std::vector<RouteConfig>& all,
                const std::filesystem::path& state, const engine::OpenSession& open, Audience& audience, Doorbell& bell,
                Cancellation cancel, const Clock& now) {
  Router(routes, all, state, open, audience, bell, std::move(cancel), now).run();
}

}  // namespace crosswatch::host::route
