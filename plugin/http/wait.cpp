#include "http/wait.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace crosswatch::plex::http {

Wait::Event::Event() : fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd < 0)
    throw Error(CW_INTERNAL, "no_descriptor",
                std::string("The system gave no event descriptor: ") + std::strerror(errno) + ".",
                "Raise the limit of open files (ulimit -n).");
}

Wait::Event::~Event() {
  ::close(fd);
}

void Wait::Wake::operator()() const noexcept {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and that wakes as well.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

Wait::Wait(const Call& call, std::uint32_t limit_ms)
    : call_(call), end_(Clock::now() + std::chrono::milliseconds(limit_ms)), watch_(call, Wake{event_.fd}) {}

bool Wait::ready(std::span<pollfd> descriptors, int at_most_ms) {
  std::array<pollfd, 1 + 16> all{};
  const std::size_t count = std::min(descriptors.size(), all.size() - 1);
  std::copy_n(descriptors.begin(), count, all.begin());
  all[count] = {event_.fd, POLLIN, 0};
  const auto limit = at_most_ms < 0 ? end_ : std::min(end_, Clock::now() + std::chrono::milliseconds(at_most_ms));
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now()).count();
    const int n = ::poll(all.data(), static_cast<nfds_t>(count + 1),
                         static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30)));
    if (n < 0 && errno != EINTR)
      throw Error(CW_INTERNAL, "poll_failed", std::string("Waiting failed: ") + std::strerror(errno) + ".");
    if (all[count].revents != 0) {
      call_.check();
      throw Stopped{CW_CANCELLED};
    }
    if (n > 0) {
      std::copy_n(all.begin(), count, descriptors.begin());
      return true;
    }
    if (left <= 0) return false;
  }
}

bool Wait::ready(int descriptor, short events) {
  pollfd one{descriptor, events, 0};
  return ready({&one, 1});
}

}  // namespace crosswatch::plex::http
