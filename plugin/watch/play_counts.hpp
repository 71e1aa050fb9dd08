// How often a user has watched what is being played: where the server shows neither its history nor whose a session is,
// it still shows every user this number, and it grows when that user has watched the title. Pure, as Playback.
#pragma once

#include <crosswatch/item.hpp>
#include <map>
#include <string>
#include <vector>

#include "watch/heard.hpp"

namespace crosswatch::plex::watch {

struct Count {
  std::int64_t plays = 0;
  std::int64_t at = time_unknown;  // of the last one, epoch seconds
};

class PlayCounts {
public:
  // Somebody plays it. It is asked for at once, so that it is known how often it was watched before, and once more when
  // it has ended or nothing was heard of it for long.
  void notice(const Notice& notice, std::int64_t now_ms);
  void look_again(std::int64_t now_ms);     // at everything: it may have ended unheard
  void leave_out(const std::string& item);  // nothing to be counted, such as music: not asked for while it is played

  std::int64_t due_ms() const;                        // when due() will next name something
  std::vector<std::string> due(std::int64_t now_ms);  // rating keys of which the count is wanted now

  struct Grown {
    std::string item{};     // rating key
    std::string session{};  // in which it was played
    std::int64_t at = time_unknown;
  };
  // The answer, also for items of which nothing was wanted. What has grown is named once.
  std::vector<Grown> counts(const std::map<std::string, Count>& counts);

private:
  struct Played {
    std::string session{};
    std::int64_t before = -1;  // plays; -1: not known yet
    std::int64_t look_at_ms = 0;
    bool left_out = false;
  };
  std::map<std::string, Played> played_{};
};

}  // namespace crosswatch::plex::watch
