// The part of a session that is told what happens.
#include "plugin/boundary.hpp"

namespace crosswatch::host {
namespace {

using To = Collector<Listener>;

template <class F>
cw_status told(void* ctx, F&& body) noexcept {
  To& to = *static_cast<To*>(ctx);
  return to.op.guarded([&] { body(to.target); });
}

cw_event_sink event_sink(To& to) {
  return {sizeof(cw_event_sink),
          &to,
          [](void* c, const cw_event* e) noexcept {
            return told(c, [&](Listener& l) {
              if (!e || !e->item) throw plugin_defect("it tells an event without an item");
              l.event(to_event(*e));
            });
          },
          [](void* c, cw_str text) noexcept { return told(c, [&](Listener& l) { l.cursor(view(text)); }); },
          [](void* c, std::uint32_t state, cw_str reason) noexcept {
            return told(c, [&](Listener& l) { l.link(static_cast<Link>(state), view(reason)); });
          },
          [](void* c, cw_str reason, std::uint64_t count) noexcept {
            return told(c, [&](Listener& l) { l.dropped(view(reason), count); });
          }};
}

}  // namespace

const cw_watcher& Session::watcher() const {
  if (!watcher_) throw not_offered("live events");
  return *watcher_;
}

std::uint32_t Session::watcher_can() const noexcept {
  return watcher_ ? watcher_->can(raw_.self) : 0;
}

void Session::watch(Operation& op, const std::vector<std::string>& libraries, std::string_view cursor,
                    Listener& listener) {
  To to{op, listener};
  const cw_event_sink sink = event_sink(to);
  const LentScope scope(libraries);
  cross(op, services(),
        [&](cw_error* e) { return watcher().watch(raw_.self, &op.call(), &scope.raw, str(cursor), &sink, e); });
  throw Error(CW_INTERNAL, "watch_ended", "The provider stopped watching without being asked to.");
}

void Session::receive(Operation& op, const std::vector<std::string>& libraries, std::string_view content_type,
                      std::string_view body, Listener& listener) {
  To to{op, listener};
  const cw_event_sink sink = event_sink(to);
  const LentScope scope(libraries);
  cross(op, services(), [&](cw_error* e) {
    return watcher().receive(raw_.self, &op.call(), &scope.raw, str(content_type), str(body), &sink, e);
  });
}

}  // namespace crosswatch::host
