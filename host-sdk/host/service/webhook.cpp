#include "service/webhook.hpp"

#include <crosswatch/watcher.hpp>

#include "config/profile.hpp"
#include "config/secrets.hpp"
#include "files/random.hpp"

namespace crosswatch::host {
namespace {

std::string key_path(const ProfileRef& ref) {
  return profile_path(ref.provider, ref.profile) + "." + webhook_secret_key;
}

std::string stored(const json::Value& config, const ProfileRef& ref) {
  const json::Value* const v = json::find_path(config, key_path(ref));
  const std::string* const text = v ? v->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

void expect_own(const json::Value& config, const ProfileRef& ref) {
  if (const std::string now = stored(config, ref); is_reference(now))
    throw Error(CW_CONFIG, "secret_is_reference",
                key_path(ref) + " comes from " + reference_source(now) + "; it has to be changed there.",
                "Or take it out of the configuration first: crosswatch config unset " + key_path(ref));
}

}  // namespace

std::string webhook_path(Workspace& ws, const ProfileRef& ref, bool anew) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  if ((manifest->watcher & can_receive) == 0)
    throw Error(CW_UNSUPPORTED, "no_webhooks", manifest->label + " reads no webhooks.",
                "crosswatch plugins info " + ref.provider + " shows what it can do.");
  std::string secret;
  ws.config.update([&](json::Value& config) {
    static_cast<void>(ProfileView(config, *manifest, ref.profile));
    if (anew) expect_own(config, ref);
    secret = webhook_secret(config, ref);
    if (!secret.empty() && !anew) return;
    secret = random_hex();
    profile_block(config, ref.provider, ref.profile)[webhook_secret_key] = secret;
  });
  return "/hook/" + to_string(ref) + "/" + secret;
}

bool remove_webhook(Workspace& ws, const ProfileRef& ref) {
  const auto manifest = ws.plugins.manifest(ref.provider);
  bool was_there = false;
  ws.config.update([&](json::Value& config) {
    static_cast<void>(ProfileView(config, *manifest, ref.profile));
    was_there = json::erase_path(config, key_path(ref));
  });
  return was_there;
}

std::string webhook_secret(const json::Value& config, const ProfileRef& ref) {
  const std::string text = stored(config, ref);
  return text.empty() ? text : resolve_secret(key_path(ref), text, process_environment()).value;
}

}  // namespace crosswatch::host
