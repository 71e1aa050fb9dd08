// A provider whose service posts "watched USER IMDB-ID TIME", "pause USER IMDB-ID TIME", or "hold", which lasts until
// the server ends.
#include <atomic>
#include <crosswatch/provider.hpp>
#include <crosswatch/watcher.hpp>
#include <sstream>

namespace {

using namespace crosswatch;

class Hooked final : public Provider, public Watcher {
public:
  explicit Hooked(Host) : session_(std::to_string(++made)) {}
  Watcher* watcher() noexcept override { return this; }
  std::uint32_t can() const noexcept override { return bit(EventKind::pause) | bit(EventKind::watched) | can_receive; }
  // Tells nothing by itself: there is no live link.
  void watch(Call& call, const Scope&, std::string_view, EventSink& sink) override {
    sink.link(Link::polling, "only what is posted");
    for (;;) call.wait(3'600'000);
  }
  void receive(Call& call, const Scope&, std::string_view content_type, std::string_view body,
               EventSink& sink) override {
    std::istringstream in{std::string(body)};
    std::string kind;
    Event e;
    Token id{"imdb", {}};
    in >> kind;
    if (kind == "hold")
      for (;;) call.wait(3'600'000);
    in >> e.user >> id.value >> e.item.value.at;
    if (!in || !content_type.starts_with("text/plain")) throw Error(CW_PROTOCOL, "not_readable", "It makes no sense.");
    if (e.user != "7") return sink.dropped("user");
    e.kind = kind == "watched" ? EventKind::watched : EventKind::pause;
    e.id = e.kind == EventKind::watched ? id.value + "/" + std::to_string(e.item.value.at) : "";
    e.item.title = "Film " + id.value;
    e.item.ref = "ref/" + id.value;
    e.item.ids = {id};
    e.session = session_;
    sink.event(e);
  }

private:
  static inline std::atomic<int> made = 0;
  const std::string session_;  // another one for each instance
};

}  // namespace

CW_PROVIDER(Hooked, "hooked", "1.0.0");
