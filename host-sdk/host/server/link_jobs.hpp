// Logins that wait for their code: one a profile, each polled on a thread of its own, watched by every open page.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "server/feed.hpp"
#include "service/link.hpp"

namespace crosswatch::host::server {

// [any]
class LinkJobs {
public:
  LinkJobs(Workspace& ws, Feed& feed) : ws_(ws), feed_(feed) {}
  ~LinkJobs() { stop(); }

  // A new code; one that waited is given up. Errors as LinkFlow::begin.
  json::Value begin(const ProfileRef& ref);
  // How it stands, see the schema "LinkState"; takes up a flow that an earlier server or a command left behind.
  json::Value state(const ProfileRef& ref);
  json::Value cancel(const ProfileRef& ref);
  // Waits for the threads; the workspace has been cancelled. Flows are left to be taken up again.
  void stop();

private:
  struct Worker {
    std::thread thread{};
    std::atomic<bool> ended{false};
  };
  json::Value follow(const ProfileRef& ref, LinkFlow flow);
  void finish(const ProfileRef& ref, const std::string& flow, const std::string& end, json::Value error);

  Workspace& ws_;
  Feed& feed_;
  std::mutex mutex_{};
  std::map<std::string, json::Value> states_{};
  std::map<std::string, std::string> flows_{};  // profile -> what names its flow
  std::list<Worker> workers_{};
};

}  // namespace crosswatch::host::server
