// A provider that misbehaves on demand: the setting "how" says in which way its snapshot goes wrong.
#include <sys/socket.h>
#include <unistd.h>

#include <crosswatch/provider.hpp>
#include <new>

namespace {

using namespace crosswatch;

class Odd final : public Provider, public SyncAdapter, public Watcher {
public:
  explicit Odd(Host host) : host_(host), how_(host.config("how")) {
    if (how_ == "fail to start") throw std::runtime_error("it does not start");
  }
  SyncAdapter* sync() noexcept override { return this; }
  Watcher* watcher() noexcept override { return this; }
  std::uint32_t can() const noexcept override { return bit(EventKind::start) | bit(EventKind::watched); }
  cw_capability capability(Feature) const noexcept override { return {}; }
  Health check(Call&, std::uint32_t) override { return {}; }

  SnapshotEnd snapshot(Call& call, Feature, const Scope&, FactSink& sink) override {
    struct Unwound {
      const Host& host;
      ~Unwound() { host.log(LogLevel::info, "unwound"); }
    } const unwound{host_};
    if (how_ == "runtime_error") throw std::runtime_error("boom");
    if (how_ == "int") throw 42;
    if (how_ == "bad_alloc") throw std::bad_alloc();
    if (how_ == "error")
      throw Error(CW_THROTTLED, "slow_down", "Too many requests.", "Wait.").retry_after(1500).http(429);
    struct Local {};
    if (how_ == "local type") throw Local{};
    if (how_ == "long message") throw std::runtime_error("x" + repeated("\xC3\xA4", 5000));
    if (how_ == "block") block(call);
    Fact f;
    f.title = "A film";
    for (int i = 0; i < 3; ++i) sink.accept(f);
    SnapshotEnd end;
    end.complete = true;
    return end;
  }
  void apply(Call&, Feature, const Scope&, Ops ops, Outcomes outcomes) override {
    for (std::size_t i = 0; i < ops.size(); ++i) {
      settle(outcomes[i], ops[i].fact->title.size == 6 ? CW_APPLIED : CW_REJECTED, repeated("y", 500));
      copy_text(outcomes[i].ref, repeated("z", 500));
    }
  }
  void lookup(Call&, Feature, const Scope&, Items items, Answers answers) override {
    for (std::size_t i = 0; i < items.size(); ++i)
      answers[i].state = items[i].title.size == 6 ? CW_PRESENT : CW_NO_TITLE;
  }

  // Tells one play a second from the cursor on, whatever happened before.
  void watch(Call& call, const Scope& scope, std::string_view cursor, EventSink& sink) override {
    sink.link(Link::live);
    for (int told = cursor.empty() ? 0 : std::stoi(std::string(cursor));; call.wait(1000)) {
      Event e;
      e.kind = told == 0 ? EventKind::start : EventKind::watched;
      e.item.title = "A film";
      e.item.ids = {{"imdb", "tt1"}};
      e.item.value.at = 1700000000 + told;
      e.user = "7";
      e.id = std::to_string(told);
      sink.event(e);
      sink.cursor(std::to_string(++told));
      if (scope.libraries.size() == 1) sink.dropped("library", 2);
    }
  }

private:
  static std::string repeated(std::string_view text, int times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
  }
  // Reads from a peer that never says anything.
  static void block(Call& call) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no socket pair");
    {
      const Call::Watch watch(call, [&] { ::shutdown(ends[0], SHUT_RDWR); });
      call.progress(1, 0);
      char byte = 0;
      while (::read(ends[0], &byte, 1) > 0) {
      }
    }
    ::close(ends[0]);
    ::close(ends[1]);
    call.check();
  }

  Host host_;
  std::string how_;
};

}  // namespace

CW_PROVIDER(Odd, "odd", "1.0.0");
