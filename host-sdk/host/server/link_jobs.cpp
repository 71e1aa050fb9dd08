#include "server/link_jobs.hpp"

#include "server/message.hpp"
#include "time.hpp"

namespace crosswatch::host::server {
namespace {

using json::object;
using json::Value;

constexpr const char* end_names[] = {"linked", "expired", "denied", "cancelled"};

// Tells how long a code is valid to a browser whose clock is wrong.
std::string now() {
  return iso(system_clock()() / 1000);
}

Value none(const ProfileRef& ref) {
  return object({{"provider", ref.provider}, {"profile", ref.profile}, {"state", "none"}});
}

}  // namespace

Value LinkJobs::begin(const ProfileRef& ref) {
  return follow(ref, LinkFlow::begin(ws_, ref));
}

Value LinkJobs::follow(const ProfileRef& ref, LinkFlow flow) {
  const Challenge challenge = flow.challenge();
  const std::string key = to_string(ref);
  Value state = object({{"provider", ref.provider},
                        {"profile", ref.profile},
                        {"state", "waiting"},
                        {"code", challenge.code},
                        {"verify_url", challenge.verify_url},
                        {"expires_at", iso(challenge.expires_at)},
                        {"now", now()}});
  {
    const std::lock_guard lock(mutex_);
    workers_.remove_if([](Worker& w) {
      if (!w.ended) return false;
      w.thread.join();
      return true;
    });
    states_[key] = state;
    flows_[key] = challenge.state;
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, ref, &worker, name = challenge.state, flow = std::move(flow)]() mutable {
      std::string end = "failed";
      Value error;
      try {
        end = end_names[static_cast<std::size_t>(flow.wait(LinkFlow::OnStop::leave))];
      } catch (const Error& e) {
        error = error_json(e);
      } catch (const std::exception& e) {
        error = error_json("defect", e.what());
      }
      finish(ref, name, end, std::move(error));
      worker.ended = true;
    });
  }
  feed_.publish("link", state);
  return state;
}

void LinkJobs::finish(const ProfileRef& ref, const std::string& flow, const std::string& end, Value error) {
  Value state = none(ref);
  state["state"] = end;
  if (!error.is_null()) state["error"] = std::move(error);
  {
    const std::lock_guard lock(mutex_);
    if (flows_[to_string(ref)] != flow) return;  // a newer code has taken its place
    states_[to_string(ref)] = state;
  }
  feed_.publish("link", state);
}

Value LinkJobs::state(const ProfileRef& ref) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = states_.find(to_string(ref));
    if (it != states_.end()) {
      if (it->second.find("now")) it->second["now"] = now();
      return it->second;
    }
  }
  try {
    return follow(ref, LinkFlow::resume(ws_, ref));
  } catch (const Error& e) {
    if (e.code != "no_link_in_progress") throw;
    return none(ref);
  }
}

Value LinkJobs::cancel(const ProfileRef& ref) {
  Value state = none(ref);
  state["state"] = "cancelled";
  {
    const std::lock_guard lock(mutex_);
    states_[to_string(ref)] = state;
    flows_[to_string(ref)].clear();
  }
  LinkFlow::cancel(ws_, ref);
  feed_.publish("link", state);
  return state;
}

void LinkJobs::stop() {
  std::list<Worker> workers;
  {
    const std::lock_guard lock(mutex_);
    workers.swap(workers_);
  }
  for (Worker& w : workers) w.thread.join();
}

}  // namespace crosswatch::host::server
