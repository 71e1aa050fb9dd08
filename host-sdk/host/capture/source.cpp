#include "capture/source.hpp"

#include <crosswatch/batch.hpp>

#include "plugin/linked_session.hpp"

namespace crosswatch::host {
namespace {

constexpr std::size_t page = 500;

// Knows its capture by two settings: the folder and the id.
class CaptureProvider final : public Provider, public SyncAdapter {
public:
  explicit CaptureProvider(Host host) : captures_(host.config("state")), id_(host.config("id")) {}
  SyncAdapter* sync() noexcept override { return this; }

  cw_capability capability(Feature) const noexcept override {
    cw_capability c{};
    c.can = CW_READ | CW_BACKDATE | CW_EVENTS;
    c.kinds = bit(Kind::movie) | bit(Kind::show) | bit(Kind::season) | bit(Kind::episode);
    c.rating_step = 1;
    c.time_precision_s = 1;
    return c;
  }
  Health check(Call&, std::uint32_t) override {
    Health h;
    h.identity = "capture " + id_;
    return h;
  }
  SnapshotEnd snapshot(Call&, Feature, const Scope&, FactSink& sink) override {
    std::vector<Fact> facts;
    const auto send = [&] {
      sink.accept(FactBatch(facts).facts());
      facts.clear();
    };
    const CaptureHead head = captures_.read(id_, [&](const Fact& f) {
      facts.push_back(f);
      if (facts.size() == page) send();
    });
    if (!facts.empty()) send();
    return {head.complete, head.complete ? "" : "it was taken from a list that was not complete", head.scope};
  }
  void apply(Call&, Feature, const Scope&, Ops, Outcomes) override {
    throw Error(CW_UNSUPPORTED, "read_only", "A capture is never written.");
  }
  void lookup(Call&, Feature, const Scope&, Items, Answers) override {
    throw Error(CW_UNSUPPORTED, "no_lookup", "A capture is read as a whole.");
  }

private:
  Captures captures_;
  std::string id_;
};

}  // namespace

std::shared_ptr<Session> open_capture(const Captures& captures, const std::string& id) {
  return open_linked<CaptureProvider>("capture", {{"state", captures.state_folder().string()}, {"id", id}});
}

}  // namespace crosswatch::host
