#include "config/check.hpp"

#include <algorithm>

#include "config/block.hpp"
#include "config/pairs.hpp"
#include "config/profile.hpp"
#include "config/routes.hpp"
#include "config/tables.hpp"

namespace crosswatch::host {
namespace {

using json::Value;

class Checker {
public:
  Checker(const Value& config, const std::vector<Manifest>& manifests) : config_(config), manifests_(manifests) {}

  std::vector<Problem> run() {
    for (const json::Member& m : *config_.as<Value::Object>()) {
      if (m.key == "plugins")
        plugins(m.value);
      else if (m.key == "pairs")
        sides("pairs", read_pairs(config_, problems_));
      else if (m.key == "routes")
        sides("routes", read_routes(config_, problems_));
      else if (m.key == "safety")
        static_cast<void>(read_safety(config_, problems_));
      else if (m.key == "runtime")
        static_cast<void>(read_runtime(config_, problems_));
      else if (m.key == "server")
        static_cast<void>(Block(&m.value, "server", server_keys(), problems_));
      else if (const Manifest* const manifest = find(m.key))
        provider(*manifest, m.value);
      else
        warn(m.key,
             m.key + " is neither a part of the configuration nor an installed plugin; it is kept and has no effect.");
    }
    return std::move(problems_);
  }

private:
  const Manifest* find(std::string_view id) const {
    const auto it = std::find_if(manifests_.begin(), manifests_.end(), [&](const Manifest& m) { return m.id == id; });
    return it == manifests_.end() ? nullptr : &*it;
  }
  void warn(const std::string& key, std::string message) { problems_.push_back({false, key, {}, std::move(message)}); }

  bool expect_object(const std::string& path, const Value& v) {
    if (v.is_object()) return true;
    if (!v.is_null())
      problems_.push_back({true, path, std::string(kind_of(v)),
                           path + " is " + std::string(kind_of(v)) + "; allowed is an object {..}."});
    return false;
  }

  void plugins(const Value& v) {
    if (!expect_object("plugins", v)) return;
    for (const json::Member& m : *v.as<Value::Object>()) {
      const Block block(&m.value, "plugins." + m.key, plugin_keys(), problems_);
      if (!find(m.key)) warn("plugins." + m.key, "plugins." + m.key + ": There is no installed plugin of that name.");
    }
  }

  void provider(const Manifest& manifest, const Value& v) {
    const std::vector<ConfigKey> keys = provider_keys(manifest);
    const Block base(&v, manifest.id, keys, problems_, {"instances"});
    const Value* const instances = v.find("instances");
    const std::string path = manifest.id + ".instances";
    if (!instances || !expect_object(path, *instances)) return;
    for (const json::Member& m : *instances->as<Value::Object>()) {
      const std::string own = path + "." + m.key;
      if (normal_profile(m.key) != m.key || m.key == default_profile)
        problems_.push_back({true, own, {}, own + ": \"" + m.key + "\" cannot be the name of a profile."});
      if (!m.value.is_object())
        problems_.push_back({true, own, std::string(kind_of(m.value)),
                             own + " is " + std::string(kind_of(m.value)) + "; allowed is an object {..}."});
      else
        const Block block(&m.value, own, keys, problems_);
    }
  }

  template <class Config>
  void sides(const std::string& list, const std::vector<Config>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string path = list + "." + std::to_string(i) + ".";
      side(path + "source", all[i].source, all[i].enabled);
      side(path + "target", all[i].target, all[i].enabled);
    }
  }

  // A pair or route that is switched off may wait for its plugin or profile.
  void side(const std::string& path, const ProfileRef& ref, bool error) {
    if (ref.provider.empty()) return;
    if (!find(ref.provider)) {
      problems_.push_back({error, path, json::dump(Value(ref.provider)),
                           path + " is \"" + ref.provider + "\"; allowed is " + installed() + "."});
      return;
    }
    const auto profiles = profiles_of(config_, ref.provider);
    if (std::find(profiles.begin(), profiles.end(), ref.profile) == profiles.end())
      problems_.push_back(
          {error, path + "_instance", json::dump(Value(ref.profile)),
           path + "_instance is \"" + ref.profile + "\"; the provider " + ref.provider + " has no such profile."});
  }

  std::string installed() const {
    std::string names;
    for (const Manifest& m : manifests_) names += (names.empty() ? "one of " : ", ") + m.id;
    return names.empty() ? "the name of a plugin, and none is installed" : names;
  }

  const Value& config_;
  const std::vector<Manifest>& manifests_;
  std::vector<Problem> problems_{};
};

}  // namespace

std::vector<Problem> check_config(const Value& config, const std::vector<Manifest>& manifests) {
  if (!config.is_object()) return {};
  return Checker(config, manifests).run();
}

}  // namespace crosswatch::host
