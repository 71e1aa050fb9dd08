// Politeness towards hosts. One for the whole process, since profiles share servers and addresses; it knows
// hosts and times, never who asked.
#pragma once

#include <chrono>
#include <condition_variable>
#include <crosswatch/call.hpp>
#include <map>
#include <mutex>
#include <string>

namespace crosswatch::plex::http {

class Limiter {
public:
  static Limiter& shared();

  // Waits until the host may get one more request, at `per_second` on average with `burst` at once. [any]
  void pace(const Call& call, const std::string& host, double per_second, unsigned burst);

  // One of `most` requests at a time; waits for a free place, and gives it back at its end. [any]
  class Place {
  public:
    Place(Limiter& limiter, const Call& call, const std::string& host, unsigned most);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

  private:
    Limiter& limiter_;
    std::string host_;
  };

private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_{};
  std::condition_variable freed_{};
  std::map<std::string, Clock::time_point> next_{};
  std::map<std::string, unsigned> running_{};
};

}  // namespace crosswatch::plex::http
