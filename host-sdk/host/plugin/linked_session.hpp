// A session with a provider that is part of this program and needs nothing of the host but a few settings.
#pragma once

#include <crosswatch/instance.hpp>
#include <map>

#include "plugin/plugin.hpp"
#include "plugin/session.hpp"

namespace crosswatch::host {

using PlainSettings = std::map<std::string, std::string, std::less<>>;

// Keeps nothing, logs nothing, knows no secret and no time. [any]
class PlainServices final : public Services {
public:
  explicit PlainServices(PlainSettings settings) : settings_(std::move(settings)) {}
  void log(LogLevel, std::string_view) override {}
  bool config(std::string_view key, const Visit& visit) override {
    const auto at = settings_.find(key);
    if (at == settings_.end()) return false;
    visit(at->second);
    return true;
  }
  bool secret(std::string_view, const Visit&) override { return false; }
  bool kv_get(std::string_view, const Visit&) override { return false; }
  void kv_set(std::string_view, std::string_view) override {}
  std::string data_dir() override { return {}; }
  std::int64_t now_ms() override { return 0; }

private:
  const PlainSettings settings_;
};

// `id` names the provider P, always the same for one P.
template <class P>
std::shared_ptr<Session> open_linked(const char* id, PlainSettings settings) {
  static const std::shared_ptr<Plugin> plugin = Plugin::linked(entry_of<P>(id, "1"));
  struct Opened {
    explicit Opened(PlainSettings given) : services(std::move(given)), session(plugin, services) {}
    PlainServices services;
    Session session;
  };
  auto opened = std::make_shared<Opened>(std::move(settings));
  return {opened, &opened->session};
}

}  // namespace crosswatch::host
