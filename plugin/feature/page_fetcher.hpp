// Fetches the pages of a list on a thread of its own, ahead of the one that reads them.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "feature/pages.hpp"

namespace crosswatch::plex::feature {

class PageFetcher {
public:
  struct Answer {
    std::string body{};
    http::Response response{};
    Window window{};  // without the seam
    std::exception_ptr failure{};
  };

  // The references must outlive it.
  PageFetcher(const Call& call, const Source& source, const List& list);
  PageFetcher(const PageFetcher&) = delete;
  PageFetcher& operator=(const PageFetcher&) = delete;
  ~PageFetcher();  // waits for the request that is under way

  // The page behind the one before; stays as it is until the second call from here. Throws what the transport threw
  // for it. [owner]
  Answer& next();
  // How many rows there are: from now on pages are fetched before they are asked for, two once the server has proven
  // to keep to the size that it is asked for. [owner]
  void run_ahead(std::uint64_t total);
  // The next page begins there and has at most `size` rows, and so have those behind it. [owner]
  void restart(std::uint64_t start, std::uint64_t size);

private:
  void run();
  bool may_fetch() const noexcept;
  std::uint32_t fetch(Answer& answer) const;  // milliseconds

  const Call& call_;
  const Source& source_;
  const List& list_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::array<Answer, 4> answers_{};  // being taken, being read, fetched, under way
  std::uint64_t handed_ = 0;         // pages given to the reader
  std::uint64_t ready_ = 0;          // fetched behind those
  std::uint64_t start_ = 0;          // of the page to be fetched next
  std::uint64_t size_, most_;        // of it, and at most
  std::uint64_t total_ = 0;
  unsigned restarts_ = 0;
  bool waiting_ = false;  // the reader
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace crosswatch::plex::feature
