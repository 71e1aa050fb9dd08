// The routes that run beside the page, begun, ended and begun anew as the configuration says.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "json/json.hpp"
#include "server/live_news.hpp"
#include "server/periodic.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host::server {

// [any]
class RouteJob {
public:
  RouteJob(Workspace& ws, LiveNews& news);
  ~RouteJob() { stop(); }

  void start() { periodic_.start(); }
  void stop();  // returns when nothing runs any more
  // Something was put into the queue.
  void ring() { bell_.ring(); }

private:
  void look();
  void follow();  // begins, ends or leaves alone, as the configuration says
  void end_work();
  void work(const std::vector<std::string>& ids, const Cancellation& cancel);

  Workspace& ws_;
  LiveNews& news_;
  route::Doorbell bell_{};
  std::mutex mutex_{};  // of over_ and again_
  bool over_ = false;   // the work has ended by itself
  // Of the thread that looks:
  json::Value settings_{};  // with which the work was begun
  std::int64_t again_ = 0;  // epoch ms, when work that ended by itself is begun anew
  Cancellation cancel_{};
  std::thread work_{};
  Periodic periodic_;  // the last one: it uses the others
};

}  // namespace crosswatch::host::server
