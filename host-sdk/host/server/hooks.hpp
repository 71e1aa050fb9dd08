// What services post: POST /hook/PROVIDER[@PROFILE]/SECRET.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "server/live_news.hpp"
#include "server/message.hpp"
#include "server/route_job.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host::server {

// Needs no session: who knows the secret is let in, and everybody else finds nothing there, whatever else was right or
// wrong. The provider reads what was posted; what it tells goes the way of every live event. [any]
class Hooks {
public:
  Hooks(Workspace& ws, LiveNews& news, RouteJob& routes, Clock now)
      : ws_(ws), news_(news), routes_(routes), now_(std::move(now)) {}
  // 200 also when no route wants it. 404, 400 what the provider cannot read, 429 and 503 with Retry-After.
  Reply answer(const Request& request);

private:
  bool admit(const ProfileRef& ref);
  Reply receive(const ProfileRef& ref, const Request& request);
  // Sessions are kept between posts, which come in bunches: one a profile at most, for some minutes, and not when the
  // settings have changed.
  struct Kept {
    OpenProfile profile;
    json::Value settings{};
    std::int64_t since = 0;  // epoch ms
  };
  std::unique_ptr<Kept> take(const ProfileRef& ref, const json::Value& config);
  void give_back(const ProfileRef& ref, std::unique_ptr<Kept> kept);

  Workspace& ws_;
  LiveNews& news_;
  RouteJob& routes_;
  Clock now_;
  std::mutex mutex_{};  // of everything below
  int at_work_ = 0;
  struct Bucket {
    double left = 0;
    std::int64_t at = 0;  // epoch ms
  };
  std::map<std::string, Bucket> buckets_{};              // by profile, of those that know a secret
  std::map<std::string, std::unique_ptr<Kept>> kept_{};  // by profile; those in use are not here
};

}  // namespace crosswatch::host::server
