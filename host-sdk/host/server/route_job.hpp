// The routes that run beside the page, begun, ended and begun anew as the configuration says.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "json/json.hpp"
#include "server/live_news.hpp"
#include "service/workspace.hpp"

namespace crosswatch::host::server {

// [any]
class RouteJob {
public:
  RouteJob(Workspace& ws, LiveNews& news) : ws_(ws), news_(news) {}
  ~RouteJob() { stop(); }

  void start();
  void stop();  // returns when nothing runs any more
  // Something was put into the queue.
  void ring() { bell_.ring(); }

private:
  void run();
  void look();
  void end_work();
  void work(const std::vector<std::string>& ids, const Cancellation& cancel);

  Workspace& ws_;
  LiveNews& news_;
  route::Doorbell bell_{};
  std::mutex mutex_{};  // of ending_ and over_
  std::condition_variable changed_{};
  bool ending_ = false;
  bool over_ = false;  // the work has ended by itself
  // Of the thread that looks:
  json::Value settings_{};  // with which the work was begun
  std::int64_t again_ = 0;  // epoch ms, when work that ended by itself is begun anew
  std::string last_problem_{};
  Cancellation cancel_{};
  std::thread work_{};
  std::thread thread_{};
};

}  // namespace crosswatch::host::server
