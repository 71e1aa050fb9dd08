#include "server/periodic.hpp"

#include <exception>

namespace crosswatch::host::server {

void Periodic::start() {
  thread_ = std::thread([this] { run(); });
}

void Periodic::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Periodic::run() {
  std::string last_problem;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    std::string problem;
    try {
      work_();
    } catch (const std::exception& e) {
      problem = e.what();
      if (problem != last_problem) log_.warning(complaint_ + problem);
    }
    last_problem = std::move(problem);
    lock.lock();
    changed_.wait_for(lock, interval_, [&] { return ending_; });
  }
}

}  // namespace crosswatch::host::server
