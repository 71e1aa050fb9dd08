// A provider for tests: it tells what the host gives it, and stores what it is told.
#include <crosswatch/provider.hpp>

namespace {

using namespace crosswatch;

class Toy : public Provider, AuthProvider, SyncAdapter {
public:
  explicit Toy(Host host) : host_(host) {}
  AuthProvider* auth() noexcept override { return this; }
  SyncAdapter* sync() noexcept override { return this; }

  Challenge begin(Call&) override { return {"CODE", "https://example/link", "state", host_.now() + 900}; }
  LinkState poll(Call&, std::string_view, Settings& settings) override {
    settings.set("token", "new-token-1");
    settings.set("workers", "7");
    settings.clear("greeting");
    return LinkState::linked;
  }
  void cancel(Call&, std::string_view) override {}
  void disconnect(Call&, Settings& settings) override { settings.clear("token"); }
  void status(Call&, Report& report) override {
    report.put("config", "greeting", host_.config("greeting", "none"));
    report.put("config", "workers", std::to_string(host_.config_number("workers", -1)));
    std::string libraries;
    for (const std::string& l : host_.config_list("history.libraries")) libraries += l + ";";
    report.put("config", "libraries", libraries);
    report.put("config", "uuids.3", host_.config("uuids.3", "none"));
    const std::string token = host_.secret("token");
    host_.log(LogLevel::warning, "my token is " + token);
    report.put("secret", "size", std::to_string(token.size()));
    report.put("kv", "before", host_.kv_get("count"));
    host_.kv_set("count", host_.kv_get("count") + "x");
    report.put("data", "dir", host_.data_dir());
    report.put("clock", "now", std::to_string(host_.now_ms()));
    try {
      host_.config("undeclared");
    } catch (const Error& e) {
      report.put("config", "undeclared", e.code);
    }
  }

  cw_capability capability(Feature feature) const noexcept override {
    if (feature == Feature::history) return {0, CW_READ | CW_ADD, bit(Kind::movie), 0, 1, 0};
    if (feature == Feature::ratings) return {0, CW_READ, bit(Kind::movie) | bit(Kind::show), 5, 0, 0};
    return {};
  }
  Health check(Call&, std::uint32_t) override { return {}; }
  SnapshotEnd snapshot(Call&, Feature, const Scope&, FactSink&) override { return {true, "", ""}; }
  void apply(Call&, Feature, const Scope&, Ops, Outcomes) override {}
  void lookup(Call&, Feature, const Scope&, Items, Answers) override {}

private:
  Host host_;
};

}  // namespace

CW_PROVIDER(Toy, "toy", "1.0.0");
