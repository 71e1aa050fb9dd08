// Tells what the profile's user plays on the chosen server. The decisions are Playback's; here are the requests, the
// pushed notifications, and what happens when the server cannot be reached.
#pragma once

#include <crosswatch/watcher.hpp>
#include <memory>
#include <optional>
#include <string>

#include "feature/libraries.hpp"
#include "feature/sync_adapter.hpp"
#include "http/push.hpp"
#include "watch/answers.hpp"
#include "watch/backoff.hpp"
#include "watch/playback.hpp"

namespace crosswatch::plex::watch {

class Watcher final : public crosswatch::Watcher {
public:
  // The references must outlive it.
  Watcher(Host host, http::Transport& transport, http::PushSource& push, feature::ScopeSource& scopes)
      : host_(host), transport_(transport), push_(push), scopes_(scopes) {}

  std::uint32_t can() const noexcept override {
    return bit(EventKind::start) | bit(EventKind::progress) | bit(EventKind::pause) | bit(EventKind::stop) |
           bit(EventKind::watched) | bit(EventKind::rated) | can_receive;  // rated out of webhooks only
  }
  void watch(Call& call, const Scope& scope, std::string_view cursor, EventSink& sink) override;
  // Asks the server for everything that counts: the item, the row of the play, the rating.
  void receive(Call& call, const Scope& scope, std::string_view content_type, std::string_view body,
               EventSink& sink) override;

private:
  struct Run;      // one watch
  struct Receipt;  // one post
  Host host_;
  http::Transport& transport_;
  http::PushSource& push_;
  feature::ScopeSource& scopes_;
};

}  // namespace crosswatch::plex::watch
