// Optional, for providers whose service tells what people do while they do it: live events.
#pragma once

#include <crosswatch/call.hpp>
#include <string>
#include <string_view>

namespace crosswatch {

enum class EventKind : std::uint8_t {
  start = CW_EVENT_START,
  progress = CW_EVENT_PROGRESS,
  pause = CW_EVENT_PAUSE,
  stop = CW_EVENT_STOP,
  watched = CW_EVENT_WATCHED,
  rated = CW_EVENT_RATED
};
inline constexpr std::array<EventKind, 6> all_event_kinds{EventKind::start, EventKind::progress, EventKind::pause,
                                                          EventKind::stop,  EventKind::watched,  EventKind::rated};

// Bits of Watcher::can.
constexpr std::uint32_t bit(EventKind k) noexcept {
  return k <= EventKind::rated ? 1u << static_cast<unsigned>(k) : 0;
}
inline constexpr std::uint32_t can_receive = 1u << CW_WEBHOOKS;

constexpr std::string_view name_of(EventKind k) noexcept {
  constexpr std::string_view names[] = {"start", "progress", "pause", "stop", "watched", "rated"};
  const auto i = static_cast<std::size_t>(k) - 1;
  return i < std::size(names) ? names[i] : "unknown";
}

// What somebody did. item.value says when (at), how far (progress_ms, duration_ms), and what was given (rating,
// -1: taken back).
struct Event {
  EventKind kind = EventKind::start;
  Fact item{};
  std::string user{};     // User::id, proven
  std::string session{};  // of the player; empty when it is not known
  std::string id{};       // watched, rated: the same whenever this very event is told again
};

inline Event to_event(const cw_event& raw) {
  return {static_cast<EventKind>(raw.kind), to_fact(*raw.item), std::string(view(raw.user)),
          std::string(view(raw.session)), std::string(view(raw.id))};
}

enum class Link : std::uint8_t { live = CW_LINK_LIVE, polling = CW_LINK_POLLING, lost = CW_LINK_LOST };

// Where events go. [call]
class EventSink {
public:
  explicit EventSink(const cw_event_sink* raw) noexcept : raw_(raw) {}
  // When it returns, the host keeps the event, come what may.
  void event(const Event& e) {
    const cw_event raw{sizeof(cw_event),      static_cast<std::uint32_t>(e.kind),
                       &lender_.lend(e.item), str(e.user),
                       str(e.session),        str(e.id)};
    expect(raw_->event(raw_->ctx, &raw));
  }
  // Everything up to this text is told; the next watch begins with it. At most 64 KiB.
  void cursor(std::string_view text) { expect(raw_->cursor(raw_->ctx, str(text))); }
  void link(Link state, std::string_view reason = {}) {
    expect(raw_->link(raw_->ctx, static_cast<std::uint32_t>(state), str(reason)));
  }
  void dropped(std::string_view reason, std::uint64_t count = 1) {
    expect(raw_->dropped(raw_->ctx, str(reason), count));
  }

private:
  static void expect(cw_status s) {
    if (s != CW_OK) throw Stopped{s};
  }
  const cw_event_sink* raw_;
  FactLender lender_{};
};

class Watcher {
public:
  virtual ~Watcher() = default;
  virtual std::uint32_t can() const noexcept = 0;  // [any] bit(EventKind) of what it tells, and can_receive
  // Tells what the profile's user does, and nobody else, until the call is cancelled. Has an instance and a thread of
  // its own. Waits out what passes; throws when only a person can help. An empty or unknown cursor: begin now.
  virtual void watch(Call& call, const Scope& scope, std::string_view cursor, EventSink& sink) = 0;
  // What the service posted to the host. Only where can() says so.
  virtual void receive(Call&, const Scope&, std::string_view /*content_type*/, std::string_view /*body*/, EventSink&) {
    throw Error(CW_UNSUPPORTED, "no_webhooks", "This provider takes no webhooks.");
  }
};

}  // namespace crosswatch
